import type { IncomingMessage } from "node:http";
import type { BodyReader } from "../index.ts";

/**
 * Reads bodies from Node's own message, which is quicker than through the web's streams. `within`: milliseconds in which a body has to be
 * there; it has its own clock, since streams of lines may take as long as they like.
 */
export function incomingReader(within: number): BodyReader {
  return (_request, environment, limit) =>
    new Promise((resolve, reject) => {
      const { incoming } = environment as { incoming: IncomingMessage };
      const parts: Buffer[] = [];
      let total = 0;
      const timer = setTimeout(() => end(() => reject(new Error("the body took too long"))), within);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        incoming.off("data", take).off("end", finish).off("error", fail).off("close", fail);
        settle();
      };
      const take = (part: Buffer): void => {
        parts.push(part);
        total += part.length;
        if (total > limit) finish();
      };
      const finish = (): void => end(() => resolve(parts.length === 1 ? parts[0] : Buffer.concat(parts, total)));
      const fail = (error?: Error): void => end(() => reject(error ?? new Error("the connection was closed")));
      incoming.on("data", take).on("end", finish).on("error", fail).on("close", fail);
    });
}
