import { BaxError } from "../errors.ts";
import type { FeatureOptions, WeightingOptions } from "../features/index.ts";
import { unpackAscending } from "../formats/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { LossName } from "../losses/index.ts";
import { CENTROIDS, type CompressedRows, decodeRows, paddedWidth } from "../model/index.ts";

/** A model as predicting needs it: addresses in a heap. */
export interface CompactModel {
  options: FeatureOptions & WeightingOptions;
  labels: readonly string[];
  loss: LossName;
  /** Of hierarchical softmax. */
  labelCounts: readonly number[];
  keys: number;
  featureCount: number;
  featureWeights: number;
  /** Columns of A and B. */
  dimension: number;
  /** Rows of A: floats at an address, or compressed. */
  embeddings: number | CompressedRows;
  output: number;
  temperature: number;
  platt: { slopes: readonly number[]; offsets: readonly number[] } | null;
  thresholds: readonly number[] | undefined;
}

interface Tensor {
  dtype: string;
  shape: readonly number[];
  data_offsets: readonly [begin: number, end: number];
}

const BYTES: Record<string, number> = { F32: 4, U32: 4, F16: 2, I8: 1, U8: 1 };
/** As the whole library has it: no number of a model is larger. */
const LARGEST = 1e12;

function refuse(byte: number, reason: string): never {
  throw new BaxError("model", `byte ${byte}: ${reason}`, "Copy the file again, or train the model anew.");
}

function parse<T>(text: string | undefined, name: string): T {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return refuse(8, `"${name}" is not JSON`);
  }
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** Where the numbers of a model's file lie once they are in a heap. */
class Tensors {
  private readonly heap: Heap;
  private readonly at: number;
  private readonly start: number;
  private readonly length: number;
  private readonly header: Record<string, Tensor | undefined>;

  constructor(heap: Heap, at: number, start: number, length: number, header: Record<string, Tensor | undefined>) {
    this.heap = heap;
    this.at = at;
    this.start = start;
    this.length = length;
    this.header = header;
  }

  has(name: string): boolean {
    return this.header[name] !== undefined;
  }

  dtypeOf(name: string): string | undefined {
    return this.header[name]?.dtype;
  }

  /** Sizes of a tensor. */
  shapeOf(name: string): readonly number[] {
    return this.header[name]?.shape ?? refuse(8, `there is no tensor "${name}"`);
  }

  /** Address of a tensor of this type and so many numbers, none of them wild. */
  place(name: string, dtype: string, count: number): number {
    const { heap, header, length, start } = this;
    const tensor = header[name];
    const [begin, end] = tensor?.data_offsets ?? [];
    if (
      tensor?.dtype !== dtype ||
      !isCount(begin, length) ||
      !isCount(end, length - start) ||
      end - begin !== count * BYTES[dtype]
    )
      return refuse(8, `tensor "${name}" is not ${count} × ${dtype}`);
    const at = this.at + start + begin;
    const placed = at % 4 === 0 ? at : heap.allocateCopy(heap.u8At(at, end - begin).slice());
    const bad = dtype === "F32" ? heap.kernels.firstBeyond(placed, count, LARGEST) >>> 0 : count;
    if (bad < count) refuse(start + begin + 4 * bad, "a number that is NaN or infinite, or too large");
    const halves = dtype === "F16" ? new Uint16Array(heap.memory.buffer, placed, count) : [];
    if (halves.some((half) => (half & 0x7c00) === 0x7c00)) refuse(start + begin, "a number that is NaN or infinite");
    return placed;
  }
}

type Shapes = Record<string, { dimension: number; subDimension: number } | null | undefined>;

function readRows(
  tensors: Tensors,
  name: string,
  rows: number,
  dimension: number,
  shapes: Shapes,
): number | CompressedRows {
  const shape = shapes[name];
  if (shape) {
    const { dimension: columns, subDimension } = shape;
    const codeCount = Math.ceil(columns / subDimension);
    if (
      !isCount(columns, dimension) ||
      !isCount(subDimension, columns) ||
      paddedWidth(columns) !== dimension ||
      !(codeCount > 0)
    )
      refuse(8, `a quantiser of ${columns} columns for ${dimension}`);
    const [norms, normCodes] = [`${name}_norms`, `${name}_norm_codes`];
    return {
      kind: "product",
      codes: tensors.place(`${name}_codes`, "U8", rows * codeCount),
      quantizer: { ...shape, codeCount, centroids: tensors.place(`${name}_centroids`, "F32", CENTROIDS * columns) },
      norms: tensors.has(normCodes)
        ? { codes: tensors.place(normCodes, "U8", rows), centroids: tensors.place(norms, "F32", CENTROIDS) }
        : null,
    };
  }
  const dtype = tensors.dtypeOf(name);
  if (dtype === "F16") return { kind: "f16", halves: tensors.place(name, dtype, rows * dimension) };
  if (dtype !== "I8") return tensors.place(name, "F32", rows * dimension);
  const bytes = tensors.place(name, dtype, rows * dimension);
  return { kind: "int8", bytes, scales: tensors.place(`${name}_scales`, "F32", rows) };
}

