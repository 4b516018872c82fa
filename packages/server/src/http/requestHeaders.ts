// What headers of a request say, where anyone may write anything into them.
import { Problem } from "../problem.ts";

/** Reads headers of a request by their names in lower case; null for one that is not there. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** Headers as Node's server has them already: to look them up costs nothing, and there are many to look up. */
export class PlainHeaders implements RequestHeaders {
  private readonly values: Readonly<Record<string, string | string[] | undefined>>;

  constructor(values: Readonly<Record<string, string | string[] | undefined>>) {
    this.values = values;
  }

  get(name: string): string | null {
    const value = this.values[name];
    return value === undefined ? null : typeof value === "string" ? value : value.join(", ");
  }
}

/** The headers of a request, in their cheapest form. `environment`: what the runtime gives with it; Hono's server for Node gives its message. */
export function headersOf(request: Request, environment: unknown): RequestHeaders {
  const plain = (environment as { incoming?: { headers?: unknown } } | undefined)?.incoming?.headers;
  if (typeof plain !== "object" || plain === null) return request.headers;
  return new PlainHeaders(plain as Record<string, string | string[] | undefined>);
}

const REQUEST_ID = /^[\w.:=+/@-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const NO_TRACE = /^(?:ff|.{2}-0{32}|.{36}0{16})/;

/** The request's id: what the client calls it, where that is short and plain, or a new one. */
export function requestIdOf(headers: RequestHeaders): string {
  const given = headers.get("x-request-id");
  return given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID();
}

/** The header `traceparent`, where it is one by the W3C's rules. */
export function traceparentOf(headers: RequestHeaders): string | undefined {
  const given = headers.get("traceparent");
  if (given === null || given.length > 256 || !TRACEPARENT.test(given) || NO_TRACE.test(given)) return undefined;
  // The first version has exactly four parts; what later ones add is theirs.
  return given.startsWith("00-") && given.length !== 55 ? undefined : given;
}

/** A media type without its parameters, in lower case; "" for none. */
export function mediaTypeOf(headers: RequestHeaders): string {
  const given = headers.get("content-type");
  if (given === null || given === "application/json") return given ?? "";
  return given.split(";", 1)[0].trim().toLowerCase();
}

/** Throws a Problem ("not-acceptable") where the client would not take an answer of the type. */
export function requireAccepted(headers: RequestHeaders, type: string): void {
  const given = headers.get("accept");
  if (given === null || given === "*/*" || given === type || given.trim() === "") return;
  const [family] = type.split("/", 1);
  // The most telling range decides.
  const quality = new Map<string, number>();
  for (const part of given.toLowerCase().split(",")) {
    const [range, ...parameters] = part.split(";").map((piece) => piece.trim());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const value = q === undefined ? 1 : Number(q.slice(2));
    quality.set(range, Number.isNaN(value) ? 1 : value);
  }
  const found = quality.get(type) ?? quality.get(`${family}/*`) ?? quality.get("*/*") ?? 0;
  if (found <= 0) throw new Problem("not-acceptable", `The answer is of the type ${type}.`);
}

/** By `performance.now()`: when the request is to be answered. Throws a Problem ("malformed") for a deadline that is none. */
export function deadlineOf(headers: RequestHeaders, longest: number): number {
  const given = headers.get("x-deadline-ms");
  if (given === null) return performance.now() + longest;
  const milliseconds = /^\d{1,9}$/.test(given) ? Number(given) : 0;
  if (milliseconds === 0) throw new Problem("malformed", "X-Deadline-Ms: expected whole milliseconds from 1.");
  return performance.now() + Math.min(milliseconds, longest);
}
