import {
  FEATURE_TABLE_BUCKETS,
  FEATURE_TABLE_ENTRIES,
  FEATURE_TABLE_HEAD,
  FEATURE_TABLE_KEYS,
  FEATURE_TABLE_LINE,
  FEATURE_TABLE_ROW_BITS,
  type Heap,
} from "../kernels/index.ts";

/** How full the lines are: one feature in eighty has no room in its own then. */
const FULL = 0.7;

/** The features of a finished model, for answering: from a hash to its row of A, in less than eight bytes a feature (assembly/featureTable.ts). */
export class FeatureTable {
  /** Address of the table. */
  readonly at: number;
  private readonly heap: Heap;

  /** `keys`: address of `size` u32, which stay there; `made`: the table of these keys, where another thread has made it, or 0. */
  constructor(heap: Heap, keys: number, size: number, made = 0) {
    this.heap = heap;
    if (made !== 0) {
      this.at = made;
      return;
    }
    const buckets = Math.ceil(size / (FEATURE_TABLE_ENTRIES * FULL)) + 1;
    this.at = heap.allocateZeroed(FEATURE_TABLE_HEAD + buckets * FEATURE_TABLE_LINE);
    const fields: [field: number, value: number][] = [
      [FEATURE_TABLE_BUCKETS, buckets],
      [FEATURE_TABLE_ROW_BITS, 32 - Math.clz32(size)],
      [FEATURE_TABLE_KEYS, keys],
    ];
    for (const [field, value] of fields) heap.u32[(this.at + field) >>> 2] = value;
    heap.kernels.fillFeatures(this.at, size);
  }

  /** Nothing is to be done before a text's features are looked up. */
  prepare(): void {}

  /** Writes the rows of the known among `count` hashes to `ids` and their counts (u8) to `kept`; returns how many are known. */
  find(hashes: number, counts: number, count: number, ids: number, kept: number, places = 0): number {
    return this.heap.kernels.findFeatures(hashes, counts, count, this.at, ids, kept, places);
  }
}
