import type { Calibration } from "../calibration/index.ts";
import {
  GATHERER_BYTES,
  GATHERER_FACTOR,
  GATHERER_GROUP_COUNT,
  GATHERER_GROUPS,
  GATHERER_LOOKED_UP,
  GATHERER_PROJECTION,
  GATHERER_UNANSWERED,
  type Heap,
  LANES,
} from "../kernels/index.ts";
import { fastTextSigmoidTable, type Head } from "../losses/index.ts";
import { exp, log } from "../math/elementary.ts";
import { logSigmoid } from "../math/logistic.ts";
import type { Bag } from "./bag.ts";
import type { Answers } from "./batchAnswers.ts";
import { BestLabels } from "./bestLabels.ts";
import { type GoldLabels, meanOf } from "./goldLabels.ts";
import { decodeOften, gatherRows, type Parameters, paddedWidth } from "./parameters.ts";
import { isProjected, Projection, placeGroups, type SharedProjection } from "./projection.ts";
import type { StoredModel } from "./storedModel.ts";
import { TreeWalk } from "./treeWalk.ts";

/** Bytes of one label's or column's 16 lanes. */
const LANE_BYTES = LANES * 4;
/** Bytes of a label's four lanes when one example is scored alone. */
const ONE_BYTES = 16;
/**
 * h = A x, s = B h and probabilities, for one example or for up to 16 at once. A bag is put into a lane by `gather`; then `logitsOne` and
 * `normalizeOne`, or `logitsBatch` and `normalizeBatch`, leave logits and then probabilities in `scores`. Both give the same bits. With
 * hierarchical softmax these do nothing: `top` walks the tree from the hidden rows and scores only the nodes that it must.
 */
export class ForwardPass {
  private readonly heap: Heap;
  private readonly parameters: Parameters;
  private readonly head: Head;
  /** (16, width) a group, one after another: hidden rows. */
  private readonly rows: number;
  /** (width, 16) of the widest group. */
  private readonly columns: number;
  /** (labels, 16). */
  private readonly scores: number;
  private readonly logSums: number;
  private readonly best: BestLabels;
  /** Address of (16) u8: 1 for a lane whose text has no feature, where fastText is imitated. */
  private readonly unanswered: number;
  /** Address of what the kernels that gather work with: layout.ts, GATHERER_…; `TextGatherer` lays out the rest of it. */
  readonly context: number;
  private readonly projection: Projection | undefined;
  /** (16, width of a projection): the lanes' rows. */
  private readonly projected: number;
  private readonly groups: number;
  /** fastText's σ, (513) f32; 0 unless it is imitated. */
  private readonly sigmoidTable: number;
  private readonly tree: TreeWalk | undefined;
  private readonly calibration: Calibration | undefined;
  /** Whether scores are left as they are, whatever the calibration says. */
  raw = false;
  /** Ascending indices of the only labels that are to be answered; all for null. Their probabilities are as if there were no others. */
  subset: Uint32Array | null = null;

  constructor(
    heap: Heap,
    parameters: Parameters,
    head: Head,
    calibration?: Calibration,
    projects = false,
    shared?: SharedProjection,
  ) {
    this.heap = heap;
    this.parameters = parameters;
    this.head = head;
    this.calibration = calibration;
    const { labelCount, dimension, groups } = parameters;
    const widest = Math.max(...groups.map((group) => group.width));
    const isTree = head.loss === "hs";
    this.rows = heap.allocateZeroed(dimension * LANE_BYTES);
    this.columns = isTree ? 0 : heap.allocate(widest * LANE_BYTES);
    this.scores = isTree ? 0 : heap.allocateZeroed(paddedWidth(labelCount) * LANE_BYTES);
    this.logSums = heap.allocate(LANES * 8);
    const table = (head.loss === "ova" || head.loss === "ns") && head.arithmetic === "fasttext";
    this.sigmoidTable = table ? heap.allocateCopy(fastTextSigmoidTable()) : 0;
    if (isTree) this.tree = new TreeWalk(heap, parameters, head, this.rows);
    this.best = new BestLabels(heap, head, labelCount, this.scores, this.tree);
    this.unanswered = heap.allocateZeroed(LANES);
    this.context = heap.allocateZeroed(GATHERER_BYTES);
    const mayProject = projects && !parameters.compressed && head.arithmetic === "exact";
    if (mayProject && isProjected(head.loss, labelCount, dimension))
      this.projection = new Projection(heap, parameters, shared);
    const width = this.projection?.width ?? 0;
    this.projected = heap.allocateZeroed(width * LANE_BYTES);
    this.groups = this.projection
      ? placeGroups(heap, [{ embeddings: this.projection.rows, width }], this.projected)
      : placeGroups(heap, groups, this.rows);
    const fields: [field: number, value: number][] = [
      [GATHERER_GROUPS, this.groups],
      [GATHERER_GROUP_COUNT, this.projection ? 1 : groups.length],
      [GATHERER_PROJECTION, this.isAllProjected ? 0 : (this.projection?.context ?? 0)],
      [GATHERER_UNANSWERED, this.unanswered],
    ];
    for (const [field, value] of fields) heap.u32[(this.context + field) >>> 2] = value;
  }

