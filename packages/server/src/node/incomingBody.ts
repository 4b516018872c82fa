import type { IncomingMessage } from "node:http";
import type { BodyReader } from "../index.ts";
import { type Placed, PlacedList } from "../service/index.ts";

/** A body that is being read. */
interface Pending extends Placed {
  /** By `performance.now()`: when it has to be there. */
  readonly until: number;
  giveUp(): void;
}

/**
 * Reads bodies from Node's own message, which is quicker than through the web's streams. `within`: milliseconds in which a body has to be
 * there; it has its own clock, since streams of lines may take as long as they like.
 */
export function incomingReader(within: number): BodyReader {
  const pending = new PlacedList<Pending>();
  // One timer for all, since nearly every body is there at once.
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = performance.now();
    for (const body of pending.all()) if (body.until <= now) body.giveUp();
    if (pending.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return (_request, environment, limit) =>
    new Promise((resolve, reject) => {
      const { incoming } = environment as { incoming: IncomingMessage };
      let first: Buffer | undefined;
      let parts: Buffer[] | undefined;
      let total = 0;
      let isSettled = false;
      const settle = (how: () => void): void => {
        if (isSettled) return;
        isSettled = true;
        pending.remove(body);
        how();
      };
      const fail = (error?: Error): void =>
        settle(() => reject(error ?? new Error("the connection was closed before the body was there")));
      const finish = (): void =>
        settle(() => resolve(parts ? Buffer.concat(parts, total) : (first ?? Buffer.alloc(0))));
      const body: Pending = {
        place: -1,
        until: performance.now() + within,
        giveUp: () => fail(new Error("the body took too long")),
      };
      pending.add(body);
      timer ??= setInterval(look, Math.min(1000, within)).unref();
      incoming.on("data", (part: Buffer) => {
        if (isSettled) return;
        total += part.length;
        if (first === undefined) first = part;
        else if (parts) parts.push(part);
        else parts = [first, part];
        if (total <= limit) return;
        // The rest is nobody's; the refusal ends the connection.
        incoming.pause();
        finish();
      });
      incoming.on("end", finish);
      incoming.on("error", fail);
      incoming.on("close", fail);
    });
}
