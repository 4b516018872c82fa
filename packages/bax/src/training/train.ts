import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { type Evaluation, Evaluator } from "../evaluation/index.ts";
import { createWeighting, inverseDocumentFrequency, type Weighting, weigh } from "../features/index.ts";
import { Heap, LANES } from "../kernels/index.ts";
import { log } from "../math/elementary.ts";
import { Random } from "../math/random.ts";
import { allocateParameters, ForwardPass, type ModelParts, type Parameters } from "../model/index.ts";
import type { SpawnWorker } from "./control.ts";
import { Corpus } from "./corpus.ts";
import { readingOptions, resolveOptions } from "./defaults.ts";
import { Engine } from "./engine.ts";
import { type Intake, readExamples } from "./intake.ts";
import { checkOptions, type TrainingChoices, type TrainingOptions } from "./options.ts";
import { holdOut, linearDecay } from "./schedule.ts";

/** Where training stands; `fraction` is of the phase. */
export interface TrainingProgress {
  phase: "read" | "validate" | "train";
  fraction: number;
  examples: number;
  /** Mean cross-entropy of the epoch so far, in nats. */
  loss: number;
  examplesPerSecond: number;
  secondsLeft: number;
  /** From 1. */
  epoch: number;
  epochs: number;
  /** Something that a user should be told at once. */
  message?: string;
}

/** What a training run did. */
export interface TrainingReport {
  examples: number;
  labels: number;
  features: number;
  options: TrainingOptions;
  /** Of the part that was held out, by a model that had not seen it; null where none was. */
  valid: Evaluation | null;
  seconds: { read: number; train: number; total: number };
  /** Examples a second of all epochs of the final model. */
  examplesPerSecond: number;
  /** Of texts and labels, in order: 16 hexadecimal digits. */
  fingerprint: string;
  /** Whether `stopSignal` ended it early. */
  interrupted: boolean;
  /** One line each: what a user should know. */
  notes: string[];
}

/** What a caller of training may hand in besides options. */
export interface TrainingHooks {
  onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** Stops at once: training throws a BaxError ("aborted"). */
  signal?: AbortSignal | undefined;
  /** Stops soon and keeps what is learned so far. */
  stopSignal?: AbortSignal | undefined;
}

/** What the runtime gives: a way to start workers, and how many cores there are. */
export interface TrainingPlatform {
  spawn?: SpawnWorker | undefined;
  cores: number;
}

/** A finished run: the model in its heap, and what there is to tell of it. */
export interface Trained {
  parts: ModelParts;
  report: TrainingReport;
}

/** Fewer features than this in all examples are trained on one thread: starting another costs more than it gives. */
const FEATURES_PER_THREAD = 1_000_000;
/** Rates are halved at most so often before training is given up. */
const MOST_HALVINGS = 20;

