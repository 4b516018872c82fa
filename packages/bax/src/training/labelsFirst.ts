/**
 * Hierarchical softmax in two stages, for fastText's features (docs/decisions/0005-fasttext-training.md). Which labels the tree puts
 * together says nothing of what they mean, so features that learn from its decisions alone learn by heart. In the first stage the rows
 * of B stand for labels, and negative sampling teaches A what tells these apart, at about the price of steps of the tree. In the second B's
 * rows are the nodes', and the tree learns on what A knows already.
 */

import type { Heap } from "../kernels/index.ts";
import type { HuffmanTree } from "../losses/index.ts";
import type { Parameters } from "../model/index.ts";
import type { Rate } from "./engine.ts";
import { linearDecay } from "./schedule.ts";

/** With fewer labels a path of the tree is short, and negatives are more than the labels that are left. */
export const LABELS_FOR_STAGES = 16;
/** What a decision of the tree is drawn towards is this much less than certain, half of it for either side. */
export const TREE_SMOOTHING = 0.02;
/** What a row of A loses in each step, as a part of rate · x_p, in both stages: rare features then say less. */
export const STAGED_DECAY = 0.01;
/** Length of a node's first row, as a part of the difference between its sides. */
const NODE_SCALE = 0.2;
/** First rate of the second stage, as a part of that of the first, in 5 epochs. */
const TREE_RATE = 0.7;

/** Epochs of the first stage. */
export function labelEpochs(epochs: number): number {
  return Math.floor((3 * epochs) / 5);
}

/** The rates of an epoch: in the first stage as always; in the second they begin anew and fall to 0, smaller with more epochs. */
export function twoStageDecay(rate: number, epoch: number, epochs: number, count: number): Rate {
  const first = labelEpochs(epochs);
  if (epoch < first) return linearDecay(rate, epoch, epochs, count);
  return linearDecay(rate * Math.min(1, TREE_RATE * Math.sqrt(5 / epochs)), epoch - first, epochs - first, count);
}

/**
 * Rows of labels become rows of nodes: B_node = scale · (mean of the labels to the right − mean of those to the left), each label as often
 * as it occurs. A column at a time, so that groups of columns make no difference.
 */
export function nodesFromLabels(
  heap: Heap,
  { groups, labelCount }: Parameters,
  { children }: HuffmanTree,
  counts: Uint32Array,
): void {
  const weights = new Float64Array(2 * labelCount - 1);
  const means = new Float64Array(2 * labelCount - 1);
  for (let label = 0; label < labelCount; label++) weights[label] = Math.max(1, counts[label]);
  for (let node = 0; node < labelCount - 1; node++)
    weights[labelCount + node] = weights[children[2 * node]] + weights[children[2 * node + 1]];
  for (const { output, width } of groups) {
    const rows = heap.f32At(output, labelCount * width);
    for (let column = 0; column < width; column++) {
      for (let label = 0; label < labelCount; label++) means[label] = rows[label * width + column];
      for (let node = 0; node < labelCount - 1; node++) {
        const [left, right] = [children[2 * node], children[2 * node + 1]];
        const sum = weights[left] * means[left] + weights[right] * means[right];
        means[labelCount + node] = sum / weights[labelCount + node];
        rows[node * width + column] = NODE_SCALE * (means[right] - means[left]);
      }
      // No node has the last row.
      rows[(labelCount - 1) * width + column] = 0;
    }
  }
}
