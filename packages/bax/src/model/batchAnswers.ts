import { type Heap, LANES } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import { exp, log } from "../math/elementary.ts";
import { fastTextScore } from "./fastTextTop.ts";
import type { ForwardPass } from "./forwardPass.ts";
import { SLACK, type TreeWalk } from "./treeWalk.ts";

/** What a forward pass has that answers are made from. */
export interface Answers {
  heap: Heap;
  head: Head;
  tree: TreeWalk | undefined;
  /** Address of (labels, 16) f32. */
  scores: number;
  /** Address of (16) u8: 1 for a lane without an answer. */
  unanswered: number;
  labelCount: number;
}

const ALL_LANES = (1 << LANES) - 1;

/** The best labels of up to sixteen texts in one call of a kernel: what `ForwardPass.top` gives, lane after lane. */
export class BatchAnswers {
  private readonly forward: ForwardPass;
  private scratch = 0;

  constructor(forward: ForwardPass) {
    this.forward = forward;
  }

  /** After `normalizeBatch`: (lanes, k) labels and probabilities from index `at` on. */
  top(
    k: number,
    lanes: number,
    labels: Int32Array,
    probabilities: Float32Array,
    at: number,
    threshold: number | Float32Array,
  ): void {
    const { forward } = this;
    const { heap, unanswered } = forward.answers;
    const left = this.find(k, lanes, labels, probabilities, at, threshold);
    for (let lane = 0; lane < lanes; lane++)
      if ((left >>> lane) & 1 || heap.u8[unanswered + lane] === 1)
        forward.top(k, lane, false, labels, probabilities, at + lane * k, threshold);
  }

  // Returns the lanes, one bit each, that are left to `ForwardPass.top`: all where there is no kernel for it.
  private find(
    k: number,
    lanes: number,
    labels: Int32Array,
    probabilities: Float32Array,
    at: number,
    threshold: number | Float32Array,
  ): number {
    const { subset, answers } = this.forward;
    const { heap, head, tree, scores, labelCount } = answers;
    if (subset || k > labelCount) return ALL_LANES;
    if (tree) {
      const left = this.walk(tree, k, lanes, labels, probabilities, at, threshold);
      // The tree has looked at the threshold already where fastText is imitated, whose own differs.
      if (head.arithmetic === "exact" || typeof threshold !== "number")
        leaveOut(k, lanes, labels, probabilities, at, threshold);
      return left;
    }
    if (head.arithmetic === "fasttext") return ALL_LANES;
    this.scratch = heap.scratch(this.scratch, LANES * k * 8);
    const values = this.scratch + LANES * k * 4;
    heap.kernels.topLanes(scores, labelCount, lanes, k, this.scratch, values);
    labels.set(heap.i32At(this.scratch, lanes * k), at);
    probabilities.set(heap.f32At(values, lanes * k), at);
    if (threshold !== 0) leaveOut(k, lanes, labels, probabilities, at, threshold);
    return 0;
  }

  // Down the tree. Returns the lanes where some labels are equally good in fastText's eyes: `ForwardPass.top` knows their order.
  private walk(
    tree: TreeWalk,
    k: number,
    lanes: number,
    labels: Int32Array,
    probabilities: Float32Array,
    at: number,
    threshold: number | Float32Array,
  ): number {
    const { heap } = this.forward.answers;
    const { table, slices, children, stack, labelCount, offset } = tree.searched;
    const least = typeof threshold === "number" ? threshold : 0;
    const leastLog = offset > 0 ? fastTextScore(least) : log(least) - SLACK;
    labels.fill(-1, at, at + lanes * k);
    probabilities.fill(0, at, at + lanes * k);
    this.scratch = heap.scratch(this.scratch, LANES * (4 + k * 12) + 8);
    const found = this.scratch;
    const indices = found + LANES * 4;
    const logs = (indices + LANES * k * 4 + 7) & ~7;
    const { kernels } = heap;
    kernels.treeTopLanes(table, slices, lanes, children, labelCount, k, leastLog, offset, stack, indices, logs, found);
    const [words, doubles] = [heap.u32, heap.f64];
    let tied = 0;
    for (let lane = 0; lane < lanes; lane++) {
      const answer = words[(found >>> 2) + lane];
      const count = answer & 0x7fffffff;
      let isTied = offset > 0 && answer !== count;
      for (let place = lane * k; place < lane * k + count; place++) {
        const value = doubles[(logs >>> 3) + place];
        if (offset > 0 && place > lane * k && value === doubles[(logs >>> 3) + place - 1]) isTied = true;
        labels[at + place] = words[(indices >>> 2) + place];
        probabilities[at + place] = offset > 0 ? Math.min(1, exp(value)) : exp(value);
      }
      if (isTied) tied |= 1 << lane;
    }
    return tied;
  }

  release(): void {
    this.forward.answers.heap.release(this.scratch);
  }
}

// Of (lanes, k) answers from index `at` on those that are not likely enough; the others move up.
function leaveOut(
  k: number,
  lanes: number,
  labels: Int32Array,
  probabilities: Float32Array,
  at: number,
  threshold: number | Float32Array,
): void {
  for (let i = at; i < at + lanes * k; i++) {
    if (labels[i] < 0 || probabilities[i] >= (typeof threshold === "number" ? threshold : threshold[labels[i]]))
      continue;
    const end = at + (Math.floor((i - at) / k) + 1) * k;
    labels.copyWithin(i, i + 1, end);
    probabilities.copyWithin(i, i + 1, end);
    labels[end - 1] = -1;
    probabilities[end - 1] = 0;
    i--;
  }
}
