import type { TrainingChoices, TrainingOptions } from "./options.ts";

/** What is known of the data when the remaining options are chosen. */
export interface DataFacts {
  examples: number;
  labels: number;
}

/** Options that reading text depends on: chosen before the first example. */
export function readingOptions(
  choices: TrainingChoices,
): Pick<TrainingOptions, "tokenizer" | "lowercase" | "wordNgrams" | "charNgrams" | "weighting" | "norm"> {
  return {
    tokenizer: choices.tokenizer ?? "unicode",
    lowercase: choices.lowercase ?? true,
    wordNgrams: choices.wordNgrams ?? 2,
    charNgrams: choices.charNgrams ?? [3, 5],
    weighting: choices.weighting ?? "tfidf",
    norm: choices.norm ?? "l2",
  };
}

/** Every option: what was chosen, and for the rest what suits the data (docs/decisions/0001-defaults.md). */
export function resolveOptions(choices: TrainingChoices, facts: DataFacts): TrainingOptions {
  return {
    ...readingOptions(choices),
    buckets: choices.buckets ?? 2_000_000,
    minCount: choices.minCount ?? 1,
    minCountLabel: choices.minCountLabel ?? 1,
    dim: Math.ceil((choices.dim ?? Math.max(32, Math.min(128, facts.labels))) / 4) * 4,
    epochs: choices.epochs ?? 10,
    lr: choices.lr ?? 0.3,
    batch: choices.batch ?? 16,
    optimizer: choices.optimizer ?? "adagrad",
    loss: "softmax",
    seed: choices.seed ?? 1,
    valid: choices.valid ?? 0.1,
    threads: choices.threads ?? 0,
  };
}
