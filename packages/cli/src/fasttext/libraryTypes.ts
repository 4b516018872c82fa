// What the commands here ask of the library, in one place: its types, and the few functions that touch models.
import { BaxError, TextClassifier, type TrainingChoices, type TrainingHooks } from "bax";
import * as node from "bax/node";

/** How a model was made, as its file says. */
export interface FastTextArguments {
  readonly dim: number;
  readonly ws: number;
  readonly epoch: number;
  readonly minCount: number;
  readonly neg: number;
  readonly wordNgrams: number;
  readonly loss: "hs" | "ns" | "softmax" | "ova";
  readonly model: "cbow" | "sg" | "sup";
  readonly bucket: number;
  readonly minn: number;
  readonly maxn: number;
  readonly lrUpdateRate: number;
  readonly t: number;
}

/** A fastText model with all that fastText can be asked of it. */
export interface FastTextModel {
  readonly arguments: FastTextArguments;
  readonly quantized: boolean;
  readonly supervised: boolean;
  readonly wordCount: number;
  readonly labelCount: number;
  readonly dimension: number;
  readonly inputRows: number;
  readonly outputRows: number;
  entries(): { word: string; count: number; type: "word" | "label" }[];
  labelName(label: number): string;
  readLine(line: Uint8Array, lineEnd: boolean): { labels: number[]; featureCount: number };
  predict(k: number, threshold: number): { label: number; probability: number }[];
  wordVector(word: string): Float32Array;
  sentenceVector(line: Uint8Array, lineEnd: boolean): Float32Array;
  ngrams(word: string): { text: string; vector: Float32Array }[];
  nearest(query: Float32Array, k: number, banned: ReadonlySet<string>): { word: string; similarity: number }[];
  inputRow(row: number): Float32Array;
  outputRow(row: number): Float32Array;
}

/** Labelled lines as the library reads them, with the prefix that marks a label. */
export interface PrefixedLines {
  readonly lines: Uint8Array;
  readonly file: string;
  readonly firstLine: number;
  readonly labelPrefix: string;
}

/** What `supervised` asks of training. */
export interface FastTextTraining extends TrainingHooks {
  readonly loss: FastTextArguments["loss"];
  readonly dim: number;
  readonly lr: number;
  readonly epochs: number;
  readonly neg: number;
  readonly wordNgrams: number;
  readonly charNgrams: readonly [number, number];
  readonly buckets?: number;
  readonly minCount: number;
  readonly minCountLabel: number;
  readonly seed: number;
  readonly threads: number;
  /** Path of a .vec file. */
  readonly pretrained?: string;
}

/** How a model is made smaller. */
export interface Compression {
  readonly dsub: number;
  readonly qnorm: boolean;
  readonly qout: boolean;
  /** Rows to keep; 0 for all. */
  readonly cutoff: number;
  /** Training again after pruning. */
  readonly retrain?: {
    readonly examples: AsyncIterable<PrefixedLines>;
    readonly epochs: number;
    readonly lr: number;
    readonly threads: number;
  };
}

/** What the library calls these things. */
interface LibraryCompression {
  readonly rows?: "product";
  readonly output: "product" | "f32";
  readonly subDimension: number;
  readonly norms: boolean;
  readonly features?: number;
  readonly size?: number;
  readonly file?: "fasttext";
}

type FastTextClassifier = TextClassifier & {
  compress(choices: LibraryCompression): TextClassifier;
  toFastText(kind: "bin" | "ftz"): { readonly byteLength: number };
  toFastTextModel(): FastTextModel & { toOutputVectors(): Iterable<Uint8Array> };
};

type Files = typeof node & {
  loadFastText(path: string): Promise<FastTextModel>;
  loadVectors(path: string): Promise<unknown>;
  writeFile(path: string, chunks: Iterable<Uint8Array>): Promise<number>;
};

const files = node as unknown as Files;

/** Reads a .bin or .ftz with all that fastText can be asked of it. */
export function loadFastText(path: string): Promise<FastTextModel> {
  return files.loadFastText(path);
}

/** Reads a model as a classifier. */
export function loadClassifier(path: string): Promise<TextClassifier> {
  return node.load(path);
}

/** Writes a model; the ending (.bin, .ftz, .vec) chooses the format. */
export function saveModel(model: TextClassifier, path: string): Promise<{ path: string; bytes: number }> {
  return node.save(model, path);
}

/** Writes the vectors of the labels as text: a line with their number and dimension, then a line a label. */
export async function saveLabelVectors(model: TextClassifier, path: string): Promise<void> {
  await files.writeFile(path, (model as FastTextClassifier).toFastTextModel().toOutputVectors());
}

/** Makes a model smaller. */
export async function compressModel(model: TextClassifier, options: Compression): Promise<TextClassifier> {
  if (options.retrain) process.stderr.write("-retrain: the rows that are kept stay as they are\n");
  return (model as FastTextClassifier).compress({ ...choicesOf(options), rows: "product", features: options.cutoff });
}

/** Quantises a model so that its .ftz has at most `bytes`, with as many rows as fit; null where none do. */
export function compressToSize(
  model: TextClassifier,
  bytes: number,
  options: Omit<Compression, "cutoff" | "retrain">,
): TextClassifier | null {
  const compressible = model as FastTextClassifier;
  const choices = choicesOf(options);
  if (compressible.toFastText("bin").byteLength <= bytes) return compressible.compress({ ...choices, rows: "product" });
  try {
    return compressible.compress({ ...choices, size: bytes, file: "fasttext" });
  } catch (error) {
    if (error instanceof BaxError && error.code === "usage") return null;
    throw error;
  }
}

function choicesOf({ dsub, qnorm, qout }: Omit<Compression, "cutoff" | "retrain">): LibraryCompression {
  return { output: qout ? "product" : "f32", subDimension: dsub, norms: qnorm };
}

/** Learns as fastText does: its tokens, its features, plain gradient descent whose step falls to 0. */
export async function trainClassifier(
  examples: AsyncIterable<PrefixedLines>,
  options: FastTextTraining,
): Promise<TextClassifier> {
  const { pretrained, ...rest } = options;
  const vectors = pretrained === undefined ? {} : { pretrained: await files.loadVectors(pretrained) };
  return TextClassifier.train(examples, {
    ...({
      tokenizer: "fasttext",
      optimizer: "sgd",
      smoothing: 0,
      valid: 0,
      ...rest,
      ...vectors,
    } as unknown as TrainingChoices),
  });
}
