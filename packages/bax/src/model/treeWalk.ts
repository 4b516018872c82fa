import {
  type Heap,
  LANES,
  SLICE_BYTES,
  SLICE_COLUMNS,
  SLICE_HIDDEN,
  SLICE_HIDDEN_BYTES,
  SLICE_OUTPUT,
  SLICE_OUTPUT_BYTES,
  WALK_BYTES,
} from "../kernels/index.ts";
import { FASTTEXT_OFFSET, type Head, type HuffmanTree, huffmanTree, pathOf } from "../losses/index.ts";
import { exp, log } from "../math/elementary.ts";
import { areApart, fastTextScore, fastTextTop } from "./fastTextTop.ts";
import type { Parameters } from "./parameters.ts";

/** Beyond the rounding of a logarithm: the search may find a label just below the threshold, and must not miss one at it. */
export const SLACK = 1e-6;

/** The labels of a tree from left to right. */
function leavesOf({ children, labelCount }: HuffmanTree): number[] {
  const leaves: number[] = [];
  const waiting = [2 * labelCount - 2];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node < labelCount) leaves.push(node);
    else waiting.push(children[2 * (node - labelCount) + 1], children[2 * (node - labelCount)]);
  }
  return leaves;
}

/** Answers of hierarchical softmax from the hidden rows of a forward pass: the tree in the heap, and the walks that kernels make of it. */
export class TreeWalk {
  private readonly heap: Heap;
  private readonly tree: HuffmanTree;
  /** Added to the probability of each step of a path. */
  private readonly offset: number;
  private readonly table: number;
  private readonly slices: number;
  private readonly children: number;
  private readonly paths: number;
  private readonly stack: number;
  private readonly bestLogs: number;

  /** `rows`: (16, width) f32 a group of columns, one group after another. */
  constructor(heap: Heap, parameters: Parameters, head: Head, rows: number) {
    this.heap = heap;
    this.tree = huffmanTree(head.labelCounts);
    this.offset = head.arithmetic === "fasttext" ? FASTTEXT_OFFSET : 0;
    this.children = heap.allocateCopy(this.tree.children);
    this.paths = heap.allocateCopy(this.tree.paths);
    this.stack = heap.allocate((parameters.labelCount + 1) * WALK_BYTES);
    this.bestLogs = heap.allocate(parameters.labelCount * 8);
    this.slices = parameters.slices.length - 1;
    this.table = heap.allocate(this.slices * SLICE_BYTES);
    const words = heap.u32;
    let at = rows;
    for (const { firstSlice, sliceCount, begin, width, output } of parameters.groups) {
      for (let slice = firstSlice; slice < firstSlice + sliceCount; slice++) {
        const [from, to] = [parameters.slices[slice], parameters.slices[slice + 1]];
        const skip = (from - begin) * 4;
        const fields: [field: number, value: number][] = [
          [SLICE_HIDDEN, at + skip],
          [SLICE_HIDDEN_BYTES, width * 4],
          [SLICE_OUTPUT, output + skip],
          [SLICE_OUTPUT_BYTES, width * 4],
          [SLICE_COLUMNS, to - from],
        ];
        for (const [field, value] of fields) words[(this.table + slice * SLICE_BYTES + field) >>> 2] = value;
      }
      at += width * LANES * 4;
    }
  }

  /** The path of a label, from the leaf up: rows of B, and whether it goes right there. */
  steps(label: number): { row: number; right: boolean }[] {
    return pathOf(this.tree, label);
  }

  /** Scores of the nodes on a label's path, from the leaf up: + to the right and − to the left. */
  turns(label: number, lane: number): number[] {
    return this.steps(label).map(({ row, right }) => {
      const score = this.heap.kernels.rowScore(this.table, this.slices, lane, row);
      return right ? score : -score;
    });
  }

  /** Their sum. */
  logit(label: number, lane: number): number {
    return this.turns(label, lane).reduce((sum, score) => sum + score, 0);
  }

  /** Log-probability of a label, the same bits as `top` finds for it. */
  logProbability(label: number, lane: number): number {
    return this.pathLog(label, lane, this.offset);
  }

  /** Log-probability of a label whatever arithmetic is imitated. */
  exactLogProbability(label: number, lane: number): number {
    return this.pathLog(label, lane, 0);
  }

  /** The `k` likeliest labels into `labels` (k u32) and `probabilities` (k f32); returns how many are likely enough. */
  top(k: number, lane: number, threshold: number, labels: number, probabilities: number): number {
    const { heap, offset } = this;
    const least = offset > 0 ? fastTextScore(threshold) : log(threshold) - SLACK;
    const { found, isTied } = this.search(k, lane, least, labels);
    const logs = heap.f64.subarray(this.bestLogs >>> 3, (this.bestLogs >>> 3) + found);
    if (offset > 0 && (isTied || !areApart(logs))) this.orderTies(k, lane, least, labels);
    for (let i = 0; i < found; i++) heap.f32[(probabilities >>> 2) + i] = exp(heap.f64[(this.bestLogs >>> 3) + i]);
    return found;
  }

  /** What `topBatch` searches by. */
  get searched(): {
    table: number;
    slices: number;
    children: number;
    stack: number;
    labelCount: number;
    offset: number;
  } {
    const { table, slices, children, stack, offset } = this;
    return { table, slices, children, stack, labelCount: this.tree.labelCount, offset };
  }

  // `isTied`: whether the last one found is as good as one that is not.
  private search(k: number, lane: number, least: number, labels: number): { found: number; isTied: boolean } {
    const answer = this.heap.kernels.treeTopK(
      this.table,
      this.slices,
      lane,
      this.children,
      this.tree.labelCount,
      k,
      least,
      this.offset,
      this.stack,
      labels,
      this.bestLogs,
    );
    return { found: answer & 0x7fffffff, isTied: answer < 0 };
  }

  // Of labels that fastText thinks equal it answers some before others: so do we.
  private orderTies(k: number, lane: number, least: number, labels: number): void {
    const { heap, tree } = this;
    const scores = new Float64Array(tree.labelCount).fill(Number.NEGATIVE_INFINITY);
    const { found } = this.search(tree.labelCount, lane, least, labels);
    for (const [i, label] of heap.u32At(labels, found).entries()) scores[label] = heap.f64[(this.bestLogs >>> 3) + i];
    for (const [i, label] of fastTextTop(scores, leavesOf(tree), k, least).entries()) {
      heap.u32[(labels >>> 2) + i] = label;
      heap.f64[(this.bestLogs >>> 3) + i] = scores[label];
    }
  }

  release(): void {
    for (const at of [this.table, this.children, this.paths, this.stack, this.bestLogs]) this.heap.release(at);
  }

  private pathLog(label: number, lane: number, offset: number): number {
    const { kernels } = this.heap;
    const { pathStarts } = this.tree;
    const length = pathStarts[label + 1] - pathStarts[label];
    return kernels.pathLog(this.table, this.slices, lane, this.paths + pathStarts[label] * 4, length, offset);
  }
}
