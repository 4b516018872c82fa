import type { Examples, WordVectors } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { createWeighting, type FeatureOptions, type Weighting } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { decisions, type Head, objectiveAtStart } from "../losses/index.ts";
import { allocateParameters, type FastTextParts, type Parameters } from "../model/index.ts";
import { type ChosenFeatures, checkFastTextChoices, chooseFeatures } from "./chosenFeatures.ts";
import { Corpus } from "./corpus.ts";
import { type DataFacts, DEFAULT_BUCKETS, readingOptions, resolveOptions } from "./defaults.ts";
import { Engine } from "./engine.ts";
import { type Intake, readExamples } from "./intake.ts";
import { LABELS_FOR_STAGES } from "./labelsFirst.ts";
import type { Narration } from "./narration.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";
import type { Part } from "./part.ts";
import type { TrainingPlatform } from "./report.ts";
import { heldOutSplit, WHOLE } from "./split.ts";
import type { StartingPoint } from "./startingPoint.ts";
import { threadCount } from "./threadCount.ts";

/** B is read for the scores and for dHidden, and read and written for its own step. */
const OUTPUT_PASSES = 3;
/** Multiplications of the output layer in an hour on one core, roughly: 5 thousand million a second. */
const PRODUCTS_PER_HOUR = 5e9 * 3600;

/** Everything that learning needs, made once from the examples. */
export interface Prepared {
  heap: Heap;
  corpus: Corpus;
  reading: FeatureOptions;
  options: TrainingOptions;
  facts: DataFacts;
  head: Head;
  features: ChosenFeatures;
  weighting: Weighting;
  parameters: Parameters;
  engine: Engine;
  start: StartingPoint;
  /** The examples, in the parts that validation needs: the last is held out, or one is after the other. */
  parts: Part[];
  /** A mean loss beyond this is far worse than knowing nothing. */
  diverged: number;
  /** Seconds that reading took. */
  readSeconds: number;
}

/** Reads and hashes the examples, chooses what the data decides, and lays everything out. */
export async function prepare(
  examples: Examples,
  choices: TrainingChoices,
  narration: Narration,
  platform: TrainingPlatform,
  pretrained: WordVectors | undefined,
): Promise<Prepared> {
  checkFastTextChoices(choices, pretrained);
  const isFastText = choices.tokenizer === "fasttext";
  const reading = readingOptions(choices);
  const heap = new Heap();
  const corpus = Corpus.of(heap, reading, choices.buckets ?? DEFAULT_BUCKETS, choices.loss !== "ova");
  const intake = await readExamples(examples, corpus, (count) => narration.reading(count));
  corpus.check("training data");
  if (pretrained) corpus.addWords(pretrained.words);
  corpus.close();
  noteIntake(narration, intake);
  dropRareLabels(corpus, choices.minCountLabel ?? 1, narration);
  const facts = { examples: corpus.labelledCount, labels: corpus.labels.names.length };
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
  noteSize(narration, facts, options, decisions(options.loss, labelCounts, options.neg));
  const readSeconds = narration.seconds;

  const split = options.valid === 0 ? WHOLE : heldOutSplit(corpus, options.valid, options.seed);
  if (options.valid > 0 && split === WHOLE)
    narration.note("too few examples to hold any out: there is no honest figure for this model");
  // As with the rate: not where an optimizer was asked for. The rates of this were not measured with given vectors.
  const isPlain = choices.optimizer === undefined && !pretrained;
  const labelsFirst = options.loss === "hs" && isFastText && isPlain && facts.labels >= LABELS_FOR_STAGES;
  if (options.loss === "ns" || labelsFirst) corpus.sortTargets();
  const columns = isFastText ? (choices.dim ?? options.dim) : options.dim;
  const features = chooseFeatures(corpus, options, columns);
  const parts = corpus.settle(split.parts, split.partOf);
  const { featureWeights, fastText } = features;
  if (fastText) tellVocabulary(narration, fastText, facts.examples);
  const weighting = createWeighting(heap, options, featureWeights);
  const threads = threadCount(options, corpus, platform);
  const parameters = allocateParameters(heap, features.count, facts.labels, options.dim, threads);
  const start = { columns, vectors: pretrained && fastText && placeVectors(pretrained, fastText) };
  const engine = await Engine.create(corpus, parameters, weighting, { ...options, labelsFirst }, platform.spawn);
  return {
    heap,
    corpus,
    reading,
    options,
    facts,
    head,
    features,
    weighting,
    parameters,
    engine,
    start,
    parts,
    diverged: 20 * objectiveAtStart(options.loss, labelCounts, options.neg) + 20,
    readSeconds,
  };
}

function noteIntake(narration: Narration, { unlabelled, firstUnlabelled }: Intake): void {
  if (unlabelled > 0) narration.note(`${unlabelled} without a label left out (the first: ${firstUnlabelled})`);
}

function tellVocabulary(narration: Narration, { vocabulary }: FastTextParts, examples: number): void {
  const { wordCount: words, labelCount: labels, entries } = vocabulary;
  narration.tellRead(examples, { fraction: 1, vocabulary: { tokens: entries.tokenCount, words, labels } });
}

/** Every step touches `rows` rows of B, with softmax and ova all of them: says so before hours go by. */
function noteSize(narration: Narration, facts: DataFacts, options: TrainingOptions, rows: number): void {
  const products = facts.examples * options.epochs * rows * options.dim * OUTPUT_PASSES;
  const hours = products / PRODUCTS_PER_HOUR;
  if (hours < 0.5) return;
  const about = hours < 2 ? `${Math.round(hours * 60)} minutes` : `${Math.round(hours)} hours`;
  const message = `${facts.labels} labels and ${facts.examples} examples take about ${about} or more: is the label column right? --min-count-label leaves rare labels out`;
  narration.note(message);
  narration.tellRead(facts.examples, { fraction: 1, epochs: options.epochs, message });
}

/** Leaves labels with fewer than `least` examples out, and examples that then have none. */
function dropRareLabels(corpus: Corpus, least: number, narration: Narration): void {
  const before = corpus.labels.names.length;
  const dropped = corpus.dropLabels(least);
  if (before - dropped < 2 && dropped > 0) {
    throw new BaxError(
      "data",
      `training data: ${before - dropped} of ${before} labels have ${least} examples or more`,
      "A classifier needs two labels or more; give a smaller --min-count-label.",
    );
  }
  if (dropped > 0) narration.note(`${dropped} labels with fewer than ${least} examples left out`);
  corpus.check("training data");
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
