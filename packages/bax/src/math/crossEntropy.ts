import { BaxError } from "../errors.ts";
import { logSumExp } from "./softmax.ts";

/**
 * Loss of one example: L = − Σ_j y_j log ŷ_j = logsumexp(s) − Σ_j y_j s_j, in nats.
 *
 * `logits` s and `target` y: (labels); y sums to 1 (see `normaliseTarget`). Never the log of a rounded probability, so it is finite
 * and exact for |s| up to 1e4. Computed as Σ_j y_j (logsumexp(s) − s_j), the same thing when Σ y = 1: no large numbers cancel.
 * Source: Cooley 2018, the cross-entropy error.
 */
export function crossEntropy(logits: ArrayLike<number>, target: ArrayLike<number>): number {
  const total = logSumExp(logits);
  let loss = 0;
  for (let j = 0; j < logits.length; j++) if (target[j] !== 0) loss += target[j] * (total - logits[j]);
  return loss;
}

/** ∂L/∂ŷ_j = − y_j / ŷ_j; 0 where y_j is 0. (labels) each. Training goes straight to `dLogits`; this is the paper's first step. */
export function dProbabilities(probabilities: ArrayLike<number>, target: ArrayLike<number>): Float64Array {
  const gradient = new Float64Array(probabilities.length); // (labels)
  for (let j = 0; j < gradient.length; j++) gradient[j] = target[j] === 0 ? 0 : -target[j] / probabilities[j];
  return gradient;
}

/**
 * ∂L/∂s_j = ŷ_j Σ_i y_i − y_j, which is ŷ_j − y_j for a target that sums to 1. (labels) each.
 *
 * The sum is kept, so that this is the true gradient of the loss whatever the rounding of the target.
 * Source: Cooley 2018; the sum there is over i, the index of ŷ, not j.
 */
export function dLogits(probabilities: ArrayLike<number>, target: ArrayLike<number>): Float64Array {
  let mass = 0;
  for (let i = 0; i < target.length; i++) mass += target[i];
  const gradient = new Float64Array(probabilities.length); // (labels)
  for (let j = 0; j < gradient.length; j++) gradient[j] = probabilities[j] * mass - target[j];
  return gradient;
}

/**
 * A target scaled to sum 1: the last step of the gradient holds for no other.
 *
 * `target`: (labels), finite and ≥ 0, not all 0; otherwise throws BaxError "data". `where` names the example in the message.
 */
export function normaliseTarget(target: ArrayLike<number>, where: string): Float64Array {
  let mass = 0;
  for (let j = 0; j < target.length; j++) {
    if (!(target[j] >= 0 && target[j] < Number.POSITIVE_INFINITY)) {
      throw new BaxError(
        "data",
        `${where}: target ${j} is ${target[j]}, expected a number of 0 or more`,
        "Give each label a share of 0 or more.",
      );
    }
    mass += target[j];
  }
  if (!(mass > 0 && mass < Number.POSITIVE_INFINITY)) {
    throw new BaxError(
      "data",
      `${where}: the target sums to ${mass}, expected more than 0`,
      "Give at least one label a share above 0.",
    );
  }
  return Float64Array.from(target, (share) => share / mass);
}
