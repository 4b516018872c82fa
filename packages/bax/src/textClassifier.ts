import { type CompressionOptions, compressParts, fitSize, rankRows } from "./compression/index.ts";
import {
  collectExamples,
  type Example,
  type Examples,
  eachLine,
  type LineBlock,
  type WordVectors,
} from "./data/index.ts";
import { BaxError } from "./errors.ts";
import type { Evaluation } from "./evaluation/index.ts";
import { type Explanation, explain } from "./explanation/index.ts";
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
import { Heap } from "./kernels/index.ts";
import { type EvaluateOptions, Measurement } from "./measurement.ts";
import { Classifier, GrowingRows, type ModelParts } from "./model/index.ts";
import { detectPlatform } from "./platform/index.ts";
import { recordOf } from "./record.ts";
import {
  type CrossValidation,
  crossValidate,
  type FoldPlan,
  retrain,
  type TrainingChoices,
  type TrainingHooks,
  type TrainingReport,
  train,
} from "./training/index.ts";

/**
 * A label and how likely it is, from 0 to 1. The probabilities of all labels sum to 1 with the losses softmax and hs; with ova and ns each
 * label is judged by itself.
 */
export interface Prediction {
  label: string;
  probability: number;
}

/** Answers to many texts in plain arrays: row i holds the k best of text i, best first. */
export interface BatchPredictions {
  count: number;
  k: number;
  /** (count, k) indices into `labels` of the model; −1 past the last one that is likely enough. */
  labels: Int32Array;
  /** (count, k). */
  probabilities: Float32Array;
}

/** How many answers, and from which probability on. */
export interface PredictOptions {
  /** Most labels to answer; 1 unless given. */
  k?: number;
  /** Least probability to answer; 0 unless given. */
  threshold?: number;
}

/** What `train` is told besides the examples. */
export interface TrainOptions extends TrainingChoices, TrainingHooks {
  /** Examples to measure on after each epoch, instead of a part held out of the others. */
  validation?: Examples | undefined;
  /** Vectors that rows of words begin with, or a model whose rows those of the same features do; the dimension is theirs. */
  pretrained?: WordVectors | TextClassifier | undefined;
  /** A model that learns on: with its ways of reading text, its features and labels, and what is new in the examples. */
  init?: TextClassifier | undefined;
}

/** What `compress` is told; what is left out has a default. */
export interface CompressionChoices extends Partial<CompressionOptions> {
  /** Bytes that the file may have. Then the other choices, but `norms` and `seed`, are made to fit. */
  size?: number;
  /** Which file has that size. */
  file?: "safetensors" | "fasttext";
}

const COMPRESSION_DEFAULTS: CompressionOptions = {
  rows: "product",
  output: "f32",
  subDimension: 4,
  norms: true,
  features: 0,
  dropUnseen: false,
  seed: 1,
};

function checkK(k: number): void {
  if (!(Number.isInteger(k) && k >= 1))
    throw new BaxError(
      "usage",
      `k: got ${k}, expected a whole number from 1`,
      "Give how many labels you want for a text.",
    );
}

function checkThreshold(threshold: number): void {
  if (threshold >= 0) return;
  throw new BaxError(
    "usage",
    `threshold: got ${threshold}, expected a probability from 0 to 1`,
    "0 answers everything.",
  );
}

/**
 * A text classifier: learned from labelled text or read from a file. Predicting is synchronous, changes nothing, and gives the same bits
 * on every machine. Not to be used from two threads at once.
 */
export class TextClassifier {
  /** The labels, in the order of the rows of B. */
  get labels(): readonly string[] {
    return this.parts.labels;
  }
  /** What the training run did; null for a model that was read from a file. */
  report: TrainingReport | null;
  private parts: ModelParts;
  private made: Classifier | undefined;
  private description: ModelDescription;

  private constructor(parts: ModelParts, description: ModelDescription, report: TrainingReport | null) {
    this.parts = parts;
    this.description = description;
    this.report = report;
  }

