import { BaxError } from "../errors.ts";
import { inverseDocumentFrequency, Vocabulary } from "../features/index.ts";
import type { FastTextParts, ModelParts } from "../model/index.ts";
import type { Corpus } from "./corpus.ts";
import { fastTextFeatures } from "./fastTextFeatures.ts";
import type { TrainingOptions } from "./options.ts";

/** The features that get a row of A, and what the model keeps of them. */
export interface ChosenFeatures {
  count: number;
  /** The first so many are those of a model that learns on. */
  before: number;
  /** Address of (count) u32: their hashes; 0 where they are fastText's. */
  keys: number;
  /** Address of (count) f32: what their counts are multiplied by; 0 where all are 1. Those of `log-ratio` are made before a fit. */
  featureWeights: number;
  fastText: FastTextParts | undefined;
}

/** `continued`: a model whose features keep their rows and weights; new ones come behind them. */
function hashedFeatures(corpus: Corpus, options: TrainingOptions, continued: ModelParts | undefined): ChosenFeatures {
  const { heap, dictionary } = corpus;
  const before = continued?.parameters.featureCount ?? 0;
  const oldKeys = continued ? continued.heap.u32At(continued.keys, before).slice() : new Uint32Array();
  const oldAt = heap.allocateCopy(oldKeys);
  const known = continued && new Vocabulary(heap, oldAt, before);
  const minCountChars = Math.max(options.minCount, options.minCountChars);
  const { count, keys, documents } = dictionary.choose(options.minCount, minCountChars, options.buckets, known);
  known?.release();
  heap.release(oldAt);
  heap.u32At(keys, before).set(oldKeys);
  let featureWeights = 0;
  if (options.weighting === "none") heap.release(documents);
  else {
    // Numbers of texts make room for the weights.
    featureWeights = documents;
    const weights = heap.f32At(featureWeights, count);
    if (options.weighting === "tfidf") {
      const counted = heap.u32At(documents, count);
      for (let row = before; row < count; row++)
        weights[row] = inverseDocumentFrequency(counted[row], corpus.exampleCount);
    }
    if (continued) weights.set(continued.heap.f32At(continued.featureWeights, before));
  }
  return { count, before, keys, featureWeights, fastText: undefined };
}

/**
 * Decides which features get a row of A; `corpus.settle` brings the examples to these rows. `columns`: of A, as they were asked for.
 * `continued`: a model whose features keep their rows; not one with fastText's.
 */
export function chooseFeatures(
  corpus: Corpus,
  options: TrainingOptions,
  columns: number,
  continued: ModelParts | undefined,
): ChosenFeatures {
  const isFastText = options.tokenizer === "fasttext";
  const chosen = isFastText ? fastTextFeatures(corpus, options, columns) : hashedFeatures(corpus, options, continued);
  if (chosen.count === 0) {
    throw new BaxError(
      "data",
      `training data: no feature occurs in ${options.minCount} examples`,
      "Give a smaller --min-count.",
    );
  }
  return chosen;
}
