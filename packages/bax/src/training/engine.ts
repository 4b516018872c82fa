import type { Weighting } from "../features/index.ts";
import {
  CONTEXT_ADAGRAD,
  CONTEXT_BARRIER,
  CONTEXT_BATCH,
  CONTEXT_BYTES,
  CONTEXT_CHARACTER_SCALE,
  CONTEXT_DECAY,
  CONTEXT_FEATURE_WEIGHTS,
  CONTEXT_LABEL_WEIGHTS,
  CONTEXT_LABELS,
  CONTEXT_LOSS,
  CONTEXT_LOSS_KIND,
  CONTEXT_MOST_ENTRIES,
  CONTEXT_NEGATIVE_BOUNDS,
  CONTEXT_NEGATIVE_SEED,
  CONTEXT_NEGATIVES,
  CONTEXT_NORM,
  CONTEXT_ORDER,
  CONTEXT_PARTIALS,
  CONTEXT_PATH_STARTS,
  CONTEXT_PATHS,
  CONTEXT_RATE_SLOPE,
  CONTEXT_RATE_START,
  CONTEXT_SLICE_STARTS,
  CONTEXT_SLICES,
  CONTEXT_SMOOTHING,
  CONTEXT_TERM_FREQUENCIES,
  CONTEXT_THREAD_STATES,
  CONTEXT_THREADS,
  CONTEXT_WEIGHT,
  CONTEXT_WEIGHTED,
  CONTEXT_WORD_SCALE,
  ENTRIES_FIRST,
  ENTRY_BYTES,
  type Heap,
  LANES,
  LOSS_HIERARCHICAL_SOFTMAX,
  LOSS_NEGATIVE_SAMPLING,
  LOSS_ONE_VS_ALL,
  LOSS_SOFTMAX,
  NORMS_BYTES,
  THREAD_BYTES,
  THREAD_EMBEDDINGS,
  THREAD_ENTRIES,
  THREAD_FIRST_SLICE,
  THREAD_GRADIENT_ROWS,
  THREAD_HIDDEN_COLUMNS,
  THREAD_HIDDEN_ROWS,
  THREAD_LABEL_SQUARES,
  THREAD_LOGITS,
  THREAD_MOVED_LABELS,
  THREAD_NORMS,
  THREAD_OUTPUT,
  THREAD_ROW_SQUARES,
  THREAD_SLICE_COUNT,
  THREAD_WEIGHTS,
  THREAD_WIDTH,
} from "../kernels/index.ts";
import { type HuffmanTree, huffmanTree, type LossName, negativeBounds } from "../losses/index.ts";
import { Random } from "../math/random.ts";
import type { Parameters } from "../model/index.ts";
import type { SpawnWorker } from "./control.ts";
import { type StateMatrix, squaresAt, stateMatrices } from "./engineState.ts";
import { nodesFromLabels, STAGED_DECAY, TREE_SMOOTHING } from "./labelsFirst.ts";
import { placeLabelSquares, placeSquares, placeStart, type StartingPoint } from "./startingPoint.ts";
import { Threads } from "./threads.ts";

/** How A and B are learned. */
export interface EngineOptions {
  batch: number;
  optimizer: "adagrad" | "sgd";
  /** Share of the target that is spread over all labels; softmax only. */
  smoothing: number;
  loss: LossName;
  /** Negatives an example, for the loss `ns`. */
  neg: number;
  /** Address of (labels) f32: what the examples of a label count, by their own weight. */
  labelWeights?: number | undefined;
  /** How often each label counts in the tree of the loss `hs`: as in the examples unless a model that learns on has its tree already. */
  labelCounts?: readonly number[] | undefined;
  /** With the loss `hs`: the rows of B stand for labels, and learn by negative sampling, until `growTree`. */
  labelsFirst?: boolean;
}

/** What the engine must know of the examples that it will learn from, wherever they are. */
export interface Learnable {
  readonly heap: Heap;
  /** Features of the largest bag, and the most labels of an example. */
  readonly largestBag: number;
  readonly mostTargets: number;
  /** Whether an example has another weight than 1. */
  readonly isWeighted: boolean;
  /** How many examples have each label: (labels). */
  labelCounts(): Uint32Array;
}

const LOSS_KINDS: Record<LossName, number> = {
  softmax: LOSS_SOFTMAX,
  ova: LOSS_ONE_VS_ALL,
  hs: LOSS_HIERARCHICAL_SOFTMAX,
  ns: LOSS_NEGATIVE_SAMPLING,
};