  /**
   * Learns from labelled text. Options that are left out suit the data; the same examples, options and seed give the same bytes on any
   * number of threads. Throws a BaxError: "usage" for an option, "data" where there is nothing to learn from, "aborted" by `signal`.
   */
  static async train(examples: Examples, options: TrainOptions = {}): Promise<TextClassifier> {
    const { onProgress, signal, stopSignal, checkpoint, validation, pretrained, init, ...chosen } = options;
    const measuredOn = validation && (await collectExamples(validation));
    const choices = validation ? { ...chosen, valid: 0 } : chosen;
    const given = pretrained instanceof TextClassifier ? pretrained.parts : pretrained;
    const inputs = { examples, validation: measuredOn, pretrained: given, init: init?.parts };
    const hooks = { onProgress, signal, stopSignal, checkpoint };
    const { parts, report } = await train(inputs, choices, hooks, detectPlatform());
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
    Object.assign(this, { parts, description, report, made: undefined });
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
    return crossValidate({ examples }, choices, { folds, keepProbabilities }, hooks, detectPlatform());
  }

  /** Reads a model file's bytes. Throws a BaxError ("model") with the byte offset and the reason for a damaged or foreign file. */
  static fromBytes(bytes: Uint8Array): TextClassifier {
    const heap = new Heap(false);
    return TextClassifier.fromHeap(heap, heap.allocateCopy(bytes), bytes.length);
  }

  /** @internal Reads a model file that lies in a heap already. */
  static fromHeap(heap: Heap, at: number, length: number): TextClassifier {
    const { parts, description } = readModel(heap, at, length);
    return new TextClassifier(parts, description, null);
  }

  /** Columns of A and B. */
  get dimension(): number {
    return this.parts.fastText?.arguments.dim ?? this.parts.parameters.dimension;
  }

  /** Rows of A. */
  get featureCount(): number {
    return this.parts.parameters.featureCount;
  }

  /** @internal Made when it is first asked something: a model that is only saved needs no table of its features. */
  get classifier(): Classifier {
    this.made ??= new Classifier(this.parts);
    return this.made;
  }

  /** What the model file says of itself: the options, and what training measured. */
  get metadata(): ModelDescription {
    return this.description;
  }

  /** The best labels of a text, best first. Any string is text; an empty one gets the answer of an empty bag. */
  predict(text: string, { k = 1, threshold = 0 }: PredictOptions = {}): Prediction[] {
    checkK(k);
    checkThreshold(threshold);
    const wanted = Math.min(k, this.labels.length);
    const labels = new Int32Array(wanted);
    const probabilities = new Float32Array(wanted);
    this.classifier.predictOne(text, wanted, threshold, labels, probabilities);
    return this.predictions(labels, probabilities, 0, wanted);
  }

  /** `predict` for each text, faster than one by one, the same bits. */
  predictAll(texts: readonly string[], { k = 1, threshold = 0 }: PredictOptions = {}): Prediction[][] {
    checkK(k);
    checkThreshold(threshold);
    const { classifier } = this;
    let next = 0;
    const batch = this.answers(k, threshold, (range) => {
      if (next === texts.length) return false;
      Object.assign(range, classifier.place(texts[next++]));
      return true;
    });
    return texts.map((_, row) => this.predictions(batch.labels, batch.probabilities, row * batch.k, batch.k));
  }

  /** Answers every line of UTF-8 text (no labels in it) from `threshold` on; bytes in, numbers out, the fast way. */
  predictLines(lines: Uint8Array, k = 1, threshold = 0): BatchPredictions {
    checkK(k);
    checkThreshold(threshold);
    const base = this.classifier.placeBytes(lines);
    const bounds: number[] = [];
    eachLine(lines, 1, (begin, end) => bounds.push(begin, end));
    let next = 0;
    return this.answers(k, threshold, (range) => {
      if (next === bounds.length) return false;
      range.at = base + bounds[next];
      range.length = bounds[next + 1] - bounds[next];
      next += 2;
      return true;
    });
  }

