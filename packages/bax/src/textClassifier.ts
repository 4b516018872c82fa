import type { Calibration, Decision, Wanted } from "./calibration/index.ts";
import {
  type CompleteChoices,
  type CompressionChoices,
  type CompressionOptions,
  completeChoices,
  compressParts,
  fitSize,
  rankRows,
} from "./compression/index.ts";
import {
  collectExamples,
  type Example,
  type Examples,
  type LabelledText,
  type LineBlock,
  labelledTexts,
  type WordVectors,
} from "./data/index.ts";
import { BaxError } from "./errors.ts";
import type { Evaluation } from "./evaluation/index.ts";
import { ExampleIndex, type Explanation, explain, type LabelFeatures, strongestFeatures } from "./explanation/index.ts";
import { FastTextModel } from "./fastTextModel.ts";
import {
  type FastTextKind,
  type ModelDescription,
  type ModelFile,
  readModel,
  whyNotFastText,
  writeFastTextModel,
  writeModelFile,
} from "./formats/index.ts";
import { canShareMemory, Heap } from "./kernels/index.ts";
import { type EvaluateOptions, Measurement } from "./measurement.ts";
import { Classifier, type ModelParts, type StoredFile } from "./model/index.ts";
import { detectPoolPlatform } from "./platform/index.ts";
import { type PoolOptions, PredictionPool } from "./pool/index.ts";
import {
  type BatchPredictions,
  checkK,
  labelIndices,
  type Prediction,
  type PredictOptions,
  Predictor,
  type Score,
} from "./prediction.ts";
import { recalibrate } from "./recalibration.ts";
import { recordOf } from "./record.ts";
import type { CrossValidation, FoldPlan, TrainingChoices, TrainingHooks, TrainingReport } from "./training/index.ts";

/** What `train` is told besides the examples. */
export interface TrainOptions extends TrainingChoices, TrainingHooks {
  /** Examples to measure on after each epoch, instead of a part held out of the others. */
  validation?: Examples | undefined;
  /** Vectors that rows of words begin with, or a model whose rows those of the same features do; the dimension is theirs. */
  pretrained?: WordVectors | TextClassifier | undefined;
  /** A model that learns on: with its ways of reading text, its features and labels, and what is new in the examples. */
  init?: TextClassifier | undefined;
}

/** What `explain` takes for the best of the other labels. */
const RUNNER_UP = "runner-up";

/** What training needs, loaded when first asked for: who only predicts never reads it. */
async function loadTraining(): Promise<
  typeof import("./training/index.ts") & { platform: import("./training/index.ts").TrainingPlatform }
> {
  const [training, { detectPlatform }] = await Promise.all([
    import("./training/index.ts"),
    import("./platform/index.ts"),
  ]);
  return { ...training, platform: detectPlatform() };
}

async function textsOf(examples: Examples): Promise<LabelledText[]> {
  const texts: LabelledText[] = [];
  for await (const example of examples) for (const text of labelledTexts(example, texts.length + 1)) texts.push(text);
  return texts;
}

/**
 * A text classifier: learned from labelled text or read from a file. Predicting is synchronous, changes nothing, and gives the same bits
 * on every machine. Not to be used from two threads at once.
 */
export class TextClassifier {
  /** The labels, in the order of the rows of B. */
  get labels(): readonly string[] {
    return this.opened.labels;
  }
  /** What the training run did; null for a model that was read from a file. */
  report: TrainingReport | null;
  /** Rows of A may still be in the file. */
  private opened: ModelParts;
  private made: Classifier | undefined;
  private answering: Predictor | undefined;
  private description: ModelDescription;

  private constructor(parts: ModelParts, description: ModelDescription, report: TrainingReport | null) {
    this.opened = parts;
    this.description = description;
    this.report = report;
  }

