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

/** An answered example: `best` and `probabilities` (k, best first, −1 where there are fewer labels) are good until the next one. */
export type Answered = (
  example: number,
  best: Int32Array,
  probabilities: Float32Array,
  gold: readonly number[],
  crossEntropy: number,
) => void;

/** Answers stored bags with the `k` best labels each. */
export function answerBags(
  corpus: Corpus,
  parameters: Parameters,
  weighting: Weighting,
  head: Head,
  examples: Uint32Array,
  k: number,
  answered: Answered,
): void {
  const { heap } = corpus;
  const forward = new ForwardPass(heap, parameters, head);
  const weights = heap.allocate(corpus.largestBag * 4);
  const best = new Int32Array(k).fill(-1);
  const probabilities = new Float32Array(k);
  const found = Math.min(k, parameters.labelCount);
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
      forward.top(found, lane, false, best, probabilities, 0);
      answered(batch[lane], best, probabilities, gold[lane], losses[lane]);
    }
  }
  forward.release();
  heap.release(weights);
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
  const evaluator = new Evaluator(corpus.labels.names, 1);
  answerBags(corpus, parameters, weighting, head, examples, 1, (_, best, probabilities, gold, crossEntropy) =>
    evaluator.add(best, probabilities, gold, crossEntropy),
  );
  return evaluator.result((performance.now() - began) / 1000);
}
