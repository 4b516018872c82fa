import { BaxError } from "bax";
import type { RequestHeaders } from "./requestHeaders.ts";

/** Headers of a request that a page may send besides the plain ones. */
const SENT = "authorization, content-type, traceparent, x-api-key, x-deadline-ms, x-request-id";
/** Headers of an answer that a page may read. */
const READ = "retry-after, traceparent, x-model-version, x-request-id";
const PREFLIGHT_SECONDS = 600;

/** Which pages of other origins may ask; none unless they are named. */
export class Cors {
  private readonly origins: ReadonlySet<string>;

  /** `origins`: "https://example.org", or "*" for all. Throws a BaxError ("usage") for what is no origin. */
  constructor(origins: readonly string[] = []) {
    for (const origin of origins)
      if (origin !== "*" && !isOrigin(origin))
        throw new BaxError("usage", `origin "${origin}": expected a scheme, a host and a port`, "https://example.org");
    this.origins = new Set(origins);
  }

  /** Headers for the answer to a request from a page; undefined where it is not one that may ask. */
  headersFor(headers: RequestHeaders): Record<string, string> | undefined {
    if (this.origins.size === 0) return undefined;
    const origin = headers.get("origin");
    if (origin === null || !(this.origins.has("*") || this.origins.has(origin))) return { vary: "origin" };
    return {
      "access-control-allow-origin": this.origins.has("*") ? "*" : origin,
      "access-control-expose-headers": READ,
      "cross-origin-resource-policy": "cross-origin",
      vary: "origin",
    };
  }

  /** Headers for the answer to a page that asks first; undefined where it may not. `methods`: those of the path. */
  preflight(headers: RequestHeaders, methods: readonly string[]): Record<string, string> | undefined {
    const allowed = this.headersFor(headers);
    if (!allowed?.["access-control-allow-origin"] || headers.get("access-control-request-method") === null)
      return undefined;
    return {
      ...allowed,
      "access-control-allow-methods": methods.join(", "),
      "access-control-allow-headers": SENT,
      "access-control-max-age": String(PREFLIGHT_SECONDS),
    };
  }
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}
