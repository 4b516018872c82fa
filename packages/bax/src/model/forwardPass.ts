import { type Heap, LANES } from "../kernels/index.ts";
import { gatherRows, type Parameters } from "./parameters.ts";

/** Bytes of one label's or column's 16 lanes. */
const LANE_BYTES = LANES * 4;
/** Bytes of a label's four lanes when one example is scored alone. */
const ONE_BYTES = 16;

/**
 * h = A x, s = B h, ŷ = softmax(s) for one example or for up to 16 at once. A bag is put into a lane by `gather`; then `logitsOne` and `softmaxOne`, or
 * `logitsBatch` and `softmaxBatch`, leave logits and then probabilities in `scores`. Both give the same bits.
 */
export class ForwardPass {
  private readonly heap: Heap;
  private readonly parameters: Parameters;
  /** (16, width) a group, one after another: hidden rows. */
  private readonly rows: number;
  /** (width, 16) of the widest group. */
  private readonly columns: number;
  /** (labels, 16). */
  readonly scores: number;
  private readonly logSums: number;
  private readonly best: number;
  private readonly bestValues: number;

  constructor(heap: Heap, parameters: Parameters) {
    this.heap = heap;
    this.parameters = parameters;
    const widest = Math.max(...parameters.groups.map((group) => group.width));
    this.rows = heap.allocateZeroed(parameters.dimension * LANE_BYTES);
    this.columns = heap.allocate(widest * LANE_BYTES);
    this.scores = heap.allocateZeroed(parameters.labelCount * LANE_BYTES);
    this.logSums = heap.allocate(LANES * 8);
    this.best = heap.allocate(parameters.labelCount * 4);
    this.bestValues = heap.allocate(parameters.labelCount * 4);
  }

  /** hidden row of `lane` = Σ weights · rows of A, over `count` ids. */
  gather(ids: number, weights: number, count: number, lane: number): void {
    let at = this.rows;
    for (const group of this.parameters.groups) {
      gatherRows(this.heap, this.parameters, group, ids, weights, count, at + lane * group.width * 4);
      at += group.width * LANE_BYTES;
    }
  }

  /** Logits of lane 0 to `scores`, four lanes a label of which the first counts. */
  logitsOne(): void {
    const { kernels } = this.heap;
    const { groups, slices, labelCount } = this.parameters;
    let at = this.rows;
    for (const group of groups) {
      for (let slice = group.firstSlice; slice < group.firstSlice + group.sliceCount; slice++) {
        const [begin, end] = [slices[slice] - group.begin, slices[slice + 1] - group.begin];
        kernels.sliceScoresOne(at, group.output, labelCount, group.width, begin, end, this.scores, slice > 0 ? 1 : 0);
      }
      at += group.width * LANE_BYTES;
    }
  }

  /** Logit of a label after `logitsOne`. */
  logitOf(label: number): number {
    return this.heap.f32[(this.scores + label * ONE_BYTES) >>> 2];
  }

  /** Probabilities of lane 0 from its logits. */
  softmaxOne(): void {
    this.heap.kernels.softmax(this.scores, this.parameters.labelCount, 4, this.logSums);
  }

  /** Probabilities of all 16 lanes from their logits; lanes that were not gathered hold what they held before. */
  softmaxBatch(): void {
    this.heap.kernels.softmax(this.scores, this.parameters.labelCount, LANES, this.logSums);
  }

  /** Logits of all 16 lanes to `scores`: (labels, 16). */
  logitsBatch(): void {
    const { kernels } = this.heap;
    const { groups, slices, labelCount } = this.parameters;
    let at = this.rows;
    for (const group of groups) {
      kernels.toColumns(at, group.width, this.columns);
      for (let slice = group.firstSlice; slice < group.firstSlice + group.sliceCount; slice++) {
        const [begin, end] = [slices[slice] - group.begin, slices[slice + 1] - group.begin];
        kernels.sliceScores(
          this.columns,
          group.output,
          labelCount,
          group.width,
          begin,
          end,
          this.scores,
          slice > 0 ? 1 : 0,
        );
      }
      at += group.width * LANE_BYTES;
    }
  }

  /** logsumexp of a lane's logits, after `softmaxOne` or `softmaxBatch`. */
  logSumOf(lane: number): number {
    return this.heap.f64[(this.logSums >>> 3) + lane];
  }

  /** Logit (after `logitsBatch`) or probability (after `softmaxBatch`) of a label in a lane. */
  scoreOf(label: number, lane: number): number {
    return this.heap.f32[(this.scores + label * LANE_BYTES) / 4 + lane];
  }

  /**
   * The `k` best labels of a lane into `labels` and `probabilities` from index `at` on, best first; −1 and 0 past the last label.
   * `one`: scores are those of `softmaxOne`.
   */
  top(k: number, lane: number, one: boolean, labels: Int32Array, probabilities: Float32Array, at: number): void {
    const stride = one ? ONE_BYTES : LANE_BYTES;
    const { heap, parameters } = this;
    const wanted = Math.min(k, parameters.labelCount);
    const found = heap.kernels.topK(
      this.scores + lane * 4,
      parameters.labelCount,
      stride,
      wanted,
      this.best,
      this.bestValues,
    );
    const best = heap.u32;
    const values = heap.f32;
    for (let i = 0; i < k; i++) {
      labels[at + i] = i < found ? best[(this.best >>> 2) + i] : -1;
      probabilities[at + i] = i < found ? values[(this.bestValues >>> 2) + i] : 0;
    }
  }

  release(): void {
    for (const at of [this.rows, this.columns, this.scores, this.logSums, this.best, this.bestValues])
      this.heap.release(at);
  }
}
