import {
  createWeighting,
  FeatureExtractor,
  type FeatureOptions,
  FeatureTable,
  type Weighting,
  type WeightingOptions,
  weigh,
} from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { Bag } from "./bag.ts";
import type { SharedTables } from "./sharedTables.ts";
import { StoredFeatures } from "./storedFeatures.ts";
import type { StoredModel } from "./storedModel.ts";

/** Text to bags by bax's own features: hashes of words and n-grams, weighted. */
export class HashedBags {
  readonly extractor: FeatureExtractor;
  private readonly heap: Heap;
  private readonly finder: FeatureTable | StoredFeatures;
  private readonly stored: StoredModel | undefined;
  readonly weighting: Weighting;
  private readonly bag: Bag = { ids: 0, weights: 0, count: 0, scale: 1 };
  private counts = 0;
  /** Distinct features of the last text, known or not. */
  private distinct = 0;

  /**
   * `keys`: address of the hash (u32) of each of `featureCount` rows; `featureWeights`: address of their weights (f32), or 0. `stored`: where
   * these are still in the file; `shared`: tables that are there.
   */
  constructor(
    heap: Heap,
    options: FeatureOptions & WeightingOptions,
    keys: number,
    featureCount: number,
    featureWeights: number,
    stored?: StoredModel,
    shared?: SharedTables,
  ) {
    this.heap = heap;
    this.extractor = new FeatureExtractor(heap, options, shared?.unicode);
    this.stored = stored;
    this.finder =
      stored && !stored.complete
        ? new StoredFeatures(heap, stored, keys, featureCount)
        : new FeatureTable(heap, keys, featureCount, shared?.features);
    this.weighting = createWeighting(heap, options, featureWeights);
  }

  /** The bag of the text at an address; valid until the next call. `places`, if not 0, receives for each distinct feature its index in the bag or 0xffffffff. */
  bagOf(at: number, length: number, places = 0): Bag {
    const { heap, extractor, bag, finder } = this;
    const distinct = extractor.extract(at, length);
    this.distinct = distinct;
    bag.ids = heap.scratch(bag.ids, distinct * 4);
    bag.weights = heap.scratch(bag.weights, distinct * 4);
    this.counts = heap.scratch(this.counts, distinct);
    const words = extractor.wordCount;
    const { hashes, counts } = extractor;
    finder.prepare(hashes, distinct);
    const known = finder.find(hashes, counts, words, bag.ids, this.counts, places);
    const characters = finder.find(
      hashes + words * 4,
      counts + words,
      distinct - words,
      bag.ids + known * 4,
      this.counts + known,
      places && places + words * 4,
    );
    bag.count = known + characters;
    if (places) {
      // The second look-up counted from its own first feature.
      const all = heap.u32At(places, distinct);
      for (let i = words; i < distinct; i++) if (all[i] !== 0xffffffff) all[i] += known;
    }
    this.stored?.need(bag.ids, bag.count);
    weigh(heap, this.weighting, bag.ids, this.counts, known, bag.count, bag.weights);
    return bag;
  }

  /** The table of all features; where keys are still in the file they are read. */
  get table(): FeatureTable {
    return this.finder instanceof StoredFeatures ? this.finder.whole() : this.finder;
  }

  /** Share of the last text's distinct features that the model does not know, 0 to 1; 1 for a text without any. */
  unknownShare(): number {
    return this.distinct === 0 ? 1 : 1 - this.bag.count / this.distinct;
  }
}
