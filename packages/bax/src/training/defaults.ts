import type { FeatureOptions } from "../features/index.ts";
import type { LossName } from "../losses/index.ts";
import { exp, log } from "../math/elementary.ts";
import { paddedWidth } from "../model/index.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";

/** What is known of the data when the remaining options are chosen. */
export interface DataFacts {
  examples: number;
  labels: number;
}

/** From so many labels on, and up to so many examples, ten epochs are better than five. */
const MANY_LABELS = 16;
const MANY_EXAMPLES = 50_000;
/** Fewest examples seen in all epochs together. */
const FEWEST_STEPS = 30_000;
/** No set is so small that it needs more. */
const MOST_EPOCHS = 100;
/** The rate of ova grows with the labels up to so many. */
const MOST_LABELS_OF_OVA_RATE = 90;
/** Bytes of A beyond which word features that occur once are left out. */
const LARGEST_MODEL = 512 << 20;

/** fastText's own default of -lr. */
const FASTTEXT_LR = 0.1;
/** Examples a batch at the rates of fastText's features, which only softmax bears with 16. */
const FASTTEXT_SMALL_BATCH = 4;

/** Rows that n-grams share, or most features, unless told otherwise. */
export const DEFAULT_BUCKETS = 2_000_000;

/** The options that reading text depends on: chosen before the first example. */
export function readingOptions(choices: TrainingChoices): FeatureOptions {
  return {
    tokenizer: choices.tokenizer ?? "unicode",
    lowercase: choices.lowercase ?? choices.tokenizer !== "fasttext",
    wordNgrams: choices.wordNgrams ?? 2,
    charNgrams: choices.charNgrams ?? [2, 4],
  };
}

/** x to the power of y for x > 0, the same bits everywhere. */
function power(x: number, y: number): number {
  return exp(y * log(x));
}

/** Columns of A and B: as many as labels, so that B can begin as the identity, but no more than help. */
function defaultDimension(labels: number): number {
  for (const dimension of [16, 32, 64]) if (labels <= dimension) return dimension;
  return 96;
}

/** Passes that suit the data: small sets need more, so that some 30,000 steps are made. */
function defaultEpochs(loss: LossName, { labels, examples }: DataFacts): number {
  // With ns a text meets few of many labels each time, and its steps cost little.
  const most = loss === "ns" ? 20 : 10;
  const usual = labels >= MANY_LABELS && examples < MANY_EXAMPLES ? most : 5;
  return Math.max(usual, Math.min(MOST_EPOCHS, Math.ceil(FEWEST_STEPS / examples)));
}

/** First rate of AdaGrad: what suits softmax suits hs and ns as well. */
function defaultRate(loss: LossName, labels: number): number {
  // With ova every label pulls at every text. From about 0.25 on that swings up instead of settling, however many labels there are.
  const counted = loss === "ova" ? Math.min(labels, MOST_LABELS_OF_OVA_RATE) : labels;
  return 0.045 * power(counted, 0.3);
}

/**
 * First rate of AdaGrad for a rate on fastText's scale, where 0.1 is usual and 1 is high (docs/decisions/0005-fasttext-training.md). It
 * grows with the root of `lr`, and with the labels, as each is met less often; it bends below `most`, where steps swing up; and with
 * more passes each may be smaller. Roots only: the same bits everywhere.
 */
function fastTextRate(lr: number, loss: TrainingOptions["loss"], labels: number, epochs: number): number {
  const straight = 0.46 * Math.sqrt(labels * Math.sqrt(labels)) * Math.sqrt(lr);
  const most = loss === "ova" ? 0.85 : 1.2;
  return (straight / (1 + straight / most)) * Math.sqrt(Math.sqrt(5 / epochs));
}

/** Rows that A could have. */
export interface FeatureCounts {
  /** Features seen, whatever their count. */
  all: number;
  /** Features that word features with `minCount` texts and character n-grams with `minCountChars` make. */
  chosen(minCount: number, minCountChars: number): number;
}