/** The slice of an epoch's rates: rate(i) = start + slope · i for the example at position i of the epoch. */
export interface Rate {
  start: number;
  slope: number;
}

/** A stretch of this many milliseconds goes to the kernels between two looks at the clock, the abort signal and the event loop. */
const STRETCH_MS = 40;
/** First stretch, in batches: short, so that V8's optimised code takes over from its baseline code soon. */
const FIRST_STRETCH = 8;
const LANE_BYTES = LANES * 4;

/** Runs the training kernel over a corpus: lays out its context (assembly/train.ts), feeds it epochs, and minds its threads. */
export class Engine {
  private readonly heap: Heap;
  private readonly context: number;
  /** Addresses of the examples of the window that is learned from. */
  private order = 0;
  private readonly blocks: number[] = [];
  private readonly batch: number;
  private readonly parameters: Parameters;
  private labelCounts: Uint32Array = new Uint32Array();
  /** Of the loss `hs`. */
  private tree: HuffmanTree | undefined;
  /** Whether training begins with rows of labels in place of the tree's nodes. */
  readonly labelsFirst: boolean;
  /** Whether the rows are those of labels still. */
  private hasLabelRows = false;
  /** Of the negatives: one for each epoch since the start. */
  private negativeSeeds: Random = new Random(0);
  private negativeSeed = 0;
  private start: StartingPoint = { columns: 0 };
  private threads: Threads | undefined;
  private stretch: number;

  private constructor(examples: Learnable, parameters: Parameters, weighting: Weighting, options: EngineOptions) {
    const { heap } = examples;
    this.heap = heap;
    this.parameters = parameters;
    this.batch = options.batch;
    this.labelsFirst = options.labelsFirst ?? false;
    // Stretches are whole batches: where they end depends on the clock and must not change what a batch is.
    this.stretch = FIRST_STRETCH * options.batch;
    const { labelCount, slices, groups } = parameters;
    const batchBytes = LANES * examples.largestBag * 4;
    this.context = this.block(CONTEXT_BYTES);
    const states = this.block(groups.length * THREAD_BYTES);
    const sliceCount = slices.length - 1;
    const isDense = options.loss === "softmax" || options.loss === "ova";
    const mostEntries = isDense ? 0 : this.setEntries(examples, options);
    // Scores of one batch, in floats.
    const scoreCount = isDense ? labelCount * LANES : mostEntries;
    this.set(CONTEXT_LOSS_KIND, LOSS_KINDS[options.loss]);
    this.set(CONTEXT_WEIGHTED, examples.isWeighted || options.labelWeights ? 1 : 0);
    this.set(CONTEXT_LABEL_WEIGHTS, options.labelWeights ?? 0);
    this.set(CONTEXT_LABELS, labelCount);
    this.set(CONTEXT_BATCH, options.batch);
    this.set(CONTEXT_THREADS, groups.length);
    this.set(CONTEXT_SLICES, sliceCount);
    this.set(CONTEXT_SLICE_STARTS, this.copy(slices));
    this.set(CONTEXT_PARTIALS, groups.length > 1 ? this.block(2 * sliceCount * scoreCount * 4) : 0);
    this.set(CONTEXT_BARRIER, this.block(64));
    this.set(CONTEXT_ADAGRAD, options.optimizer === "adagrad" ? 1 : 0);
    this.set(CONTEXT_THREAD_STATES, states);
    this.set(CONTEXT_FEATURE_WEIGHTS, weighting.featureWeights);
    this.set(CONTEXT_TERM_FREQUENCIES, weighting.termFrequencies);
    this.set(CONTEXT_NORM, weighting.norm);
    heap.f32[(this.context + CONTEXT_WORD_SCALE) >>> 2] = weighting.wordScale;
    heap.f32[(this.context + CONTEXT_CHARACTER_SCALE) >>> 2] = weighting.characterScale;
    heap.f32[(this.context + CONTEXT_SMOOTHING) >>> 2] = options.smoothing;
    heap.f32[(this.context + CONTEXT_DECAY) >>> 2] = this.labelsFirst ? STAGED_DECAY : 0;
    for (const [thread, group] of groups.entries()) {
      const fields: [field: number, value: number][] = [
        [THREAD_FIRST_SLICE, group.firstSlice],
        [THREAD_SLICE_COUNT, group.sliceCount],
        [THREAD_WIDTH, group.width],
        [THREAD_EMBEDDINGS, group.embeddings],
        [THREAD_OUTPUT, group.output],
        [THREAD_ROW_SQUARES, options.optimizer === "adagrad" ? this.block(parameters.featureCount * 4) : 0],
        [THREAD_LABEL_SQUARES, this.block(labelCount * 4)],
        [THREAD_HIDDEN_ROWS, this.block(group.width * LANE_BYTES)],
        [THREAD_HIDDEN_COLUMNS, this.block(group.width * LANE_BYTES)],
        [THREAD_LOGITS, this.block(scoreCount * 4)],
        [THREAD_ENTRIES, isDense ? 0 : this.block(ENTRIES_FIRST + mostEntries * ENTRY_BYTES)],
        [THREAD_GRADIENT_ROWS, this.block(group.width * LANE_BYTES)],
        [THREAD_MOVED_LABELS, isDense ? this.block(labelCount * 4) : 0],
        [THREAD_WEIGHTS, this.block(batchBytes)],
        [THREAD_NORMS, this.block(NORMS_BYTES)],
      ];
      for (const [field, value] of fields) heap.u32[(states + thread * THREAD_BYTES + field) >>> 2] = value;
    }
  }

