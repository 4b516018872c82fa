import { exp, log } from "../math/elementary.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";

/** What is known of the data when the remaining options are chosen. */
export interface DataFacts {
  examples: number;
  labels: number;
}

/** From so many labels on, and up to so many examples, ten epochs are better than five. */
const MANY_LABELS = 16;
const MANY_EXAMPLES = 50_000;

/** Options that reading text depends on: chosen before the first example. */
export function readingOptions(
  choices: TrainingChoices,
): Pick<TrainingOptions, "tokenizer" | "lowercase" | "wordNgrams" | "charNgrams" | "weighting" | "norm"> {
  return {
    tokenizer: choices.tokenizer ?? "unicode",
    lowercase: choices.lowercase ?? true,
    wordNgrams: choices.wordNgrams ?? 2,
    charNgrams: choices.charNgrams ?? [2, 4],
    weighting: choices.weighting ?? "log-ratio",
    norm: choices.norm ?? "l2",
  };
}

/** x to the power of y for x > 0, the same bits everywhere. */
function power(x: number, y: number): number {
  return exp(y * log(x));
}

/** Columns of A and B: as many as labels, so that B can begin as the identity, but no more than help. */
function defaultDimension(labels: number): number {
  for (const dimension of [8, 16, 32, 64]) if (labels <= dimension) return dimension;
  return 96;
}

/** Every option: what was chosen, and for the rest what suits the data (docs/decisions/0001-defaults.md). */
export function resolveOptions(choices: TrainingChoices, facts: DataFacts): TrainingOptions {
  const { labels, examples } = facts;
  const optimizer = choices.optimizer ?? "adagrad";
  return {
    ...readingOptions(choices),
    buckets: choices.buckets ?? 2_000_000,
    minCount: choices.minCount ?? 1,
    minCountChars: choices.minCountChars ?? 2,
    minCountLabel: choices.minCountLabel ?? 1,
    dim: Math.ceil((choices.dim ?? defaultDimension(labels)) / 4) * 4,
    epochs: choices.epochs ?? (labels >= MANY_LABELS && examples < MANY_EXAMPLES ? 10 : 5),
    lr: choices.lr ?? (optimizer === "adagrad" ? 0.08 * power(labels, 0.18) : 0.5),
    batch: choices.batch ?? 16,
    optimizer,
    smoothing: choices.smoothing ?? 0.1 * Math.max(0, 1 - 2 / labels),
    loss: "softmax",
    seed: choices.seed ?? 1,
    valid: choices.valid ?? 0.1,
    threads: choices.threads ?? 0,
  };
}