  /** What another thread on the same memory takes of the projection, if there is one. */
  get sharedProjection(): SharedProjection | undefined {
    return this.projection?.shared;
  }

  /** hidden row of `lane` = A x: the bag's weighted sum of rows of A; or of B A, where that is projected. */
  gather(bag: Bag, lane: number): void {
    const { heap, parameters, context } = this;
    if (parameters.compressed) {
      this.gatherHidden(bag, lane);
      return;
    }
    this.setFactor(bag.scale);
    heap.kernels.gatherBag(context, bag.ids, bag.weights, bag.count, lane);
    if (bag.scale === 0) heap.u8[this.unanswered + lane] = 1;
  }

  /** hidden row of `lane` = A x, whether rows are projected or not. */
  gatherHidden({ ids, weights, count, scale }: Bag, lane: number): void {
    const { heap, parameters } = this;
    heap.u8[this.unanswered + lane] = scale === 0 ? 1 : 0;
    const factor = scale * this.inverseTemperature;
    let at = this.rows;
    for (const group of parameters.groups) {
      const hidden = at + lane * group.width * 4;
      gatherRows(heap, parameters, group, ids, weights, count, hidden);
      if (factor !== 1) {
        const row = heap.f32At(hidden, group.width);
        for (let i = 0; i < row.length; i++) row[i] *= factor;
      }
      at += group.width * LANE_BYTES;
    }
  }

  /** What the kernels multiply rows by. Scores are linear in h: a shorter h is a higher temperature, whatever becomes of the scores. */
  setFactor(scale: number): void {
    this.heap.f64[(this.context + GATHERER_FACTOR) >>> 3] = scale * this.inverseTemperature;
  }

  /** Whether probabilities are looked up in fastText's table, which has steps. */
  get hasSteps(): boolean {
    return this.sigmoidTable !== 0;
  }

  /** Projects all rows of a model in a file; false where rows are not projected. */
  projectAll(stored: StoredModel): boolean {
    this.projection?.projectAll(stored);
    // Nothing is left that a text could be the first to need.
    if (this.isAllProjected) this.heap.u32[(this.context + GATHERER_PROJECTION) >>> 2] = 0;
    return this.isAllProjected;
  }

  get isAllProjected(): boolean {
    return this.projection?.complete === true;
  }

  /** 1 / T: what h is multiplied by. */
  get inverseTemperature(): number {
    return this.raw || !this.calibration ? 1 : 1 / this.calibration.temperature;
  }

  /** The line that a label's score goes through last: slope · s / T + offset. */
  lineOf(label: number): { slope: number; offset: number } {
    const platt = this.raw ? null : this.calibration?.platt;
    return platt ? { slope: platt.slopes[label], offset: platt.offsets[label] } : { slope: 1, offset: 0 };
  }

  /** The hidden row of a lane, h = A x / T, into `out` (dimension) from index `at` on. */
  hiddenOf(lane: number, out: Float32Array, at: number): void {
    let rows = this.rows;
    for (const { begin, width } of this.parameters.groups) {
      out.set(this.heap.f32At(rows + lane * width * 4, width), at + begin);
      rows += width * LANE_BYTES;
    }
  }

  /** Where rows of a compressed A are looked up often, they are decoded. */
  decodeOften(): void {
    const lookedUp = this.heap.u32[(this.context + GATHERER_LOOKED_UP) >>> 2];
    if (this.head.arithmetic === "fasttext") decodeOften(this.heap, this.parameters, lookedUp);
  }