  /** Lays out what the sparse losses choose their rows of B from; returns the most entries of a batch, a multiple of 4. */
  private setEntries(examples: Learnable, options: EngineOptions): number {
    const counts = examples.labelCounts();
    this.labelCounts = counts;
    const { mostTargets } = examples;
    let most = 0;
    if (options.loss === "hs") {
      this.tree = huffmanTree(options.labelCounts ?? counts);
      const { pathStarts, paths } = this.tree;
      this.set(CONTEXT_PATH_STARTS, this.copy(pathStarts));
      this.set(CONTEXT_PATHS, this.copy(paths));
      for (let label = 0; label + 1 < pathStarts.length; label++)
        most = Math.max(most, mostTargets * (pathStarts[label + 1] - pathStarts[label]));
    }
    if (options.loss === "ns" || this.labelsFirst) {
      this.set(CONTEXT_NEGATIVES, options.neg);
      this.set(CONTEXT_NEGATIVE_BOUNDS, this.copy(negativeBounds(counts)));
      most = Math.max(most, mostTargets + options.neg);
    }
    const entries = Math.max(4, most * LANES);
    this.set(CONTEXT_MOST_ENTRIES, entries);
    return entries;
  }

  /** Prepares training of `parameters` (one thread a group of columns) on examples whose ids are rows of A. */
  static async create(
    examples: Learnable,
    parameters: Parameters,
    weighting: Weighting,
    options: EngineOptions,
    spawn: SpawnWorker | undefined,
  ): Promise<Engine> {
    const engine = new Engine(examples, parameters, weighting, options);
    engine.threads = await Threads.start(engine.heap, engine.context, parameters.groups.length, spawn);
    return engine;
  }

  /** Sets A and B to where training begins, and the accumulators to 0. */
  initialize(seed: number, start: StartingPoint): void {
    const { heap, parameters } = this;
    this.negativeSeeds = new Random(seed);
    placeStart(heap, parameters, start, new Random(seed));
    if (this.labelsFirst) {
      this.hasLabelRows = true;
      this.set(CONTEXT_LOSS_KIND, LOSS_NEGATIVE_SAMPLING);
      heap.f32[(this.context + CONTEXT_SMOOTHING) >>> 2] = 0;
    }
    this.start = start;
    this.clearSquares();
  }

  /** From now on the tree learns: where rows of B still stand for labels, they become those of its nodes, and steps begin large again. */
  growTree(): void {
    if (!this.hasLabelRows || !this.tree) return;
    nodesFromLabels(this.heap, this.parameters, this.tree, this.labelCounts);
    this.enterTree();
    this.clearSquares();
  }

  private clearSquares(): void {
    const { heap, context, parameters } = this;
    const { featureCount, labelCount } = parameters;
    for (const at of squaresAt(heap, context, parameters, THREAD_ROW_SQUARES))
      if (at) placeSquares(heap.f32At(at, featureCount), this.start);
    for (const at of squaresAt(heap, context, parameters, THREAD_LABEL_SQUARES))
      placeLabelSquares(heap.f32At(at, labelCount), this.start);
  }

  /** All that learning changes. */
  get state(): StateMatrix[] {
    return stateMatrices(this.heap, this.context, this.parameters);
  }

