import type { Examples, WordVectors } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import type { Evaluation } from "../evaluation/index.ts";
import { createWeighting, type WeightingOptions } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { decisions, type Head, objectiveAtStart } from "../losses/index.ts";
import { allocateParameters, type FastTextParts, joinGroups } from "../model/index.ts";
import { checkFastTextChoices, chooseFeatures } from "./chosenFeatures.ts";
import { Corpus } from "./corpus.ts";
import { DEFAULT_BUCKETS, readingOptions, resolveOptions } from "./defaults.ts";
import { Engine } from "./engine.ts";
import { evaluateBags, stoppingEpoch } from "./heldOut.ts";
import { type Intake, readExamples } from "./intake.ts";
import { LABELS_FOR_STAGES } from "./labelsFirst.ts";
import { checkOptions, type TrainingChoices, type TrainingOptions } from "./options.ts";
import type { Trained, TrainingHooks, TrainingPlatform, TrainingProgress } from "./report.ts";
import { Run } from "./run.ts";
import { holdOut } from "./schedule.ts";
import type { StartingPoint } from "./startingPoint.ts";
import { threadCount } from "./threadCount.ts";
import { turn } from "./turn.ts";

/** B is read for the scores and for dHidden, and read and written for its own step. */
const OUTPUT_PASSES = 3;
/** Multiplications of the output layer in an hour on one core, roughly: 5 thousand million a second. */
const PRODUCTS_PER_HOUR = 5e9 * 3600;
/** Rates are halved at most so often before training is given up. */
const MOST_HALVINGS = 20;

class Trainer {
  private readonly began = performance.now();
  private readonly hooks: TrainingHooks;
  private readonly notes: string[] = [];
  private interrupted = false;
  private examplesPerSecond = 0;
  /** A mean loss beyond this is far worse than knowing nothing. */
  private diverged = Number.POSITIVE_INFINITY;
  private start: StartingPoint = { columns: 0 };
  /** Epochs of the final model. */
  private stopAfter = Number.POSITIVE_INFINITY;

  constructor(hooks: TrainingHooks) {
    this.hooks = hooks;
  }

  async run(
    examples: Examples,
    choices: TrainingChoices,
    platform: TrainingPlatform,
    pretrained: WordVectors | undefined,
  ): Promise<Trained> {
    checkFastTextChoices(choices, pretrained);
    const isFastText = choices.tokenizer === "fasttext";
    const reading = readingOptions(choices);
    const heap = new Heap();
    const corpus = Corpus.of(heap, reading, choices.buckets ?? DEFAULT_BUCKETS);
    const intake = await readExamples(examples, corpus, (count) => this.reading(count));
    corpus.check("training data");
    if (pretrained) corpus.addWords(pretrained.words);
    corpus.close();
    this.noteIntake(intake);
    const kept = this.dropRareLabels(corpus, choices.minCountLabel ?? 1);
    const facts = { examples: kept.length, labels: corpus.labels.names.length };
    const options = resolveOptions(choices, facts, {
      all: corpus.dictionary.size,
      chosen: (words, characters) => corpus.dictionary.countChosen(words, characters),
    });
    if (options.loss === "hs" || isFastText) corpus.sortLabels();
    const labelCounts = corpus.labelCounts();
    const head: Head = {
      loss: options.loss,
      labelCounts: options.loss === "hs" ? Array.from(labelCounts) : [],
      arithmetic: isFastText ? "fasttext" : "exact",
    };
    this.diverged = 20 * objectiveAtStart(options.loss, labelCounts, options.neg) + 20;
    this.noteSize(facts, options, decisions(options.loss, labelCounts, options.neg));
    const readSeconds = this.seconds();

    const columns = isFastText ? (choices.dim ?? options.dim) : options.dim;
    const features = chooseFeatures(corpus, options, columns);
    const { featureWeights, fastText } = features;
    if (fastText) this.tellVocabulary(fastText, facts.examples);
    const weighting = createWeighting(heap, options, featureWeights);
    const parameters = allocateParameters(
      heap,
      features.count,
      facts.labels,
      options.dim,
      threadCount(options, corpus, platform),
    );
    this.start = { columns, vectors: pretrained && fastText && placeVectors(pretrained, fastText) };
    // As with the rate: not where an optimizer was asked for. The rates of this were not measured with given vectors.
    const isPlain = choices.optimizer === undefined && !pretrained;
    const labelsFirst = options.loss === "hs" && isFastText && isPlain && facts.labels >= LABELS_FOR_STAGES;
    const learning = { ...options, labelsFirst };
    const engine = await Engine.create(corpus, parameters, weighting, learning, platform.spawn);
    let valid: Evaluation | null = null;
    try {
      const split = this.split(corpus, kept, options);
      if (split) {
        const measure = () => evaluateBags(corpus, parameters, weighting, head, split.valid);
        weighFeatures(heap, engine, split.train, options, featureWeights);
        const measured = await this.fit(engine, split.train, options, "validate", measure);
        if (!this.interrupted) {
          // A number of epochs that was asked for is kept; otherwise the held-out part may show that fewer are better.
          const best = choices.epochs === undefined ? stoppingEpoch(measured) : measured.length;
          if (best < measured.length)
            this.notes.push(`stopped after ${best} of ${measured.length} epochs: more made the held-out part worse`);
          this.stopAfter = best;
          valid = measured[best - 1];
        }
      }
      if (!this.interrupted) {
        weighFeatures(heap, engine, kept, options, featureWeights);
        await this.fit(engine, kept, options, "train");
        // The figure is that of a model that learned to the end.
        if (this.interrupted) valid = null;
      }
    } finally {
      engine.close();
    }
    const seconds = { read: readSeconds, train: this.seconds() - readSeconds, total: this.seconds() };
    return {
      parts: {
        heap,
        options: { ...reading, ...weightingOf(options) },
        labels: corpus.labels.names,
        keys: features.keys,
        featureWeights,
        // fastText sums in one go: a trained model answers as the one read from its file does.
        parameters: isFastText ? joinGroups(heap, parameters) : parameters,
        head,
        fastText,
      },
      report: {
        ...facts,
        features: features.count,
        options,
        valid,
        seconds,
        examplesPerSecond: this.examplesPerSecond,
        fingerprint: corpus.fingerprint,
        interrupted: this.interrupted,
        notes: this.notes,
      },
    };
  }

