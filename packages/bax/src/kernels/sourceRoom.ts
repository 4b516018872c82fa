import type { Heap } from "./heap.ts";

/**
 * V8 copies into memory that threads share eight bytes at a time where both ends lie alike within a word, and byte by byte, eight times
 * slower, where they do not.
 */
const WORD = 8;

/** Room in a heap for bytes that come from outside, one piece after another. */
export class SourceRoom {
  private readonly heap: Heap;
  private block = 0;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Copies bytes into the heap, where the next call overwrites them; returns their address. */
  place(bytes: Uint8Array): number {
    const { heap } = this;
    this.block = heap.scratch(this.block, bytes.length + WORD);
    const at = this.block + (bytes.byteOffset % WORD);
    heap.u8.set(bytes, at);
    return at;
  }

  /** Gives the memory back; it may be used again. */
  release(): void {
    this.heap.release(this.block);
    this.block = 0;
  }
}
