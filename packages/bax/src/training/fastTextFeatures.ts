// Training with fastText's features: what does not go with them, and which of them get a row.
import { BaxError } from "../errors.ts";
import type { ChosenFeatures } from "./chosenFeatures.ts";
import type { Corpus } from "./corpus.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";

/** Refuses what fastText's features cannot have. */
export function checkFastTextChoices(choices: TrainingChoices): void {
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

/** The words and buckets of a corpus as the features of a model, and what fastText's file says of it. `columns`: of A, as they were asked for. */
export function fastTextFeatures(corpus: Corpus, options: TrainingOptions, columns: number): ChosenFeatures {
  const vocabulary = corpus.chooseFastText(options.minCount);
  const [minn, maxn] = options.charNgrams;
  const { wordNgrams, epochs: epoch, minCount, neg, loss } = options;
  return {
    count: vocabulary.featureCount,
    before: 0,
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
