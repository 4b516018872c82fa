import { BaxError } from "../errors.ts";
import type { Heap } from "../kernels/index.ts";
import { type Head, LOSSES } from "../losses/index.ts";
import {
  decodeRows,
  type ModelParts,
  paddedWidth,
  type StoredFile,
  singleSlice,
  sliceBounds,
  VECTOR,
  wholeGroup,
} from "../model/index.ts";
import { calibrationMetadata, readCalibration, readDecision } from "./calibrationEntry.ts";
import { fastTextMetadata, featureTensors, readFastTextFeatures, readHashedFeatures } from "./featureTensors.ts";
import {
  labelMeanTensors,
  type MatrixName,
  matrixTensors,
  type ProductShape,
  productShape,
  TensorReader,
} from "./modelTensors.ts";
import { readSafetensors, writeSafetensorsHeader } from "./safetensors.ts";

/** Raised when an older reader could misread a newer file. */
export const FORMAT_VERSION = 2;
/** Files of this version have a softmax over hashed features, both matrices in floats, and no correction of probabilities; such models are still written as such. */
const PLAIN_VERSION = 1;
const SOFTMAX_HEAD: Head = { loss: "softmax", labelCounts: [], arithmetic: "exact" };
/** Longest hidden vector that is believed. */
const LARGEST_DIMENSION = 65536;

/** Everything of a model file that is no tensor. `training` is whatever the trainer wants to tell; it is shown, not interpreted. */
export interface ModelDescription {
  options: Record<string, unknown>;
  training: Record<string, unknown>;
}

/** A model as it is written: total length, and its bytes in order, a piece at a time; a piece is valid until the next is asked for. */
export interface ModelFile {
  byteLength: number;
  chunks(): Generator<Uint8Array>;
}

/** Lays a model out as a safetensors file; the same model gives the same bytes. */
export function writeModelFile(parts: ModelParts, description: ModelDescription): ModelFile {
  const { parameters, labels } = parts;
  const sources = [
    ...matrixTensors(parts, "embeddings"),
    ...matrixTensors(parts, "output"),
    ...featureTensors(parts),
    ...labelMeanTensors(parts),
  ];
  const fastText = fastTextMetadata(parts);
  const rows = {
    embeddings: productShape(parameters, "embeddings"),
    output: productShape(parameters, "output"),
  };
  const quantized = rows.embeddings !== null || rows.output !== null;
  // What older readers understand is written as they know it.
  const correction = calibrationMetadata(parts);
  const plain =
    isSoftmax(parts.head) &&
    !fastText &&
    !parameters.compressed &&
    !parameters.compressedOutput &&
    Object.keys(correction).length === 0;
  const layout = writeSafetensorsHeader(sources, {
    format: "bax",
    format_version: String(plain ? PLAIN_VERSION : FORMAT_VERSION),
    ...(!plain && { head: JSON.stringify(parts.head) }),
    labels: JSON.stringify(labels),
    options: JSON.stringify(description.options),
    training: JSON.stringify(description.training),
    ...correction,
    ...(quantized && { quantizers: JSON.stringify(rows) }),
    ...(fastText && { fasttext: JSON.stringify(fastText) }),
  });
  const byName = new Map(sources.map((source) => [source.name, source]));
  function* chunks(): Generator<Uint8Array> {
    yield layout.header;
    // The layout may order tensors by the size of their elements.
    for (const { name } of layout.tensors) yield* byName.get(name)!.bytes();
  }
  return { byteLength: layout.byteLength, chunks };
}

/** Whether a head is the plain softmax, which needs no entry of its own in the file. */
function isSoftmax({ loss, arithmetic }: Head): boolean {
  return loss === "softmax" && arithmetic === "exact";
}

function damaged(offset: number, reason: string): never {
  throw new BaxError(
    "model",
    `byte ${offset}: ${reason}`,
    "The file is damaged or is not a bax model; copy it again or train it anew.",
  );
}

function parseJson(text: string | undefined, name: string): unknown {
  if (text === undefined) damaged(8, `the header has no "${name}"`);
  try {
    return JSON.parse(text);
  } catch {
    damaged(8, `"${name}" of the header is not JSON`);
  }
}

