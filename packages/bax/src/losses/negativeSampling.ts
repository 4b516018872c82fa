/**
 * Negative sampling: the labels of an example are told apart from a few others that are drawn at random, not from all.
 *
 *     p_j = σ(s_j)      L = − Σ_j y_j log σ(s_j) − Σ_{n drawn} log σ(−s_n)
 *     ∂L/∂s_j = y_j (σ(s_j) − 1) for a label of the example      ∂L/∂s_n = σ(s_n) for each time that n was drawn
 *
 * Each of k labels has the share y_j = 1/k, and the draws are made once an example, not once a label: that is the mean of what fastText
 * does, which takes one of the labels at each step. A label is drawn in proportion to the square root of its count, never one of the
 * example's own. As positives are met as often as they occur and negatives are drawn, the p_j rank the labels and are not their shares.
 * Source: Mikolov et al. 2013; the exponent ½: Joulin et al. 2016 (fastText).
 */
import { logits } from "../math/linearBag.ts";
import { logSigmoid, sigmoid } from "../math/logistic.ts";
import { entriesGradient } from "./entries.ts";
import type { Entry, Loss } from "./loss.ts";

/** The loss with the given draws; a label may have been drawn more than once. */
export function negativeSampling(negatives: readonly number[]): Loss {
  return {
    name: "ns",
    gradient: (layer, hidden, target) => {
      const entries: Entry[] = [];
      for (let label = 0; label < target.length; label++) {
        if (target[label] > 0) entries.push({ row: label, target: 1, share: target[label] });
      }
      for (const row of negatives) entries.push({ row, target: 0, share: 1 });
      return entriesGradient(layer, hidden, entries);
    },
    probabilities: (layer, hidden) => logits(layer, hidden).map(sigmoid),
    logProbabilities: (layer, hidden) => logits(layer, hidden).map(logSigmoid),
  };
}

/** Length of the whole table, nearly; sums of rounded stretches stay below 2^32. */
const TABLE_LENGTH = 2 ** 30;

/**
 * Where each label's stretch of [0, total) begins, and the end: (labels + 1). A stretch is as long as the square root of the label's count
 * says, and at least 1 where the count is not 0. `counts`: (labels), not all 0.
 */
export function negativeBounds(counts: ArrayLike<number>): Uint32Array {
  let sum = 0;
  for (let label = 0; label < counts.length; label++) sum += Math.sqrt(counts[label]);
  const bounds = new Uint32Array(counts.length + 1);
  for (let label = 0; label < counts.length; label++) {
    const length = Math.round((Math.sqrt(counts[label]) / sum) * TABLE_LENGTH);
    bounds[label + 1] = bounds[label] + (counts[label] > 0 ? Math.max(1, length) : 0);
  }
  return bounds;
}

/** A hash of a counter, 32 bits: the finaliser of MurmurHash3 after a golden-ratio step. */
function mix(counter: number): number {
  let h = Math.imul(counter, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The labels drawn for the example at a position of an epoch: `count` of them, or none where the example has every label. `targets`: its
 * own labels, ascending. A hash of seed, position and draw picks a point of what the targets leave of the table; the point is then moved
 * past their stretches. So every label has exactly its share, no draw is thrown away, and nothing depends on who draws when.
 */
export function drawNegatives(
  bounds: Uint32Array,
  targets: ArrayLike<number>,
  seed: number,
  position: number,
  count: number,
): number[] {
  const own = Array.from(targets);
  const labels = bounds.length - 1;
  const rest = own.reduce((left, label) => left - (bounds[label + 1] - bounds[label]), bounds[labels]);
  if (rest === 0) return [];
  const start = mix(seed + position);
  return Array.from({ length: count }, (_, draw) => {
    // 64-bit: rest times a 32-bit fraction.
    let point = Number((BigInt(mix(start + draw)) * BigInt(rest)) >> 32n);
    for (const label of own) if (point >= bounds[label]) point += bounds[label + 1] - bounds[label];
    let found = 0;
    for (let label = 0; label < labels; label++)
      if (bounds[label] <= point && bounds[label + 1] > bounds[label]) found = label;
    return found;
  });
}
