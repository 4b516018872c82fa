import { BaxError } from "../errors.ts";
import { type Evaluation, type Interval, meanInterval } from "../evaluation/index.ts";
import type { Heap } from "../kernels/index.ts";
import { readExample } from "./exampleRecord.ts";
import { fit } from "./fit.ts";
import { evaluatePart } from "./heldOut.ts";
import { Narration } from "./narration.ts";
import { checkOptions } from "./optionChecks.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";
import { givenNumbers, type OutOfFold, requireMemory } from "./outOfFold.ts";
import type { MemoryPart, Part } from "./part.ts";
import { type Prepared, prepare, type TrainingInputs } from "./preparation.ts";
import type { TrainingHooks, TrainingPlatform } from "./report.ts";
import { union } from "./split.ts";

/** The numbers of an evaluation that are averaged over folds. */
const AVERAGED = ["accuracy", "precisionAtK", "recallAtK", "microF1", "macroF1", "logLoss", "ece"] as const;
export type AveragedMetric = (typeof AVERAGED)[number];

/** A mean over folds, with an interval of 95 % confidence for it. */
export interface FoldMean {
  mean: number;
  interval: Interval;
}

/** What cross-validation found. */
export interface CrossValidation {
  examples: number;
  labels: number;
  options: TrainingOptions;
  fingerprint: string;
  /** Of each fold, by a model that learned from the others. */
  folds: Evaluation[];
  metrics: Readonly<Record<AveragedMetric, FoldMean>>;
  /** Where it was asked for. */
  outOfFold: OutOfFold | undefined;
  notes: readonly string[];
  seconds: number;
}

/** How to cross-validate. */
export interface FoldPlan {
  /** From 2. */
  folds: number;
  keepProbabilities: boolean;
}

/**
 * Learns as many times as there are folds, each time from all but one of them, and measures on that one. The text is read and hashed once.
 * Throws a BaxError: "usage" for a number of folds that the data cannot have; the others are those of training.
 */
export async function crossValidate(
  inputs: TrainingInputs,
  given: TrainingChoices,
  { folds, keepProbabilities }: FoldPlan,
  hooks: TrainingHooks,
  platform: TrainingPlatform,
): Promise<CrossValidation> {
  const choices = checkOptions({ ...given });
  if (!(Number.isInteger(folds) && folds >= 2))
    throw new BaxError("usage", `--folds: got ${folds}, expected a whole number from 2`, "5 is usual.");
  if (keepProbabilities && (choices.minCountLabel ?? 1) > 1)
    throw new BaxError(
      "usage",
      "out-of-fold probabilities do not go with --min-count-label",
      "Leave one of the two out.",
    );
  const narration = new Narration(hooks);
  const prepared = await prepare({ ...inputs, folds }, choices, narration, platform);
  const { corpus, engine, options, facts, parts } = prepared;
  const measured: Evaluation[] = [];
  const stored = { ...prepared, labels: corpus.labels.names, largestBag: corpus.largestBag };
  let kept: Kept | undefined;
  try {
    if (keepProbabilities) kept = new Kept(prepared);
    if (parts.some(({ count }) => count === 0)) {
      throw new BaxError(
        "usage",
        `--folds: ${facts.examples} examples cannot make ${folds} folds`,
        "Give fewer folds, or more data.",
      );
    }
    for (const [fold, part] of parts.entries()) {
      const others = union(parts.filter((other) => other !== part));
      const plan = { name: `fold ${fold + 1}`, phase: "validate", part: others, epochs: options.epochs } as const;
      await fit(prepared, plan, narration, undefined);
      if (narration.interrupted)
        throw new BaxError("aborted", `stopped in fold ${fold + 1} of ${folds}`, "Run it again.");
      measured.push(evaluatePart(stored, part, kept?.of(part)));
    }
  } finally {
    engine.close();
    corpus.release();
  }
  const sizes = parts.map(({ count }) => count);
  return {
    ...facts,
    options,
    fingerprint: corpus.fingerprint,
    folds: measured,
    metrics: averages(measured, sizes),
    outOfFold: kept?.result(),
    notes: narration.notes,
    seconds: narration.seconds,
  };
}

/**
 * Mean over folds, each as large as it is, and an interval for it: folds share most of what they learned from, so that the variance
 * between them is taken (1/k + 1/(k − 1)) times instead of 1/k (Nadeau and Bengio 2003, with test / train = 1 / (k − 1)).
 */
function averages(measured: readonly Evaluation[], sizes: readonly number[]): CrossValidation["metrics"] {
  const of = (metric: AveragedMetric): FoldMean => {
    const values = measured.map((evaluation) => evaluation[metric] ?? Number.NaN);
    return meanInterval(values, sizes, 1 / (measured.length - 1));
  };
  return Object.fromEntries(AVERAGED.map((metric) => [metric, of(metric)])) as Record<AveragedMetric, FoldMean>;
}

/** Takes in answers fold by fold, and has them by example in the end. */
class Kept {
  private readonly labels: readonly string[];
  private readonly probabilities: Float32Array;
  private readonly own: Uint32Array;
  private readonly numbers: Uint32Array;
  private readonly heap: Heap;

  constructor(prepared: Prepared) {
    const { heap, corpus, facts, skipped } = prepared;
    requireMemory(prepared);
    this.heap = heap;
    this.labels = corpus.labels.names;
    this.probabilities = new Float32Array(facts.examples * this.labels.length);
    this.own = new Uint32Array(facts.examples);
    this.numbers = givenNumbers(facts.examples, skipped);
  }

  of(part: Part): (n: number, best: Int32Array, likely: Float32Array) => void {
    const { labels, probabilities, own, heap } = this;
    const { examples } = part as MemoryPart;
    const [window] = part.windows();
    const addresses = window.load();
    return (n, best, likely) => {
      const row = examples[n] * labels.length;
      for (const [i, label] of best.entries()) if (label >= 0) probabilities[row + label] = likely[i];
      own[examples[n]] = readExample(heap, addresses[n]).labels[0];
    };
  }

  result(): OutOfFold {
    const { labels, probabilities, own, numbers } = this;
    return { labels, examples: numbers, probabilities, own };
  }
}
