// The only file of this room that touches bags, the engine and the heap.

import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { createWeighting, type FeatureOptions, Labels, occursIn } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import { type Head, objectiveAtStart } from "../losses/index.ts";
import { allocateParameters } from "../model/index.ts";
import {
  answerBags,
  Corpus,
  chooseFeatures,
  DEFAULT_BUCKETS,
  Engine,
  Run,
  readExamples,
  resolveOptions,
  type TrainingChoices,
  type TrainingOptions,
  type TrainingPlatform,
  threadCount,
} from "../training/index.ts";
import type { CountedFeatures } from "./cost.ts";
import type { Facts } from "./searchSpace.ts";

/** The texts to search on: those to learn from, and those to measure on where they are given apart. */
export interface TextSources {
  read: () => Examples;
  validation?: (() => Examples) | undefined;
}

/** The text of one setting, tokenised once and kept outside the heap: trials work on copies of it. */
export class StoredText implements CountedFeatures {
  readonly labels: readonly string[];
  /** (examples) to learn from, those that have a label; indices. */
  readonly learned: Uint32Array;
  /** (examples) given apart to measure on; none where they are to be taken out of `learned`. */
  readonly apart: Uint32Array;
  readonly documents: Uint32Array;
  readonly total: number;
  readonly examples: number;
  readonly fingerprint: string;
  private readonly reading: FeatureOptions;
  private readonly keys: Uint32Array;
  /** All bags, one after another; of example i those from `starts[i]` to `starts[i + 1]`. */
  private readonly ids: Uint32Array;
  private readonly counts: Uint8Array;
  private readonly starts: Uint32Array;
  private readonly wordCounts: Uint32Array;
  private readonly targets: Uint32Array;
  private readonly targetStarts: Uint32Array;

  // `count`: how many examples were there before those that are given apart.
  private constructor(
    corpus: Corpus,
    reading: FeatureOptions,
    learned: Uint32Array,
    count: number,
    documents: Uint32Array,
  ) {
    const { heap, exampleCount } = corpus;
    this.reading = reading;
    this.labels = corpus.labels.names;
    this.learned = learned;
    this.keys = corpus.dictionary.save().keys;
    this.documents = documents;
    this.fingerprint = corpus.fingerprint;
    this.starts = new Uint32Array(exampleCount + 1);
    this.wordCounts = new Uint32Array(exampleCount);
    this.ids = new Uint32Array(corpus.featureTotal);
    this.counts = new Uint8Array(corpus.featureTotal);
    for (let example = 0, at = 0; example < exampleCount; example++) {
      const bag = corpus.bagOf(example);
      this.ids.set(heap.u32At(bag.ids, bag.count), at);
      this.counts.set(heap.u8At(bag.counts, bag.count), at);
      this.wordCounts[example] = bag.wordCount;
      this.starts[example + 1] = at += bag.count;
    }
    const { labels, starts } = corpus.allTargets;
    this.targets = labels.slice();
    this.targetStarts = starts.slice();
    this.examples = learned.length;
    this.apart = Uint32Array.from({ length: exampleCount - count }, (_, i) => count + i);
    this.total = this.learned.reduce((sum, example) => sum + this.starts[example + 1] - this.starts[example], 0);
  }

  /** Reads and tokenises all text. `pause` is called now and then and may throw to stop. */
  static async read(
    heap: Heap,
    { read, validation }: TextSources,
    reading: FeatureOptions,
    given: TrainingChoices,
    pause: (examples: number) => Promise<void>,
  ): Promise<StoredText> {
    heap.clear();
    const corpus = Corpus.of(heap, reading, given.buckets ?? DEFAULT_BUCKETS);
    await readExamples(read(), corpus, pause);
    corpus.dropLabels(given.minCountLabel ?? 1);
    corpus.check("training data");
    const learned = corpus.labelled();
    const count = corpus.exampleCount;
    const { documents } = corpus.dictionary.save();
    if (!validation) return new StoredText(corpus, reading, learned, count, documents);
    corpus.fixedLabels = true;
    await readExamples(validation(), corpus, pause);
    // Features that only the text to measure on has are none of the model's.
    const { documents: all } = corpus.dictionary.save();
    for (let i = 0; i < all.length; i++) all[i] = i < documents.length ? documents[i] : all[i] & ~TEXTS;
    const text = new StoredText(corpus, reading, learned, count, all);
    if (text.apart.length > 0) return text;
    throw new BaxError("data", "validation data: no labelled example", "Give text with labels to measure on.");
  }

  /** Features seen, and how many of them are in enough texts. */
  get featureCounts(): { all: number; chosen(words: number, characters: number): number } {
    const { documents } = this;
    return {
      all: documents.length,
      chosen: (words, characters) =>
        documents.reduce((sum, entry) => sum + (occursIn(entry, words, characters) ? 1 : 0), 0),
    };
  }

  get bytes(): number {
    return this.ids.byteLength + this.counts.byteLength + this.keys.byteLength * 2;
  }

  /** Labels of an example, as indices; −1 stands for labels that are not learned. */
  targetsOf(example: number): readonly number[] {
    const targets = this.targets.subarray(this.targetStarts[example], this.targetStarts[example + 1]);
    return targets.length > 0 ? Array.from(targets) : [-1];
  }

