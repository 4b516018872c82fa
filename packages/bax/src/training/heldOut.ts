import { type Evaluation, Evaluator } from "../evaluation/index.ts";
import { type Weighting, weigh } from "../features/index.ts";
import { type Heap, LANES } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import { ForwardPass, type Parameters } from "../model/index.ts";
import { readExample } from "./exampleRecord.ts";
import type { Part } from "./part.ts";

/**
 * How many epochs to keep: all of them, unless an earlier one was better on the held-out part by more than the standard error of its
 * accuracy; small parts are noisy and the falling rate makes the last epoch the best as a rule.
 */
export function stoppingEpoch(measured: readonly Evaluation[]): number {
  const last = measured[measured.length - 1];
  let best = measured.length;
  let most = last.accuracy + Math.sqrt((last.accuracy * (1 - last.accuracy)) / last.examples);
  for (const [epoch, { accuracy }] of measured.entries()) {
    if (accuracy > most) {
      most = accuracy;
      best = epoch + 1;
    }
  }
  return best;
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

/** Measures the parameters on stored examples. */
export function evaluatePart(
  { heap, labels, parameters, weighting, head, largestBag }: StoredModel,
  part: Part,
): Evaluation {
  const began = performance.now();
  const forward = new ForwardPass(heap, parameters, head);
  const evaluator = new Evaluator(labels, 1);
  const weights = heap.allocate(largestBag * 4);
  const best = new Int32Array(1);
  const probability = new Float32Array(1);
  for (const window of part.windows()) {
    const examples = window.load();
    for (let first = 0; first < examples.length; first += LANES) {
      const batch = Array.from(examples.subarray(first, first + LANES), (at) => readExample(heap, at));
      for (const [lane, { ids, counts, wordCount, count }] of batch.entries()) {
        weigh(heap, weighting, ids, counts, wordCount, count, weights);
        forward.gather({ ids, weights, count, scale: 1 }, lane);
      }
      forward.logitsBatch();
      const gold = batch.map(({ labels }) => Array.from(labels));
      const losses = forward.measureBatch(gold);
      for (let lane = 0; lane < batch.length; lane++) {
        forward.top(1, lane, false, best, probability, 0);
        evaluator.add(best, probability, gold[lane], losses[lane]);
      }
    }
  }
  forward.release();
  heap.release(weights);
  return evaluator.result((performance.now() - began) / 1000);
}
