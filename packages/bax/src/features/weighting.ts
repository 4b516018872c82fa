import type { Heap } from "../kernels/index.ts";
import { exp, log } from "../math/elementary.ts";

/** How the weights of x are made; recorded in the model. */
export interface WeightingOptions {
  /** `none`: how often the feature occurs; `tfidf`: (1 + ln tf) · idf; `log-ratio`: (1 + ln tf) · idf^0.3 · KL^0.35 (`logRatioWeights`). */
  weighting: "none" | "tfidf" | "log-ratio";
  /** What each block (words with their n-grams; character n-grams) is divided by: the sum of its weights or their Euclidean length. */
  norm: "l1" | "l2";
  /** Length of the character block when that of the word block is 1, before the whole is brought to length 1. */
  charScale: number;
}

/** Counts are bytes: a feature that occurs more often in one text counts as this often. */
const MOST_COUNTED = 255;

/** How a bag's weights are computed, as the kernels take it. */
export interface Weighting {
  /** Address of (featureCount) f32, or 0 where all are 1. */
  featureWeights: number;
  /** Address of 256 f32: what a count is worth; 0 where it is worth itself. */
  termFrequencies: number;
  /** 1: divide by the sum; 2: by the Euclidean length. */
  norm: 1 | 2;
  /** What the word block and the character block are multiplied by after that. */
  wordScale: number;
  characterScale: number;
}

/** Lays the weighting of a model out in the heap. */
export function createWeighting(heap: Heap, options: WeightingOptions, featureWeights: number): Weighting {
  const worth = (count: number) => (count === 0 ? 0 : 1 + log(count));
  const table = () => heap.allocateCopy(Float32Array.from({ length: MOST_COUNTED + 1 }, (_, count) => worth(count)));
  return {
    featureWeights,
    termFrequencies: options.weighting === "none" ? 0 : table(),
    norm: options.norm === "l2" ? 2 : 1,
    wordScale: 1,
    characterScale: options.charScale,
  };
}

/** Weights (f32) of a bag of `count` ids (u32) and counts (u8), of which the first `wordCount` are words and word n-grams. */
export function weigh(
  heap: Heap,
  weighting: Weighting,
  ids: number,
  counts: number,
  wordCount: number,
  count: number,
  weights: number,
): void {
  const { featureWeights, termFrequencies, norm, wordScale, characterScale } = weighting;
  heap.kernels.weigh(
    ids,
    counts,
    wordCount,
    count,
    featureWeights,
    termFrequencies,
    norm,
    wordScale,
    characterScale,
    weights,
  );
}

/** Inverse document frequency, ln((1 + N) / (1 + n)) + 1 for a feature that occurs in n of N texts: smoothed, never 0. */
export function inverseDocumentFrequency(documents: number, exampleCount: number): number {
  return log((1 + exampleCount) / (1 + documents)) + 1;
}

/** Exponents of the two factors of `logRatioWeights`, and the weight of the priors: docs/decisions/0001-defaults.md has the study. */
const IDF_POWER = 0.3;
const DIVERGENCE_POWER = 0.35;
export const PRIOR_WEIGHT = 1;

/**
 * idf^0.3 · KL^0.35, where KL is the mean log ratio by which the labels of the texts with the feature differ from the labels of all
 * texts: a feature that is rare and tells labels apart weighs most, one that tells nothing weighs nothing.
 * `documents` and `divergences`: (features), as the kernel `labelDivergences` gives them.
 */
export function logRatioWeights(
  documents: Float32Array,
  divergences: Float32Array,
  exampleCount: number,
): Float32Array {
  return Float32Array.from(divergences, (divergence, feature) => {
    if (!(divergence > 0)) return 0;
    const idf = log((1 + exampleCount) / (1 + documents[feature])) + 1;
    return exp(IDF_POWER * log(idf) + DIVERGENCE_POWER * log(divergence));
  });
}
