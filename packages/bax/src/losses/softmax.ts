/**
 * Softmax with cross-entropy.
 *
 *     ŷ_j = e^{s_j} / Σ_c e^{s_c}      L = − Σ_j y_j log ŷ_j      ∂L/∂s_j = ŷ_j − y_j
 *
 * Each of k labels of an example has the share y_j = 1/k. One label excludes the others. Source: Cooley 2018; docs/maths.md.
 */
import { crossEntropy, dLogits } from "../math/crossEntropy.ts";
import { logits } from "../math/linearBag.ts";
import { logSumExp, softmax } from "../math/softmax.ts";
import { chain, type Loss } from "./loss.ts";

/** The loss of docs/maths.md. */
export const softmaxLoss: Loss = {
  name: "softmax",
  gradient: (layer, hidden, target) =>
    chain(layer, hidden, (scores) => ({
      loss: crossEntropy(scores, target),
      dScores: dLogits(softmax(scores), target),
    })),
  probabilities: (layer, hidden) => softmax(logits(layer, hidden)),
  logProbabilities: (layer, hidden) => {
    const scores = logits(layer, hidden);
    const total = logSumExp(scores);
    return scores.map((score) => score - total);
  },
};

/** (1 − ε) y + ε / C: the target that label smoothing steps towards. Source: Szegedy et al. 2016, section 7. */
export function smoothedTarget(target: ArrayLike<number>, smoothing: number): Float64Array {
  return Float64Array.from(target, (share) => (1 - smoothing) * share + smoothing / target.length);
}
