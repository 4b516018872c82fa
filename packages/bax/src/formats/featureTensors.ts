// What stands for the rows of A in a model file: hashes of features with their weights, or fastText's words, labels and buckets.

import { FastTextVocabulary, isAscending } from "../features/index.ts";
import { CENTROIDS, type FastTextArguments, type FastTextParts, type ModelParts } from "../model/index.ts";
import { LOSS_NAMES, MODELS } from "./fastTextFile.ts";
import type { TensorReader, TensorSource } from "./modelTensors.ts";

/** Differences of ascending numbers, seven bits a byte, the lowest first; the highest bit says that more follow (LEB128). */
export function packAscending(values: Uint32Array): Uint8Array {
  let bytes = new Uint8Array(values.length * 2 + 16);
  let at = 0;
  let last = 0;
  for (const value of values) {
    if (at + 8 > bytes.length) {
      const more = new Uint8Array(bytes.length * 2);
      more.set(bytes);
      bytes = more;
    }
    let difference = value - last;
    for (; difference >= 128; difference = Math.floor(difference / 128)) bytes[at++] = (difference % 128) | 128;
    bytes[at++] = difference;
    last = value;
  }
  return bytes.slice(0, at);
}

/** The inverse of `packAscending` for `count` numbers; null where the bytes are not such a list. */
export function unpackAscending(bytes: Uint8Array, count: number): Uint32Array | null {
  // A number takes a byte at least.
  if (count > bytes.length) return null;
  const values = new Uint32Array(count);
  let at = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    let difference = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at === bytes.length || scale > 2 ** 28) return null;
      const byte = bytes[at++];
      difference += (byte & 127) * scale;
      if (byte < 128) break;
    }
    last += difference;
    if (last > 0xffffffff || (i > 0 && difference === 0)) return null;
    values[i] = last;
  }
  return at === bytes.length ? values : null;
}

function keyTensors({ heap, keys, parameters }: ModelParts): TensorSource[] {
  const { featureCount, compressed } = parameters;
  const values = heap.u32At(keys, featureCount);
  // Where rows are compressed their keys are too, if they are in order: then a key costs two to three bytes.
  if (compressed && isAscending(values)) {
    const packed = packAscending(values);
    return [{ name: "feature_key_differences", dtype: "U8", shape: [packed.length], bytes: () => [packed] }];
  }
  const bytes = () => [heap.u8At(keys, featureCount * 4)];
  return [{ name: "feature_keys", dtype: "U32", shape: [featureCount], bytes }];
}

function weightTensors({ heap, featureWeights, featureWeightCodes, parameters }: ModelParts): TensorSource[] {
  const { featureCount } = parameters;
  if (!featureWeights) return [];
  if (!featureWeightCodes) {
    const bytes = () => [heap.u8At(featureWeights, featureCount * 4)];
    return [{ name: "feature_weights", dtype: "F32", shape: [featureCount], bytes }];
  }
  const { codes, levels } = featureWeightCodes;
  return [
    { name: "feature_weight_codes", dtype: "U8", shape: [featureCount], bytes: () => [heap.u8At(codes, featureCount)] },
    {
      name: "feature_weight_levels",
      dtype: "F32",
      shape: [CENTROIDS],
      bytes: () => [heap.u8At(levels, CENTROIDS * 4)],
    },
  ];
}

/** The tensors that say which feature each row of A belongs to, and how much it weighs. */
export function featureTensors(parts: ModelParts): TensorSource[] {
  const { fastText } = parts;
  if (!fastText) return [...keyTensors(parts), ...weightTensors(parts)];
  const { vocabulary } = fastText;
  const { counts } = vocabulary.entries;
  const names = Array.from(counts, (_, entry) => Uint8Array.of(...vocabulary.bytesOf(entry), 0));
  const nameBytes = names.reduce((sum, name) => sum + name.length, 0);
  const wide = BigInt64Array.from(counts, (count) => BigInt(count));
  const tensors: TensorSource[] = [
    { name: "entries", dtype: "U8", shape: [nameBytes], bytes: () => names },
    { name: "entry_counts", dtype: "I64", shape: [counts.length], bytes: () => [new Uint8Array(wide.buffer)] },
  ];
  if (!vocabulary.rows) return tensors;
  const { buckets } = vocabulary.rows;
  const bytes = () => [new Uint8Array(buckets.buffer, buckets.byteOffset, buckets.byteLength)];
  return [...tensors, { name: "buckets", dtype: "U32", shape: [buckets.length], bytes }];
}

/** What the metadata say of fastText's part of a model. */
export function fastTextMetadata({ fastText }: ModelParts): Record<string, unknown> | null {
  if (!fastText) return null;
  const { vocabulary, arguments: args } = fastText;
  const { wordCount, tokenCount } = vocabulary.entries;
  return { arguments: args, wordCount, tokenCount, missing: vocabulary.rows?.missing ?? null };
}

