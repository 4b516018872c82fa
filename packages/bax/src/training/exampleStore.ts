import type { Heap } from "../kernels/index.ts";
import { bytesOf } from "./exampleRecord.ts";
import { MemoryPart, type Part } from "./part.ts";

/** Examples are kept in blocks of this many bytes, so that more text never means copying what is there. */
const BLOCK_BYTES = 4 << 20;

/** Writes the example at `from` to `to`, which is at or before it, as it is to be from now on: never longer. False leaves it out. */
export type Change = (from: number, to: number) => boolean;

/** Where examples are while they are read and prepared. */
export interface ExampleStore {
  /** What is in it. */
  readonly counts: StoreCounts;
  /** Address where the next example, of at most so many bytes, is to be written. */
  reserve(bytes: number): number;
  /** Takes in the example that was written there. */
  commit(features: number, targets: number): void;
  /** Where the next examples are to be written, up to an end that may be near: `reserve` makes more room. */
  room(): { at: number; end: number };
  /** Takes in the examples that were written there, one behind the other. */
  commitAll(written: StoredCounts): void;
  /** Goes through all examples in their order, each once. */
  rewrite(change: Change): void;
  /** Looks at all examples in their order. */
  each(look: (at: number, example: number) => void): void;
  /**
   * The last change. Returns what gives the parts of the examples, each in the one that `partOf` its index names: to be called once other
   * memory was given back. What is added before that goes to the first part.
   */
  settle(change: Change, partCount: number, partOf: (example: number) => number): () => Part[];
  /** Gives all memory, or the file, back. */
  release(): void;
}

/** What some examples come to. */
export type StoredCounts = Pick<StoreCounts, "count" | "bytes" | "featureTotal" | "largestBag" | "mostTargets">;

/** What is in a store. */
export class StoreCounts {
  /** Examples. */
  count = 0;
  /** Bytes of them. */
  bytes = 0;
  /** Features of all bags together, of the largest one, and the most labels of an example. */
  featureTotal = 0;
  largestBag = 0;
  mostTargets = 0;

  add(bytes: number, features: number, targets: number): void {
    this.count++;
    this.bytes += bytes;
    this.featureTotal += features;
    this.largestBag = Math.max(this.largestBag, features);
    this.mostTargets = Math.max(this.mostTargets, targets);
  }

  addAll({ count, bytes, featureTotal, largestBag, mostTargets }: StoredCounts): void {
    this.count += count;
    this.bytes += bytes;
    this.featureTotal += featureTotal;
    this.largestBag = Math.max(this.largestBag, largestBag);
    this.mostTargets = Math.max(this.mostTargets, mostTargets);
  }
}

interface Block {
  at: number;
  capacity: number;
  bytes: number;
}

/** Examples in blocks of the heap. */
export class MemoryStore implements ExampleStore {
  private readonly heap: Heap;
  counts: StoreCounts = new StoreCounts();
  private blocks: Block[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  reserve(bytes: number): number {
    const last = this.blocks.at(-1);
    if (last && last.bytes + bytes <= last.capacity) return last.at + last.bytes;
    const capacity = Math.max(BLOCK_BYTES, bytes);
    const at = this.heap.allocate(capacity);
    this.blocks.push({ at, capacity, bytes: 0 });
    return at;
  }

  commit(features: number, targets: number): void {
    const block = this.blocks[this.blocks.length - 1];
    const bytes = bytesOf(this.heap, block.at + block.bytes);
    block.bytes += bytes;
    this.counts.add(bytes, features, targets);
  }

  room(): { at: number; end: number } {
    const at = this.reserve(0);
    const { at: begin, capacity } = this.blocks[this.blocks.length - 1];
    return { at, end: begin + capacity };
  }

  commitAll(written: StoredCounts): void {
    this.blocks[this.blocks.length - 1].bytes += written.bytes;
    this.counts.addAll(written);
  }

  each(look: (at: number, example: number) => void): void {
    let example = 0;
    for (const { at, bytes } of this.blocks) {
      for (let from = at; from < at + bytes; from += bytesOf(this.heap, from)) look(from, example++);
    }
  }

  rewrite(change: Change): void {
    const { heap } = this;
    const old = this.blocks.map(({ at, bytes }) => ({ at, end: at + bytes }));
    const counts = new StoreCounts();
    let target = 0;
    let write = this.blocks[0]?.at ?? 0;
    const close = () => {
      this.blocks[target].bytes = write - this.blocks[target].at;
    };
    for (const { at, end } of old) {
      for (let from = at; from < end; ) {
        const next = from + bytesOf(heap, from);
        // An example never grows, so one that follows in order finds room at or before where it lies.
        while (write + (next - from) > this.blocks[target].at + this.blocks[target].capacity) {
          close();
          write = this.blocks[++target].at;
        }
        if (change(from, write)) {
          const bytes = bytesOf(heap, write);
          const words = heap.u32;
          counts.add(bytes, words[write >>> 2], words[(write >>> 2) + 2]);
          write += bytes;
        }
        from = next;
      }
    }
    if (this.blocks.length > 0) close();
    for (const unused of this.blocks.splice(target + 1)) heap.release(unused.at);
    this.counts = counts;
  }

  settle(change: Change, partCount: number, partOf: (example: number) => number): () => Part[] {
    this.rewrite(change);
    const changed = this.counts.count;
    return () => {
      this.compact();
      const addresses = new Uint32Array(this.counts.count);
      this.each((at, example) => {
        addresses[example] = at;
      });
      const all = addresses.map((_, example) => example);
      const parts = all.map((example) => (example < changed ? partOf(example) : 0));
      const members = (part: number) => (partCount === 1 ? all : all.filter((example) => parts[example] === part));
      return Array.from({ length: partCount }, (_, part) => new MemoryPart(addresses, members(part)));
    };
  }

  release(): void {
    for (const { at } of this.blocks.splice(0)) this.heap.release(at);
  }

  /** The same examples in another heap. */
  copyTo(heap: Heap): MemoryStore {
    const copy = new MemoryStore(heap);
    copy.counts = Object.assign(new StoreCounts(), this.counts);
    copy.blocks = this.blocks.map(({ at, bytes }) => ({
      at: heap.allocateCopy(this.heap.u8At(at, bytes)),
      capacity: bytes,
      bytes,
    }));
    return copy;
  }

  // Moves blocks down into memory that was given back meanwhile, so that the parameters find room behind them instead of making the
  // memory larger.
  private compact(): void {
    for (const block of [...this.blocks].sort((a, b) => b.at - a.at)) block.at = this.heap.lower(block.at);
  }
}