function readKeys(heap: Heap, tensors: Tensors, featureCount: number): number {
  const name = "feature_key_differences";
  if (!tensors.has(name)) return tensors.place("feature_keys", "U32", featureCount);
  const [bytes] = tensors.shapeOf(name);
  const keys = unpackAscending(heap.u8At(tensors.place(name, "U8", bytes), bytes), featureCount);
  return heap.allocateCopy(keys ?? refuse(8, `"${name}" are not ${featureCount} ascending numbers`));
}

function readWeights(heap: Heap, tensors: Tensors, featureCount: number): number {
  const name = "feature_weight_codes";
  if (!tensors.has(name)) return tensors.place("feature_weights", "F32", featureCount);
  const codes = tensors.place(name, "U8", featureCount);
  const levels = tensors.place("feature_weight_levels", "F32", CENTROIDS);
  const at = heap.allocate(featureCount * 4);
  const weights = heap.f32At(at, featureCount);
  for (let i = 0; i < featureCount; i++) weights[i] = heap.f32[(levels >>> 2) + heap.u8[codes + i]];
  return at;
}

/** Reads a model file's bytes. Throws a BaxError ("model") with the byte and the reason for what is not a model that can be answered by. */
export function readCompactModel(heap: Heap, bytes: Uint8Array): CompactModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerBytes =
    bytes.length < 16 ? Number.POSITIVE_INFINITY : view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  const start = 8 + headerBytes;
  if (start > bytes.length) refuse(0, "this is no model of bax, or it was cut short");
  const header = parse<Record<string, Tensor> & { __metadata__?: Record<string, string> }>(
    new TextDecoder().decode(bytes.slice(8, start)),
    "the header",
  );
  const metadata = header.__metadata__ ?? {};
  const { format, format_version: version } = metadata;
  if (format !== "bax" || (version !== "1" && version !== "2"))
    refuse(8, `format ${format} ${version}, expected bax 1 or 2`);
  const read = <T>(name: string) => parse<T>(metadata[name], name);
  const labels = read<string[]>("labels");
  const options = read<CompactModel["options"]>("options");
  const { loss, labelCounts, arithmetic } =
    version === "2"
      ? read<{ loss: LossName; labelCounts: number[]; arithmetic: string }>("head")
      : { loss: "softmax" as const, labelCounts: [], arithmetic: "exact" };
  if (options.tokenizer === "fasttext" || arithmetic !== "exact")
    refuse(8, "a model with fastText's features, which the whole library reads (bax/predict does not)");
  const [shortest, longest] = options.charNgrams;
  if (!isCount(options.wordNgrams, 64) || !isCount(longest, 64) || !isCount(shortest, longest))
    refuse(8, "n-grams beyond reason");
  const shapes: Shapes = metadata["quantizers"] === undefined ? {} : read("quantizers");

  const at = heap.allocateCopy(bytes);
  const tensors = new Tensors(heap, at, start, bytes.length, header as Record<string, Tensor>);
  const { embeddings: shape } = shapes;
  const [featureCount, columns] = tensors.shapeOf(shape ? "embeddings_codes" : "embeddings");
  const dimension = shape ? paddedWidth(shape.dimension) : columns;
  if (!isCount(dimension, 65536) || dimension === 0 || dimension % 4 !== 0) refuse(8, `${dimension} columns`);
  const embeddings = readRows(tensors, "embeddings", featureCount, dimension, shapes);
  let output = readRows(tensors, "output", labels.length, dimension, shapes);
  if (typeof output !== "number") {
    const dense = heap.allocate(labels.length * dimension * 4);
    decodeRows(heap, output, dimension, 0, labels.length, dense);
    output = dense;
  }
  const correction = metadata["calibration"] === undefined ? undefined : read<CompactModel>("calibration");
  return {
    options,
    labels,
    loss,
    labelCounts,
    keys: readKeys(heap, tensors, featureCount),
    featureCount,
    featureWeights: options.weighting === "none" ? 0 : readWeights(heap, tensors, featureCount),
    dimension,
    embeddings,
    output,
    temperature: correction?.temperature ?? 1,
    platt: correction?.platt ?? null,
    thresholds: metadata["decision"] === undefined ? undefined : read<CompactModel>("decision").thresholds,
  };
}
