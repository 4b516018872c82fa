// Bodies of requests, no more of them than is allowed.
import type { Limits } from "../limits.ts";
import { Problem } from "../problem.ts";
import type { RequestHeaders } from "./requestHeaders.ts";

/** Where a body comes from. */
interface BodySource {
  request: Request;
  headers: RequestHeaders;
  limits: Limits;
  environment: unknown;
  readBody: BodyReader | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function tooLarge(limit: number): Problem {
  return new Problem("too-large", `A body may have ${limit} bytes at most.`);
}

/** Refuses a body of which the headers say that it is too large, before any of it is read, or that it is packed. */
function checkHeaders(headers: RequestHeaders, limit: number): number | undefined {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity")
    throw new Problem("media-type", "Bodies are taken as they are: without Content-Encoding.", {
      headers: { "accept-encoding": "identity" },
    });
  const length = headers.get("content-length");
  if (length === null) return undefined;
  const bytes = Number(length);
  if (!(Number.isInteger(bytes) && bytes >= 0)) throw new Problem("malformed", "Content-Length is no number of bytes.");
  if (bytes > limit) throw tooLarge(limit);
  return bytes;
}

/**
 * Reads all bytes of a body. For runtimes that have a faster way than `Request`: `environment` is what they give with a request. Stops at
 * more than `limit` bytes, and may give those then.
 */
export type BodyReader = (request: Request, environment: unknown, limit: number) => Promise<Uint8Array>;

/** Reads a body. Throws a Problem: "too-large"; "media-type" for a packed one; "malformed" for one that breaks off. */
export function readBytes({ request, headers, limits, environment, readBody }: BodySource): Promise<Uint8Array> {
  const limit = limits.bodyBytes;
  const length = checkHeaders(headers, limit);
  let bytes: Promise<Uint8Array>;
  if (readBody) bytes = readBody(request, environment, limit);
  else if (length !== undefined) bytes = request.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  else bytes = readParts(request, limit);
  return bytes.then(
    (read) => {
      if (read.length > limit) throw tooLarge(limit);
      return read;
    },
    (error) => {
      throw new Problem("malformed", "The body broke off.", { cause: error });
    },
  );
}

// Nobody says how much will come.
async function readParts({ body }: Request, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  if (body) {
    const reader = body.getReader();
    for (let part = await reader.read(); !part.done && total <= limit; part = await reader.read()) {
      total += part.value.length;
      parts.push(part.value);
    }
    if (total > limit) void reader.cancel().catch(() => {});
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reads JSON out of bytes. Throws a Problem ("malformed") for what is not UTF-8 or not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new Problem("malformed", "The body is not UTF-8.");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("malformed", "The body is not JSON.");
  }
}
