import { FastTextVocabulary, isAscending, LINE_END, placeEntries } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import {
  CENTROIDS,
  type CompressedRows,
  copyRows,
  decodeRows,
  type FastTextParts,
  type ModelParts,
  type Parameters,
  wholeGroup,
} from "../model/index.ts";
import type { CompressionOptions, RowKind } from "./compressionChoices.ts";
import { type DenseRows, quantizeRows } from "./productQuantization.ts";
import { byteRows, halveRows } from "./scalarQuantization.ts";

/** Columns of B that become one byte; fastText knows no other. */
const OUTPUT_SUB_DIMENSION = 2;

/** Added to a row's place before it stands for how rare the feature is: the very first are not that different. */
const COMMON_ROWS = 50;

/**
 * How much would be lost with each row (rows): ‖A_p‖ times what the feature weighs, which is how far it moves the hidden vector where it
 * occurs; and, where rows are in the order of their frequency, times (place + 50)^−¼, for what occurs often is lost often
 * (docs/decisions/0006-compression.md).
 */
function importance({ heap, parameters, featureWeights, keys, fastText }: ModelParts): Float64Array {
  const { featureCount, dimension } = parameters;
  const weights = featureWeights ? heap.f32At(featureWeights, featureCount).slice() : null;
  // A model that was compressed before has its rows in the order of their keys.
  const byFrequency = !fastText && !isAscending(heap.u32At(keys, featureCount));
  const row = new Float32Array(dimension);
  return Float64Array.from({ length: featureCount }, (_, feature) => {
    copyRows(heap, parameters, "embeddings", feature, 1, row);
    let square = 0;
    for (const value of row) square += value * value;
    const length = Math.sqrt(square) * (weights ? weights[feature] : 1);
    return byFrequency ? length / Math.sqrt(Math.sqrt(feature + COMMON_ROWS)) : length;
  });
}

/** All rows, the most important first; fastText's end of line before all others. */
export function rankRows(parts: ModelParts): Uint32Array {
  const worth = importance(parts);
  const lineEnd = parts.fastText?.vocabulary.entryOf(new TextEncoder().encode(LINE_END)) ?? -1;
  if (lineEnd >= 0 && lineEnd < (parts.fastText?.vocabulary.wordCount ?? 0)) worth[lineEnd] = Number.POSITIVE_INFINITY;
  return Uint32Array.from(worth, (_, row) => row).sort((a, b) => worth[b] - worth[a] || a - b);
}

/** Rows in the order of the new file: by key, so that keys can be packed; words before buckets, each in its own order. */
function orderRows({ heap, keys, fastText, parameters }: ModelParts, rows: Uint32Array): Uint32Array {
  if (!fastText) {
    const of = heap.u32At(keys, parameters.featureCount).slice();
    return rows.slice().sort((a, b) => of[a] - of[b]);
  }
  const { wordCount, rows: bucketRows } = fastText.vocabulary;
  const bucket = (row: number) => (bucketRows ? bucketRows.buckets[row - wordCount] : row - wordCount);
  const place = (row: number) => (row < wordCount ? row - wordCount : bucket(row));
  return rows.slice().sort((a, b) => place(a) - place(b));
}

function compressRows(
  heap: Heap,
  rows: DenseRows,
  kind: RowKind,
  columns: number,
  subDimension: number,
  { norms, seed }: CompressionOptions,
): CompressedRows | undefined {
  if (kind === "f32") return undefined;
  if (kind === "f16") return halveRows(heap, rows);
  if (kind === "int8") return byteRows(heap, rows);
  return quantizeRows(heap, rows, { dimension: columns, subDimension: Math.min(subDimension, columns), norms, seed });
}

// What compressRows would make, but for the numbers: enough to know how long the file will be.
function planRows(kind: RowKind, columns: number, subDimension: number, norms: boolean): CompressedRows | undefined {
  if (kind === "f32") return undefined;
  if (kind === "f16") return { kind, halves: 0 };
  if (kind === "int8") return { kind, bytes: 0, scales: 0 };
  const own = Math.min(subDimension, columns);
  const quantizer = { dimension: columns, subDimension: own, codeCount: Math.ceil(columns / own), centroids: 0 };
  return { kind, codes: 0, quantizer, norms: norms ? { codes: 0, centroids: 0 } : null };
}

function denseCopy(heap: Heap, parts: ModelParts, matrix: "embeddings" | "output", rows: Uint32Array): DenseRows {
  const { dimension } = parts.parameters;
  const at = heap.allocate(rows.length * dimension * 4);
  for (const [i, row] of rows.entries()) {
    copyRows(parts.heap, parts.parameters, matrix, row, 1, heap.f32At(at + i * dimension * 4, dimension));
  }
  return { at, count: rows.length, width: dimension };
}

// Words and buckets that keep a row; labels stay. What has no row is no feature any more, as in fastText.
function pruneVocabulary(
  heap: Heap,
  { vocabulary, arguments: args }: FastTextParts,
  rows: Uint32Array,
  dropUnseen: boolean,
): FastTextParts {
  const { entries, wordCount, ngrams, labelCount } = vocabulary;
  const words = Array.from(rows.filter((row) => row < wordCount));
  const kept = [...words, ...Array.from({ length: labelCount }, (_, label) => wordCount + label)];
  const placed = placeEntries(
    heap,
    kept.map((entry) => vocabulary.bytesOf(entry)),
  );
  const counts = Float64Array.from(kept, (entry) => entries.counts[entry]);
  const bucketRows = vocabulary.rows;
  const whole = rows.length === vocabulary.featureCount;
  const missing = whole && !dropUnseen && bucketRows ? bucketRows.missing : "drop";
  const buckets = Array.from(rows.subarray(words.length), (row) =>
    bucketRows ? bucketRows.buckets[row - wordCount] : row - wordCount,
  );
  return {
    vocabulary: new FastTextVocabulary(
      heap,
      { ...placed, wordCount: words.length, counts, tokenCount: entries.tokenCount },
      ngrams,
      whole && bucketRows === null ? null : { buckets: Uint32Array.from(buckets), missing },
    ),
    arguments: args,
  };
}

