import { type Evaluation, Evaluator } from "../evaluation/index.ts";
import { type Weighting, weigh } from "../features/index.ts";
import { LANES } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import { ForwardPass, type Parameters } from "../model/index.ts";
import type { Corpus } from "./corpus.ts";

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

/** Measures the parameters on stored bags. */
export function evaluateBags(
  corpus: Corpus,
  parameters: Parameters,
  weighting: Weighting,
  head: Head,
  examples: Uint32Array,
): Evaluation {
  const began = performance.now();
  const { heap } = corpus;
  const forward = new ForwardPass(heap, parameters, head);
  const evaluator = new Evaluator(corpus.labels.names, 1);
  const weights = heap.allocate(corpus.largestBag * 4);
  const best = new Int32Array(1);
  const probability = new Float32Array(1);
  for (let first = 0; first < examples.length; first += LANES) {
    const batch = examples.subarray(first, first + LANES);
    for (const [lane, example] of batch.entries()) {
      const { ids, counts, wordCount, count } = corpus.bagOf(example);
      weigh(heap, weighting, ids, counts, wordCount, count, weights);
      forward.gather({ ids, weights, count, scale: 1 }, lane);
    }
    forward.logitsBatch();
    const gold = Array.from(batch, (example) => Array.from(corpus.targetsOf(example)));
    const losses = forward.measureBatch(gold);
    for (let lane = 0; lane < batch.length; lane++) {
      forward.top(1, lane, false, best, probability, 0);
      evaluator.add(best, probability, gold[lane], losses[lane]);
    }
  }
  forward.release();
  heap.release(weights);
  return evaluator.result((performance.now() - began) / 1000);
}
