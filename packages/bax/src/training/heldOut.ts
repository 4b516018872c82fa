import { likeliest } from "../data/index.ts";
import { type Evaluation, Evaluator } from "../evaluation/index.ts";
import { type Weighting, weigh } from "../features/index.ts";
import { type Heap, LANES } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import { ForwardPass, type Parameters } from "../model/index.ts";
import { readExample } from "./exampleRecord.ts";
import type { WatchedMetric } from "./options.ts";
import type { Part } from "./part.ts";

/** The value of a metric, greater where the model is better. */
export function watchedValue(metric: WatchedMetric, evaluation: Evaluation): number {
  switch (metric) {
    case "accuracy":
      return evaluation.accuracy;
    case "macro-f1":
      return evaluation.macroF1;
    case "micro-f1":
      return evaluation.microF1;
    case "log-loss":
      return -(evaluation.logLoss ?? Number.POSITIVE_INFINITY);
  }
}

/**
 * How many epochs to keep: all of them, unless an earlier one was better on the held-out part by more than the standard error of its
 * accuracy; small parts are noisy and the falling rate makes the last epoch the best as a rule. Another metric than accuracy has no such
 * slack.
 */
export function stoppingEpoch(measured: readonly Evaluation[], metric: WatchedMetric = "accuracy"): number {
  const last = measured[measured.length - 1];
  const slack = metric === "accuracy" ? Math.sqrt((last.accuracy * (1 - last.accuracy)) / last.examples) : 0;
  let best = measured.length;
  let most = watchedValue(metric, last) + slack;
  for (const [epoch, evaluation] of measured.entries()) {
    const value = watchedValue(metric, evaluation);
    if (value > most) {
      most = value;
      best = epoch + 1;
    }
  }
  return best;
}

/** The epoch with the best value, from 1: of equal ones the first. */
export function bestEpoch(measured: readonly Evaluation[], metric: WatchedMetric): number {
  let best = 0;
  for (let epoch = 1; epoch < measured.length; epoch++)
    if (watchedValue(metric, measured[epoch]) > watchedValue(metric, measured[best])) best = epoch;
  return best + 1;
}

/** What is measured on stored examples. */
export interface StoredModel {
  heap: Heap;
  labels: readonly string[];
  parameters: Parameters;
  weighting: Weighting;
  head: Head;
  /** Features of the largest bag. */
  largestBag: number;
}

/** The answers to one example: (labels) all labels, best first, and how likely each is; used again for the next. */
export type EachAnswer = (example: number, labels: Int32Array, probabilities: Float32Array) => void;

/** Measures the parameters on stored examples. `each`: told all answers, by the place of the example in the part. */
export function evaluatePart(
  { heap, labels, parameters, weighting, head, largestBag }: StoredModel,
  part: Part,
  each?: EachAnswer,
): Evaluation {
  const began = performance.now();
  const forward = new ForwardPass(heap, parameters, head);
  const evaluator = new Evaluator(labels, 1);
  const weights = heap.allocate(largestBag * 4);
  const answers = each ? labels.length : 1;
  const best = new Int32Array(answers);
  const probabilities = new Float32Array(answers);
  let example = 0;
  for (const window of part.windows()) {
    const examples = window.load();
    for (let first = 0; first < examples.length; first += LANES) {
      const batch = Array.from(examples.subarray(first, first + LANES), (at) => readExample(heap, at));
      for (const [lane, { ids, counts, wordCount, count }] of batch.entries()) {
        weigh(heap, weighting, ids, counts, wordCount, count, weights);
        forward.gather({ ids, weights, count, scale: 1 }, lane);
      }
      forward.logitsBatch();
      const gold = batch.map(({ labels, targets }) => ({ labels: Array.from(labels), shares: Array.from(targets) }));
      const losses = forward.measureBatch(gold);
      for (const [lane, { labels, shares }] of gold.entries()) {
        forward.top(answers, lane, false, best, probabilities, 0);
        each?.(example++, best, probabilities);
        evaluator.add(best, probabilities, likeliest(labels, shares), losses[lane], [], batch[lane].weight);
      }
    }
  }
  forward.release();
  heap.release(weights);
  return evaluator.result((performance.now() - began) / 1000);
}
