/**
 * Hierarchical softmax: a label is reached by a walk down a binary tree, and each inner node on the way decides between left and right.
 *
 *     p_j = Π_{node on the path of j} σ(±s_node)      + where the path goes right      s_node = B_node · h
 *     L = − Σ_j y_j log p_j                            ∂L/∂s_node = Σ_{j below node} y_j (σ(s_node) − [the path of j goes right])
 *
 * Each of k labels of an example has the share y_j = 1/k. The probabilities sum to 1, and a step touches as many rows of B as the paths are
 * long, about log₂ of the number of labels. Source: Morin and Bengio 2005; the Huffman tree: Mikolov et al. 2013, Joulin et al. 2016.
 */

import { exp } from "../math/elementary.ts";
import type { OutputLayer } from "../math/linearBag.ts";
import { logSigmoid } from "../math/logistic.ts";
import { entriesGradient, rowScore } from "./entries.ts";
import { type HuffmanTree, pathOf } from "./huffmanTree.ts";
import type { Entry, Loss } from "./loss.ts";

/** The loss over a tree of the labels. */
export function hierarchicalSoftmax(tree: HuffmanTree): Loss {
  const logProbabilities = (layer: OutputLayer, hidden: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: tree.labelCount }, (_, label) =>
      pathOf(tree, label).reduce((sum, { row, right }) => {
        const score = rowScore(layer, row, hidden);
        return sum + logSigmoid(right ? score : -score);
      }, 0),
    );
  return {
    name: "hs",
    gradient: (layer, hidden, target) => entriesGradient(layer, hidden, treeEntries(tree, target)),
    probabilities: (layer, hidden) => logProbabilities(layer, hidden).map(exp),
    logProbabilities,
  };
}

/** The decisions on the paths of an example's labels. */
function treeEntries(tree: HuffmanTree, target: ArrayLike<number>): Entry[] {
  const entries: Entry[] = [];
  for (let label = 0; label < target.length; label++) {
    if (target[label] === 0) continue;
    for (const { row, right } of pathOf(tree, label))
      entries.push({ row, target: right ? 1 : 0, share: target[label] });
  }
  return entries;
}
