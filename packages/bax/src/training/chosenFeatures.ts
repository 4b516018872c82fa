import type { WordVectors } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { inverseDocumentFrequency } from "../features/index.ts";
import type { FastTextParts } from "../model/index.ts";
import type { Corpus } from "./corpus.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";

/** The features that get a row of A, and what the model keeps of them. */
export interface ChosenFeatures {
  count: number;
  /** Address of (count) u32: their hashes; 0 where they are fastText's. */
  keys: number;
  /** Address of (count) f32: what their counts are multiplied by; 0 where all are 1. Those of `log-ratio` are made before a fit. */
  featureWeights: number;
  fastText: FastTextParts | undefined;
}

/** Refuses what fastText's features cannot have. */
export function checkFastTextChoices(choices: TrainingChoices, pretrained: WordVectors | undefined): void {
  if (choices.tokenizer !== "fasttext") {
    if (!pretrained) return;
    throw new BaxError(
      "usage",
      "vectors of words need --tokenizer fasttext: other models know features by their hash, not by name",
      "Add --tokenizer fasttext, or leave the vectors out.",
    );
  }
  const refused: [flag: string, wrong: boolean, is: string][] = [
    ["--lowercase", choices.lowercase === true, "text is taken as it is"],
    ["--weighting", choices.weighting !== undefined && choices.weighting !== "none", "every feature weighs 1"],
    ["--norm", choices.norm === "l2", "weights are divided by their sum"],
    ["--char-scale", choices.charScale !== undefined && choices.charScale !== 1, "every feature weighs 1"],
  ];
  const found = refused.find(([, wrong]) => wrong);
  if (!found) return;
  throw new BaxError(
    "usage",
    `${found[0]} does not go with --tokenizer fasttext: there ${found[2]}`,
    `Leave ${found[0]} out, or choose another tokenizer.`,
  );
}

function fastTextFeatures(corpus: Corpus, options: TrainingOptions, columns: number): ChosenFeatures {
  const vocabulary = corpus.chooseFastText(options.minCount);
  const [minn, maxn] = options.charNgrams;
  const { wordNgrams, epochs: epoch, minCount, neg, loss } = options;
  return {
    count: vocabulary.featureCount,
    keys: 0,
    featureWeights: 0,
    fastText: {
      vocabulary,
      // Of what bax does not have (windows, sampling) fastText's own defaults.
      arguments: {
        dim: columns,
        ws: 5,
        epoch,
        minCount,
        neg,
        wordNgrams,
        loss,
        model: "sup",
        bucket: vocabulary.ngrams.buckets,
        minn,
        maxn,
        lrUpdateRate: 100,
        t: 1e-4,
      },
    },
  };
}

function hashedFeatures(corpus: Corpus, options: TrainingOptions): ChosenFeatures {
  const { heap, dictionary } = corpus;
  const { keys, documents } = dictionary.choose(
    options.minCount,
    Math.max(options.minCount, options.minCountChars),
    options.buckets,
  );
  let featureWeights = 0;
  if (options.weighting === "log-ratio") featureWeights = heap.allocate(documents.length * 4);
  if (options.weighting === "tfidf") {
    featureWeights = heap.allocateCopy(inverseDocumentFrequency(documents, corpus.exampleCount));
  }
  return { count: keys.length, keys: heap.allocateCopy(keys), featureWeights, fastText: undefined };
}

/** Decides which features get a row of A; `corpus.settle` brings the examples to these rows. `columns`: of A, as they were asked for. */
export function chooseFeatures(corpus: Corpus, options: TrainingOptions, columns: number): ChosenFeatures {
  const chosen =
    options.tokenizer === "fasttext" ? fastTextFeatures(corpus, options, columns) : hashedFeatures(corpus, options);
  if (chosen.count === 0) {
    throw new BaxError(
      "data",
      `training data: no feature occurs in ${options.minCount} examples`,
      "Give a smaller --min-count.",
    );
  }
  return chosen;
}
