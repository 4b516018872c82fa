import type { FeatureOptions, WeightingOptions } from "../features/index.ts";
import { LOSSES, type LossName } from "../losses/index.ts";

/**
 * The one table of training options. Flags, help, checks and documentation are made from it, so a new option is a row here.
 * Defaults that depend on the data are `"auto"`; docs/decisions/0001-defaults.md says what "auto" chooses and what was measured.
 */

/** How text becomes features, how they are weighted, how A and B are learned. */
export interface TrainingOptions extends FeatureOptions, WeightingOptions {
  /** Most rows of A. */
  buckets: number;
  /** Fewest training examples that a feature must occur in. */
  minCount: number;
  /** The same for character n-grams, where it is more than `minCount`. */
  minCountChars: number;
  /** Fewest examples of a label. */
  minCountLabel: number;
  /** Columns of A and B: rounded up to a multiple of 4. */
  dim: number;
  epochs: number;
  /** First learning rate; decays linearly to 0. With fastText's features and no `optimizer` given, on fastText's scale. */
  lr: number;
  /** Examples a mini-batch, whose gradients are summed. */
  batch: number;
  optimizer: "adagrad" | "sgd";
  /** Share of each target that is spread over all labels, so that the model is never asked to be quite certain. */
  smoothing: number;
  loss: LossName;
  /** Labels drawn as negatives for each example, with the loss `ns`. */
  neg: number;
  /** Whether rows of A that are given, as vectors of words or by a model that learns on, stay as they are. */
  freeze: boolean;
  seed: number;
  /**
   * What the examples of each label count: as they are, the more the rarer their label is (`balancedWeights`), or times a number for each
   * label (1 where it is not named).
   */
  classWeights: "none" | "balanced" | Readonly<Record<string, number>>;
  /** Fraction held out to choose the number of epochs and report an honest figure; 0 for none. */
  valid: number;
  /** What is watched on the held-out part. */
  validMetric: WatchedMetric;
  /** Epochs without a better value of `validMetric` after which learning ends; 0: none, all epochs are made. */
  patience: number;
  /** Share of the answers that are to be right, on the held-out part: sets from which probability on each label is answered. 0: no wish. */
  targetPrecision: number;
  /** The same for the share of what is right that is to be found. */
  targetRecall: number;
  /** The same for the share of answers that are to be kept. */
  targetShare: number;
  /** Bytes that examples and the count of their features may take; beyond them, examples go to a temporary file. 0: no limit. */
  memory: number;
  /** Worker threads; never changes the result. 0: as many as help. */
  threads: number;
}

/** A number of an evaluation that can be watched. */
export type WatchedMetric = "accuracy" | "macro-f1" | "micro-f1" | "log-loss";

/** What a caller may pass: any subset; what is left out is chosen for the data. */
export type TrainingChoices = Partial<TrainingOptions>;

/** A value of an option. */
export type OptionValue = number | boolean | string | readonly [number, number] | Readonly<Record<string, number>>;

/** What a search for good options may try (docs/tuning.md); how often an option is changed, beside the others, is `weight`. */
export type OptionSearch =
  | { readonly weight: number; readonly values: readonly OptionValue[] }
  /** The default for the data times a number between these two, whose logarithm is drawn evenly. */
  | { readonly weight: number; readonly times: readonly [number, number] };

/** One row of the options table. */
export interface OptionRow {
  readonly key: keyof TrainingOptions;
  /** The flag of the command, without its value. */
  readonly flag: string;
  readonly type: "integer" | "number" | "boolean" | "choice" | "range" | "bytes" | "weights";
  readonly choices?: readonly string[];
  /** Smallest and largest value allowed, both included. */
  readonly min?: number;
  readonly max?: number;
  /** Default as shown to a reader; "auto" where the data decides. */
  readonly default: number | boolean | string;
  readonly meaning: string;
  /** Where it is missing, `tune` leaves the option alone. */
  readonly search?: OptionSearch;
}

