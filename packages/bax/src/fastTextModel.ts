import { type NamedVector, type WordVectors, writeWordVectors } from "./data/index.ts";
import { BaxError } from "./errors.ts";
import { type FastTextVocabulary, LINE_END, subwordsOf } from "./features/index.ts";
import {
  FASTTEXT_VERSION,
  type FastTextContents,
  type FastTextKind,
  type ModelFile,
  readFastTextModel,
  vectorModelParts,
  writeFastTextModel,
} from "./formats/index.ts";
import { Heap, SourceRoom } from "./kernels/index.ts";
import {
  type Bag,
  copyRows,
  type FastTextArguments,
  FastTextBags,
  ForwardPass,
  type ModelParts,
  TextGatherer,
} from "./model/index.ts";

/** A word and how near it is: the cosine of the angle between two vectors. */
export interface Neighbour {
  readonly word: string;
  readonly similarity: number;
}

/** One entry of fastText's dictionary. */
export interface FastTextEntry {
  /** With its prefix, if it is a label. */
  readonly word: string;
  /** How often it occurred in the training text. */
  readonly count: number;
  readonly type: "word" | "label";
}

/** A word, and its vector at length 1; null for a vector of zeros. */
interface WordUnit {
  word: string;
  unit: Float32Array | null;
}

/** A query shorter than this is not brought to length 1. */
const LEAST_LENGTH = 1e-8;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A fastText model (.bin, .ftz) with all that fastText can be asked of it: lines by its own rules, vectors of words and sentences,
 * n-grams, neighbours. To classify text, `TextClassifier.fromBytes` reads the same files. Not to be used from two threads at once.
 */
export class FastTextModel {
  private readonly contents: FastTextContents;
  private readonly bags: FastTextBags;
  private madeForward: ForwardPass | undefined;
  private madeGatherer: TextGatherer | undefined;
  private featureCount = 0;
  private readonly source: SourceRoom;
  private madeUnits: WordUnit[] | undefined;

  private constructor(contents: FastTextContents) {
    const { parts, fastText } = contents;
    this.contents = contents;
    this.bags = new FastTextBags(parts.heap, fastText.vocabulary);
    this.source = new SourceRoom(parts.heap);
  }

  /** Reads a model's bytes. Throws a BaxError ("model") with the byte offset and the reason for a damaged or foreign file. */
  static fromBytes(bytes: Uint8Array): FastTextModel {
    const heap = new Heap(false);
    return FastTextModel.fromHeap(heap, heap.allocateCopy(bytes), bytes.length);
  }

  /** @internal Reads a model that lies in a heap already. */
  static fromHeap(heap: Heap, at: number, length: number): FastTextModel {
    return new FastTextModel(readFastTextModel(heap, at, length));
  }

  /** A model of word vectors alone: no labels, no n-grams, every word counted once. */
  static fromWordVectors(vectors: WordVectors): FastTextModel {
    return FastTextModel.of(vectorModelParts(vectors));
  }

  /** @internal Of a model in memory. Throws a BaxError ("model") where its features are not fastText's. */
  static of(parts: ModelParts): FastTextModel {
    const { fastText } = parts;
    if (!fastText) {
      throw new BaxError(
        "model",
        `the features of this model (tokenizer ${parts.options.tokenizer}) are not fastText's: it has no words, only their hashes`,
        "Train with `bax fasttext supervised`, or with --tokenizer fasttext.",
      );
    }
    return new FastTextModel({ parts, fastText, version: FASTTEXT_VERSION });
  }

  /** What the file says of how the model was made. */
  get arguments(): FastTextArguments {
    return this.contents.fastText.arguments;
  }

  /** Version of the file's format: 11 or 12. */
  get version(): number {
    return this.contents.version;
  }

  /** Whether the rows of A are product-quantised (.ftz). */
  get quantized(): boolean {
    return this.contents.parts.parameters.compressed?.kind === "product";
  }

  /** Whether the rows of A are kept in fewer bits than floats, in whatever way. */
  get compressed(): boolean {
    return this.contents.parts.parameters.compressed !== undefined;
  }

  /** Whether it is a classifier; otherwise it has vectors only. */
  get supervised(): boolean {
    return this.arguments.model === "sup";
  }

  get dimension(): number {
    return this.arguments.dim;
  }

  get wordCount(): number {
    return this.vocabulary.wordCount;
  }

  get labelCount(): number {
    return this.vocabulary.labelCount;
  }

  /** Tokens of the training text, with labels and the ends of lines. */
  get tokenCount(): number {
    return this.vocabulary.entries.tokenCount;
  }

  /** Rows of A, the input matrix. */
  get inputRows(): number {
    return this.contents.parts.parameters.featureCount;
  }