/** Keys and weights of hashed features: addresses. */
export function readHashedFeatures(
  reader: TensorReader,
  weighted: boolean,
  damaged: (offset: number, reason: string) => never,
): Pick<ModelParts, "keys" | "featureWeights" | "featureWeightCodes"> & { featureCount: number } {
  const { heap } = reader;
  let keys: number;
  let featureCount: number;
  if (reader.has("feature_key_differences")) {
    featureCount = reader.has("embeddings") ? reader.rowsOf("embeddings") : reader.rowsOf("embeddings_codes");
    const packed = reader.find("feature_key_differences", "U8", [undefined]);
    const at = reader.bytes("feature_key_differences", [undefined]);
    const values = unpackAscending(heap.u8At(at, packed.byteLength), featureCount);
    if (!values) return damaged(packed.offset, `"feature_key_differences" are not ${featureCount} ascending numbers`);
    keys = heap.allocateCopy(values);
  } else {
    keys = reader.numbers("feature_keys");
    featureCount = reader.rowsOf("feature_keys");
  }
  if (!weighted) return { keys, featureCount, featureWeights: 0 };
  if (!reader.has("feature_weight_codes")) {
    return { keys, featureCount, featureWeights: reader.floats("feature_weights", [featureCount]) };
  }
  const codes = reader.bytes("feature_weight_codes", [featureCount]);
  const levels = reader.floats("feature_weight_levels", [CENTROIDS]);
  const featureWeights = heap.allocate(featureCount * 4);
  const values = heap.f32At(featureWeights, featureCount);
  const of = heap.f32At(levels, CENTROIDS);
  const bytes = heap.u8At(codes, featureCount);
  for (let i = 0; i < featureCount; i++) values[i] = of[bytes[i]];
  return { keys, featureCount, featureWeights, featureWeightCodes: { codes, levels } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkArguments(value: unknown, damaged: (offset: number, reason: string) => never): FastTextArguments {
  if (!isRecord(value)) return damaged(8, `"fasttext" has no arguments`);
  const numbers = [
    "dim",
    "ws",
    "epoch",
    "minCount",
    "neg",
    "wordNgrams",
    "bucket",
    "minn",
    "maxn",
    "lrUpdateRate",
    "t",
  ];
  const bad = numbers.find((name) => typeof value[name] !== "number" || !Number.isFinite(value[name]));
  if (bad !== undefined) damaged(8, `argument "${bad}" of "fasttext" is no number`);
  if (!LOSS_NAMES.some((loss) => loss === value["loss"])) damaged(8, `argument "loss" of "fasttext" is unknown`);
  if (!MODELS.some((model) => model === value["model"])) damaged(8, `argument "model" of "fasttext" is unknown`);
  return value as unknown as FastTextArguments;
}

/** fastText's words, labels and buckets. `options`: those of the model, which say what n-grams there are. */
export function readFastTextFeatures(
  reader: TensorReader,
  metadata: unknown,
  options: ModelParts["options"],
  labelCount: number,
  damaged: (offset: number, reason: string) => never,
): FastTextParts {
  const { heap } = reader;
  if (!isRecord(metadata)) return damaged(8, `"fasttext" is not an object`);
  const args = checkArguments(metadata["arguments"], damaged);
  const whole = (name: string, value: unknown, most: number): number => {
    const fits = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
    return fits ? value : damaged(8, `"${name}" of "fasttext" is no whole number from 0 to ${most}`);
  };
  const counted = reader.find("entry_counts", "I64", [undefined]);
  const size = counted.shape[0];
  const wordCount = whole("wordCount", metadata["wordCount"], size);
  if (size - wordCount !== labelCount)
    damaged(8, `${size - wordCount} labels among the entries, expected ${labelCount}`);
  const tokenCount = whole("tokenCount", metadata["tokenCount"], Number.MAX_SAFE_INTEGER);
  const countsAt = reader.bytes("entry_counts", [size], "I64");
  const view = new DataView(heap.memory.buffer, countsAt, size * 8);
  const counts = Float64Array.from({ length: size }, (_, entry) => Number(view.getBigInt64(entry * 8, true)));
  const names = reader.find("entries", "U8", [undefined]);
  const pool = reader.bytes("entries", [undefined]);
  const bytes = heap.u8At(pool, names.byteLength);
  const starts = new Uint32Array(size);
  let at = 0;
  for (let entry = 0; entry < size; entry++) {
    starts[entry] = at;
    const end = bytes.indexOf(0, at);
    if (end < 0) damaged(names.offset + at, `"entries" ends after ${entry} of ${size} names`);
    at = end + 1;
  }
  if (at !== bytes.length) damaged(names.offset + at, `"entries" has more than ${size} names`);
  const buckets = whole("bucket", args.bucket, 0x7fffffff);
  const [shortest, longest] = options.charNgrams;
  const ngrams = { wordNgrams: options.wordNgrams, shortest, longest, buckets };
  const missing = metadata["missing"];
  if (missing === null)
    return {
      vocabulary: new FastTextVocabulary(heap, { pool, starts, wordCount, counts, tokenCount }, ngrams, null),
      arguments: args,
    };
  if (missing !== "drop" && missing !== "count") return damaged(8, `"missing" of "fasttext" is unknown`);
  const tensor = reader.find("buckets", "U32", [undefined]);
  const rows = heap.u32At(reader.place(tensor), tensor.shape[0]).slice();
  const beyond = rows.findIndex((bucket) => bucket >= buckets);
  if (beyond >= 0) damaged(tensor.offset + 4 * beyond, `bucket ${rows[beyond]} of "buckets" is not below ${buckets}`);
  const vocabulary = new FastTextVocabulary(heap, { pool, starts, wordCount, counts, tokenCount }, ngrams, {
    buckets: rows,
    missing,
  });
  return { vocabulary, arguments: args };
}
