import type { IncomingMessage } from "node:http";
import { type Placed, PlacedList } from "../service/index.ts";

/** How long a connection stays open after its body was refused, for the answer to be read. */
export const LINGER_MS = 500;

/** A body that is being read. */
interface Pending extends Placed {
  /** By `performance.now()`: when it has to be there. */
  readonly until: number;
  giveUp(): void;
}

/** Reads bodies from Node's own messages, which is quicker than through the web's streams. */
export class IncomingBodies {
  private readonly within: number;
  private readonly pending = new PlacedList<Pending>();
  /** One for all, since nearly every body is there at once. */
  private timer: NodeJS.Timeout | undefined;

  /** `within`: milliseconds in which a body has to be there; it has its own clock, since streams of lines may take as long as they like. */
  constructor(within: number) {
    this.within = within;
  }

  /**
   * Reads all bytes; when as many are there as the headers say, nothing more is waited for. Stops at more than `limit` bytes, and gives those
   * then. Rejects where the body breaks off or takes too long.
   */
  read(incoming: IncomingMessage, limit: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const length = Number(incoming.headers["content-length"]);
      let first: Buffer | undefined;
      let parts: Buffer[] | undefined;
      let total = 0;
      let isSettled = false;
      const isLate = (): boolean => {
        if (isSettled) return true;
        isSettled = true;
        this.pending.remove(body);
        return false;
      };
      const fail = (error?: Error): void => {
        if (!isLate()) reject(error ?? new Error("the connection was closed before the body was there"));
      };
      const finish = (): void => {
        if (!isLate()) resolve(parts ? Buffer.concat(parts, total) : (first ?? Buffer.alloc(0)));
      };
      const body: Pending = {
        place: -1,
        until: performance.now() + this.within,
        giveUp: () => fail(new Error("the body took too long")),
      };
      this.add(body);
      incoming.on("data", (part: Buffer) => {
        if (isSettled) return;
        total += part.length;
        if (first === undefined) first = part;
        else if (parts) parts.push(part);
        else parts = [first, part];
        // The rest is nobody's; the refusal ends the connection.
        if (total > limit) incoming.pause();
        if (total > limit || total === length) finish();
      });
      incoming.on("end", finish);
      incoming.on("error", fail);
      incoming.on("close", fail);
    });
  }

  private add(body: Pending): void {
    this.pending.add(body);
    this.timer ??= setInterval(() => this.look(), Math.min(1000, this.within)).unref();
  }

  private look(): void {
    const now = performance.now();
    for (const body of this.pending.all()) if (body.until <= now) body.giveUp();
    if (this.pending.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