  /** Rows of B, the output matrix. */
  get outputRows(): number {
    return this.contents.parts.parameters.labelCount;
  }

  /** Words, then labels, in the order of the file. */
  entries(): FastTextEntry[] {
    const { vocabulary, wordCount } = this;
    return Array.from(vocabulary.entries.counts, (count, entry) => ({
      word: vocabulary.nameOf(entry),
      count,
      type: entry < wordCount ? "word" : "label",
    }));
  }

  /** Name of a label (from 0) as the file has it, prefix and all. */
  labelName(label: number): string {
    return this.vocabulary.nameOf(this.wordCount + label);
  }

  /**
   * Reads one line (without its newline; `lineEnd`: whether one followed) by fastText's rules: the labels of the model that stand in it,
   * and how many features it has. `predict` answers it. `withLabels`: whether anybody wants the labels.
   */
  readLine(line: Uint8Array, lineEnd: boolean, withLabels = true): { labels: number[]; featureCount: number } {
    const { heap, bags } = this;
    const at = this.source.place(line);
    if (withLabels || !this.answers) bags.bagOf(at, line.length, lineEnd);
    this.featureCount = this.answers ? this.gatherer.gather(at, line.length, 0, lineEnd) : bags.text.total;
    const { labels, labelCount } = bags.text;
    return { labels: withLabels ? Array.from(heap.u32At(labels, labelCount)) : [], featureCount: this.featureCount };
  }

  /**
   * The best labels of the line that was read last, best first: those whose probability reaches `threshold`, at most `k` (−1 for all).
   * None for a line without a feature.
   */
  predict(k: number, threshold: number): { label: number; probability: number }[] {
    if (!this.supervised) {
      throw new BaxError(
        "model",
        "a model of word vectors: the model needs to be supervised for prediction",
        "Give a model that `supervised` made.",
      );
    }
    if (this.featureCount === 0 || this.labelCount === 0) return [];
    const wanted = k < 0 ? this.labelCount : Math.min(k, this.labelCount);
    const labels = new Int32Array(wanted);
    const probabilities = new Float32Array(wanted);
    this.forward.logitsOne();
    this.forward.normalizeOne();
    this.forward.top(wanted, 0, true, labels, probabilities, 0, threshold);
    return Array.from(labels, (label, i) => ({ label, probability: probabilities[i] })).filter(
      ({ label }) => label >= 0,
    );
  }

  /** The vector of a word (dimension): the mean of its own row, if it is known, and of those of its character n-grams. */
  wordVector(word: string): Float32Array {
    return this.vectorOf(encoder.encode(word));
  }

  /**
   * The vector of a line (dimension): of a classifier, the mean of the rows of its features; of word vectors, the mean of the words'
   * vectors, each brought to length 1.
   */
  sentenceVector(line: Uint8Array, lineEnd: boolean): Float32Array {
    if (this.supervised) {
      const { ids, count } = this.bagOf(line, lineEnd);
      return this.meanOf(this.heap.u32At(ids, count).slice());
    }
    const units = wordsOf(line)
      .map((word) => this.vectorOf(word))
      .map((vector) => scaled(vector, lengthOf(vector)));
    return mean(
      units.filter((unit) => unit !== null),
      this.dimension,
    );
  }

  /** The rows that make a word's vector: its own first, if it is known, then those of its character n-grams. */
  ngrams(word: string): { text: string; vector: Float32Array }[] {
    return this.subwords(encoder.encode(word)).map(({ bytes, row }) => ({
      text: decoder.decode(bytes),
      vector: this.inputRow(row),
    }));
  }

  /** The `k` words whose vectors are nearest to `query` (dimension), without those in `banned`; the nearest first. */
  nearest(query: Float32Array, k: number, banned: ReadonlySet<string>): Neighbour[] {
    const length = lengthOf(query);
    const found = this.units().map(({ word, unit }) => ({
      word,
      similarity: unit ? Math.fround(dot(query, unit) / (length < LEAST_LENGTH ? 1 : length)) : 0,
    }));
    return found
      .filter(({ word }) => !banned.has(word))
      .sort((a, b) => b.similarity - a.similarity || (a.word < b.word ? 1 : -1))
      .slice(0, k);
  }

  /** The vectors of all words as fastText's text file (.vec), piece by piece. */
  *toWordVectors(): Generator<Uint8Array> {
    const named = function* (model: FastTextModel): Generator<NamedVector> {
      for (let entry = 0; entry < model.wordCount; entry++) {
        const word = model.vocabulary.nameOf(entry);
        yield { word, vector: model.wordVector(word) };
      }
    };
    yield* writeWordVectors(this.wordCount, this.dimension, named(this));
  }

