import { BaxError } from "../errors.ts";
import { createWeighting, FeatureExtractor, Labels, Vocabulary } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { allocateParameters } from "../model/index.ts";
import { detectPlatform } from "../platform/index.ts";
import { Engine, linearDecay, placeClassWeights, type Rate, readingOptions, threadCount } from "../training/index.ts";
import { type ClusterState, MATRICES, roundCount } from "./clusterState.ts";
import { ExampleReader } from "./exampleReader.ts";
import { type Parcel, packFacts } from "./parcel.ts";
import type { RoundFacts } from "./roundFacts.ts";
import { changedBlocks, type ReadRows } from "./rowChanges.ts";

/** Examples that are in memory and shuffled together. */
const WINDOW_BYTES = 64 << 20;
/** Numbers that are brought from the file at a time. */
const PIECE = 1 << 20;

/** Learns from the rows of one partition in one round, from the parameters that all partitions begin it with. */
export class RoundLearner {
  private readonly state: ClusterState;
  private readonly part: number;
  private readonly engine: Engine;
  private readonly reader: ExampleReader;
  private readonly random: Random;
  private readonly rate: Rate;
  /** Of the rows that are taken in turn in the rounds of an epoch, those that are this round's. */
  private readonly turn: number;
  private seen = 0;
  private learned = 0;

  private constructor(state: ClusterState, part: number, engine: Engine, reader: ExampleReader) {
    const { learning } = state;
    const { round, options, plan, totals } = learning;
    this.state = state;
    this.part = part;
    this.engine = engine;
    this.reader = reader;
    this.turn = round % plan.roundsPerEpoch;
    this.random = new Random(options.seed + (round * plan.partitions + part) * 65_537);
    const count = Math.ceil(Math.max(0, totals.partExamples[part] - this.turn) / plan.roundsPerEpoch);
    this.rate = linearDecay(options.lr, round, roundCount(learning), Math.max(1, count));
  }

  /** `threads`: to learn on, as many as help unless given; they never change the result. */
  static async create(state: ClusterState, part: number, threads = 0): Promise<RoundLearner> {
    const platform = detectPlatform();
    const heap = new Heap();
    const { learning } = state;
    const { options, plan, totals, featureCount, round } = learning;
    const labels = new Labels(plan.labels);
    const corpus = {
      ...totals,
      heap,
      labels,
      featureTotal: totals.examples * totals.largestBag,
      labelCounts: () => Uint32Array.from(totals.labelCounts),
      labelWeights: () => Float64Array.from(totals.labelWeights),
    };
    const keys = heap.allocate(featureCount * 4);
    state.read("feature_keys", 0, heap.u32At(keys, featureCount));
    const weights = state.has("feature_weights") ? heap.allocate(featureCount * 4) : 0;
    if (weights) state.read("feature_weights", 0, heap.f32At(weights, featureCount));
    const groups = threadCount({ ...options, threads }, corpus, platform);
    const parameters = allocateParameters(heap, featureCount, plan.labels.length, options.dim, groups);
    const labelWeights = placeClassWeights(corpus, options.classWeights);
    const engine = await Engine.create(
      corpus,
      parameters,
      createWeighting(heap, options, weights),
      { ...options, labelWeights, labelCounts: plan.labelCounts },
      platform.spawn,
    );
    // Every round and partition draws its own negatives; what else is set here is overwritten.
    engine.initialize(options.seed + round * plan.partitions + part, { columns: options.dim });
    for (const [i, matrix] of engine.state.entries()) {
      const step = Math.max(1, Math.floor(PIECE / matrix.columns));
      for (let first = 0; first < matrix.rows; first += step) {
        const values = new Float32Array(Math.min(step, matrix.rows - first) * matrix.columns);
        state.read(MATRICES[i], first * matrix.columns, values);
        matrix.set(first, values.length / matrix.columns, values);
      }
    }
    engine.beginEpoch();
    const setup = {
      extractor: new FeatureExtractor(heap, readingOptions(plan.choices)),
      vocabulary: new Vocabulary(heap, keys, featureCount),
      labels,
      areShares: options.loss !== "ova",
    };
    return new RoundLearner(state, part, engine, new ExampleReader(heap, setup));
  }

  /** Takes a row of the partition, its text as UTF-8. */
  async add(text: Uint8Array, names: readonly string[], weight: number): Promise<void> {
    const labels = this.reader.labelsOf(names);
    if (labels.length === 0) return;
    const { roundsPerEpoch } = this.state.learning.plan;
    if (this.seen++ % roundsPerEpoch !== this.turn) return;
    this.reader.add(text, labels, weight);
    if (this.reader.bytes >= WINDOW_BYTES) await this.learn();
  }

  /** What the round has changed, and what there is to tell of it. Throws a BaxError ("data") where the rows are not those that were counted. */
  async *finish(): AsyncGenerator<Parcel> {
    await this.learn();
    const { part, seen, learned, engine, state } = this;
    const counted = state.learning.totals.partExamples[part];
    if (seen !== counted)
      throw new BaxError(
        "data",
        `partition ${part} has ${seen} rows with a text and a label, but had ${counted} when they were counted`,
        "Rows must not change while they are learned from: write them to files first, or persist them.",
      );
    const { loss, weight } = engine.sums;
    if (!Number.isFinite(loss))
      throw new BaxError("data", `partition ${part}: the loss left the range of numbers`, "Give a smaller lr.");
    const matrices = engine.state;
    const now: ReadRows = (name, first, into) => {
      const matrix = matrices[MATRICES.indexOf(name)];
      matrix.get(first, into.length / matrix.columns, into);
    };
    yield* changedBlocks(state, now, learned);
    yield packFacts({ part, examples: learned, loss, weight } satisfies RoundFacts);
    engine.close();
  }

  private async learn(): Promise<void> {
    const examples = this.reader.addresses();
    if (examples.length === 0) return;
    this.random.shuffle(examples);
    await this.engine.learn(examples, 0, this.learned, this.rate, async () => true);
    this.learned += examples.length;
    this.reader.clear();
  }
}
