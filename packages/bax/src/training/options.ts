import { BaxError } from "../errors.ts";
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
  metric: WatchedMetric;
  /** Epochs without a better value of the metric after which learning ends; 0: none, all epochs are made. */
  patience: number;
  /** Bytes that examples and the count of their features may take; beyond them, examples go to a temporary file. 0: no limit. */
  memory: number;
  /** Worker threads; never changes the result. 0: as many as help. */
  threads: number;
}

/** A number of an evaluation that can be watched. */
export type WatchedMetric = "accuracy" | "macro-f1" | "micro-f1" | "log-loss";

/** What a caller may pass: any subset; what is left out is chosen for the data. */
export type TrainingChoices = Partial<TrainingOptions>;

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
  },
  { key: "lowercase", flag: "--lowercase", type: "boolean", default: true, meaning: "lower-case the text" },
  {
    key: "wordNgrams",
    flag: "--word-ngrams",
    type: "integer",
    min: 1,
    max: 10,
    default: "auto",
    meaning: "longest run of words that is a feature",
  },
  {
    key: "charNgrams",
    flag: "--char-ngrams",
    type: "range",
    min: 0,
    max: 10,
    default: "auto",
    meaning: "shortest and longest run of characters inside a word that is a feature, as 3-5; 0 for none",
  },
  {
    key: "weighting",
    flag: "--weighting",
    type: "choice",
    choices: ["none", "tfidf", "log-ratio"],
    default: "log-ratio",
    meaning:
      "how much a feature counts: as often as it occurs, less when it is in many texts, or more when it tells labels apart",
  },
  {
    key: "norm",
    flag: "--norm",
    type: "choice",
    choices: ["l1", "l2"],
    default: "l2",
    meaning: "what the weights of a text are divided by: their sum, or their Euclidean length",
  },
  {
    key: "charScale",
    flag: "--char-scale",
    type: "number",
    min: 0.01,
    max: 100,
    default: "auto",
    meaning: "how much the runs of characters of a text count together, where its words count 1",
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
  },
  {
    key: "minCountChars",
    flag: "--min-count-chars",
    type: "integer",
    min: 1,
    max: 1_000_000_000,
    default: 2,
    meaning: "the same for runs of characters, where it is more than --min-count",
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
  },
  {
    key: "epochs",
    flag: "--epochs",
    type: "integer",
    min: 1,
    max: 10_000,
    default: "auto",
    meaning: "passes over the training text",
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
  },
  {
    key: "loss",
    flag: "--loss",
    type: "choice",
    choices: LOSSES,
    default: "softmax",
    meaning:
      "what is minimised. softmax: one label excludes the others. ova: each label by itself, for texts with several labels or none. hs: hierarchical softmax, fast with very many labels. ns: negative sampling, fast too, but its probabilities only rank",
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
    key: "metric",
    flag: "--metric",
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
      "epochs without a better value of --metric after which learning ends, and the best one is kept; 0: all epochs are made",
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

function fail(row: OptionRow, got: unknown, expected: string): never {
  throw new BaxError(
    "usage",
    `${row.flag}: got ${String(got)}, expected ${expected}`,
    `${row.flag} is: ${row.meaning}.`,
  );
}

/** Checks one value against its row; NaN and values of another type are refused. */
function check(row: OptionRow, value: unknown): void {
  const { min = 0, max = 0 } = row;
  if (row.type === "boolean" && typeof value !== "boolean") fail(row, value, "true or false");
  if (row.type === "choice" && !row.choices?.includes(value as string))
    fail(row, value, row.choices?.join(" or ") ?? "");
  if (row.type === "number" && !(typeof value === "number" && min <= value && value <= max)) {
    fail(row, value, `a number from ${min} to ${max}`);
  }
  if (row.type === "integer" && !(Number.isInteger(value) && min <= (value as number) && (value as number) <= max)) {
    fail(row, value, `a whole number from ${min} to ${max}`);
  }
  if (
    row.type === "bytes" &&
    value !== 0 &&
    !(Number.isInteger(value) && min <= (value as number) && (value as number) <= max)
  ) {
    fail(row, value, `a number of bytes from ${min / 1e6} MB to ${max / 1e6} MB`);
  }
  if (row.type === "weights" && !row.choices?.includes(value as string)) checkWeights(row, value);
  if (row.type === "range") {
    const [low, high] = Array.isArray(value) && value.length === 2 ? value : [Number.NaN, Number.NaN];
    const none = low === 0 && high === 0;
    if (!(Number.isInteger(low) && Number.isInteger(high) && (none || (1 <= low && low <= high && high <= max)))) {
      fail(row, value, `two whole numbers from 1 to ${max}, the smaller first, or 0 for none`);
    }
  }
}

/** A weight for each label that is named. */
function checkWeights(row: OptionRow, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fail(row, value, `${row.choices?.join(" or ")}, or an object that gives labels their weights`);
  }
  for (const [label, weight] of Object.entries(value)) {
    if (typeof weight === "number" && weight >= 0 && weight <= 1e6) continue;
    fail(row, `${String(weight)} for "${label}"`, "a number from 0 to a million");
  }
}

/**
 * Checks every option that is given against the table. Throws a BaxError ("usage") that names the flag, what it got and what it takes, or
 * the option that does not exist.
 */
export function checkOptions(choices: Readonly<Record<string, unknown>>): TrainingChoices {
  const known = new Set<string>(OPTIONS.map((row) => row.key));
  const unknown = Object.keys(choices).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new BaxError("usage", `there is no option "${unknown}"`, `The options are ${[...known].join(", ")}.`);
  }
  const checked: Record<string, unknown> = {};
  for (const row of OPTIONS) {
    const value = choices[row.key];
    if (value === undefined) continue;
    check(row, value);
    checked[row.key] = value;
  }
  const { smoothing = 0, loss = "softmax" } = checked as TrainingChoices;
  if (smoothing > 0 && loss !== "softmax") {
    throw new BaxError(
      "usage",
      `--label-smoothing: got ${smoothing} with --loss ${loss}, but only softmax has targets that can be smoothed`,
      "Leave --label-smoothing out, or use --loss softmax.",
    );
  }
  return checked as TrainingChoices;
}