  /**
   * Learns from labelled text. Options that are left out suit the data; the same examples, options and seed give the same bytes on any
   * number of threads. Throws a BaxError: "usage" for an option, "data" where there is nothing to learn from, "aborted" by `signal`.
   */
  static async train(examples: Examples, options: TrainOptions = {}): Promise<TextClassifier> {
    const { onProgress, signal, stopSignal, keepHeldOut, checkpoint, validation, pretrained, init, ...chosen } =
      options;
    const measuredOn = validation && (await collectExamples(validation));
    const choices = validation ? { ...chosen, valid: 0 } : chosen;
    const given = pretrained instanceof TextClassifier ? pretrained.parts : pretrained;
    const inputs = { examples, validation: measuredOn, pretrained: given, init: init?.parts };
    const hooks = { onProgress, signal, stopSignal, keepHeldOut, checkpoint };
    const { train, platform } = await loadTraining();
    const { parts, report } = await train(inputs, choices, hooks, platform);
    if (!measuredOn) return new TextClassifier(parts, recordOf(report), report);
    const valid = await new TextClassifier(parts, recordOf(report), report).evaluateAsync(measuredOn);
    const measured = { ...report, valid };
    return new TextClassifier(parts, recordOf(measured), measured);
  }

  /**
   * Learns on: what is new in the examples, words and labels, becomes part of the model, which forgets little of what it knew. Options that
   * the model has for good (how text is read and weighted, the dimension, the loss) cannot be chosen. Returns the model itself. Throws a
   * BaxError as `train` does, and "usage" for a model that cannot learn on; then it is as it was.
   */
  async partialFit(examples: Examples, options: Omit<TrainOptions, "init" | "pretrained"> = {}): Promise<this> {
    const { parts, description, report } = await TextClassifier.train(examples, { valid: 0, ...options, init: this });
    Object.assign(this, { opened: parts, description, report, made: undefined, answering: undefined });
    return this;
  }

  /**
   * Cross-validation: learns from all but one of `folds` parts (5 unless given), measures on that one, and so on round. The text is read
   * once. `keepProbabilities`: of every example, by the model that had not seen it. Throws as `train` does.
   */
  static async crossValidate(
    examples: Examples,
    options: TrainingChoices & TrainingHooks & Partial<FoldPlan> = {},
  ): Promise<CrossValidation> {
    const { onProgress, signal, stopSignal, folds = 5, keepProbabilities = false, ...choices } = options;
    const hooks = { onProgress, signal, stopSignal };
    const { crossValidate, platform } = await loadTraining();
    return crossValidate({ examples }, choices, { folds, keepProbabilities }, hooks, platform);
  }

  /**
   * Reads a model file's bytes. `shared`: into memory that workers of a `pool` can share. Throws a BaxError ("model") with the byte offset
   * and the reason for a damaged or foreign file.
   */
  static fromBytes(bytes: Uint8Array, { shared = false }: { shared?: boolean } = {}): TextClassifier {
    const heap = new Heap(shared && canShareMemory());
    return TextClassifier.fromHeap(heap, heap.allocateCopy(bytes), bytes.length);
  }

  /** @internal Reads a model file that lies in a heap already, or of which only the header does and the rest is in `file`. */
  static fromHeap(heap: Heap, at: number, length: number, file?: StoredFile): TextClassifier {
    const { parts, description } = readModel(heap, at, length, file);
    return new TextClassifier(parts, description, null);
  }

  // For whoever takes the model's numbers as they are.
  private get parts(): ModelParts {
    this.opened.parameters.stored?.needAll();
    return this.opened;
  }

  /** Columns of A and B. */
  get dimension(): number {
    return this.opened.fastText?.arguments.dim ?? this.opened.parameters.dimension;
  }

  /** Rows of A. */
  get featureCount(): number {
    return this.opened.parameters.featureCount;
  }

  /** @internal Made when it is first asked something: a model that is only saved needs no table of its features. */
  get classifier(): Classifier {
    this.made ??= new Classifier(this.opened);
    return this.made;
  }

  /** What the model file says of itself: the options, and what training measured. */
  get metadata(): ModelDescription {
    return this.description;
  }

  private get predictor(): Predictor {
    this.answering ??= new Predictor(this.classifier);
    return this.answering;
  }

