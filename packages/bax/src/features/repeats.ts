import type { Heap } from "../kernels/index.ts";

const EMPTY_SLOTS = 1024;
/** Bytes before the slots, and of each. */
const HEAD_BYTES = 16;
const SLOT_BYTES = 16;

/** Folds the repeats of a list of hashes; its scratch table grows with the longest text. */
export class Repeats {
  private readonly heap: Heap;
  /** Address of the table (assembly/features.ts, `distinct`), and how many slots it has. */
  table: number;
  slots: number = EMPTY_SLOTS;

  constructor(heap: Heap) {
    this.heap = heap;
    this.table = this.make(EMPTY_SLOTS);
  }

  /**
   * Leaves the distinct among `count` hashes (u32) at their front, in order of first occurrence, and how often each stood there at `counts` (u8, at
   * most 255). `places`, if not 0, receives for each hash its index among the distinct. Returns how many are distinct.
   */
  fold(hashes: number, count: number, counts: number, places = 0): number {
    const slots = this.reserve(count);
    return this.heap.kernels.distinct(hashes, count, counts, this.table, slots - 1, places);
  }

  /** A table for `count` hashes; returns the slots that these take. */
  reserve(count: number): number {
    let slots = 16;
    while (slots < 2 * count + 2) slots *= 2;
    if (slots > this.slots) {
      this.heap.release(this.table);
      this.table = this.make(slots);
      this.slots = slots;
    }
    return slots;
  }

  // An empty table, which says how large it is.
  private make(slots: number): number {
    const table = this.heap.allocateZeroed(HEAD_BYTES + slots * SLOT_BYTES);
    this.heap.u32[(table >>> 2) + 1] = slots;
    return table;
  }

  release(): void {
    this.heap.release(this.table);
  }
}
