import type { Heap } from "../kernels/index.ts";
import { exp } from "../math/elementary.ts";
import type { TreeWalk } from "./treeWalk.ts";

/**
 * The `k` likeliest of some labels of a tree, as if there were no others, into `labels` (k u32) and `probabilities` (k f32): p_j / Σ p over
 * them, from logarithms, so that labels which are all unlikely keep their order and their ratios. Returns how many there are.
 */
export function subsetOfTree(
  heap: Heap,
  tree: TreeWalk,
  subset: Uint32Array,
  lane: number,
  k: number,
  labels: number,
  probabilities: number,
): number {
  const logs = Float64Array.from(subset, (label) => tree.logProbability(label, lane));
  const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const likely = logs.map((value) => exp(value - most));
  const total = likely.reduce((sum, value) => sum + value, 0);
  const order = Uint32Array.from(subset, (_, i) => i).sort((a, b) => logs[b] - logs[a] || a - b);
  const found = Math.min(k, order.length);
  for (let i = 0; i < found; i++) {
    heap.u32[(labels >>> 2) + i] = subset[order[i]];
    heap.f32[(probabilities >>> 2) + i] = likely[order[i]] / total;
  }
  return found;
}