  /**
   * The best labels of a text, best first. Any string is text; an empty one gets the answer of an empty bag. Throws a BaxError ("usage") for
   * options that are none, as all that follow do.
   */
  predict(text: string, options: PredictOptions = {}): Prediction[] {
    return this.predictor.one(text, options);
  }

  /** `predict` for each text, faster than one by one, the same bits. */
  predictAll(texts: readonly string[], options: PredictOptions = {}): Prediction[][] {
    return this.predictor.all(texts, options);
  }

  /** Answers every line of UTF-8 text (no labels in it); bytes in, numbers out, the fast way. */
  predictLines(lines: Uint8Array, options: PredictOptions = {}): BatchPredictions {
    return this.predictor.lines(lines, options);
  }

  /** Workers that answer for this model on one copy of it. To be closed when it is no longer wanted; a model that learned on needs another. */
  pool(options: PoolOptions = {}): PredictionPool {
    return new PredictionPool(this.predictor, this.classifier, detectPoolPlatform(), options);
  }

  /** How all labels of a text score, or some of them, in the model's order. */
  scores(text: string, options: Pick<PredictOptions, "labels" | "raw"> = {}): Score[] {
    return this.predictor.scores(text, options);
  }

  /** How one label of a text scores among all. */
  score(text: string, label: string, { raw }: Pick<PredictOptions, "raw"> = {}): Score {
    const [index] = labelIndices(this.labels, [label]);
    return this.predictor.scores(text, { raw })[index];
  }

  /**
   * Why a text gets its best label, or how a given one scores, also against another or "runner-up": exact contributions that sum to the
   * logit.
   */
  explain(text: string, { label, against }: { label?: string; against?: string } = {}): Explanation {
    const indexOf = (name: string) => labelIndices(this.labels, [name])[0];
    const isLabel = against !== undefined && (against !== RUNNER_UP || this.labels.includes(against));
    return explain(this.classifier, text, {
      label: label === undefined ? -1 : indexOf(label),
      against: isLabel ? indexOf(against) : against === undefined ? undefined : -1,
    });
  }

  /** Where examples lie in the hidden space of the model: which of them it thinks nearest to a text. */
  async indexExamples(examples: Examples): Promise<ExampleIndex> {
    const index = new ExampleIndex(this.classifier);
    for (const example of await textsOf(examples)) index.add(example);
    return index;
  }

  /**
   * The `count` features (20 unless given) that speak loudest for each label, as examples show them, best the training examples. Throws a
   * BaxError ("usage") for a model with hierarchical softmax, whose labels have no vectors of their own.
   */
  async strongestFeatures(
    examples: Examples,
    { labels = this.labels, count = 20 }: { labels?: readonly string[]; count?: number } = {},
  ): Promise<LabelFeatures[]> {
    if (this.opened.head.loss === "hs")
      throw new BaxError(
        "usage",
        "hierarchical softmax has no vectors of labels, so that no feature belongs to one",
        "Train with another loss, or explain single texts.",
      );
    return strongestFeatures(this.classifier, await textsOf(examples), [...labelIndices(this.labels, labels)], count);
  }

  /** Measures the model on labelled text. */
  evaluate(examples: Iterable<Example | LineBlock>, options: EvaluateOptions = {}): Evaluation {
    const measurement = this.measurement(options);
    for (const example of examples) measurement.add(example);
    return measurement.result();
  }

  private measurement({ k = 1, ...options }: EvaluateOptions): Measurement {
    checkK(k);
    return new Measurement(this.classifier, { ...options, k: Number.isFinite(k) ? k : this.labels.length });
  }

  /** `evaluate` for examples that arrive over time. */
  async evaluateAsync(examples: Examples, options: EvaluateOptions = {}): Promise<Evaluation> {
    const measurement = this.measurement(options);
    for await (const example of examples) measurement.add(example);
    return measurement.result();
  }