/** Fewest texts for a word feature: 1, but 2 where A would pass `LARGEST_MODEL` otherwise. */
function defaultMinCount(dim: number, minCountChars: number, features: FeatureCounts): number {
  const rowBytes = dim * 4;
  // Counting takes a pass over all features, so only where it could matter.
  if (features.all * rowBytes <= LARGEST_MODEL) return 1;
  return features.chosen(1, minCountChars) * rowBytes > LARGEST_MODEL ? 2 : 1;
}

/**
 * Every option: what was chosen, and for the rest what suits the data (docs/decisions/0001-defaults.md).
 */
export function resolveOptions(choices: TrainingChoices, facts: DataFacts, features: FeatureCounts): TrainingOptions {
  const { labels } = facts;
  const fastText = choices.tokenizer === "fasttext";
  const loss = choices.loss ?? "softmax";
  const optimizer = choices.optimizer ?? "adagrad";
  const epochs = choices.epochs ?? defaultEpochs(loss, facts);
  // A rate given for fastText's features is one that a user of fastText would give, but for an optimizer that was asked for as well.
  const hasFastTextRate = fastText && choices.optimizer === undefined;
  const usualRate = optimizer === "adagrad" ? defaultRate(loss, labels) : 0.5;
  const dim = paddedWidth(choices.dim ?? defaultDimension(labels));
  const minCountChars = choices.minCountChars ?? 2;
  return {
    ...readingOptions(choices),
    weighting: choices.weighting ?? (fastText ? "none" : "log-ratio"),
    norm: choices.norm ?? (fastText ? "l1" : "l2"),
    charScale: choices.charScale ?? (fastText ? 1 : 0.5 * power(labels, 0.08)),
    buckets: choices.buckets ?? DEFAULT_BUCKETS,
    minCount: choices.minCount ?? (fastText ? 1 : defaultMinCount(dim, minCountChars, features)),
    minCountChars,
    minCountLabel: choices.minCountLabel ?? 1,
    dim,
    epochs,
    lr: hasFastTextRate ? fastTextRate(choices.lr ?? FASTTEXT_LR, loss, labels, epochs) : (choices.lr ?? usualRate),
    batch: choices.batch ?? (hasFastTextRate && loss !== "softmax" ? FASTTEXT_SMALL_BATCH : 16),
    optimizer,
    smoothing: choices.smoothing ?? (loss === "softmax" ? 0.1 * Math.max(0, 1 - 2 / labels) : 0),
    loss,
    neg: choices.neg ?? 5,
    freeze: choices.freeze ?? false,
    seed: choices.seed ?? 1,
    classWeights: choices.classWeights ?? "none",
    valid: choices.valid ?? 0.1,
    validMetric: choices.validMetric ?? "accuracy",
    patience: choices.patience ?? 0,
    targetPrecision: choices.targetPrecision ?? 0,
    targetRecall: choices.targetRecall ?? 0,
    targetShare: choices.targetShare ?? 0,
    memory: choices.memory ?? 0,
    threads: choices.threads ?? 0,
  };
}

/** Choices that change what is done even where they are the default: whether early stopping may choose the epochs, what the rate means. */
const ALWAYS_DECISIVE: readonly (keyof TrainingChoices)[] = ["epochs", "optimizer"];

/** The choices without those that say what would be done anyway: a model is the same with or without them. `resolve`: `resolveOptions` for the data. */
export function decisiveChoices(
  choices: TrainingChoices,
  resolve: (choices: TrainingChoices) => TrainingOptions,
): TrainingChoices {
  const decisive = Object.entries(choices).filter(([name, value]) => {
    const key = name as keyof TrainingChoices;
    if (key === "threads") return false;
    const { [key]: _, ...rest } = choices;
    return ALWAYS_DECISIVE.includes(key) || JSON.stringify(resolve(rest)[key]) !== JSON.stringify(value);
  });
  return Object.fromEntries(decisive);
}
