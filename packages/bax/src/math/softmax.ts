import { exp, log } from "./elementary.ts";

/**
 * Class probabilities: ŷ_j = e^{s_j} / Σ_c e^{s_c}.
 *
 * `logits`: (labels); any finite numbers. The largest is subtracted first, which changes nothing and keeps e^{s} in range.
 * Returns (labels), non-negative, sum 1 to rounding. Source: Cooley 2018, the softmax.
 */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const probabilities = new Float64Array(logits.length); // (labels)
  const top = largest(logits);
  let sum = 0;
  for (let j = 0; j < logits.length; j++) {
    const e = exp(logits[j] - top);
    probabilities[j] = e;
    sum += e;
  }
  for (let j = 0; j < probabilities.length; j++) probabilities[j] /= sum;
  return probabilities;
}

/**
 * Derivative of the softmax: ∂ŷ_i/∂s_j = ŷ_i (δ_ij − ŷ_j).
 *
 * `probabilities`: (labels), as `softmax` gives them. Returns (labels, labels) by rows: i is the row. It is symmetric and its rows
 * sum to 0. Source: Cooley 2018, the cases i = j and i ≠ j (the former's numerator has (e^{s_j})², where the text lost the square).
 */
export function softmaxJacobian(probabilities: ArrayLike<number>): Float64Array {
  const count = probabilities.length;
  const jacobian = new Float64Array(count * count); // (labels, labels)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      jacobian[i * count + j] = probabilities[i] * ((i === j ? 1 : 0) - probabilities[j]);
    }
  }
  return jacobian;
}

/** log Σ_c e^{s_c}, finite for every finite `logits` (labels); −∞ for none. */
export function logSumExp(logits: ArrayLike<number>): number {
  const top = largest(logits);
  if (top === Number.NEGATIVE_INFINITY) return top;
  let sum = 0;
  for (let j = 0; j < logits.length; j++) sum += exp(logits[j] - top);
  return top + log(sum);
}

function largest(logits: ArrayLike<number>): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < logits.length; j++) if (logits[j] > top) top = logits[j];
  return top;
}
