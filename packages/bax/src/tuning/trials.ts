// The only file of this room that touches bags, the engine and the heap.

import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { createWeighting, type FeatureOptions, occursIn } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import { divergedBeyond, type Head } from "../losses/index.ts";
import { allocateParameters } from "../model/index.ts";
import {
  answerPart,
  Corpus,
  checkLearnable,
  chooseFeatures,
  DEFAULT_BUCKETS,
  Engine,
  placeClassWeights,
  Run,
  readExamples,
  recordGold,
  recordIds,
  recordLabels,
  resolveOptions,
  type TrainingChoices,
  type TrainingOptions,
  type TrainingPlatform,
  threadCount,
  weighFeatures,
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
  /** All examples, one after another; of example i the bytes from `starts[i]` to `starts[i + 1]`. */
  private readonly records: Uint8Array;
  private readonly starts: Float64Array;
  private readonly featureTotals: Uint32Array;

  // `count`: how many examples were there before those that are given apart.
  private constructor(corpus: Corpus, reading: FeatureOptions, count: number) {
    this.reading = reading;
    this.labels = corpus.labels.names;
    const { keys, documents } = corpus.dictionary.save();
    this.keys = keys;
    this.documents = documents;
    this.fingerprint = corpus.fingerprint;
    this.records = new Uint8Array(corpus.storedBytes);
    this.starts = new Float64Array(corpus.labelledCount + 1);
    this.featureTotals = new Uint32Array(corpus.labelledCount);
    let example = 0;
    let at = 0;
    corpus.eachRecord((record) => {
      this.records.set(record, at);
      this.featureTotals[example] = recordIds(record).length;
      at += record.length;
      this.starts[++example] = at;
    });
    this.learned = Uint32Array.from({ length: count }, (_, i) => i);
    this.apart = Uint32Array.from({ length: corpus.labelledCount - count }, (_, i) => count + i);
    this.examples = count;
    this.total = this.learned.reduce((sum, learned) => sum + this.featureTotals[learned], 0);
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
    const corpus = Corpus.of(heap, reading, given.buckets ?? DEFAULT_BUCKETS, given.loss !== "ova");
    await readExamples(read(), corpus, pause);
    corpus.dropLabels(given.minCountLabel ?? 1);
    checkLearnable(corpus, "training data");
    const count = corpus.labelledCount;
    if (!validation) return new StoredText(corpus, reading, count);
    corpus.beginHeldOut();
    await readExamples(validation(), corpus, pause);
    const text = new StoredText(corpus, reading, count);
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
    return this.records.byteLength + this.keys.byteLength * 2;
  }

  /** Labels that an answer to an example should be, as indices; −1 stands for labels that are not learned. */
  targetsOf(example: number): readonly number[] {
    const gold = recordGold(this.recordOf(example));
    return gold.length > 0 ? gold : [-1];
  }

  /** First label of each example to learn from, by its index. */
  firstLabels(): Uint32Array {
    return this.learned.map((example) => recordLabels(this.recordOf(example))[0]);
  }

  /** A corpus of these examples alone, as if only `learned` had been read; those to measure on come after them. */
  copyTo(heap: Heap, loss: TrainingChoices["loss"], learned: Uint32Array, measured: Uint32Array): Corpus {
    heap.clear();
    const corpus = Corpus.of(heap, this.reading, DEFAULT_BUCKETS, loss !== "ova");
    corpus.addLabels(this.labels);
    const documents = this.documents.map((entry) => entry & ~TEXTS);
    for (const example of learned) for (const id of recordIds(this.recordOf(example))) documents[id]++;
    corpus.dictionary.restore({ keys: this.keys, documents });
    for (const example of learned) corpus.addRecord(this.recordOf(example));
    corpus.beginHeldOut();
    for (const example of measured) corpus.addRecord(this.recordOf(example));
    corpus.close();
    return corpus;
  }

  private recordOf(example: number): Uint8Array {
    return this.records.subarray(this.starts[example], this.starts[example + 1]);
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
  const corpus = text.copyTo(heap, choices.loss, learned, measured);
  const options = resolve(corpus, choices, facts);
  if (options.loss === "hs") corpus.sortLabels();
  const labelCounts = corpus.labelCounts();
  const head: Head = {
    loss: options.loss,
    labelCounts: options.loss === "hs" ? Array.from(labelCounts) : [],
    arithmetic: "exact",
  };
  if (options.loss === "ns") corpus.sortTargets();
  const labelWeights = placeClassWeights(corpus, options.classWeights);
  const features = chooseFeatures(corpus, options, options.dim, undefined);
  const [known, asked] = corpus.settle(2, (example) => (example < learned.length ? 0 : 1));
  const weighting = createWeighting(heap, options, features.featureWeights);
  const labels = corpus.labels.names;
  const threads = threadCount(options, corpus, platform);
  const parameters = allocateParameters(heap, features.count, labels.length, options.dim, threads);
  const engine = await Engine.create(corpus, parameters, weighting, { ...options, labelWeights }, platform.spawn);
  try {
    weighFeatures({ heap, options, features, parameters }, known);
    const run = new Run(engine, known, options, options.lr, "validate");
    engine.initialize(options.seed, { columns: options.dim });
    const most = divergedBeyond(options.loss, labelCounts, options.neg);
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      let isStopped = false;
      const loss = await run.epoch(epoch, options.epochs, async ({ progress }) => {
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
  const stored = { heap, parameters, weighting, head, largestBag: corpus.largestBag };
  answerPart(stored, asked, k, (row, best, probabilities, _, crossEntropy) => {
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
