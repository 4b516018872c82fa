import {
  createWeighting,
  FeatureExtractor,
  type FeatureOptions,
  Vocabulary,
  type Weighting,
  type WeightingOptions,
  weigh,
} from "../features/index.ts";
import { type Heap, LANES } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import { ForwardPass } from "./forwardPass.ts";
import type { Parameters } from "./parameters.ts";

/** What a model is made of, laid out in one heap. */
export interface ModelParts {
  heap: Heap;
  options: FeatureOptions & WeightingOptions;
  /** In the order of the rows of B. */
  labels: readonly string[];
  /** Address of (featureCount) u32: hash of the feature of each row of A. */
  keys: number;
  /** Address of (featureCount) f32: what its count is multiplied by; 0 where all are 1. */
  featureWeights: number;
  parameters: Parameters;
  head: Head;
}

/** A text's bag in the heap: `count` rows of A at `ids` (u32) with their `weights` (f32). */
export interface Bag {
  ids: number;
  weights: number;
  /** (count) u8: how often each occurs. */
  counts: number;
  count: number;
}

const encoder = new TextEncoder();

/** Answers: text to probabilities. The numbers of a model are not changed by it; scratch memory is its own. */
export class Classifier {
  readonly parts: ModelParts;
  readonly extractor: FeatureExtractor;
  readonly forward: ForwardPass;
  private readonly vocabulary: Vocabulary;
  private readonly weighting: Weighting;
  private readonly bag: Bag = { ids: 0, weights: 0, counts: 0, count: 0 };
  private source = 0;

  constructor(parts: ModelParts) {
    const { heap } = parts;
    this.parts = parts;
    this.extractor = new FeatureExtractor(heap, parts.options);
    this.vocabulary = new Vocabulary(heap, parts.keys, parts.parameters.featureCount);
    this.weighting = createWeighting(heap, parts.options, parts.featureWeights);
    this.forward = new ForwardPass(heap, parts.parameters, parts.head);
  }

  /** Copies text into the heap as UTF-8; returns its address and length in bytes. Lone surrogates become U+FFFD. */
  place(text: string): { at: number; length: number } {
    const bytes = encoder.encode(text);
    return { at: this.placeBytes(bytes), length: bytes.length };
  }

  /** Copies bytes into the heap; the next call may overwrite them. */
  placeBytes(bytes: Uint8Array): number {
    const { heap } = this.parts;
    if (heap.sizeOf(this.source) < bytes.length || this.source === 0) {
      heap.release(this.source);
      this.source = heap.allocate(bytes.length * 1.25 + 1024);
    }
    heap.u8.set(bytes, this.source);
    return this.source;
  }

  /** The bag of the text at an address; valid until the next call. `places`, if not 0, receives for each distinct feature its index in the bag or 0xffffffff. */
  bagOf(at: number, length: number, places = 0): Bag {
    const { heap } = this.parts;
    const { extractor, bag, vocabulary } = this;
    const distinct = extractor.extract(at, length);
    if (heap.sizeOf(bag.ids) < distinct * 4 || bag.ids === 0) {
      heap.release(bag.ids);
      heap.release(bag.weights);
      heap.release(bag.counts);
      bag.ids = heap.allocate(distinct * 6 + 1024);
      bag.weights = heap.allocate(distinct * 6 + 1024);
      bag.counts = heap.allocate(distinct * 1.5 + 256);
    }
    const words = extractor.wordCount;
    const { hashes, counts } = extractor;
    const known = vocabulary.find(hashes, counts, words, bag.ids, bag.counts, places);
    const characters = vocabulary.find(
      hashes + words * 4,
      counts + words,
      distinct - words,
      bag.ids + known * 4,
      bag.counts + known,
      places && places + words * 4,
    );
    bag.count = known + characters;
    if (places) {
      // The second look-up counted from its own first feature.
      const all = heap.u32At(places, distinct);
      for (let i = words; i < distinct; i++) if (all[i] !== 0xffffffff) all[i] += known;
    }
    weigh(heap, this.weighting, bag.ids, bag.counts, known, bag.count, bag.weights);
    return bag;
  }

  /** Probabilities of one text's `k` best labels from `threshold` on, into the two arrays. */
  predictOne(text: string, k: number, threshold: number, labels: Int32Array, probabilities: Float32Array): void {
    const { at, length } = this.place(text);
    const bag = this.bagOf(at, length);
    this.forward.gather(bag.ids, bag.weights, bag.count, 0);
    this.forward.logitsOne();
    this.forward.normalizeOne();
    this.forward.top(k, 0, true, labels, probabilities, 0, threshold);
  }

  /**
   * Answers many texts that lie in the heap: `next` gives the address and length of each into `range` until it returns false;
   * `answered` is called for each batch of up to 16 with the index of its first text, when `forward` holds its logits.
   */
  predictMany(
    next: (range: { at: number; length: number }) => boolean,
    answered: (first: number, count: number) => void,
  ): void {
    const range = { at: 0, length: 0 };
    let first = 0;
    let lane = 0;
    while (next(range)) {
      const bag = this.bagOf(range.at, range.length);
      this.forward.gather(bag.ids, bag.weights, bag.count, lane++);
      if (lane < LANES) continue;
      this.forward.logitsBatch();
      answered(first, lane);
      first += lane;
      lane = 0;
    }
    if (lane === 0) return;
    this.forward.logitsBatch();
    answered(first, lane);
  }
}