  /**
   * The same model with its probabilities calibrated by labelled texts, which it must not have learned from, and with a threshold for each
   * label where something is wanted of the answers; this one stays as it is. Training does so already by the part that it holds out. Throws
   * a BaxError: "data" for fewer than 30 texts with a label of the model.
   */
  async calibrate(examples: Examples, { wanted }: { wanted?: Wanted | undefined } = {}): Promise<TextClassifier> {
    const texts = await textsOf(examples);
    const corrected = recalibrate(this.parts, texts, wanted);
    const { options, training } = this.description;
    const calibrated = { examples: texts.length, ...(wanted && { wanted }) };
    return new TextClassifier(
      { ...this.parts, ...corrected },
      { options, training: { ...training, calibrated } },
      null,
    );
  }

  /** How the model's probabilities are corrected, if they are. */
  get calibration(): Calibration | undefined {
    return this.opened.calibration;
  }

  /** From which probability on each label is answered, if that was chosen. */
  get decision(): Decision | undefined {
    return this.opened.decision;
  }

  /** The model file's bytes (safetensors). */
  toBytes(): Uint8Array {
    const file = this.toFile();
    const bytes = new Uint8Array(file.byteLength);
    let at = 0;
    for (const chunk of file.chunks()) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** The model file in pieces, for writing it without a second copy in memory. */
  toFile(): ModelFile {
    return writeModelFile(this.parts, this.description);
  }

  /**
   * The model as fastText's file: "bin", or "ftz" where its rows are product-quantised. Throws a BaxError ("model") that lists what
   * fastText has no place for.
   */
  toFastText(kind: FastTextKind): ModelFile {
    return writeFastTextModel(this.parts, kind);
  }

  /** The same model with all that fastText can be asked of one. Throws a BaxError ("model") where its features are not fastText's. */
  toFastTextModel(): FastTextModel {
    return FastTextModel.of(this.parts);
  }

  /**
   * A smaller model; this one stays as it is. By default rows of A are product-quantised four columns to a byte and every feature is kept.
   * `size` asks for a file of that many bytes (up to 1 % less) and chooses the rest. Throws a BaxError ("usage") where a choice is none,
   * and with the reason where a size cannot be met. Deterministic.
   */
  compress(choices: CompressionChoices = {}): TextClassifier {
    const options = completeChoices(choices);
    const ranked = rankRows(this.parts);
    const fitted = options.size === undefined ? options : this.fit(ranked, options.size, options);
    return new TextClassifier(compressParts(this.parts, ranked, fitted), this.description, null);
  }

  /**
   * Lets the model learn on from labelled text, with the features and labels that it has; returns another model. For fastText's features
   * and rows that are not compressed: what `quantize -retrain` does between pruning and quantising. Throws a BaxError as `train` does.
   */
  async retrain(examples: Examples, options: TrainingChoices & TrainingHooks = {}): Promise<TextClassifier> {
    const { onProgress, signal, stopSignal, ...choices } = options;
    const hooks = { onProgress, signal, stopSignal };
    const { retrain, platform } = await loadTraining();
    const parts = await retrain(this.parts, examples, choices, hooks, platform);
    return new TextClassifier(parts, this.description, null);
  }

  private fit(ranked: Uint32Array, size: number, options: CompleteChoices): CompressionOptions {
    if (options.file === "safetensors") {
      return fitSize(this.parts, ranked, size, (parts) => writeModelFile(parts, this.description).byteLength, options);
    }
    const fileBytes = (parts: ModelParts) => {
      const kind = parts.parameters.compressed?.kind === "product" || !parts.fastText ? "ftz" : "bin";
      // A model with fewer rows that are not product-quantised has no such file yet: any size is smaller.
      if (kind === "bin" && whyNotFastText(parts, kind).length > 0) return Number.POSITIVE_INFINITY;
      return writeFastTextModel(parts, kind).byteLength;
    };
    const { output, subDimension } = options;
    return fitSize(this.parts, ranked, size, fileBytes, {
      ...options,
      only: { rows: "product", output, subDimension },
    });
  }
}
