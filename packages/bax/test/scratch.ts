import type { ScratchFile } from "../src/training/spilledStore.ts";

/** A scratch file that lies in memory, for tests. */
export class MemoryScratch implements ScratchFile {
  bytes: Uint8Array = new Uint8Array(1 << 20);
  isClosed = false;

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(bytes, position);
  }

  read(into: Uint8Array, position: number): void {
    into.set(this.bytes.subarray(position, position + into.length));
  }

  close(): void {
    this.isClosed = true;
  }
}