  /** The part to hold out, or undefined for none. */
  private split(
    corpus: Corpus,
    kept: Uint32Array,
    options: TrainingOptions,
  ): { train: Uint32Array; valid: Uint32Array } | undefined {
    if (options.valid === 0) return undefined;
    const firstLabels = Array.from({ length: corpus.exampleCount }, (_, example) => corpus.firstTarget(example));
    const split = holdOut(firstLabels, kept, options.valid, options.seed);
    if (split.valid.length > 0) return split;
    this.notes.push("too few examples to hold any out: there is no honest figure for this model");
    return undefined;
  }

  /**
   * Learns from `examples` from the start, and measures after each epoch if there is something to measure. A loss that is no number, or
   * is far beyond that of guessing, begins again from the last state known to be good, the start, at half the rate.
   */
  private async fit(
    engine: Engine,
    examples: Uint32Array,
    options: TrainingOptions,
    phase: "validate" | "train",
    measure?: () => Evaluation,
  ): Promise<Evaluation[]> {
    const { diverged } = this;
    let rate = options.lr;
    for (let halvings = 0; ; halvings++) {
      const run = new Run(engine, examples, options, rate, phase);
      engine.initialize(options.seed, this.start);
      const measured: Evaluation[] = [];
      const epochs = Math.min(options.epochs, phase === "train" ? this.stopAfter : options.epochs);
      let loss = 0;
      for (let epoch = 0; epoch < epochs; epoch++) {
        loss = await run.epoch(epoch, epochs, async (progress) => {
          this.tell(progress);
          await this.pause();
          return !this.interrupted && progress.loss <= diverged;
        });
        if (!(loss <= diverged) || this.interrupted) break;
        if (measure) measured.push(measure());
      }
      // Stopped before the tree: what the labels have learned is better than nothing.
      engine.growTree();
      if (phase === "train") this.examplesPerSecond = run.examplesPerSecond;
      if (loss <= diverged) return measured;
      if (halvings === MOST_HALVINGS) {
        throw new BaxError("data", `training: the loss is ${loss} even at a rate of ${rate}`, "Give a smaller --lr.");
      }
      rate /= 2;
      const message = `the loss left the range of numbers (${loss}): back to the start with half the rate, ${rate}`;
      this.notes.push(message);
      this.tell({ ...run.progress(0, epochs, 0, 0), message });
    }
  }

