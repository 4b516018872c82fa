import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { createWeighting, type FeatureOptions, type Weighting } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { decisions, divergedBeyond, type Head } from "../losses/index.ts";
import { allocateParameters, type FastTextParts, type ModelParts, type Parameters } from "../model/index.ts";
import { type ChosenFeatures, chooseFeatures } from "./chosenFeatures.ts";
import { placeClassWeights } from "./classWeights.ts";
import { choicesOf } from "./continuedModel.ts";
import { Corpus } from "./corpus.ts";
import { type DataFacts, DEFAULT_BUCKETS, decisiveChoices, readingOptions, resolveOptions } from "./defaults.ts";
import { Engine } from "./engine.ts";
import { checkFastTextChoices } from "./fastTextFeatures.ts";
import {
  checkPretrained,
  columnsOf,
  fingerprintOfModel,
  fingerprintOfVectors,
  givenRows,
  type Pretrained,
} from "./givenVectors.ts";
import { type Intake, readExamples } from "./intake.ts";
import { LABELS_FOR_STAGES } from "./labelsFirst.ts";
import { checkLearnable } from "./learnable.ts";
import type { MemoryLimit } from "./memoryLimit.ts";
import type { Narration } from "./narration.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";
import type { Part } from "./part.ts";
import { NOTHING_REHEARSED, type Rehearsal, rehearse, scarceLabels } from "./rehearsal.ts";
import type { TrainingPlatform } from "./report.ts";
import { foldSplit, HELD_OUT, heldOutSplit, LEARNED, type Split, WHOLE } from "./split.ts";
import type { StartingPoint } from "./startingPoint.ts";
import { threadCount } from "./threadCount.ts";

/** B is read for the scores and for dHidden, and read and written for its own step. */
const OUTPUT_PASSES = 3;
/** Fewest texts of a new feature where a model learns new labels alone. */
const LEAST_OF_NEW = 5;
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
  /** What was chosen and would be otherwise without. */
  choices: TrainingChoices;
  /** Numbers of the examples without a label, from 0. */
  skipped: readonly number[];
  /** What the model depends on besides data and options, each with what tells it apart. */
  given: readonly string[];
}

/** What learning begins from. */
export interface TrainingInputs {
  examples: Examples;
  /** Examples to measure on, instead of a part of the others. */
  validation?: Examples | undefined;
  /** Vectors that rows of words begin with, or a model with bax's own features whose rows those of the same features do. */
  pretrained?: Pretrained | undefined;
  /** A model that learns on, with bax's own features. */
  init?: ModelParts | undefined;
  /** Parts for cross-validation, instead of one that is held out. */
  folds?: number | undefined;
}

/** Reads and hashes the examples, chooses what the data decides, and lays everything out. */
export async function prepare(
  inputs: TrainingInputs,
  given: TrainingChoices,
  narration: Narration,
  platform: TrainingPlatform,
): Promise<Prepared> {
  const choices = choicesFor(inputs, given);
  const limit = memoryLimit(choices.memory ?? 0, platform);
  const buckets = choices.buckets ?? DEFAULT_BUCKETS;
  const corpus = Corpus.of(new Heap(), readingOptions(choices), buckets, choices.loss !== "ova", limit);
  try {
    return await prepareCorpus(corpus, inputs, given, choices, narration, platform);
  } catch (error) {
    // Its file, where it has one.
    corpus.release();
    throw error;
  }
}