/** A value as a message shows it. */
function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function oneOf<T>(options: Record<string, unknown>, name: string, allowed: readonly T[]): T {
  const value = options[name];
  if (!allowed.includes(value as T))
    damaged(8, `option "${name}" is ${shown(value)}, not one of ${allowed.join(", ")}`);
  return value as T;
}

function whole(value: unknown, name: string, min: number, max: number): number {
  if (!(typeof value === "number" && Number.isInteger(value) && min <= value && value <= max)) {
    damaged(8, `option "${name}" is ${shown(value)}, not a whole number from ${min} to ${max}`);
  }
  return value;
}

function positive(options: Record<string, unknown>, name: string): number {
  const value = options[name];
  if (!(typeof value === "number" && 0 < value && value < 1e6)) {
    damaged(8, `option "${name}" is ${shown(value)}, not a positive number`);
  }
  return value;
}

/** Checks the options that predicting depends on. */
function featureOptions(options: Record<string, unknown>): ModelParts["options"] {
  const range = options["charNgrams"];
  if (!Array.isArray(range) || range.length !== 2)
    damaged(8, `option "charNgrams" is ${shown(range)}, not two numbers`);
  const longest = whole(range[1], "charNgrams", 0, 64);
  return {
    tokenizer: oneOf(options, "tokenizer", ["unicode", "whitespace", "fasttext"] as const),
    lowercase: oneOf(options, "lowercase", [true, false]),
    wordNgrams: whole(options["wordNgrams"], "wordNgrams", 1, 64),
    charNgrams: [whole(range[0], "charNgrams", longest ? 1 : 0, longest), longest],
    weighting: oneOf(options, "weighting", ["none", "tfidf", "log-ratio"] as const),
    norm: oneOf(options, "norm", ["l1", "l2"] as const),
    charScale: positive(options, "charScale"),
  };
}

/** Shapes of the quantisers of both matrices, where they have one. */
function readQuantizers(text: string | undefined): Record<MatrixName, ProductShape | null> {
  if (text === undefined) return { embeddings: null, output: null };
  const value = parseJson(text, "quantizers");
  if (!isRecord(value)) damaged(8, `"quantizers" is not an object`);
  const shape = (name: MatrixName): ProductShape | null => {
    const entry = value[name];
    if (entry === null || entry === undefined) return null;
    if (!isRecord(entry)) damaged(8, `"quantizers" has no shape of "${name}"`);
    const dimension = whole(entry["dimension"], "dimension", 1, LARGEST_DIMENSION);
    return { dimension, subDimension: whole(entry["subDimension"], "subDimension", 1, dimension) };
  };
  return { embeddings: shape("embeddings"), output: shape("output") };
}

/** Checks that fastText's dimension is that of the matrices, which are padded to whole vectors unless they are product-quantised. */
function checkColumns(dim: number, dimension: number, quantizers: readonly (ProductShape | null)[]): void {
  const fits = quantizers.every((shape) => shape === null || shape.dimension === dim);
  if (fits && Number.isInteger(dim) && dim > 0 && paddedWidth(dim) === dimension) return;
  damaged(8, `argument "dim" of "fasttext" is ${dim}, which the matrices do not have`);
}

/** Checks how scores become probabilities. */
function headOf(text: string | undefined, labelCount: number): Head {
  const head = parseJson(text, "head");
  if (!isRecord(head)) damaged(8, `"head" must be an object`);
  const loss = oneOf(head, "loss", LOSSES);
  const arithmetic = oneOf(head, "arithmetic", ["exact", "fasttext"] as const);
  const counts: unknown = head["labelCounts"];
  const expected = loss === "hs" ? labelCount : 0;
  if (!Array.isArray(counts) || counts.length !== expected) damaged(8, `"labelCounts" is not a list of ${expected}`);
  const labelCounts = counts.map((count) => whole(count, "labelCounts", 0, 1e14));
  if (labelCounts.some((count, i) => i > 0 && count > labelCounts[i - 1]))
    damaged(8, `"labelCounts" are not in descending order`);
  return { loss, labelCounts, arithmetic };
}

