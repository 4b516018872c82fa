import type { Heap } from "../kernels/index.ts";

const SLOT_BYTES = 8;
const FEWEST_SLOTS = 64;
const encoder = new TextEncoder();

/** Labels by the bytes of their names, in the heap, for the kernel that reads lines. */
export class LabelTable {
  /** Address of the slots: (hash, label + 1), two u32 each; and their number − 1. */
  table: number;
  mask: number = FEWEST_SLOTS - 1;
  /** Address of the names' bytes. */
  pool = 0;
  /** Address of (labels + 1) u32: where each name begins, and the end of the last. */
  starts: number;
  private size = 0;
  private bytes = 0;
  private readonly heap: Heap;

  constructor(heap: Heap) {
    this.heap = heap;
    this.table = heap.allocateZeroed(FEWEST_SLOTS * SLOT_BYTES);
    this.starts = heap.allocateZeroed(64);
  }

  /** Adds the names that are new: labels are only ever added at the end. */
  sync(names: readonly string[]): void {
    for (; this.size < names.length; this.size++) this.add(encoder.encode(names[this.size]));
  }

  private add(name: Uint8Array): void {
    const { heap, size } = this;
    if (2 * (size + 1) > this.mask) this.grow();
    this.pool = heap.ensure(this.pool, this.bytes + name.length + 1);
    heap.u8.set(name, this.pool + this.bytes);
    this.bytes += name.length;
    this.starts = heap.ensure(this.starts, (size + 2) * 4);
    heap.u32[(this.starts >>> 2) + size + 1] = this.bytes;
    let hash = 0;
    for (const byte of name) hash = (Math.imul(hash, 31) + byte) >>> 0;
    this.enter(hash, size + 1);
  }

  private enter(hash: number, value: number): void {
    const words = this.heap.u32;
    let slot = (hash & this.mask) >>> 0;
    while (words[(this.table >>> 2) + 2 * slot + 1] !== 0) slot = (slot + 1) & this.mask;
    words[(this.table >>> 2) + 2 * slot] = hash;
    words[(this.table >>> 2) + 2 * slot + 1] = value;
  }

  private grow(): void {
    const { heap } = this;
    const old = heap.u32At(this.table, 2 * (this.mask + 1)).slice();
    heap.release(this.table);
    this.mask = 2 * this.mask + 1;
    this.table = heap.allocateZeroed((this.mask + 1) * SLOT_BYTES);
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.enter(old[i], old[i + 1]);
  }

  release(): void {
    for (const at of [this.table, this.pool, this.starts]) this.heap.release(at);
  }
}