export const OPTIONS: readonly OptionRow[] = [
  {
    key: "tokenizer",
    flag: "--tokenizer",
    type: "choice",
    choices: ["unicode", "whitespace", "fasttext"],
    default: "unicode",
    meaning:
      "unicode: NFKC; words, numbers, punctuation and emoji are tokens. whitespace: only spaces separate. fasttext: fastText's features, so that the model can become one of its files",
    search: { weight: 0.5, values: ["unicode", "whitespace"] },
  },
  {
    key: "lowercase",
    flag: "--lowercase",
    type: "boolean",
    default: true,
    meaning: "lower-case the text",
    search: { weight: 0.5, values: [true, false] },
  },
  {
    key: "wordNgrams",
    flag: "--word-ngrams",
    type: "integer",
    min: 1,
    max: 10,
    default: "auto",
    meaning: "longest run of words that is a feature",
    search: { weight: 2, values: [1, 2, 3, 4] },
  },
  {
    key: "charNgrams",
    flag: "--char-ngrams",
    type: "range",
    min: 0,
    max: 10,
    default: "auto",
    meaning: "shortest and longest run of characters inside a word that is a feature, as 3-5; 0 for none",
    search: {
      weight: 3,
      values: [
        [0, 0],
        [1, 3],
        [1, 4],
        [2, 4],
        [2, 5],
        [2, 6],
        [3, 5],
        [3, 6],
      ],
    },
  },
  {
    key: "weighting",
    flag: "--weighting",
    type: "choice",
    choices: ["none", "tfidf", "log-ratio"],
    default: "log-ratio",
    meaning:
      "how much a feature counts: as often as it occurs, less when it is in many texts, or more when it tells labels apart",
    search: { weight: 1, values: ["none", "tfidf", "log-ratio"] },
  },
  {
    key: "norm",
    flag: "--norm",
    type: "choice",
    choices: ["l1", "l2"],
    default: "l2",
    meaning: "what the weights of a text are divided by: their sum, or their Euclidean length",
    search: { weight: 0.5, values: ["l1", "l2"] },
  },
  {
    key: "charScale",
    flag: "--char-scale",
    type: "number",
    min: 0.01,
    max: 100,
    default: "auto",
    meaning: "how much the runs of characters of a text count together, where its words count 1",
    search: { weight: 2, times: [0.4, 3] },
  },
  {
    key: "buckets",
    flag: "--buckets",
    type: "integer",
    min: 1,
    max: 100_000_000,
    default: 2_000_000,
    meaning: "most features to keep, the most frequent first",
  },
  {
    key: "minCount",
    flag: "--min-count",
    type: "integer",
    min: 1,
    max: 1_000_000_000,
    default: "auto",
    meaning: "fewest training texts that a feature must occur in",
    search: { weight: 1, values: [1, 2, 3] },
  },
  {
    key: "minCountChars",
    flag: "--min-count-chars",
    type: "integer",
    min: 1,
    max: 1_000_000_000,
    default: 2,
    meaning: "the same for runs of characters, where it is more than --min-count",
    search: { weight: 1, values: [1, 2, 3, 5] },
  },
  {
    key: "minCountLabel",
    flag: "--min-count-label",
    type: "integer",
    min: 1,
    max: 1_000_000_000,
    default: 1,
    meaning: "fewest training texts that a label must have",
  },
  {
    key: "dim",
    flag: "--dim",
    type: "integer",
    min: 1,
    max: 4096,
    default: "auto",
    meaning: "size of the hidden vector; rounded up to a multiple of 4",
    search: { weight: 1, times: [0.25, 4] },
  },
  {
    key: "epochs",
    flag: "--epochs",
    type: "integer",
    min: 1,
    max: 10_000,
    default: "auto",
    meaning: "passes over the training text",
    search: { weight: 2, times: [0.4, 4] },
  },
  {
    key: "lr",
    flag: "--lr",
    type: "number",
    min: 1e-9,
    max: 100,
    default: "auto",
    meaning:
      "first learning rate; falls to 0 in a straight line. With --tokenizer fasttext it is on fastText's scale, unless --optimizer is given",
    search: { weight: 3, times: [0.3, 3] },
  },
  {
    key: "batch",
    flag: "--batch",
    type: "integer",
    min: 1,
    max: 16,
    default: 16,
    meaning:
      "examples whose gradients are summed before a step; 4 with --tokenizer fasttext and a loss other than softmax, unless --optimizer is given",
  },
  {
    key: "optimizer",
    flag: "--optimizer",
    type: "choice",
    choices: ["adagrad", "sgd"],
    default: "adagrad",
    meaning: "adagrad: each feature and label has its own step, smaller the more it has learned. sgd: one step for all",
  },
  {
    key: "smoothing",
    flag: "--label-smoothing",
    type: "number",
    min: 0,
    max: 0.9,
    default: "auto",
    meaning: "share of every target that is spread over all labels; only with --loss softmax",
    search: { weight: 1, values: [0, 0.05, 0.1, 0.2] },
  },
  {
    key: "loss",
    flag: "--loss",
    type: "choice",
    choices: LOSSES,
    default: "softmax",
    meaning:
      "what is minimised. softmax: one label excludes the others. ova: each label by itself, for texts with several labels or none. hs: hierarchical softmax, fast with very many labels. ns: negative sampling, fast too, but its probabilities only rank",
    search: { weight: 1, values: ["softmax", "ova"] },
  },
  {
    key: "neg",
    flag: "--neg",
    type: "integer",
    min: 1,
    max: 1000,
    default: 5,
    meaning: "labels drawn at random as wrong ones for each text, with --loss ns",
  },
  {
    key: "freeze",
    flag: "--freeze",
    type: "boolean",
    default: false,
    meaning:
      "leave given vectors (--pretrained) or the features of a given model (--init) as they are; learn only what is new",
  },
  {
    key: "seed",
    flag: "--seed",
    type: "integer",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 1,
    meaning: "start of all random numbers: the same seed, data and options give the same bytes",
  },
  {
    key: "classWeights",
    flag: "--class-weights",
    type: "weights",
    choices: ["none", "balanced"],
    default: "none",
    meaning:
      "what the examples of each label count. none: as they are. balanced: the rarer the label the more, by the root of how rare it is. The command also takes a file with a weight for each label",
  },
  {
    key: "valid",
    flag: "--valid",
    type: "number",
    min: 0,
    max: 0.9,
    default: 0.1,
    meaning:
      "part held out to choose when to stop and to report an honest figure, before the final model learns from everything; 0 for none. The command also takes a file to measure on",
  },
  {
    key: "validMetric",
    flag: "--valid-metric",
    type: "choice",
    choices: ["accuracy", "macro-f1", "micro-f1", "log-loss"],
    default: "accuracy",
    meaning: "what is watched on the held-out part to choose when to stop",
  },
  {
    key: "patience",
    flag: "--patience",
    type: "integer",
    min: 0,
    max: 10_000,
    default: 0,
    meaning:
      "epochs without a better value of --valid-metric after which learning ends, and the best one is kept; 0: all epochs are made",
  },
  {
    key: "targetPrecision",
    flag: "--target-precision",
    type: "number",
    min: 0,
    max: 1,
    default: 0,
    meaning:
      "answer a label only from the probability on at which so many of its answers are right on held-out text; 0: answer always",
  },
  {
    key: "targetRecall",
    flag: "--target-recall",
    type: "number",
    min: 0,
    max: 1,
    default: 0,
    meaning: "the highest probability at which so many of a label's right answers are still given; 0: answer always",
  },
  {
    key: "targetShare",
    flag: "--target-share",
    type: "number",
    min: 0,
    max: 1,
    default: 0,
    meaning: "keep so many of the answers, the surest of each label; 0: answer always",
  },
  {
    key: "memory",
    flag: "--memory",
    type: "bytes",
    min: 64e6,
    max: 4e9,
    default: 0,
    meaning:
      "what examples and the count of their features may take, as 500MB; beyond it, examples go to a temporary file and rare features may be forgotten. The model itself comes on top",
  },
  {
    key: "threads",
    flag: "--threads",
    type: "integer",
    min: 1,
    max: 256,
    default: "auto",
    meaning: "threads; the model is the same for any number",
  },
];