/**
 * Reads a model file that lies at the start of a heap block of `length` bytes: its tensors are used where they are. With `file` only its
 * header is there: what is needed is read from there, and rows of A when a text asks for them.
 */
export function readModelFile(
  heap: Heap,
  at: number,
  length: number,
  file?: StoredFile,
): { parts: ModelParts; description: ModelDescription } {
  const { metadata, tensors } = readSafetensors(heap.u8At(at, length));
  if (metadata["format"] !== "bax") {
    throw new BaxError(
      "model",
      "byte 8: a safetensors file, but not of bax (its metadata lack `format: bax`)",
      "Give a file that `bax train` wrote.",
    );
  }
  const version = metadata["format_version"];
  if (version !== String(PLAIN_VERSION) && version !== String(FORMAT_VERSION)) {
    throw new BaxError(
      "model",
      `byte 8: model format ${version ?? "without a number"}, but this bax reads format ${FORMAT_VERSION}`,
      "Use the version of bax that wrote the file, or train it anew.",
    );
  }
  const labels = parseJson(metadata["labels"], "labels");
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string"))
    damaged(8, `"labels" is not a list of names`);
  if (labels.length === 0) damaged(8, `"labels" is empty`);
  if (new Set(labels).size !== labels.length) damaged(8, `"labels" has the same name twice`);
  const options = parseJson(metadata["options"], "options");
  const training = parseJson(metadata["training"], "training");
  if (!isRecord(options) || !isRecord(training)) damaged(8, `"options" and "training" must be objects`);

  const reader = new TensorReader(heap, at, tensors, damaged, file);
  const checked = featureOptions(options);
  const quantizers = readQuantizers(metadata["quantizers"]);
  const fastText =
    checked.tokenizer === "fasttext"
      ? readFastTextFeatures(reader, parseJson(metadata["fasttext"], "fasttext"), checked, labels.length, damaged)
      : undefined;
  const features = fastText
    ? { keys: 0, featureWeights: 0, featureCount: fastText.vocabulary.featureCount }
    : readHashedFeatures(reader, checked.weighting !== "none", damaged);
  const { featureCount, ...keys } = features;
  const dimension = quantizers.embeddings
    ? paddedWidth(quantizers.embeddings.dimension)
    : reader.shapeOfMatrix("embeddings")[1];
  if (dimension === 0 || dimension % VECTOR !== 0)
    damaged(8, `dimension ${dimension} is not a positive multiple of ${VECTOR}`);
  if (fastText) checkColumns(fastText.arguments.dim, dimension, Object.values(quantizers));
  const embeddings = reader.matrix("embeddings", featureCount, dimension, quantizers.embeddings);
  const output = reader.matrix("output", labels.length, dimension, quantizers.output);
  if (output.compressed) {
    output.dense = heap.allocate(labels.length * dimension * 4);
    decodeRows(heap, output.compressed, dimension, 0, labels.length, output.dense);
  }
  const optional = <T>(
    name: string,
    read: (value: unknown, labelCount: number, refuse: (reason: string) => never) => T,
  ) =>
    metadata[name] === undefined
      ? undefined
      : read(parseJson(metadata[name], name), labels.length, (reason) => damaged(8, reason));
  const labelMeans = reader.has("label_means")
    ? {
        at: reader.floats("label_means", [labels.length, dimension]),
        counts: reader.floats("label_counts", [labels.length]),
      }
    : undefined;
  const { stored } = reader;
  if (!stored) file?.close();
  const slices = fastText ? singleSlice(dimension) : sliceBounds(dimension);
  return {
    parts: {
      heap,
      options: checked,
      labels,
      ...keys,
      parameters: {
        featureCount,
        labelCount: labels.length,
        dimension,
        slices,
        groups: [wholeGroup(dimension, slices, embeddings.dense, output.dense)],
        compressed: embeddings.compressed,
        compressedOutput: output.compressed,
        stored,
      },
      fastText,
      labelMeans,
      calibration: optional("calibration", readCalibration),
      decision: optional("decision", readDecision),
      head: version === String(PLAIN_VERSION) ? SOFTMAX_HEAD : headOf(metadata["head"], labels.length),
    },
    description: { options, training },
  };
}