// Feature weights of the kept rows, as one of 256 values each where rows are in few bits too.
function compressWeights(
  heap: Heap,
  parts: ModelParts,
  rows: Uint32Array,
  kind: RowKind,
  seed: number,
): Pick<ModelParts, "featureWeights" | "featureWeightCodes"> {
  if (!parts.featureWeights) return { featureWeights: 0 };
  const all = parts.heap.f32At(parts.featureWeights, parts.parameters.featureCount);
  const featureWeights = heap.allocateCopy(Float32Array.from(rows, (row) => all[row]));
  if (kind === "f32" || kind === "f16") return { featureWeights };
  const dense = { at: featureWeights, count: rows.length, width: 1 };
  const made = quantizeRows(heap, dense, { dimension: 1, subDimension: 1, norms: false, seed });
  if (made.kind !== "product") return { featureWeights };
  const levels = heap.f32At(made.quantizer.centroids, CENTROIDS);
  const codes = heap.u8At(made.codes, rows.length);
  const values = heap.f32At(featureWeights, rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = levels[codes[i]];
  return { featureWeights, featureWeightCodes: { codes: made.codes, levels: made.quantizer.centroids } };
}

// Everything of the smaller model but its matrices.
function frame(
  heap: Heap,
  parts: ModelParts,
  rows: Uint32Array,
  dropUnseen: boolean,
): Pick<ModelParts, "keys" | "fastText"> {
  const { fastText, parameters } = parts;
  if (fastText) return { keys: 0, fastText: pruneVocabulary(heap, fastText, rows, dropUnseen) };
  const of = parts.heap.u32At(parts.keys, parameters.featureCount);
  return { keys: heap.allocateCopy(Uint32Array.from(rows, (row) => of[row])), fastText: undefined };
}

function smaller(
  { dimension, slices, labelCount }: Parameters,
  featureCount: number,
  embeddings: { at: number; compressed: CompressedRows | undefined },
  output: { at: number; compressed: CompressedRows | undefined },
): Parameters {
  return {
    featureCount,
    labelCount,
    dimension,
    slices,
    groups: [wholeGroup(dimension, slices, embeddings.at, output.at)],
    compressed: embeddings.compressed,
    compressedOutput: output.compressed,
  };
}

/** Columns that are no padding. */
function columnsOf({ fastText, parameters }: ModelParts): number {
  return fastText ? fastText.arguments.dim : parameters.dimension;
}

/** A model as large as `compressParts` would make it, without its numbers: its file has the same length, and is not to be written. */
export function planParts(parts: ModelParts, ranked: Uint32Array, options: CompressionOptions): ModelParts {
  const heap = new Heap(false);
  const rows = orderRows(parts, keptRows(ranked, options.features));
  const columns = columnsOf(parts);
  const coded = options.rows === "int8" || options.rows === "product";
  const embeddings = { at: 0, compressed: planRows(options.rows, columns, options.subDimension, options.norms) };
  const output = { at: 0, compressed: planRows(options.output, columns, OUTPUT_SUB_DIMENSION, options.norms) };
  return {
    ...parts,
    ...frame(heap, parts, rows, options.dropUnseen),
    labelMeans: undefined,
    heap,
    featureWeightCodes: parts.featureWeights && coded ? { codes: 0, levels: 0 } : undefined,
    parameters: smaller(parts.parameters, rows.length, embeddings, output),
  };
}

function keptRows(ranked: Uint32Array, features: number): Uint32Array {
  return features === 0 ? ranked : ranked.subarray(0, features);
}

/**
 * Makes a smaller model of another, which stays as it is. `ranked`: as `rankRows` gives them. Deterministic: the same model, options and
 * seed give the same bytes.
 */
export function compressParts(parts: ModelParts, ranked: Uint32Array, options: CompressionOptions): ModelParts {
  const heap = new Heap(false);
  const { parameters, labels } = parts;
  const columns = columnsOf(parts);
  const rows = orderRows(parts, keptRows(ranked, options.features));
  const outputRows = denseCopy(
    heap,
    parts,
    "output",
    Uint32Array.from({ length: parameters.labelCount }, (_, i) => i),
  );
  const output = {
    at: outputRows.at,
    compressed: compressRows(heap, outputRows, options.output, columns, OUTPUT_SUB_DIMENSION, options),
  };
  if (output.compressed) decodeRows(heap, output.compressed, parameters.dimension, 0, labels.length, output.at);
  const dense = denseCopy(heap, parts, "embeddings", rows);
  const compressed = compressRows(heap, dense, options.rows, columns, options.subDimension, options);
  if (compressed) heap.release(dense.at);
  return {
    ...parts,
    ...frame(heap, parts, rows, options.dropUnseen),
    labelMeans: undefined,
    ...compressWeights(heap, parts, rows, options.rows, options.seed),
    heap,
    parameters: smaller(parameters, rows.length, { at: compressed ? 0 : dense.at, compressed }, output),
  };
}
