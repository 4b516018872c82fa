import { BaxError } from "bax";
import { Problem } from "../problem.ts";
import type { RequestHeaders } from "./requestHeaders.ts";

/** SHA-256 of a text's UTF-8. */
export type Digest = (text: string) => Uint8Array | Promise<Uint8Array>;

const encoder = new TextEncoder();
const SHORTEST = 16;

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/**
 * The API keys that open the server. Kept as digests only; a key is compared with all of them, whatever the outcome, and byte by byte to the
 * end, so that the time tells nothing.
 */
export class Keys {
  private readonly digest: Digest;
  private readonly known: Promise<Uint8Array[]>;

  /**
   * `keys`: at least one, each of 16 visible ASCII characters or more. `digest`: the platform's own where it is faster. Throws a BaxError
   * ("usage") for a key that is none, without telling it.
   */
  constructor(keys: readonly string[], digest: Digest = sha256) {
    if (keys.length === 0) throw new BaxError("usage", "keys: got none", "Give at least one, or leave the option out.");
    for (const [i, key] of keys.entries())
      if (!(key.length >= SHORTEST && /^[\x21-\x7e]+$/.test(key)))
        throw new BaxError(
          "usage",
          `API key ${i + 1}: expected ${SHORTEST} visible ASCII characters or more`,
          "Make one by `openssl rand -hex 32`.",
        );
    this.digest = digest;
    this.known = Promise.all(keys.map((key) => digest(key)));
  }

  /** Which key the request has, from 0. Throws a Problem ("unauthorized") for none and for one that is not known. */
  async check(headers: RequestHeaders): Promise<number> {
    const given = keyOf(headers);
    if (given === undefined) throw unauthorized("Send a key as Authorization: Bearer, or as X-API-Key.");
    const [known, found] = await Promise.all([this.known, this.digest(given)]);
    let which = -1;
    for (const [i, digest] of known.entries()) {
      let difference = digest.length ^ found.length;
      for (let at = 0; at < digest.length; at++) difference |= digest[at] ^ found[at];
      if (difference === 0) which = i;
    }
    if (which < 0) throw unauthorized("The key is not one of this server's.");
    return which;
  }
}

function keyOf(headers: RequestHeaders): string | undefined {
  const authorization = headers.get("authorization");
  const bearer = authorization === null ? null : /^Bearer +(\S+)$/i.exec(authorization);
  return bearer?.[1] ?? headers.get("x-api-key") ?? undefined;
}

function unauthorized(detail: string): Problem {
  return new Problem("unauthorized", detail, { headers: { "www-authenticate": "Bearer" } });
}
