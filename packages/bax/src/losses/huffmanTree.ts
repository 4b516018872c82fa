/**
 * The tree of hierarchical softmax: a binary tree whose leaves are the labels, frequent ones near the root, so that the mean path is as
 * short as a tree's can be. Source: Huffman 1952; Mikolov et al. 2013. Which of two equal counts comes first, and which child is the right
 * one, are as fastText has them, so that its models can be read.
 */

/** Stands for a node that is not made yet: more than any count. */
const NOT_YET = 1e15;

/**
 * Nodes: 0 … n − 1 are the labels, n … 2n − 2 the inner nodes, the last of them the root. Inner node i is scored by row i − n of B, so row
 * n − 1 is never used.
 */
export interface HuffmanTree {
  readonly labelCount: number;
  /** (n − 1, 2): left and right child of each inner node. */
  readonly children: Uint32Array;
  /** (n + 1): where each label's path begins in `paths`, and the end. */
  readonly pathStarts: Uint32Array;
  /** From the leaf up, for each inner node above a label: twice its row of B, plus 1 where the path to the label goes right. */
  readonly paths: Uint32Array;
}

/** Builds the tree over `counts` (labels), 1 label or more, in descending order. Throws a RangeError for others. */
export function huffmanTree(counts: ArrayLike<number>): HuffmanTree {
  const labels = counts.length;
  if (labels === 0) throw new RangeError("huffmanTree: no labels");
  for (let i = 0; i < labels; i++) {
    if (!(counts[i] >= 0 && counts[i] < NOT_YET && (i === 0 || counts[i] <= counts[i - 1]))) {
      throw new RangeError(`huffmanTree: count ${i} is ${counts[i]}, expected one in descending order`);
    }
  }
  const nodes = 2 * labels - 1;
  const weights = new Float64Array(nodes).fill(NOT_YET);
  weights.set(Float64Array.from(counts));
  const parents = new Uint32Array(nodes);
  const isRight = new Uint8Array(nodes);
  const children = new Uint32Array(2 * (labels - 1));
  // Both lists are sorted: leaves from the last label down, inner nodes as they are made.
  let leaf = labels - 1;
  let inner = labels;
  const smallest = () => (leaf >= 0 && weights[leaf] < weights[inner] ? leaf-- : inner++);
  for (let node = labels; node < nodes; node++) {
    const left = smallest();
    const right = smallest();
    weights[node] = weights[left] + weights[right];
    children.set([left, right], 2 * (node - labels));
    parents[left] = node;
    parents[right] = node;
    isRight[right] = 1;
  }
  const root = nodes - 1;
  const pathStarts = new Uint32Array(labels + 1);
  const depths = new Uint32Array(nodes);
  for (let node = root - 1; node >= 0; node--) depths[node] = depths[parents[node]] + 1;
  for (let label = 0; label < labels; label++) pathStarts[label + 1] = pathStarts[label] + depths[label];
  const paths = new Uint32Array(pathStarts[labels]);
  for (let label = 0; label < labels; label++) {
    let node = label;
    for (let at = pathStarts[label]; at < pathStarts[label + 1]; at++) {
      paths[at] = 2 * (parents[node] - labels) + isRight[node];
      node = parents[node];
    }
  }
  return { labelCount: labels, children, pathStarts, paths };
}

/** The path of a label, from the leaf up: rows of B, and whether it goes right there. */
export function pathOf(tree: HuffmanTree, label: number): { row: number; right: boolean }[] {
  const steps = tree.paths.subarray(tree.pathStarts[label], tree.pathStarts[label + 1]);
  return Array.from(steps, (step) => ({ row: step >>> 1, right: (step & 1) === 1 }));
}