async function prepareCorpus(
  corpus: Corpus,
  inputs: TrainingInputs,
  given: TrainingChoices,
  choices: TrainingChoices,
  narration: Narration,
  platform: TrainingPlatform,
): Promise<Prepared> {
  const { heap } = corpus;
  const { validation, pretrained, init } = inputs;
  const isFastText = choices.tokenizer === "fasttext";
  const reading = readingOptions(choices);
  const skipped = await readCorpus(corpus, inputs, choices, narration);
  const facts = { examples: corpus.labelledCount, labels: corpus.labels.names.length };
  const scarce = init ? scarceLabels(corpus.labelCounts(), init.labels.length) : [];
  // What few of the new texts have tells more of these texts than of their label.
  const usual = scarce.length > 0 ? { minCount: LEAST_OF_NEW } : {};
  const counts = {
    all: corpus.dictionary.size,
    chosen: (words: number, characters: number) => corpus.dictionary.countChosen(words, characters),
  };
  const options = resolveOptions({ ...usual, ...choices }, facts, counts);
  const told = decisiveChoices(given, (rest) => resolveOptions({ ...usual, ...rest }, facts, counts));
  if (options.loss === "hs" || isFastText) corpus.sortLabels();
  const labelCounts = corpus.labelCounts();
  const head: Head = {
    loss: options.loss,
    labelCounts: options.loss === "hs" ? Array.from(labelCounts) : [],
    arithmetic: isFastText ? "fasttext" : "exact",
  };
  noteSize(narration, facts, options, decisions(options.loss, labelCounts, options.neg));
  const labelWeights = placeClassWeights(corpus, options.classWeights);
  if (validation && !isFastText) {
    corpus.beginHeldOut();
    await readExamples(validation, corpus, () => narration.reading(facts.examples));
  }
  corpus.close();
  const readSeconds = narration.seconds;

  const split = inputs.folds
    ? foldSplit(corpus, inputs.folds, options.seed)
    : splitFor(corpus, facts, options, narration);
  // As with the rate: not where an optimizer was asked for. The rates of this were not measured with given vectors.
  const isPlain = choices.optimizer === undefined && !pretrained;
  const labelsFirst = options.loss === "hs" && isFastText && isPlain && facts.labels >= LABELS_FOR_STAGES;
  if (options.loss === "ns" || labelsFirst) corpus.sortTargets();
  const ownColumns = isFastText ? (choices.dim ?? options.dim) : options.dim;
  const columns = pretrained ? columnsOf(pretrained) : ownColumns;
  const features = chooseFeatures(corpus, options, columns, init);
  let rehearsal = NOTHING_REHEARSED;
  const parts = corpus.settle(split.parts, split.partOf, features.count, (store) => {
    if (init && scarce.length > 0) rehearsal = rehearse(heap, store, init, corpus.labelCounts(), options.seed);
    return rehearsal;
  });
  // What reading needed has left room before them; then A finds room behind.
  features.keys = heap.lower(features.keys);
  features.featureWeights = heap.lower(features.featureWeights);
  const rows = features.count + rehearsal.labels.length;
  features.featureWeights = heap.ensure(features.featureWeights, features.featureWeights && rows * 4);
  // What is rehearsed is one feature, whatever its weight, but it must have one.
  if (features.featureWeights) heap.f32At(features.featureWeights, rows).fill(1, features.count);
  const { featureWeights, fastText } = features;
  if (fastText) tellVocabulary(narration, fastText, facts.examples);
  const weighting = createWeighting(heap, options, featureWeights);
  const threads = threadCount(options, corpus, platform);
  const parameters = allocateParameters(heap, rows, facts.labels, options.dim, threads);
  const start = startFor(heap, reading, inputs, columns, features, options.freeze, scarce, rehearsal, narration);
  const learning = { ...options, labelsFirst, labelWeights };
  const engine = await Engine.create(corpus, parameters, weighting, learning, platform.spawn);
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
    diverged: divergedBeyond(options.loss, labelCounts, options.neg),
    readSeconds,
    choices: told,
    skipped,
    given: givenOf(corpus, inputs),
  };
}

/** What the inputs decide; refuses what does not go together. */
function choicesFor({ pretrained, init }: TrainingInputs, given: TrainingChoices): TrainingChoices {
  if (given.tokenizer === "fasttext") checkFastTextChoices(given);
  if (given.freeze && !pretrained && !init)
    throw new BaxError("usage", "--freeze: nothing is given that could stay as it is", "Add --pretrained or --init.");
  if (given.freeze && given.optimizer === "sgd")
    throw new BaxError(
      "usage",
      "--freeze does not go with --optimizer sgd",
      "Use adagrad, whose steps each row has of its own.",
    );
  if (pretrained && init)
    throw new BaxError(
      "usage",
      "--pretrained does not go with --init: the model has its vectors",
      "Give one of the two.",
    );
  if (pretrained) {
    checkPretrained(pretrained, given);
    return { ...given, dim: columnsOf(pretrained) };
  }
  return init ? choicesOf(init, given) : given;
}

