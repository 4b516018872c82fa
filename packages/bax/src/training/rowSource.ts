import { Repeats } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { Bag } from "../model/index.ts";

/** Text to the keys of its features, in the heap: distinct hashes (u32) or whatever stands for them, and their counts (u8). */
export interface FeatureSource {
  readonly hashes: number;
  readonly counts: number;
  /** How many are of the word block; they come first. */
  readonly wordCount: number;
  /** Extracts the features of `length` bytes at an address; returns the number of distinct ones. */
  extract(at: number, length: number): number;
  release(): void;
}

/** What turns text into rows of a model. */
export interface RowBags {
  bagOf(at: number, length: number): Bag;
}

/** Text to the rows of a model that is there, each once with its count. */
export class RowSource implements FeatureSource {
  hashes = 0;
  counts = 0;
  wordCount = 0;
  private readonly heap: Heap;
  private readonly bags: RowBags;
  private readonly repeats: Repeats;

  constructor(heap: Heap, bags: RowBags) {
    this.heap = heap;
    this.bags = bags;
    this.repeats = new Repeats(heap);
  }

  extract(at: number, length: number): number {
    const { heap } = this;
    const { ids, count } = this.bags.bagOf(at, length);
    this.counts = heap.scratch(this.counts, count);
    this.hashes = ids;
    this.wordCount = this.repeats.fold(ids, count, this.counts);
    return this.wordCount;
  }

  release(): void {
    this.repeats.release();
    this.heap.release(this.counts);
  }
}