  /** Why a text gets its best label, or how a given one scores: exact contributions that sum to the logit. */
  explain(text: string, { label }: { label?: string } = {}): Explanation {
    const index = label === undefined ? -1 : this.labels.indexOf(label);
    if (label !== undefined && index < 0) {
      throw new BaxError(
        "usage",
        `label "${label}" is not one of the model's ${this.labels.length}`,
        "`bax info` lists the labels.",
      );
    }
    return explain(this.classifier, text, index);
  }

  /** Measures the model on labelled text. */
  evaluate(examples: Iterable<Example | LineBlock>, { k = 1, thresholds }: EvaluateOptions = {}): Evaluation {
    checkK(k);
    const measurement = new Measurement(this.classifier, { k, thresholds });
    for (const example of examples) measurement.add(example);
    return measurement.result();
  }

  /** `evaluate` for examples that arrive over time. */
  async evaluateAsync(examples: Examples, { k = 1, thresholds }: EvaluateOptions = {}): Promise<Evaluation> {
    checkK(k);
    const measurement = new Measurement(this.classifier, { k, thresholds });
    for await (const example of examples) measurement.add(example);
    return measurement.result();
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
   * `size` asks for a file of that many bytes (up to 1 % less) and chooses the rest. Throws a BaxError ("usage") with the reason where a
   * size cannot be met. Deterministic.
   */
  compress(choices: CompressionChoices = {}): TextClassifier {
    const { size, file = "safetensors", ...given } = choices;
    const ranked = rankRows(this.parts);
    const options = { ...COMPRESSION_DEFAULTS, dropUnseen: file === "fasttext", ...given };
    const fitted = size === undefined ? options : this.fit(ranked, size, file, options);
    return new TextClassifier(compressParts(this.parts, ranked, fitted), this.description, null);
  }

  /**
   * Lets the model learn on from labelled text, with the features and labels that it has; returns another model. For fastText's features
   * and rows that are not compressed: what `quantize -retrain` does between pruning and quantising. Throws a BaxError as `train` does.
   */
  async retrain(examples: Examples, options: TrainingChoices & TrainingHooks = {}): Promise<TextClassifier> {
    const { onProgress, signal, stopSignal, ...choices } = options;
    const hooks = { onProgress, signal, stopSignal };
    const parts = await retrain(this.parts, examples, choices, hooks, detectPlatform());
    return new TextClassifier(parts, this.description, null);
  }

  private fit(
    ranked: Uint32Array,
    size: number,
    file: "safetensors" | "fasttext",
    options: CompressionOptions,
  ): CompressionOptions {
    if (file === "safetensors") {
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

  private answers(
    k: number,
    threshold: number,
    next: (range: { at: number; length: number }) => boolean,
  ): BatchPredictions {
    const { forward } = this.classifier;
    const wanted = Math.min(k, this.labels.length);
    const labels = new GrowingRows(Int32Array, wanted);
    const probabilities = new GrowingRows(Float32Array, wanted);
    let count = 0;
    this.classifier.predictMany(next, (first, lanes) => {
      forward.normalizeBatch();
      count = first + lanes;
      labels.reserve(count);
      probabilities.reserve(count);
      for (let lane = 0; lane < lanes; lane++) {
        forward.top(wanted, lane, false, labels.values, probabilities.values, (first + lane) * wanted, threshold);
      }
    });
    return { count, k: wanted, labels: labels.take(count), probabilities: probabilities.take(count) };
  }

  private predictions(labels: Int32Array, probabilities: Float32Array, at: number, count: number): Prediction[] {
    const found: Prediction[] = [];
    for (let i = at; i < at + count; i++) {
      if (labels[i] < 0) break;
      found.push({ label: this.labels[labels[i]], probability: probabilities[i] });
    }
    return found;
  }
}