/** Takes the examples in; returns the numbers of those without a label. */
async function readCorpus(
  corpus: Corpus,
  { examples, pretrained, init }: TrainingInputs,
  choices: TrainingChoices,
  narration: Narration,
): Promise<number[]> {
  if (init) corpus.addLabels(init.labels);
  const intake = await readExamples(examples, corpus, (count) => narration.reading(count));
  checkLearnable(corpus, "training data");
  if (pretrained && "words" in pretrained) corpus.addWords(pretrained.words);
  noteIntake(narration, intake);
  noteMemory(narration, corpus);
  // A model that learns on keeps all of its labels, also those of which nothing is new.
  dropRareLabels(corpus, choices.minCountLabel ?? 1, init?.labels.length ?? 0, narration);
  return intake.skipped;
}

/** Which examples are held out: those that were given for it, a fraction, or none. */
function splitFor(corpus: Corpus, facts: DataFacts, options: TrainingOptions, narration: Narration): Split {
  if (corpus.labelledCount > facts.examples)
    return { parts: 2, partOf: (example) => (example < facts.examples ? LEARNED : HELD_OUT) };
  if (options.valid === 0) return WHOLE;
  const split = heldOutSplit(corpus, options.valid, options.seed);
  if (split === WHOLE) narration.note("too few examples to hold any out: there is no honest figure for this model");
  return split;
}

function startFor(
  heap: Heap,
  reading: FeatureOptions,
  { pretrained, init }: TrainingInputs,
  columns: number,
  features: ChosenFeatures,
  freeze: boolean,
  scarce: readonly number[],
  rehearsal: Rehearsal,
  narration: Narration,
): StartingPoint {
  if (init) {
    const rehearsed = { first: features.count, values: rehearsal.values };
    // Texts of labels of which little or nothing is there must stay where they are.
    const stays = freeze || scarce.length > 0;
    const model = { heap: init.heap, parameters: init.parameters, freeze: stays, settled: true, labels: scarce };
    return { columns, model, rehearsed };
  }
  if (!pretrained) return { columns };
  const vectors = givenRows(heap, reading, features, pretrained);
  narration.note(`${vectors.rows.length} of the given vectors are of words in the text, ${vectors.missed} are not`);
  return { columns, vectors, frozen: freeze ? vectors.rows : undefined };
}

/** What a model depends on besides data and options. */
function givenOf(corpus: Corpus, { pretrained, init, validation }: TrainingInputs): string[] {
  const given: string[] = [];
  if (validation) given.push(`validation ${corpus.heldOutFingerprint}`);
  if (pretrained) given.push(`pretrained ${fingerprintOfVectors(corpus.heap, pretrained)}`);
  if (init) given.push(`init ${fingerprintOfModel(corpus.heap, init)}`);
  return given;
}

/** Throws a BaxError ("usage") where there are no files. */
function memoryLimit(bytes: number, { openScratch }: TrainingPlatform): MemoryLimit | undefined {
  if (bytes === 0) return undefined;
  if (openScratch) return { bytes, openScratch };
  throw new BaxError("usage", "--memory: there are no temporary files here", "Leave it out, or train with Node.");
}

function noteMemory(narration: Narration, { inFile, storedBytes, dictionary, limit }: Corpus): void {
  if (!inFile) return;
  const size = (bytes: number) => (bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
  narration.note(
    `examples took ${size(storedBytes)} in a temporary file: more than --memory ${size(limit?.bytes ?? 0)}`,
  );
  if (dictionary.undercount > 0)
    narration.note(
      `rare features were forgotten while counting: in how many texts one occurs may be ${dictionary.undercount} too few`,
    );
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
function dropRareLabels(corpus: Corpus, least: number, known: number, narration: Narration): void {
  const before = corpus.labels.names.length;
  const dropped = corpus.dropLabels(least, known);
  if (before - dropped < 2 && dropped > 0) {
    throw new BaxError(
      "data",
      `training data: ${before - dropped} of ${before} labels have ${least} examples or more`,
      "A classifier needs two labels or more; give a smaller --min-count-label.",
    );
  }
  if (dropped > 0) narration.note(`${dropped} labels with fewer than ${least} examples left out`);
  checkLearnable(corpus, "training data");
}
