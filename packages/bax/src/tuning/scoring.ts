import { Evaluator } from "../evaluation/index.ts";
import type { Metric } from "./metric.ts";
import type { Answers, StoredText } from "./trials.ts";

/** Parts of the measured text on which the metric is taken by itself, to tell how much chance there is in it. */
const PARTS = 10;

/** The metric on all text that was measured, and on each tenth of it. */
export interface Score {
  score: number | null;
  parts: number[];
}

/** The metric over the answers of one or more folds. */
export function scoreOf(text: StoredText, metric: Metric, folds: readonly Answers[]): Score {
  const { k } = metric;
  const evaluator = () => new Evaluator(text.labels, k);
  const whole = evaluator();
  const parts = Array.from({ length: PARTS }, evaluator);
  let position = 0;
  for (const { examples, best, probabilities, crossEntropies } of folds) {
    for (const [row, example] of examples.entries()) {
      const answers = best.subarray(row * k, row * k + k);
      const chances = probabilities.subarray(row * k, row * k + k);
      const gold = text.targetsOf(example);
      for (const one of [whole, parts[position++ % PARTS]]) one.add(answers, chances, gold, crossEntropies[row]);
    }
  }
  const figure = (one: Evaluator) => metric.of(one.result(0));
  const score = figure(whole);
  // JSON knows no NaN, and a log is to give back what was written into it.
  const finite = (value: number) => (Number.isFinite(value) ? value : 0);
  return { score: Number.isFinite(score) ? score : null, parts: parts.map((one) => finite(figure(one))) };
}

/** How much better `one` is than `other`, and the standard error of that: both were measured on the same text, part by part. */
export function gainOver(metric: Metric, one: Score, other: Score): { gain: number; error: number } | null {
  if (one.score === null || other.score === null) return null;
  const sign = metric.higherIsBetter ? 1 : -1;
  const differences = one.parts.map((part, i) => sign * (part - other.parts[i]));
  const mean = differences.reduce((sum, value) => sum + value, 0) / PARTS;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { gain: sign * (one.score - other.score), error: Math.sqrt(squares / (PARTS * (PARTS - 1))) };
}