  /** Whether rows of B stand for labels still, before the tree. */
  get isBeforeTree(): boolean {
    return this.hasLabelRows;
  }

  /** For parameters that were laid in from elsewhere and are the tree's. */
  enterTree(): void {
    if (!this.hasLabelRows) return;
    this.hasLabelRows = false;
    this.set(CONTEXT_LOSS_KIND, LOSS_HIERARCHICAL_SOFTMAX);
    this.heap.f32[(this.context + CONTEXT_SMOOTHING) >>> 2] = TREE_SMOOTHING;
  }

  /** The next epoch draws its own negatives, and its loss begins at 0. */
  beginEpoch(): void {
    const { heap, context } = this;
    heap.f64[(context + CONTEXT_LOSS) >>> 3] = 0;
    heap.f64[(context + CONTEXT_WEIGHT) >>> 3] = 0;
    this.negativeSeed = this.negativeSeeds.uint32();
  }

  /** The summed loss of the epoch so far, and the weights of the examples that it is the sum over. */
  get sums(): { loss: number; weight: number } {
    const { heap, context } = this;
    return { loss: heap.f64[(context + CONTEXT_LOSS) >>> 3], weight: heap.f64[(context + CONTEXT_WEIGHT) >>> 3] };
  }

  /** For an epoch that goes on where another run had come to. */
  set sums({ loss, weight }: { loss: number; weight: number }) {
    const { heap, context } = this;
    heap.f64[(context + CONTEXT_LOSS) >>> 3] = loss;
    heap.f64[(context + CONTEXT_WEIGHT) >>> 3] = weight;
  }

  /** Mean loss of the epoch so far, each example's taken before its step (nats). */
  get meanLoss(): number {
    const { loss, weight } = this.sums;
    return weight > 0 ? loss / weight : 0;
  }

  /**
   * Learns from a window, from its example `from` on (a multiple of the batch). `offset`: how many examples of the epoch were in the
   * windows before it; `rate`: of the epoch. `between` is called now and then with how many of the window are done; the window ends early
   * when it answers false. Returns whether it came to its end.
   */
  async learn(
    examples: Uint32Array,
    from: number,
    offset: number,
    rate: Rate,
    between: (done: number) => Promise<boolean>,
  ): Promise<boolean> {
    const { heap, context, batch } = this;
    this.place(examples);
    heap.f32[(context + CONTEXT_RATE_START) >>> 2] = rate.start + rate.slope * offset;
    heap.f32[(context + CONTEXT_RATE_SLOPE) >>> 2] = rate.slope;
    this.set(CONTEXT_NEGATIVE_SEED, this.negativeSeed + offset);
    // Nobody waits at the barrier now; starting it anew keeps its counter far from where it would wrap.
    heap.u32[this.get(CONTEXT_BARRIER) >>> 2] = 0;
    for (let at = from; at < examples.length; ) {
      const to = Math.min(examples.length, at + this.stretch);
      const began = performance.now();
      this.threads?.run(at, to);
      const took = performance.now() - began;
      const perMs = (to - at) / Math.max(took, 0.01);
      this.stretch = Math.max(batch, batch * Math.floor(Math.min(perMs * STRETCH_MS, this.stretch * 4) / batch));
      at = to;
      if (!(await between(at))) return false;
    }
    return true;
  }

  // What the kernels take in their order.
  private place(examples: Uint32Array): void {
    const { heap } = this;
    if (heap.sizeOf(this.order) < examples.length * 4) {
      heap.release(this.order);
      this.order = heap.allocate(examples.length * 4);
    }
    heap.u32.set(examples, this.order >>> 2);
    this.set(CONTEXT_ORDER, this.order);
  }

  /** Ends the threads and gives the memory of everything but the parameters back. */
  close(): void {
    this.threads?.stop();
    for (const at of [...this.blocks, this.order]) this.heap.release(at);
  }

  private block(bytes: number): number {
    const at = this.heap.allocateZeroed(bytes);
    this.blocks.push(at);
    return at;
  }

  private copy(values: Uint32Array | Float32Array): number {
    const at = this.heap.allocateCopy(values);
    this.blocks.push(at);
    return at;
  }

  private set(field: number, value: number): void {
    this.heap.u32[(this.context + field) >>> 2] = value;
  }

  private get(field: number): number {
    return this.heap.u32[(this.context + field) >>> 2];
  }
}
