import type { Calibration } from "../calibration/index.ts";
import { likeliest } from "../data/index.ts";
import { type Evaluation, Evaluator } from "../evaluation/index.ts";
import { type Weighting, weigh } from "../features/index.ts";
import { type Heap, LANES } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import { ForwardPass, type Parameters } from "../model/index.ts";
import { type ExampleRecord, readExample } from "./exampleRecord.ts";
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
  parameters: Parameters;
  weighting: Weighting;
  head: Head;
  calibration?: Calibration | undefined;
  /** Features of the largest bag. */
  largestBag: number;
}

/**
 * An answered example, by its place in the part: its `k` best labels, best first, and how likely each is (−1 and 0 where there are fewer
 * labels), both good until the next one; what it is; and its cross-entropy in nats.
 */
export type Answered = (
  example: number,
  best: Int32Array,
  probabilities: Float32Array,
  record: ExampleRecord,
  crossEntropy: number,
) => void;

/** Told of each example, by its place in the part, while its scores are in a lane of the forward pass. */
export type Scored = (forward: ForwardPass, lane: number, record: ExampleRecord, example: number) => void;

/** Answers stored examples with their `k` best labels. */
export function answerPart(
  { heap, parameters, weighting, head, calibration, largestBag }: StoredModel,
  part: Part,
  k: number,
  answered: Answered,
  scored?: Scored,
): void {
  const forward = new ForwardPass(heap, parameters, head, calibration, true);
  const weights = heap.allocate(largestBag * 4);
  const best = new Int32Array(k).fill(-1);
  const probabilities = new Float32Array(k);
  const found = Math.min(k, parameters.labelCount);
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
      if (scored) for (const [lane, record] of batch.entries()) scored(forward, lane, record, example + lane);
      const losses = forward.measureBatch(
        batch.map(({ labels, targets }) => ({ labels: Array.from(labels), shares: Array.from(targets) })),
      );
      for (const [lane, record] of batch.entries()) {
        forward.top(found, lane, false, best, probabilities, 0);
        answered(example++, best, probabilities, record, losses[lane]);
      }
    }
  }
  forward.release();
  heap.release(weights);
}

/** The labels that an answer should be: of soft ones the likeliest. */
export function goldOf({ labels, targets }: ExampleRecord): readonly number[] {
  return likeliest(Array.from(labels), Array.from(targets));
}

/** Measures the parameters on stored examples. `each`: told all answers as well; `scored`: the scores before. */
export function evaluatePart(
  model: StoredModel & { labels: readonly string[] },
  part: Part,
  each?: (example: number, best: Int32Array, probabilities: Float32Array) => void,
  scored?: Scored,
): Evaluation {
  const began = performance.now();
  const evaluator = new Evaluator(model.labels, 1);
  const answered: Answered = (example, best, probabilities, record, loss) => {
    each?.(example, best, probabilities);
    evaluator.add(best, probabilities, goldOf(record), loss, [], record.weight);
  };
  answerPart(model, part, each ? model.labels.length : 1, answered, scored);
  return evaluator.result((performance.now() - began) / 1000);
}
