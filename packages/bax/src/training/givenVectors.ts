// Vectors of words that were learned elsewhere: which rows of A begin with them.
import type { WordVectors } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { FeatureExtractor, type FeatureOptions, Vocabulary } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import { copyRows, type FastTextParts, type ModelParts } from "../model/index.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { TrainingChoices } from "./options.ts";

/** Rows of A that are given. */
export interface GivenRows {
  rows: Uint32Array;
  /** (rows, dimension). */
  values: Float32Array;
  /** Words of the file that have no row: they are not in the examples, or are no single word here. */
  missed: number;
}

const encoder = new TextEncoder();
const NO_ROW = 0xffffffff;

/** What rows of A can begin with: vectors of words, or a model with bax's own features, for the features that both know. */
export type Pretrained = WordVectors | ModelParts;

/** Columns of given vectors. */
export function columnsOf(pretrained: Pretrained): number {
  return "words" in pretrained ? pretrained.dimension : pretrained.parameters.dimension;
}

/** Which rows begin with what. */
export function givenRows(
  heap: Heap,
  reading: FeatureOptions,
  features: { keys: number; count: number; fastText: FastTextParts | undefined },
  pretrained: Pretrained,
): GivenRows {
  if (!("words" in pretrained)) return rowsOfFeatures(heap, features, pretrained);
  return features.fastText
    ? rowsOfFastText(pretrained, features.fastText)
    : rowsOfHashes(heap, reading, features, pretrained);
}

/** Where the features of both models are hashes, made in the same way. */
function rowsOfFeatures(
  heap: Heap,
  features: { keys: number; count: number },
  { heap: from, keys, parameters }: ModelParts,
): GivenRows {
  const { featureCount, dimension } = parameters;
  const vocabulary = new Vocabulary(heap, features.keys, features.count);
  const found = vocabulary.rowsOf(from.u32At(keys, featureCount).slice());
  vocabulary.release();
  const kept = Array.from(found.keys()).filter((row) => found[row] !== NO_ROW);
  const values = new Float32Array(kept.length * dimension);
  for (const [i, row] of kept.entries())
    copyRows(from, parameters, "embeddings", row, 1, values.subarray(i * dimension, (i + 1) * dimension));
  return { rows: Uint32Array.from(kept, (row) => found[row]), values, missed: featureCount - kept.length };
}

/** Throws a BaxError ("usage") where the vectors do not go with what was chosen. */
export function checkPretrained(pretrained: Pretrained, { dim, tokenizer, lowercase }: TrainingChoices): void {
  const columns = columnsOf(pretrained);
  if (dim !== undefined && dim !== columns) {
    throw new BaxError(
      "usage",
      `the given vectors have ${columns} columns, but --dim is ${dim}`,
      `Leave --dim out, or make it ${columns}.`,
    );
  }
  if ("words" in pretrained) return;
  const { options, fastText, parameters } = pretrained;
  const isSame = options.tokenizer === (tokenizer ?? "unicode") && options.lowercase === (lowercase ?? true);
  if (isSame && !fastText && !parameters.compressed) return;
  throw new BaxError(
    "usage",
    "--pretrained: the model reads text in another way, so that its features mean something else here, or it is compressed",
    "Give one with the same --tokenizer and --lowercase, or vectors of words.",
  );
}

/** Where features are fastText's: every word of the vocabulary that has a vector. */
function rowsOfFastText(vectors: WordVectors, { vocabulary }: FastTextParts): GivenRows {
  return gather(vectors, (word) => {
    const entry = vocabulary.entryOf(encoder.encode(word));
    return entry >= 0 && entry < vocabulary.wordCount ? entry : NO_ROW;
  });
}

/** Where features are hashes: a word is what the text's own way of reading makes one feature of. */
function rowsOfHashes(
  heap: Heap,
  reading: FeatureOptions,
  features: { keys: number; count: number },
  vectors: WordVectors,
): GivenRows {
  const extractor = new FeatureExtractor(heap, { ...reading, wordNgrams: 1, charNgrams: [0, 0] });
  const vocabulary = new Vocabulary(heap, features.keys, features.count);
  const hashes = vectors.words.map((word) => {
    const bytes = encoder.encode(word);
    const at = heap.allocateCopy(bytes);
    const count = extractor.extract(at, bytes.length);
    const hash = count === 1 && extractor.tokenCount <= 1 ? heap.u32At(extractor.hashes, 1)[0] : undefined;
    heap.release(at);
    return hash;
  });
  const rows = vocabulary.rowsOf(Uint32Array.from(hashes, (hash) => hash ?? 0));
  extractor.release();
  vocabulary.release();
  const isTaken = new Set<number>();
  return gather(vectors, (_, i) => {
    // Of words that are one here, as with small and capital letters, the first is the most frequent.
    if (hashes[i] === undefined || isTaken.has(rows[i])) return NO_ROW;
    isTaken.add(rows[i]);
    return rows[i];
  });
}

function gather({ words, values, dimension }: WordVectors, rowOf: (word: string, i: number) => number): GivenRows {
  const rows = words.map(rowOf);
  const kept = Array.from(rows.keys()).filter((i) => rows[i] !== NO_ROW);
  const given = new Float32Array(kept.length * dimension);
  for (const [row, i] of kept.entries())
    given.set(values.subarray(i * dimension, (i + 1) * dimension), row * dimension);
  return { rows: Uint32Array.from(kept, (i) => rows[i]), values: given, missed: words.length - kept.length };
}

/** A number of the rows of a model, of A and then of B. `heap`: to count in. */
export function fingerprintOfModel(heap: Heap, { heap: from, parameters }: ModelParts): string {
  const print = new Fingerprint(heap);
  const row = new Float32Array(parameters.dimension);
  const bytes = new Uint8Array(row.buffer);
  for (const [matrix, rows] of [
    ["embeddings", parameters.featureCount],
    ["output", parameters.labelCount],
  ] as const) {
    for (let i = 0; i < rows; i++) {
      copyRows(from, parameters, matrix, i, 1, row);
      print.stirBytes(bytes);
    }
  }
  return print.digits;
}

/** A number of given vectors. */
export function fingerprintOfVectors(heap: Heap, pretrained: Pretrained): string {
  if (!("words" in pretrained)) return fingerprintOfModel(heap, pretrained);
  const print = new Fingerprint(heap);
  const { words, values } = pretrained;
  for (const word of words) print.stirName(word);
  print.stirBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return print.digits;
}