  private tell(progress: TrainingProgress): void {
    this.hooks.onProgress?.(progress);
  }

  private tellRead(examples: number, more: Partial<TrainingProgress>): void {
    const rest = { loss: 0, examplesPerSecond: 0, secondsLeft: 0, epoch: 0, epochs: 0 };
    this.tell({ phase: "read", fraction: 0, examples, ...rest, ...more });
  }

  private tellVocabulary({ vocabulary }: FastTextParts, examples: number): void {
    const { wordCount: words, labelCount: labels, entries } = vocabulary;
    this.tellRead(examples, { fraction: 1, vocabulary: { tokens: entries.tokenCount, words, labels } });
  }

  private async reading(examples: number): Promise<void> {
    this.tellRead(examples, { examplesPerSecond: examples / Math.max(this.seconds(), 1e-9) });
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

  /** Every step touches `rows` rows of B, with softmax and ova all of them: says so before hours go by. */
  private noteSize(facts: { examples: number; labels: number }, options: TrainingOptions, rows: number): void {
    const products = facts.examples * options.epochs * rows * options.dim * OUTPUT_PASSES;
    const hours = products / PRODUCTS_PER_HOUR;
    if (hours < 0.5) return;
    const about = hours < 2 ? `${Math.round(hours * 60)} minutes` : `${Math.round(hours)} hours`;
    const message = `${facts.labels} labels and ${facts.examples} examples take about ${about} or more: is the label column right? --min-count-label leaves rare labels out`;
    this.notes.push(message);
    this.tellRead(facts.examples, { fraction: 1, epochs: options.epochs, message });
  }

  /** Examples that still have a label when labels with fewer than `least` examples are gone. */
  private dropRareLabels(corpus: Corpus, least: number): Uint32Array {
    const before = corpus.labels.names.length;
    const dropped = corpus.dropLabels(least);
    if (before - dropped < 2 && dropped > 0) {
      throw new BaxError(
        "data",
        `training data: ${before - dropped} of ${before} labels have ${least} examples or more`,
        "A classifier needs two labels or more; give a smaller --min-count-label.",
      );
    }
    if (dropped > 0) this.notes.push(`${dropped} labels with fewer than ${least} examples left out`);
    corpus.check("training data");
    return corpus.labelled();
  }
}

function weightingOf({ weighting, norm, charScale }: TrainingOptions): WeightingOptions {
  return { weighting, norm, charScale };
}

function weighFeatures(heap: Heap, engine: Engine, examples: Uint32Array, options: TrainingOptions, at: number): void {
  if (options.weighting !== "log-ratio") return;
  const weights = engine.logRatioWeights(examples);
  heap.f32At(at, weights.length).set(weights);
}

const encoder = new TextEncoder();

/** Where in A the given vectors go; what is no word, as a label or two words, has no row. Throws a BaxError ("usage") where they have another number of columns. */
function placeVectors(
  { words, values, dimension }: WordVectors,
  { vocabulary, arguments: { dim } }: FastTextParts,
): NonNullable<StartingPoint["vectors"]> {
  if (dimension !== dim) {
    throw new BaxError(
      "usage",
      `the vectors of words have ${dimension} columns, but the model has ${dim}`,
      `Add --dim ${dimension}.`,
    );
  }
  const entries = words.map((word) => vocabulary.entryOf(encoder.encode(word)));
  const isWord = (entry: number) => entry >= 0 && entry < vocabulary.wordCount;
  return {
    rows: Uint32Array.from(entries.filter(isWord)),
    values: values.filter((_, i) => isWord(entries[Math.floor(i / dimension)])),
  };
}

/**
 * Learns a classifier: reads and hashes the examples once, holds a part out to measure, then learns from everything. `pretrained`: vectors
 * that rows of words begin with; their words become part of the vocabulary.
 */
export async function train(
  examples: Examples,
  choices: TrainingChoices,
  hooks: TrainingHooks,
  platform: TrainingPlatform,
  pretrained?: WordVectors | undefined,
): Promise<Trained> {
  return new Trainer(hooks).run(examples, checkOptions({ ...choices }), platform, pretrained);
}
