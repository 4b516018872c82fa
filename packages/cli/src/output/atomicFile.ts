import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { fileError } from "../input/files.ts";

const FLUSH_BYTES = 1 << 20;

/** A file that bears its name only when it is whole: what is written goes to a hidden one beside it, which `commit` renames. */
export class AtomicFile {
  readonly #file: string;
  readonly #temporary: string;
  #handle: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Written so far. */
  bytes = 0;

  /** Throws BaxError "file". */
  constructor(file: string) {
    this.#file = file;
    // The same name each time: what a killed run left is written over by the next.
    this.#temporary = path.join(path.dirname(file), `.${path.basename(file)}.tmp`);
    this.#handle = this.#try(() => openSync(this.#temporary, "w"));
  }

  write(bytes: Uint8Array | string): void {
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.bytes += chunk.length;
    if (this.#waitingBytes >= FLUSH_BYTES) this.#flush();
  }

  /** Gives the file its name. */
  commit(): void {
    this.#flush();
    this.#try(() => {
      fsyncSync(this.#handle);
      closeSync(this.#handle);
      renameSync(this.#temporary, this.#file);
    });
  }

  /** Removes what was written. */
  discard(): void {
    try {
      closeSync(this.#handle);
    } catch {
      // It is closed already.
    }
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#try(() => {
      for (let at = 0; at < all.length; ) at += writeSync(this.#handle, all, at);
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fileError(this.#file, error);
    }
  }
}
