import { BaxError } from "../errors.ts";
import type { Heap } from "../kernels/index.ts";
import { type Head, LOSSES } from "../losses/index.ts";
import { copyRows, type ModelParts, sliceBounds, VECTOR } from "../model/index.ts";
import { readSafetensors, type TensorEntry, writeSafetensorsHeader } from "./safetensors.ts";

/** Raised when an older reader could misread a newer file. */
export const FORMAT_VERSION = 2;
/** Files of this version have no head: all are of softmax, and softmax models are still written as such. */
const SOFTMAX_VERSION = 1;
const SOFTMAX_HEAD: Head = { loss: "softmax", labelCounts: [], arithmetic: "exact" };
/** Numbers of a model stay below this: products of two of them, summed, then stay far from the end of f32. */
const LARGEST = 1e12;
/** Bytes of A that are brought into row order at a time when a model is written. */
const CHUNK_BYTES = 1 << 20;

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
  const { heap, parameters, labels } = parts;
  const { featureCount, labelCount, dimension } = parameters;
  // What older readers understand is written as they know it.
  const version = isSoftmax(parts.head) ? SOFTMAX_VERSION : FORMAT_VERSION;
  const layout = writeSafetensorsHeader(
    [
      { name: "embeddings", dtype: "F32", shape: [featureCount, dimension] },
      { name: "output", dtype: "F32", shape: [labelCount, dimension] },
      { name: "feature_keys", dtype: "U32", shape: [featureCount] },
      ...(parts.featureWeights ? [{ name: "feature_weights", dtype: "F32" as const, shape: [featureCount] }] : []),
    ],
    {
      format: "bax",
      format_version: String(version),
      ...(version > SOFTMAX_VERSION && { head: JSON.stringify(parts.head) }),
      labels: JSON.stringify(labels),
      options: JSON.stringify(description.options),
      training: JSON.stringify(description.training),
    },
  );
  function* matrix(name: "embeddings" | "output", rows: number): Generator<Uint8Array> {
    if (parameters.groups.length === 1) {
      yield heap.u8At(parameters.groups[0][name], rows * dimension * 4);
      return;
    }
    const step = Math.max(1, Math.floor(CHUNK_BYTES / (dimension * 4)));
    for (let first = 0; first < rows; first += step) {
      const chunk = new Float32Array(Math.min(step, rows - first) * dimension);
      copyRows(heap, parameters, name, first, Math.min(step, rows - first), chunk);
      yield new Uint8Array(chunk.buffer);
    }
  }
  function* chunks(): Generator<Uint8Array> {
    yield layout.header;
    for (const tensor of layout.tensors) {
      if (tensor.name === "embeddings") yield* matrix("embeddings", featureCount);
      else if (tensor.name === "output") yield* matrix("output", labelCount);
      else
        yield heap.u8At(tensor.name === "feature_keys" ? parts.keys : parts.featureWeights, tensor.byteLength).slice();
    }
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
    tokenizer: oneOf(options, "tokenizer", ["unicode", "whitespace"] as const),
    lowercase: oneOf(options, "lowercase", [true, false]),
    wordNgrams: whole(options["wordNgrams"], "wordNgrams", 1, 64),
    charNgrams: [whole(range[0], "charNgrams", longest ? 1 : 0, longest), longest],
    weighting: oneOf(options, "weighting", ["none", "tfidf", "log-ratio"] as const),
    norm: oneOf(options, "norm", ["l1", "l2"] as const),
    charScale: positive(options, "charScale"),
  };
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

/** Reads a model file that lies at the start of a heap block of `length` bytes: its tensors are used where they are. */
export function readModelFile(
  heap: Heap,
  at: number,
  length: number,
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
  if (version !== String(SOFTMAX_VERSION) && version !== String(FORMAT_VERSION)) {
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

  const find = (name: string, dtype: string, shape: readonly (number | undefined)[]): TensorEntry => {
    const tensor = tensors.get(name);
    if (!tensor) damaged(8, `there is no tensor "${name}"`);
    const fits =
      tensor.shape.length === shape.length && shape.every((n, i) => n === undefined || n === tensor.shape[i]);
    if (tensor.dtype !== dtype || !fits) {
      const expected = shape.map((n) => n ?? "any").join(" × ");
      damaged(
        8,
        `tensor "${name}" is ${tensor.dtype} of ${tensor.shape.join(" × ")}, expected ${dtype} of ${expected}`,
      );
    }
    return tensor;
  };
  const embeddings = find("embeddings", "F32", [undefined, undefined]);
  const [featureCount, dimension] = embeddings.shape;
  if (dimension === 0 || dimension % VECTOR !== 0)
    damaged(8, `dimension ${dimension} is not a positive multiple of ${VECTOR}`);
  const output = find("output", "F32", [labels.length, dimension]);
  const keys = find("feature_keys", "U32", [featureCount]);
  const weighted = options["weighting"] !== "none";
  const weights = weighted ? find("feature_weights", "F32", [featureCount]) : undefined;
  for (const tensor of [embeddings, output, ...(weights ? [weights] : [])]) {
    const count = tensor.byteLength / 4;
    const bad = heap.kernels.firstBeyond(at + tensor.offset, count, LARGEST) >>> 0;
    if (bad < count) damaged(tensor.offset + 4 * bad, `a number that is NaN or infinite, or beyond ±${LARGEST}`);
  }
  // Our writer aligns every tensor; another's may begin at an odd byte, and is moved to where the kernels can read it.
  const place = ({ offset, byteLength }: TensorEntry): number =>
    (at + offset) % 4 === 0 ? at + offset : heap.allocateCopy(heap.u8At(at + offset, byteLength).slice());
  const slices = sliceBounds(dimension);
  const group = {
    firstSlice: 0,
    sliceCount: slices.length - 1,
    begin: 0,
    width: dimension,
    embeddings: place(embeddings),
    output: place(output),
  };
  return {
    parts: {
      heap,
      options: featureOptions(options),
      labels,
      keys: place(keys),
      featureWeights: weights ? place(weights) : 0,
      parameters: { featureCount, labelCount: labels.length, dimension, slices, groups: [group] },
      head: version === String(SOFTMAX_VERSION) ? SOFTMAX_HEAD : headOf(metadata["head"], labels.length),
    },
    description: { options, training },
  };
}
