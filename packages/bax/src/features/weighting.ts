import type { Heap } from "../kernels/index.ts";
import { log } from "../math/elementary.ts";

/** How the weights of x are made; recorded in the model. */
export interface WeightingOptions {
  /** `none`: how often the feature occurs; `tfidf`: (1 + ln tf) · idf; `log-ratio`: (1 + ln tf) · how much the feature tells of the label. */
  weighting: "none" | "tfidf" | "log-ratio";
  /** What each block (words with their n-grams; character n-grams) is divided by: the sum of its weights or their Euclidean length. */
  norm: "l1" | "l2";
}

/** Counts above this weigh as this many: 1 + ln 1023 = 7.9. */
const TERM_LIMIT = 1024;

/** Makes weights from counts, in the heap. */
export class Weigher {
  private readonly heap: Heap;
  private readonly featureWeights: number;
  private readonly termFrequencies: number;
  private readonly norm: number;

  /** `featureWeights`: address of (featureCount) f32, or 0 where all are 1. */
  constructor(heap: Heap, options: WeightingOptions, featureWeights: number) {
    this.heap = heap;
    this.norm = options.norm === "l2" ? 2 : 1;
    this.featureWeights = featureWeights;
    this.termFrequencies =
      options.weighting === "none"
        ? 0
        : heap.allocateCopy(Float32Array.from({ length: TERM_LIMIT }, (_, count) => (count ? 1 + log(count) : 0)));
  }

  /** Turns the counts at `weights` (f32) of the features `ids` (u32) into the weights of x; the first `wordCount` are the word block. */
  apply(ids: number, weights: number, wordCount: number, count: number): void {
    this.block(ids, weights, wordCount);
    this.block(ids + wordCount * 4, weights + wordCount * 4, count - wordCount);
  }

  private block(ids: number, weights: number, count: number): void {
    if (count === 0) return;
    this.heap.kernels.weigh(ids, weights, count, this.featureWeights, this.termFrequencies, TERM_LIMIT, this.norm, 1);
  }
}

/** Inverse document frequency, ln((1 + N) / (1 + n)) + 1 for a feature that occurs in n of N texts: smoothed, never 0. */
export function inverseDocumentFrequency(documents: Uint32Array, exampleCount: number): Float32Array {
  return Float32Array.from(documents, (n) => log((1 + exampleCount) / (1 + n)) + 1);
}
