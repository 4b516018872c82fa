import { log } from "../math/elementary.ts";
import { huffmanTree } from "./huffmanTree.ts";
import type { LossName } from "./loss.ts";

/**
 * The mean loss of a model that has learned nothing, all of whose scores are 0, in nats: a measure for when training has diverged.
 * `labelCounts`: (labels), descending for `hs`; `negatives`: draws an example for `ns`.
 */
export function objectiveAtStart(loss: LossName, labelCounts: ArrayLike<number>, negatives: number): number {
  return loss === "softmax" ? log(labelCounts.length) : decisions(loss, labelCounts, negatives) * Math.LN2;
}

/** A mean loss beyond this, in nats, is far worse than knowing nothing: training has diverged. Arguments as of `objectiveAtStart`. */
export function divergedBeyond(loss: LossName, labelCounts: ArrayLike<number>, negatives: number): number {
  return 20 * objectiveAtStart(loss, labelCounts, negatives) + 20;
}

/** Rows of B that one example's step touches, on average. */
export function decisions(loss: LossName, labelCounts: ArrayLike<number>, negatives: number): number {
  if (loss === "ns") return 1 + negatives;
  if (loss !== "hs") return labelCounts.length;
  const { pathStarts } = huffmanTree(labelCounts);
  let steps = 0;
  let examples = 0;
  for (let label = 0; label < labelCounts.length; label++) {
    steps += labelCounts[label] * (pathStarts[label + 1] - pathStarts[label]);
    examples += labelCounts[label];
  }
  return steps / examples;
}
