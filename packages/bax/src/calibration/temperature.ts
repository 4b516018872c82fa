import { exp } from "../math/elementary.ts";
import { sigmoid } from "../math/logistic.ts";
import type { ScoredExamples } from "./calibration.ts";
import { type Derivatives, minimum } from "./convex.ts";

/** Temperatures are looked for between these: beyond them the data is too odd to trust. */
const LOWEST = 1 / 50;
const HIGHEST = 50;

/** The temperature whose inverse β minimises a function that has these derivatives. */
function temperatureOf(derivatives: (beta: number) => Derivatives): number {
  return Math.fround(1 / minimum(derivatives, 1, 1 / HIGHEST, 1 / LOWEST));
}

/**
 * Temperature scaling for the softmax: the T that minimises Σ −Σ_j y_j log softmax(s / T)_j. With β = 1 / T that is convex; the slope of an
 * example is Σ_j p_j s_j − Σ_j y_j s_j, the curvature the variance of s under p. One more example's worth of the even distribution is
 * spread over the targets, as Platt does for two classes: otherwise a model that makes no mistake would be told to be certain for ever.
 * Sources: Guo et al., ICML 2017, §4.2; Platt 1999, §2.2.
 */
export function softmaxTemperature({ labelCount, scores, targets }: ScoredExamples): number {
  const total = targets.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const spread = 1 / (total + 1);
  // Relative to an example's largest score, which changes no probability: then no e to the power of it overflows.
  const below = new Float32Array(scores.length);
  const wanted = Float64Array.from(targets, ({ labels, shares }, row) => {
    const s = scores.subarray(row * labelCount, (row + 1) * labelCount);
    const most = s.reduce((a, b) => Math.max(a, b));
    let plain = 0;
    for (let j = 0; j < labelCount; j++) {
      const difference = s[j] - most;
      below[row * labelCount + j] = difference;
      plain += difference;
    }
    return (1 - spread) * (targetScore(s, labels, shares) - most) + (spread * plain) / labelCount;
  });
  return temperatureOf((beta) => {
    let slope = 0;
    let curvature = 0;
    for (const [row, { weight = 1 }] of targets.entries()) {
      let [sum, mean, square] = [0, 0, 0];
      for (let at = row * labelCount; at < (row + 1) * labelCount; at++) {
        const difference = below[at];
        const e = exp(beta * difference);
        sum += e;
        mean += e * difference;
        square += e * difference * difference;
      }
      mean /= sum;
      slope += weight * (mean - wanted[row]);
      curvature += weight * (square / sum - mean * mean);
    }
    return { slope, curvature };
  });
}

/** Σ_j y_j s_j; shares count in proportion to their sum. */
export function targetScore(
  s: ArrayLike<number>,
  labels: readonly number[],
  shares: readonly number[] | undefined,
): number {
  let sum = 0;
  let total = 0;
  for (const [i, label] of labels.entries()) {
    const share = shares?.[i] ?? 1;
    sum += share * s[label];
    total += share;
  }
  return sum / total;
}

/** The turns that right labels of examples take in the tree of hierarchical softmax. */
export interface TreeTurns {
  /** Score of the node, with the sign of the turn: positive where the model would take it. */
  readonly scores: readonly number[];
  /** How much the turn counts. */
  readonly weights: readonly number[];
}

/** The same for hierarchical softmax: the T that minimises Σ −log σ(±s / T) over the turns that right labels take. */
export function treeTemperature({ scores, weights }: TreeTurns): number {
  const spread = 1 / (weights.reduce((sum, weight) => sum + weight, 0) + 2);
  return temperatureOf((beta) => {
    let slope = 0;
    let curvature = 0;
    for (const [i, s] of scores.entries()) {
      const p = sigmoid(beta * s);
      slope += weights[i] * s * (p - (1 - spread));
      curvature += weights[i] * s * s * p * (1 - p);
    }
    return { slope, curvature };
  });
}
