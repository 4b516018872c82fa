import { type Heap, LANES } from "../kernels/index.ts";
import { FASTTEXT_OFFSET, type Head } from "../losses/index.ts";
import { areApart, fastTextScore, fastTextTop } from "./fastTextTop.ts";
import { subsetOfTree } from "./treeSubset.ts";
import type { TreeWalk } from "./treeWalk.ts";

/** Bytes of one label's 16 lanes, and of its four where one text is scored alone. */
const LANE_BYTES = LANES * 4;
const ONE_BYTES = 16;

/** Which labels are wanted of a lane. */
export interface Wanted {
  k: number;
  lane: number;
  /** Whether one text was scored alone. */
  one: boolean;
  /** Least probability: one for all labels, or one for each. */
  threshold: number | Float32Array;
  /** Ascending indices of the only labels that may be answered; their scores lie side by side. */
  subset: Uint32Array | null;
}

/** Probabilities to the best labels, in the order of the head's arithmetic. */
export class BestLabels {
  private readonly heap: Heap;
  private readonly head: Head;
  private readonly labelCount: number;
  private readonly scores: number;
  private readonly tree: TreeWalk | undefined;
  /** Addresses of what was found last: (labels) u32 and f32. */
  private readonly labels: number;
  private readonly values: number;

  /** `scores`: address of (labels, 16) or (labels, 4) f32. */
  constructor(heap: Heap, head: Head, labelCount: number, scores: number, tree: TreeWalk | undefined) {
    this.heap = heap;
    this.head = head;
    this.labelCount = labelCount;
    this.scores = scores;
    this.tree = tree;
    this.labels = heap.allocate(labelCount * 4);
    this.values = heap.allocate(labelCount * 4);
  }

  /** `ForwardPass.top` into what is filled with −1 and 0. */
  top({ k, lane, one, threshold, subset }: Wanted, labels: Int32Array, probabilities: Float32Array, at: number): void {
    const { heap, tree, head } = this;
    const answerable = subset?.length ?? this.labelCount;
    const least = typeof threshold === "number" ? threshold : 0;
    const found = this.find(Math.min(k, answerable), lane, one, least, subset);
    const best = heap.u32At(this.labels, found);
    const values = heap.f32At(this.values, found);
    // The tree has looked at the threshold already where fastText is imitated, whose own differs.
    const isFiltered = tree && !subset && head.arithmetic === "fasttext" && typeof threshold === "number";
    let next = at;
    for (const [i, value] of values.entries()) {
      const label = subset && !tree ? subset[best[i]] : best[i];
      if (!isFiltered && value < (typeof threshold === "number" ? threshold : threshold[label])) continue;
      labels[next] = label;
      probabilities[next++] = this.told(value);
    }
  }

  // The best labels and their values to `labels` and `values`; returns how many there are.
  private find(wanted: number, lane: number, one: boolean, threshold: number, subset: Uint32Array | null): number {
    const { heap, tree, head } = this;
    const answerable = subset?.length ?? this.labelCount;
    if (tree && subset) return subsetOfTree(heap, tree, subset, lane, wanted, this.labels, this.values);
    if (tree) return tree.top(wanted, lane, threshold, this.labels, this.values);
    const stride = one ? ONE_BYTES : LANE_BYTES;
    const imitates = head.arithmetic === "fasttext";
    // One more than asked for shows whether the last answer is as good as the next.
    const looked = imitates ? Math.min(wanted + 1, answerable) : wanted;
    const found = heap.kernels.topK(this.scores + lane * 4, answerable, stride, looked, this.labels, this.values);
    if (imitates && !areApart(Float64Array.from(heap.f32At(this.values, found), fastTextScore)))
      this.orderTies(wanted, lane, stride, threshold, answerable);
    return Math.min(found, wanted);
  }

  // Of labels that fastText thinks equal it answers some before others: so do we.
  private orderTies(wanted: number, lane: number, stride: number, threshold: number, answerable: number): void {
    const { heap } = this;
    const values = heap.f32;
    const first = (this.scores + lane * 4) >>> 2;
    const all = Float32Array.from({ length: answerable }, (_, label) => values[first + (label * stride) / 4]);
    const scores = Float64Array.from(all, (probability) =>
      probability < threshold ? Number.NEGATIVE_INFINITY : fastTextScore(probability),
    );
    for (const [i, label] of fastTextTop(scores, scores.keys(), wanted, fastTextScore(0)).entries()) {
      heap.u32[(this.labels >>> 2) + i] = label;
      values[(this.values >>> 2) + i] = all[label];
    }
  }

  /** A probability as a caller is told it: order and threshold are those of `value`. */
  told(value: number): number {
    if (this.head.arithmetic === "exact") return value;
    return Math.min(1, this.tree ? value : value + FASTTEXT_OFFSET);
  }

  release(): void {
    for (const at of [this.labels, this.values]) this.heap.release(at);
  }
}