/** Lets the event loop turn: signals and progress come through. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

class Trainer {
  private readonly began = performance.now();
  private readonly hooks: TrainingHooks;
  private readonly notes: string[] = [];
  private interrupted = false;
  private trainedExamples = 0;

  constructor(hooks: TrainingHooks) {
    this.hooks = hooks;
  }

  async run(examples: Examples, choices: TrainingChoices, platform: TrainingPlatform): Promise<Trained> {
    const reading = readingOptions(choices);
    const heap = new Heap();
    const corpus = new Corpus(heap, reading);
    const intake = await readExamples(examples, corpus, (count) => this.reading(count));
    corpus.check("training data");
    corpus.close();
    this.noteIntake(intake);
    const kept = this.dropRareLabels(corpus, choices.minCountLabel ?? 1);
    const facts = { examples: corpus.exampleCount, labels: corpus.labels.names.length };
    const options = resolveOptions(choices, facts);
    const readSeconds = this.seconds();

    const chosen = corpus.dictionary.choose(
      options.minCount,
      Math.max(options.minCount, options.minCountChars),
      options.buckets,
    );
    corpus.dictionary.release();
    if (chosen.keys.length === 0) {
      throw new BaxError(
        "data",
        `training data: no feature occurs in ${options.minCount} examples`,
        "Give a smaller --min-count.",
      );
    }
    corpus.renumber(chosen.rows);
    const keys = heap.allocateCopy(chosen.keys);
    // Log-ratio weights are made from the labels that a fit may see, just before it.
    const featureWeights =
      options.weighting === "none" ? 0 : heap.allocateCopy(inverseDocumentFrequency(chosen.documents, facts.examples));
    const weighting = createWeighting(heap, options, featureWeights);

    const parameters = allocateParameters(
      heap,
      chosen.keys.length,
      facts.labels,
      options.dim,
      this.threads(options, corpus, platform, heap),
    );
    const engine = await Engine.create(corpus, parameters, weighting, options, platform.spawn);
    let valid: Evaluation | null = null;
    try {
      const firstLabels = Array.from({ length: facts.examples }, (_, example) => corpus.targetsOf(example)[0]);
      if (options.valid > 0) {
        const split = holdOut(firstLabels, kept, options.valid, options.seed);
        if (split.valid.length > 0) {
          this.weighFeatures(heap, engine, split.train, options, featureWeights);
          await this.fit(engine, split.train, options, "validate");
          if (!this.interrupted) valid = evaluateBags(corpus, parameters, weighting, split.valid);
        } else this.notes.push("too few examples to hold any out: there is no honest figure for this model");
      }
      if (!this.interrupted) {
        this.weighFeatures(heap, engine, kept, options, featureWeights);
        await this.fit(engine, kept, options, "train");
      }
    } finally {
      engine.close();
    }
    const seconds = { read: readSeconds, train: this.seconds() - readSeconds, total: this.seconds() };
    return {
      parts: { heap, options: reading, labels: corpus.labels.names, keys, featureWeights, parameters },
      report: {
        ...facts,
        examples: kept.length,
        features: chosen.keys.length,
        options,
        valid,
        seconds,
        examplesPerSecond: this.trainedExamples / Math.max(seconds.train, 1e-9),
        fingerprint: corpus.fingerprint,
        interrupted: this.interrupted,
        notes: this.notes,
      },
    };
  }

  private weighFeatures(heap: Heap, engine: Engine, examples: Uint32Array, options: TrainingOptions, at: number): void {
    if (options.weighting !== "log-ratio") return;
    const weights = engine.logRatioWeights(examples);
    heap.f32At(at, weights.length).set(weights);
  }

  /** Learns from `examples` from the start. A loss that is no number, or is far beyond that of guessing, begins again at half the rate. */
  private async fit(
    engine: Engine,
    examples: Uint32Array,
    options: TrainingOptions,
    phase: "validate" | "train",
  ): Promise<void> {
    const order = examples.slice();
    const diverged = 20 * log(Math.max(2, engine.labelCount)) + 20;
    let rate = options.lr;
    for (let halvings = 0; ; halvings++) {
      const random = new Random(options.seed);
      order.set(examples);
      engine.initialize(options.seed);
      const loss = await this.epochs(engine, order, random, rate, options.epochs, phase, diverged);
      if (loss <= diverged) return;
      if (halvings === MOST_HALVINGS) {
        throw new BaxError("data", `training: the loss is ${loss} even at a rate of ${rate}`, "Give a smaller --lr.");
      }
      rate /= 2;
      const message = `the loss left the range of numbers (${loss}): back to the start with half the rate, ${rate}`;
      this.notes.push(message);
      this.tell({
        phase,
        fraction: 0,
        examples: 0,
        loss,
        examplesPerSecond: 0,
        secondsLeft: 0,
        epoch: 1,
        epochs: options.epochs,
        message,
      });
    }
  }

  /** Runs the epochs; returns the last mean loss, or the first that is beyond `limit`. */
  private async epochs(
    engine: Engine,
    order: Uint32Array,
    random: Random,
    rate: number,
    epochs: number,
    phase: "validate" | "train",
    limit: number,
  ): Promise<number> {
    const began = performance.now();
    let loss = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      random.shuffle(order);
      loss = await engine.epoch(order, linearDecay(rate, epoch, epochs, order.length), async (done, mean) => {
        const seconds = (performance.now() - began) / 1000;
        const examples = epoch * order.length + done;
        const fraction = examples / (epochs * order.length);
        this.tell({
          phase,
          fraction,
          examples,
          loss: mean,
          examplesPerSecond: examples / seconds,
          secondsLeft: (seconds / fraction) * (1 - fraction),
          epoch: epoch + 1,
          epochs,
        });
        await this.pause();
        return !this.interrupted && mean <= limit;
      });
      if (phase === "train") this.trainedExamples += order.length;
      if (!(loss <= limit) || this.interrupted) return loss;
    }
    return loss;
  }

  private tell(progress: TrainingProgress): void {
    this.hooks.onProgress?.(progress);
  }

  private async reading(examples: number): Promise<void> {
    const rate = examples / Math.max(this.seconds(), 1e-9);
    this.tell({
      phase: "read",
      fraction: 0,
      examples,
      loss: 0,
      examplesPerSecond: rate,
      secondsLeft: 0,
      epoch: 0,
      epochs: 0,
    });
    await this.pause();
    if (this.interrupted) {
      throw new BaxError("aborted", "stopped while reading, before anything was learned", "Run it again to train.");
    }
  }

  private async pause(): Promise<void> {
    await turn();
    if (this.hooks.signal?.aborted) throw new BaxError("aborted", "training was stopped", "Run it again to train.");
    if (this.hooks.stopSignal?.aborted && !this.interrupted) {
      this.interrupted = true;
      this.notes.push("stopped early: the model knows what it had learned by then");
    }
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  private noteIntake(intake: Intake): void {
    const { unlabelled, firstUnlabelled } = intake;
    if (unlabelled > 0) this.notes.push(`${unlabelled} without a label left out (the first: ${firstUnlabelled})`);
  }

  /** Examples that still have a label when labels with fewer than `least` examples are gone. */
  private dropRareLabels(corpus: Corpus, least: number): Uint32Array {
    const dropped = corpus.dropLabels(least);
    if (dropped > 0) this.notes.push(`${dropped} labels with fewer than ${least} examples left out`);
    const kept: number[] = [];
    for (let example = 0; example < corpus.exampleCount; example++)
      if (corpus.targetsOf(example).length > 0) kept.push(example);
    corpus.check("training data");
    return Uint32Array.from(kept);
  }

  private threads(options: TrainingOptions, corpus: Corpus, platform: TrainingPlatform, heap: Heap): number {
    if (!heap.shared || !platform.spawn) return 1;
    const most = Math.min(8, options.dim / 4);
    if (options.threads > 0) return Math.min(options.threads, most);
    return Math.max(1, Math.min(platform.cores, most, Math.floor(corpus.featureTotal / FEATURES_PER_THREAD)));
  }
}