  /** First label of each example to learn from, by its index. */
  firstLabels(): number[] {
    return Array.from(this.wordCounts, (_, example) => this.targets[this.targetStarts[example]]);
  }

  /** A corpus of these examples alone, as if only `learned` had been read; those to measure on come after them. */
  copyTo(heap: Heap, learned: Uint32Array, measured: Uint32Array): Corpus {
    heap.clear();
    const { ids, counts, starts, wordCounts, targets, targetStarts } = this;
    const corpus = Corpus.of(heap, this.reading, DEFAULT_BUCKETS);
    corpus.labels = new Labels(this.labels);
    const documents = this.documents.map((entry) => entry & ~TEXTS);
    for (const example of learned) for (let i = starts[example]; i < starts[example + 1]; i++) documents[ids[i]]++;
    corpus.dictionary.restore({ keys: this.keys, documents });
    for (const examples of [learned, measured]) {
      for (const example of examples) {
        const [from, to] = [starts[example], starts[example + 1]];
        const labels = targets.subarray(targetStarts[example], targetStarts[example + 1]);
        corpus.addBag(ids.subarray(from, to), counts.subarray(from, to), wordCounts[example], labels);
      }
    }
    corpus.close();
    return corpus;
  }
}

/** The bits of an entry of `documents` that count texts; the highest tells the block. */
const TEXTS = 0x7fffffff;

/** What a model answered to the texts that it was measured on. */
export interface Answers {
  /** (examples) which were answered. */
  examples: Uint32Array;
  /** (examples, k) labels as indices, best first, −1 where there are fewer. */
  best: Int32Array;
  /** (examples, k). */
  probabilities: Float32Array;
  /** (examples) in nats. */
  crossEntropies: Float64Array;
}

/** What a trial is made with. */
export interface Workshop {
  heap: Heap;
  platform: TrainingPlatform;
  /** Whether to stop: then `fit` gives null. Called now and then; may throw. */
  stopped(): Promise<boolean>;
}

/** Why a trial has no figure. */
export class FailedTrial extends Error {}

/**
 * Learns from some examples and answers others with the `k` best labels. `facts`: what the defaults are chosen for. Gives null where it
 * was stopped; throws a FailedTrial where the loss leaves the range of numbers.
 */
export async function fit(
  { heap, platform, stopped }: Workshop,
  text: StoredText,
  learned: Uint32Array,
  measured: Uint32Array,
  choices: TrainingChoices,
  facts: Facts,
  k: number,
): Promise<Answers | null> {
  const corpus = text.copyTo(heap, learned, measured);
  const options = resolve(corpus, choices, facts);
  if (options.loss === "hs") corpus.sortLabels();
  const labelCounts = corpus.labelCounts();
  const head: Head = {
    loss: options.loss,
    labelCounts: options.loss === "hs" ? Array.from(labelCounts) : [],
    arithmetic: "exact",
  };
  const features = chooseFeatures(corpus, options, options.dim);
  const weighting = createWeighting(heap, options, features.featureWeights);
  const labels = corpus.labels.names;
  const threads = threadCount(options, corpus, platform);
  const parameters = allocateParameters(heap, features.count, labels.length, options.dim, threads);
  const engine = await Engine.create(corpus, parameters, weighting, options, platform.spawn);
  const positions = Uint32Array.from({ length: learned.length + measured.length }, (_, i) => i);
  const order = positions.subarray(0, learned.length);
  try {
    if (options.weighting === "log-ratio") {
      const weights = engine.logRatioWeights(order);
      heap.f32At(features.featureWeights, weights.length).set(weights);
    }
    const run = new Run(engine, order, options, options.lr, "validate");
    engine.initialize(options.seed, { columns: options.dim });
    const most = 20 * objectiveAtStart(options.loss, labelCounts, options.neg) + 20;
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      let isStopped = false;
      const loss = await run.epoch(epoch, options.epochs, async (progress) => {
        isStopped = await stopped();
        return !isStopped && progress.loss <= most;
      });
      if (isStopped) return null;
      if (!(loss <= most)) throw new FailedTrial(`the loss left the range of numbers in epoch ${epoch + 1}`);
    }
  } finally {
    engine.close();
  }
  // With hs labels have other numbers here.
  const original = new Map(text.labels.map((name, label) => [name, label]));
  const numbers = Int32Array.from(labels, (name) => original.get(name)!);
  const answers: Answers = {
    examples: measured,
    best: new Int32Array(measured.length * k).fill(-1),
    probabilities: new Float32Array(measured.length * k),
    crossEntropies: new Float64Array(measured.length),
  };
  const asked = positions.subarray(learned.length);
  answerBags(corpus, parameters, weighting, head, asked, k, (position, best, probabilities, _, crossEntropy) => {
    const row = position - learned.length;
    for (const [i, label] of best.entries()) if (label >= 0) answers.best[row * k + i] = numbers[label];
    answers.probabilities.set(probabilities, row * k);
    answers.crossEntropies[row] = crossEntropy;
  });
  return answers;
}

function resolve(corpus: Corpus, choices: TrainingChoices, facts: Facts): TrainingOptions {
  return resolveOptions(choices, facts, {
    all: corpus.dictionary.size,
    chosen: (words, characters) => corpus.dictionary.countChosen(words, characters),
  });
}