  /** The rows of B, named by their labels (or words), in the same form: what fastText's -saveOutput writes. */
  *toOutputVectors(): Generator<Uint8Array> {
    const named = function* (model: FastTextModel): Generator<NamedVector> {
      for (let row = 0; row < model.outputRows; row++) {
        const entry = model.supervised ? model.wordCount + row : row;
        yield { word: model.vocabulary.nameOf(entry), vector: model.outputRow(row) };
      }
    };
    yield* writeWordVectors(this.outputRows, this.dimension, named(this));
  }

  /** The model as fastText's file. Throws a BaxError ("model") for what that kind of file has no place for. */
  toFile(kind: FastTextKind): ModelFile {
    return writeFastTextModel(this.contents.parts, kind);
  }

  /** A row of A (dimension). */
  inputRow(row: number): Float32Array {
    return this.rowOf("embeddings", row);
  }

  /** A row of B (dimension). */
  outputRow(row: number): Float32Array {
    return this.rowOf("output", row);
  }

  /** Whether there is something to answer. */
  private get answers(): boolean {
    return this.supervised && this.labelCount > 0;
  }

  private get gatherer(): TextGatherer {
    const { heap, parameters } = this.contents.parts;
    this.madeGatherer ??= new TextGatherer(heap, this.bags, this.forward, parameters);
    return this.madeGatherer;
  }

  // Only a classifier has one.
  private get forward(): ForwardPass {
    const { heap, parameters, head } = this.contents.parts;
    this.madeForward ??= new ForwardPass(heap, parameters, head);
    return this.madeForward;
  }

  private get heap(): Heap {
    return this.contents.parts.heap;
  }

  private get vocabulary(): FastTextVocabulary {
    return this.contents.fastText.vocabulary;
  }

  // Every word with its vector at length 1 (null for a vector of zeros), made when neighbours are first asked for.
  private units(): WordUnit[] {
    this.madeUnits ??= Array.from({ length: this.wordCount }, (_, entry) => {
      const word = this.vocabulary.nameOf(entry);
      const vector = this.vectorOf(this.vocabulary.bytesOf(entry));
      return { word, unit: scaled(vector, lengthOf(vector)) };
    });
    return this.madeUnits;
  }

  private bagOf(line: Uint8Array, lineEnd: boolean): Bag {
    return this.bags.bagOf(this.source.place(line), line.length, lineEnd);
  }

  private vectorOf(word: Uint8Array): Float32Array {
    return this.meanOf(this.subwords(word).map(({ row }) => row));
  }

  // A word's row and those of its character n-grams, in fastText's order.
  private subwords(word: Uint8Array): { bytes: Uint8Array; row: number }[] {
    const { vocabulary } = this;
    const { shortest, longest, buckets } = vocabulary.ngrams;
    const found: { bytes: Uint8Array; row: number }[] = [];
    const entry = vocabulary.entryOf(word);
    if (entry >= 0 && entry < this.wordCount) found.push({ bytes: word, row: entry });
    if (decoder.decode(word) === LINE_END) return found;
    for (const { bytes, bucket } of subwordsOf(word, shortest, longest, buckets)) {
      const row = vocabulary.rowOf(bucket);
      if (row >= 0) found.push({ bytes, row });
    }
    return found;
  }

  private meanOf(rows: ArrayLike<number>): Float32Array {
    return mean(
      Array.from(rows, (row) => this.inputRow(row)),
      this.dimension,
    );
  }

  private rowOf(matrix: "embeddings" | "output", row: number): Float32Array {
    const { heap, parameters } = this.contents.parts;
    const out = new Float32Array(parameters.dimension);
    copyRows(heap, parameters, matrix, row, 1, out);
    return out.subarray(0, this.dimension);
  }
}

/** The words between white space as C++ streams know it, which do not know of the end of a line. */
function wordsOf(line: Uint8Array): Uint8Array[] {
  const words: Uint8Array[] = [];
  let begin = 0;
  for (let at = 0; at <= line.length; at++) {
    const isSpace = at === line.length || line[at] === 32 || (line[at] >= 9 && line[at] <= 13);
    if (!isSpace) continue;
    if (at > begin) words.push(line.subarray(begin, at));
    begin = at + 1;
  }
  return words;
}

// In float32 and in fastText's order, so that the digits it prints are the same.
function mean(vectors: readonly Float32Array[], dimension: number): Float32Array {
  const sum = new Float32Array(dimension);
  for (const vector of vectors) for (let i = 0; i < dimension; i++) sum[i] += vector[i];
  const share = Math.fround(1 / vectors.length);
  if (vectors.length > 0) for (let i = 0; i < dimension; i++) sum[i] *= share;
  return sum;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}

/** A vector divided by its length; null where that is 0. */
function scaled(vector: Float32Array, length: number): Float32Array | null {
  return length > 0 ? vector.map((x) => x / length) : null;
}