/** Measures the parameters on stored bags. */
function evaluateBags(corpus: Corpus, parameters: Parameters, weighting: Weighting, examples: Uint32Array): Evaluation {
  const began = performance.now();
  const { heap } = corpus;
  const forward = new ForwardPass(heap, parameters);
  const evaluator = new Evaluator(corpus.labels.names, 1);
  const weights = heap.allocate(corpus.largestBag * 4);
  const best = new Int32Array(1);
  const probability = new Float32Array(1);
  for (let first = 0; first < examples.length; first += LANES) {
    const batch = examples.subarray(first, first + LANES);
    for (const [lane, example] of batch.entries()) {
      const { ids, counts, wordCount, count } = corpus.bagOf(example);
      weigh(heap, weighting, ids, counts, wordCount, count, weights);
      forward.gather(ids, weights, count, lane);
    }
    forward.logitsBatch();
    const gold = Array.from(batch, (example) => Array.from(corpus.targetsOf(example)));
    const known = gold.map((targets, lane) =>
      targets.reduce((sum, label) => sum + forward.scoreOf(label, lane) / targets.length, 0),
    );
    forward.softmaxBatch();
    for (let lane = 0; lane < batch.length; lane++) {
      forward.top(1, lane, false, best, probability, 0);
      evaluator.add(best, probability, gold[lane], forward.logSumOf(lane) - known[lane]);
    }
  }
  forward.release();
  heap.release(weights);
  return evaluator.result((performance.now() - began) / 1000);
}

/** Learns a classifier: reads and hashes the examples once, holds a part out to measure, then learns from everything. */
export async function train(
  examples: Examples,
  choices: TrainingChoices,
  hooks: TrainingHooks,
  platform: TrainingPlatform,
): Promise<Trained> {
  return new Trainer(hooks).run(examples, checkOptions({ ...choices }), platform);
}
