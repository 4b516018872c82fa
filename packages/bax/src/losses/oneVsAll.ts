/**
 * One-vs-all: a logistic regression for each label, all over the same hidden vector.
 *
 *     p_j = σ(s_j)      L = − Σ_j [y_j log σ(s_j) + (1 − y_j) log σ(−s_j)]      ∂L/∂s_j = σ(s_j) − y_j
 *
 * y_j is 1 for every label of the example, however many there are, and 0 for the others, or a soft label between: labels do not compete, and the probabilities of
 * an example may sum to anything from 0 to the number of labels. It suits examples with several labels or with none of the known ones.
 * Source: Joulin et al. 2016 (the loss "ova" of fastText); Rifkin and Klautau 2004, In Defense of One-Vs-All Classification.
 */
import { logits } from "../math/linearBag.ts";
import { logSigmoid, sigmoid } from "../math/logistic.ts";
import { chain, type Loss } from "./loss.ts";

/** Each y_j from 0 to 1 by itself. */
export const oneVsAll: Loss = {
  name: "ova",
  gradient: (layer, hidden, target) =>
    chain(layer, hidden, (scores) => {
      let loss = 0;
      const dScores = new Float64Array(scores.length); // (labels)
      for (let j = 0; j < scores.length; j++) {
        const y = target[j];
        if (y > 0) loss -= y * logSigmoid(scores[j]);
        if (y < 1) loss -= (1 - y) * logSigmoid(-scores[j]);
        dScores[j] = sigmoid(scores[j]) - y;
      }
      return { loss, dScores };
    }),
  probabilities: (layer, hidden) => logits(layer, hidden).map(sigmoid),
  logProbabilities: (layer, hidden) => logits(layer, hidden).map(logSigmoid),
};
