// Bodies of requests, no more of them than is allowed.
import { Problem } from "../problem.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestHeaders } from "./requestHeaders.ts";

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

/** Reads a body. Throws a Problem: "too-large"; "media-type" for a packed one; "malformed" for one that breaks off. */
export async function readBytes({ arrival, limits }: Exchange): Promise<Uint8Array> {
  const limit = limits.bodyBytes;
  const length = checkHeaders(arrival.headers, limit);
  let bytes: Uint8Array;
  try {
    bytes = await arrival.bytes(limit, length);
  } catch (error) {
    throw new Problem("malformed", "The body broke off.", { cause: error });
  }
  if (bytes.length > limit) throw tooLarge(limit);
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