  /** Logits of lane 0 to `scores`, four lanes a label of which the first counts. */
  logitsOne(): void {
    if (this.tree) return;
    const { heap, projection } = this;
    const { kernels } = heap;
    const { groups, slices, labelCount } = this.parameters;
    if (projection) {
      const floats = heap.f32;
      const [from, to] = [this.projected >>> 2, this.scores >>> 2];
      for (let label = 0; label < labelCount; label++) floats[to + label * (ONE_BYTES / 4)] = floats[from + label];
      this.finish(ONE_BYTES / 4);
      return;
    }
    let at = this.rows;
    for (const group of groups) {
      for (let slice = group.firstSlice; slice < group.firstSlice + group.sliceCount; slice++) {
        const [begin, end] = [slices[slice] - group.begin, slices[slice + 1] - group.begin];
        kernels.sliceScoresOne(at, group.output, labelCount, group.width, begin, end, this.scores, slice > 0 ? 1 : 0);
      }
      at += group.width * LANE_BYTES;
    }
    this.finish(ONE_BYTES / 4);
  }

  /** Logits of all 16 lanes to `scores`: (labels, 16). */
  logitsBatch(): void {
    if (this.tree) return;
    const { columns, scores, heap } = this;
    const { kernels } = heap;
    const { groups, slices, labelCount } = this.parameters;
    if (this.projection) {
      kernels.toColumns(this.projected, this.projection.width, scores);
      this.finish(LANES);
      return;
    }
    let at = this.rows;
    for (const group of groups) {
      kernels.toColumns(at, group.width, columns);
      for (let slice = group.firstSlice; slice < group.firstSlice + group.sliceCount; slice++) {
        const [begin, end] = [slices[slice] - group.begin, slices[slice + 1] - group.begin];
        kernels.sliceScores(columns, group.output, labelCount, group.width, begin, end, scores, slice > 0 ? 1 : 0);
      }
      at += group.width * LANE_BYTES;
    }
    this.finish(LANES);
  }

  // What calibration adds to the scores, and of a subset of labels the scores side by side.
  private finish(lanes: number): void {
    const { calibration, raw, subset, parameters } = this;
    const scores = this.heap.f32At(this.scores, parameters.labelCount * lanes);
    if (calibration?.platt && !raw) {
      const { slopes, offsets } = calibration.platt;
      for (let j = 0, i = 0; j < slopes.length; j++)
        for (let lane = 0; lane < lanes; lane++, i++) scores[i] = scores[i] * slopes[j] + offsets[j];
    }
    if (subset)
      for (const [row, label] of subset.entries()) scores.copyWithin(row * lanes, label * lanes, (label + 1) * lanes);
  }

  /**
   * Logit of a label of lane 0, after `logitsOne`; linear in x. For hierarchical softmax the sum of the scores on the label's path, each with
   * the sign of its turn: + to the right, − to the left.
   */
  logitOf(label: number): number {
    return this.tree ? this.tree.logit(label, 0) : this.heap.f32[(this.scores + label * ONE_BYTES) >>> 2];
  }

  /** Scores of all labels of a lane, after `logitsBatch`, into `out` from index `at` on. Not for hierarchical softmax. */
  scoresOf(lane: number, out: Float32Array, at: number): void {
    const { labelCount } = this.parameters;
    const first = (this.scores + lane * 4) >>> 2;
    const scores = this.heap.f32;
    for (let j = 0; j < labelCount; j++) out[at + j] = scores[first + j * LANES];
  }

  /** Scores of the nodes on a label's path, each with the sign of its turn; none where there is no tree. */
  turnsOf(label: number, lane: number): number[] {
    return this.tree?.turns(label, lane) ?? [];
  }

  /** What a label's score s is the product of with h: row of B, or the signed sum of the rows on its path. Returns (dimension). */
  directionOf(label: number): Float64Array {
    const { heap, parameters } = this;
    const rows = this.tree ? this.tree.steps(label) : [{ row: label, right: true }];
    const direction = new Float64Array(parameters.dimension); // (dimension)
    for (const { row, right } of rows) {
      for (const { width, begin, output } of parameters.groups) {
        const b = heap.f32At(output + row * width * 4, width);
        for (let i = 0; i < width; i++) direction[begin + i] += right ? b[i] : -b[i];
      }
    }
    return direction;
  }

  /**
   * Logarithms of the probabilities of all labels of a lane, before they are normalised: exact where the probability itself is too small to
   * be told; with a subset of labels, of those. In nats. `one`: scores are those of `logitsOne`.
   */
  logProbabilities(lane: number, one: boolean): Float64Array {
    const { tree, subset, heap, parameters } = this;
    const answerable = subset?.length ?? parameters.labelCount;
    const labelOf = (i: number) => (subset ? subset[i] : i);
    const stride = one ? ONE_BYTES : LANE_BYTES;
    const score = (i: number) => heap.f32[(this.scores + lane * 4 + i * stride) >>> 2];
    const isApart = this.head.loss === "ova" || this.head.loss === "ns";
    const logs = Float64Array.from({ length: answerable }, (_, i) => {
      if (tree) return tree.exactLogProbability(labelOf(i), lane);
      return isApart ? logSigmoid(score(i)) : score(i);
    });
    if (isApart || (tree && !subset)) return logs;
    const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const total = log(logs.reduce((sum, value) => sum + exp(value - most), 0)) + most;
    return logs.map((value) => value - total);
  }

