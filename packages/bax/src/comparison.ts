import type { Examples } from "./data/index.ts";
import { BaxError } from "./errors.ts";
import { compareAnswers, type Evaluation, type PairedTests } from "./evaluation/index.ts";
import { type EvaluateOptions, type MeasuredExample, Measurement } from "./measurement.ts";
import type { TextClassifier } from "./textClassifier.ts";

/** How to compare two models. */
export interface CompareOptions extends Pick<EvaluateOptions, "k" | "raw"> {
  /** Of the resamples: the same seed gives the same intervals; 1 unless given. */
  readonly seed?: number;
}

/** Two models on the same examples. Plain data: `JSON.stringify` gives what `bax test a b --json` prints, but the names of the files. */
export interface Comparison extends PairedTests {
  /** Examples that have at least one label. */
  readonly examples: number;
  /** As `evaluate` tells it; `seconds` is the time that both took. */
  readonly a: Evaluation;
  readonly b: Evaluation;
}

/**
 * Measures two models on the same labelled text and says whether their difference is more than chance: a paired bootstrap for accuracy and
 * macro F1, McNemar's exact test for accuracy. The models may know different labels; one that a model lacks counts as missed.
 *
 * The examples are read once. Throws a BaxError: "usage" for a k or a seed, "data" for what is no example.
 */
export async function compare(
  a: TextClassifier,
  b: TextClassifier,
  examples: Examples,
  { k = 1, seed = 1, raw = false }: CompareOptions = {},
): Promise<Comparison> {
  if (!(Number.isInteger(k) && k >= 1))
    throw new BaxError("usage", `k: got ${k}, expected a whole number from 1`, "1 looks at the best answer alone.");
  if (!Number.isFinite(seed)) throw new BaxError("usage", `seed: got ${seed}, expected a number`, "1 is usual.");
  const labels = new Map<string, number>();
  const indexOf = (label: string): number => {
    const known = labels.get(label) ?? labels.size;
    labels.set(label, known);
    return known;
  };
  const gold: number[][] = [];
  const weights: number[] = [];
  const [ofA, ofB] = [a, b].map((model, first) => {
    const answers: number[][] = [];
    const each = (example: MeasuredExample): void => {
      if (example.weight === 0) return; // as if it were not there
      answers.push(
        Array.from(
          example.answers.filter((answer) => answer >= 0),
          (answer) => indexOf(model.labels[answer]),
        ),
      );
      if (first > 0) return;
      gold.push([...new Set(example.gold.map(indexOf))]);
      weights.push(example.weight);
    };
    return { measurement: new Measurement(model.classifier, { k, raw, each }), answers };
  });
  for await (const example of examples) {
    ofA.measurement.add(example);
    ofB.measurement.add(example);
  }
  const evaluations = { a: ofA.measurement.result(), b: ofB.measurement.result() };
  const tests = compareAnswers({ labels: labels.size, gold, a: ofA.answers, b: ofB.answers, weights }, seed);
  return { examples: evaluations.a.examples, ...evaluations, ...tests };
}
