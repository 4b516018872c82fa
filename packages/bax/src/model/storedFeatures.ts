import { FeatureTable } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { StoredModel } from "./storedModel.ts";

/** So many texts are answered by looking through all keys, then a table of them is made: it costs as much as some twenty of these. */
export const TEXTS_WITHOUT_TABLE = 16;
/** Low bits of a key that tell most of those apart that nobody asks for. */
const SIEVE_BITS = 16;
const NONE = 0xffffffff;

/** Finds the features of a text where they are looked up. */
export interface FeatureFinder {
  /** Told the distinct hashes of a text before they are looked up. */
  prepare(hashes: number, count: number): void;
  /** As `FeatureTable.find`. */
  find(hashes: number, counts: number, count: number, ids: number, kept: number, places?: number): number;
}

/**
 * The features of a model whose keys are in its file. A table of them takes a while to make and nearly eight bytes a feature, which one
 * text is not worth: its few hundred hashes are looked for in one pass over all keys. After some texts there is a table after all.
 */
export class StoredFeatures implements FeatureFinder {
  private readonly heap: Heap;
  private readonly stored: StoredModel;
  private readonly keys: number;
  private readonly size: number;
  private readonly sieve = new Uint8Array(1 << SIEVE_BITS);
  private readonly rows = new Map<number, number>();
  private table: FeatureTable | undefined;
  private texts = 0;

  /** `keys`: address where the `size` keys belong. */
  constructor(heap: Heap, stored: StoredModel, keys: number, size: number) {
    this.heap = heap;
    this.stored = stored;
    this.keys = keys;
    this.size = size;
  }

  prepare(hashes: number, count: number): void {
    if (this.table || count === 0) return;
    if (this.texts++ >= TEXTS_WITHOUT_TABLE || this.stored.complete) {
      this.whole();
      return;
    }
    const { sieve, rows } = this;
    rows.clear();
    sieve.fill(0);
    const low = sieve.length - 1;
    const wanted = new Set<number>();
    for (const hash of this.heap.u32At(hashes, count)) {
      sieve[hash & low] = 1;
      wanted.add(hash);
    }
    this.stored.eachKeys((first, keys) => {
      for (let i = 0; i < keys.length; i++)
        if (sieve[keys[i] & low] === 1 && wanted.has(keys[i]) && !rows.has(keys[i])) rows.set(keys[i], first + i);
    });
  }

  /** The table of all features. */
  whole(): FeatureTable {
    if (!this.table) {
      this.stored.needKeys();
      this.table = new FeatureTable(this.heap, this.keys, this.size);
      this.rows.clear();
    }
    return this.table;
  }

  find(hashes: number, counts: number, count: number, ids: number, kept: number, places = 0): number {
    if (this.table) return this.table.find(hashes, counts, count, ids, kept, places);
    const { u32, u8 } = this.heap;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const row = this.rows.get(u32[(hashes >>> 2) + i]);
      if (places !== 0) u32[(places >>> 2) + i] = row === undefined ? NONE : found;
      if (row === undefined) continue;
      u32[(ids >>> 2) + found] = row;
      u8[kept + found++] = u8[counts + i];
    }
    return found;
  }
}
