import {
  type Heap,
  SLICE_BYTES,
  SLICE_COLUMNS,
  SLICE_HIDDEN,
  SLICE_HIDDEN_BYTES,
  SLICE_OUTPUT,
  SLICE_OUTPUT_BYTES,
  WALK_BYTES,
} from "../kernels/index.ts";
import { huffmanTree } from "../losses/index.ts";
import { exp, log } from "../math/elementary.ts";
import type { CompactModel } from "./compactModel.ts";

/** As model/treeWalk.ts has it: a label at the threshold may not be missed for a rounded logarithm. */
const SLACK = 1e-6;

/** The likeliest labels of hierarchical softmax for the hidden row in lane 0. */
export class TreeSearch {
  private readonly heap: Heap;
  private readonly labelCount: number;
  private readonly slices: number;
  private readonly table: number;
  private readonly children: number;
  private readonly stack: number;
  private readonly logs: number;

  constructor(heap: Heap, { labelCounts, dimension, output }: CompactModel, slices: Uint32Array, hidden: number) {
    const labels = labelCounts.length;
    this.heap = heap;
    this.labelCount = labels;
    this.slices = slices.length - 1;
    this.table = heap.allocate(this.slices * SLICE_BYTES);
    this.children = heap.allocateCopy(huffmanTree(labelCounts).children);
    this.stack = heap.allocate((labels + 1) * WALK_BYTES);
    this.logs = heap.allocate(labels * 8);
    for (let slice = 0; slice < this.slices; slice++) {
      const fields: [field: number, value: number][] = [
        [SLICE_HIDDEN, hidden + slices[slice] * 4],
        [SLICE_HIDDEN_BYTES, dimension * 4],
        [SLICE_OUTPUT, output + slices[slice] * 4],
        [SLICE_OUTPUT_BYTES, dimension * 4],
        [SLICE_COLUMNS, slices[slice + 1] - slices[slice]],
      ];
      for (const [field, value] of fields) heap.u32[(this.table + slice * SLICE_BYTES + field) >>> 2] = value;
    }
  }

  /** The `k` likeliest to `labels` (k u32) and `probabilities` (k f32), best first; returns how many there are. */
  search(k: number, threshold: number, labels: number, probabilities: number): number {
    const { heap, table, slices, children, labelCount, stack, logs } = this;
    const least = log(threshold) - SLACK;
    const answer = heap.kernels.treeTopK(table, slices, 0, children, labelCount, k, least, 0, stack, labels, logs);
    // The highest bit tells of ties, which count only where fastText is imitated.
    const found = answer & 0x7fffffff;
    for (let i = 0; i < found; i++) heap.f32[(probabilities >>> 2) + i] = exp(heap.f64[(logs >>> 3) + i]);
    return found;
  }
}