  /** Probability of a label of lane 0, after `normalizeOne`, as `top` tells it. */
  probabilityOf(label: number): number {
    const value = this.tree ? exp(this.tree.logProbability(label, 0)) : this.logitOf(label);
    return Math.fround(this.best.told(value));
  }

  /**
   * Probabilities of all labels of a lane, in the order of the rows of B, into `out` from index `at` on; all 0 for a text that has no
   * answer. `one`: scores are those of `normalizeOne`.
   */
  all(lane: number, one: boolean, out: Float32Array, at = 0): void {
    const { labelCount } = this.parameters;
    if (this.heap.u8[this.unanswered + lane] === 1) out.fill(0, at, at + labelCount);
    else if (this.tree)
      for (let j = 0; j < labelCount; j++) out[at + j] = this.best.told(exp(this.tree.logProbability(j, lane)));
    else {
      const stride = (one ? ONE_BYTES : LANE_BYTES) / 4;
      const first = (this.scores + lane * 4) >>> 2;
      const scores = this.heap.f32;
      for (let j = 0; j < labelCount; j++) out[at + j] = this.best.told(scores[first + j * stride]);
    }
  }

  /** Probabilities of lane 0 from its logits. */
  normalizeOne(): void {
    this.normalize(4);
  }

  /** Probabilities of all 16 lanes from their logits; lanes that were not gathered hold what they held before. */
  normalizeBatch(): void {
    this.normalize(LANES);
  }

  private normalize(lanes: number): void {
    const { heap, scores, sigmoidTable } = this;
    const labelCount = this.subset?.length ?? this.parameters.labelCount;
    if (this.tree) return;
    if (this.head.loss === "softmax") heap.kernels.softmax(scores, labelCount, lanes, this.logSums);
    else if (sigmoidTable) heap.kernels.sigmoidTable(scores, labelCount * lanes, sigmoidTable);
    else heap.kernels.sigmoid(scores, (labelCount * lanes) / 4);
  }

  /**
   * After `logitsBatch`: as `normalizeBatch`, and −Σ_j y_j log p_j for each lane of `gold`, its labels as indices, with the same y_j for
   * each that is not −1; NaN where there is none. Always of the exact probabilities, before they are rounded.
   */
  measureBatch(gold: readonly GoldLabels[]): number[] {
    const { tree } = this;
    const isSoftmax = this.head.loss === "softmax";
    const known = gold.map((targets, lane) =>
      meanOf(targets, (label) => {
        if (tree) return tree.exactLogProbability(label, lane);
        const logit = this.heap.f32[(this.scores + label * LANE_BYTES) / 4 + lane];
        return isSoftmax ? logit : logSigmoid(logit);
      }),
    );
    this.normalizeBatch();
    return known.map((value, lane) => (isSoftmax ? this.heap.f64[(this.logSums >>> 3) + lane] - value : -value));
  }

  /**
   * The `k` best labels of a lane whose probability is at least `threshold` (one for all, or one for each label), into `labels` and
   * `probabilities` from index `at` on, best first; −1 and 0 past the last. Of two equal ones the lower index comes first. `one`: scores
   * are those of `normalizeOne`.
   */
  top(
    k: number,
    lane: number,
    one: boolean,
    labels: Int32Array,
    probabilities: Float32Array,
    at: number,
    threshold: number | Float32Array = 0,
  ): void {
    labels.fill(-1, at, at + k);
    probabilities.fill(0, at, at + k);
    if (this.heap.u8[this.unanswered + lane] === 1) return;
    this.best.top({ k, lane, one, threshold, subset: this.subset }, labels, probabilities, at);
  }

  /** What `topBatch` works on. */
  get answers(): Answers {
    const { heap, head, tree, scores, unanswered, parameters } = this;
    return { heap, head, tree, scores, unanswered, labelCount: parameters.labelCount };
  }

  release(): void {
    const { rows, columns, scores, logSums, sigmoidTable } = this;
    const blocks = [rows, columns, scores, logSums, sigmoidTable];
    for (const at of [...blocks, this.unanswered, this.context, this.projected, this.groups]) this.heap.release(at);
    this.projection?.release();
    this.best.release();
    this.tree?.release();
  }
}
