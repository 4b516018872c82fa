import type { OutputLayer } from "../math/linearBag.ts";
import { logSigmoid, sigmoid } from "../math/logistic.ts";
import type { Entry, LossGradient } from "./loss.ts";

/** B_row · h. */
export function rowScore({ dimension, output }: OutputLayer, row: number, hidden: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += output[row * dimension + i] * hidden[i];
  return sum;
}

/**
 * Loss and gradients of a list of two-way decisions, each on its own row of B:
 *
 *     L = − Σ_e share_e [t_e log σ(s_e) + (1 − t_e) log σ(−s_e)]      g_e = ∂L/∂s_e = share_e (σ(s_e) − t_e)
 *     ∂L/∂B_row = Σ_{e of row} g_e h                                   ∂L/∂h = Σ_e g_e B_row(e)
 */
export function entriesGradient(
  layer: OutputLayer,
  hidden: ArrayLike<number>,
  entries: readonly Entry[],
): LossGradient {
  const { dimension, labelCount, output } = layer;
  const dOutput = new Float64Array(labelCount * dimension); // (labels, dimension)
  const dHidden = new Float64Array(dimension); // (dimension)
  let loss = 0;
  for (const { row, target, share } of entries) {
    const score = rowScore(layer, row, hidden);
    loss -= share * logSigmoid(target === 1 ? score : -score);
    const g = share * (sigmoid(score) - target);
    for (let i = 0; i < dimension; i++) {
      dOutput[row * dimension + i] += g * hidden[i];
      dHidden[i] += g * output[row * dimension + i];
    }
  }
  return { loss, dOutput, dHidden };
}
