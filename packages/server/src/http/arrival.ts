import type { Context } from "hono";
import { headersOf, type RequestHeaders } from "./requestHeaders.ts";

/** A request that came in, as the runtime has it. */
export interface Arrival {
  readonly method: string;
  /** The path as it was sent. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** A part of the path, by its name in the pattern; "" where there is none. */
  parameter(name: string): string;
  /** Whether the client went away. */
  isGone(): boolean;
  /**
   * Reads all bytes of the body. Stops at more than `limit` bytes, and may give those then. `length`: how many the headers say, if they do.
   * Rejects where the body breaks off.
   */
  bytes(limit: number, length: number | undefined): Promise<Uint8Array>;
  /** The body as it comes; null for none. */
  stream(): ReadableStream<Uint8Array> | null;
}

/**
 * Reads all bytes of a body. For runtimes that have a faster way than `Request`: `environment` is what they give with a request. Stops at
 * more than `limit` bytes, and may give those then.
 */
export type BodyReader = (request: Request, environment: unknown, limit: number) => Promise<Uint8Array>;

/** A `Request`, as Hono hands it on. */
export class WebArrival implements Arrival {
  readonly headers: RequestHeaders;
  private readonly context: Context;
  private readonly readBody: BodyReader | undefined;

  /** `readBody`: the runtime's way to read bodies, where it has a faster one. */
  constructor(context: Context, readBody: BodyReader | undefined) {
    this.context = context;
    this.readBody = readBody;
    this.headers = headersOf(context.req.raw, context.env);
  }

  get method(): string {
    return this.context.req.method;
  }

  get path(): string {
    return new URL(this.context.req.url).pathname;
  }

  parameter(name: string): string {
    return this.context.req.param(name) ?? "";
  }

  isGone(): boolean {
    return this.context.req.raw.signal.aborted;
  }

  bytes(limit: number, length: number | undefined): Promise<Uint8Array> {
    const { env, req } = this.context;
    if (this.readBody) return this.readBody(req.raw, env, limit);
    if (length !== undefined) return req.raw.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    return readParts(req.raw, limit);
  }

  stream(): ReadableStream<Uint8Array> | null {
    return this.context.req.raw.body;
  }
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
