// The two matrices of a model as tensors of its file: as floats, or compressed.

import type { Heap } from "../kernels/index.ts";
import {
  CENTROIDS,
  type CompressedRows,
  copyRows,
  groupWidth,
  type ModelParts,
  type Parameters,
  paddedWidth,
  type StoredFile,
  StoredModel,
  type StoredTensor,
} from "../model/index.ts";
import { LARGEST } from "./numbers.ts";
import type { Dtype, TensorEntry } from "./safetensors.ts";

/** Bytes of A that are brought into row order at a time when a model is written. */
const CHUNK_BYTES = 1 << 20;

export type MatrixName = "embeddings" | "output";

/** A tensor to be written. */
export interface TensorSource {
  name: string;
  dtype: Dtype;
  shape: number[];
  /** Its bytes in order; a piece is valid until the next is asked for. */
  bytes(): Iterable<Uint8Array>;
}

/** What the metadata say of a product-quantised matrix. */
export interface ProductShape {
  dimension: number;
  subDimension: number;
}

function* denseBytes({ heap, parameters }: ModelParts, name: MatrixName, rows: number): Generator<Uint8Array> {
  const { groups, dimension } = parameters;
  if (groups.length === 1) {
    yield heap.u8At(groups[0][name], rows * dimension * 4);
    return;
  }
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (dimension * 4)));
  for (let first = 0; first < rows; first += step) {
    const chunk = new Float32Array(Math.min(step, rows - first) * dimension);
    copyRows(heap, parameters, name, first, Math.min(step, rows - first), chunk);
    yield new Uint8Array(chunk.buffer);
  }
}

function compressedOf(parameters: Parameters, name: MatrixName): CompressedRows | undefined {
  return name === "embeddings" ? parameters.compressed : parameters.compressedOutput;
}

/** What the metadata say of a matrix: null where its tensors say everything. */
export function productShape(parameters: Parameters, name: MatrixName): ProductShape | null {
  const rows = compressedOf(parameters, name);
  if (rows?.kind !== "product") return null;
  const { dimension, subDimension } = rows.quantizer;
  return { dimension, subDimension };
}

/** The tensors of a matrix. */
export function matrixTensors(parts: ModelParts, name: MatrixName): TensorSource[] {
  const { heap, parameters } = parts;
  const rows = name === "embeddings" ? parameters.featureCount : parameters.labelCount;
  const { dimension } = parameters;
  const block = (suffix: string, dtype: Dtype, shape: number[], at: number, byteLength: number): TensorSource => ({
    name: `${name}${suffix}`,
    dtype,
    shape,
    bytes: () => [heap.u8At(at, byteLength)],
  });
  const compressed = compressedOf(parameters, name);
  if (!compressed) {
    return [{ name, dtype: "F32", shape: [rows, dimension], bytes: () => denseBytes(parts, name, rows) }];
  }
  if (compressed.kind === "f16") {
    return [block("", "F16", [rows, dimension], compressed.halves, rows * dimension * 2)];
  }
  if (compressed.kind === "int8") {
    return [
      block("", "I8", [rows, dimension], compressed.bytes, rows * dimension),
      block("_scales", "F32", [rows], compressed.scales, rows * 4),
    ];
  }
  const { codes, quantizer, norms } = compressed;
  const centroids = CENTROIDS * quantizer.dimension;
  const tensors = [
    block("_codes", "U8", [rows, quantizer.codeCount], codes, rows * quantizer.codeCount),
    block("_centroids", "F32", [centroids], quantizer.centroids, centroids * 4),
  ];
  if (!norms) return tensors;
  return [
    ...tensors,
    block("_norm_codes", "U8", [rows], norms.codes, rows),
    block("_norms", "F32", [CENTROIDS], norms.centroids, CENTROIDS * 4),
  ];
}

/** What a model learns on with. */
export function labelMeanTensors({ heap, labelMeans, parameters }: ModelParts): TensorSource[] {
  if (!labelMeans) return [];
  const { labelCount, dimension } = parameters;
  const { at, counts } = labelMeans;
  const bytes = labelCount * dimension * 4;
  return [
    { name: "label_means", dtype: "F32", shape: [labelCount, dimension], bytes: () => [heap.u8At(at, bytes)] },
    { name: "label_counts", dtype: "F32", shape: [labelCount], bytes: () => [heap.u8At(counts, labelCount * 4)] },
  ];
}

/** Rows that predicting needs few of, and what it does not need at all: where a file is large they are left in it. */
const LEFT_IN_FILE = ["embeddings", "feature_weights", "feature_keys", "label_means", "label_counts"];

/** Reads tensors of a model file that lies at `base`; of one that is still to be read there, what it is asked for. */
export class TensorReader {
  readonly heap: Heap;
  private readonly file: StoredFile | undefined;
  private readonly left = new Map<string, StoredTensor>();
  private readonly base: number;
  private readonly tensors: ReadonlyMap<string, TensorEntry>;
  private readonly damaged: (offset: number, reason: string) => never;

  constructor(
    heap: Heap,
    base: number,
    tensors: ReadonlyMap<string, TensorEntry>,
    damaged: (offset: number, reason: string) => never,
    file?: StoredFile,
  ) {
    this.file = file;
    this.heap = heap;
    this.base = base;
    this.tensors = tensors;
    this.damaged = damaged;
  }

  /** What is left in the file; undefined where nothing is. */
  get stored(): StoredModel | undefined {
    const { heap, file, base, left } = this;
    const embeddings = left.get("embeddings");
    if (!file || !embeddings) return undefined;
    const [featureWeights, keys] = [left.get("feature_weights"), left.get("feature_keys")];
    const others = ["label_means", "label_counts"].flatMap((name) => left.get(name) ?? []);
    return new StoredModel(heap, file, base, { embeddings, featureWeights, keys, others });
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** A tensor of this type and shape (undefined: any length), or a refusal. */
  find(name: string, dtype: Dtype, shape: readonly (number | undefined)[]): TensorEntry {
    const tensor = this.tensors.get(name);
    if (!tensor) return this.damaged(8, `there is no tensor "${name}"`);
    const fits =
      tensor.shape.length === shape.length && shape.every((n, i) => n === undefined || n === tensor.shape[i]);
    if (tensor.dtype !== dtype || !fits) {
      const expected = shape.map((n) => n ?? "any").join(" × ");
      return this.damaged(
        8,
        `tensor "${name}" is ${tensor.dtype} of ${tensor.shape.join(" × ")}, expected ${dtype} of ${expected}`,
      );
    }
    return tensor;
  }

  /** Address of a tensor's numbers. Our writer aligns them; another's may begin at an odd byte, and are moved to where the kernels can read them. */
  place(tensor: TensorEntry, at: number = this.fetch(tensor)): number {
    const { heap } = this;
    return at % 4 === 0 ? at : heap.allocateCopy(heap.u8At(at, tensor.byteLength).slice());
  }

  /** Address of numbers (u32); they may still be in the file. */
  numbers(name: string): number {
    const tensor = this.find(name, "U32", [undefined]);
    return this.leave(name, tensor, () => {}) ?? this.place(tensor);
  }

  // Brings a tensor into memory where it is not there yet; returns its address, which may be odd.
  private fetch({ offset, byteLength }: TensorEntry): number {
    const at = this.base + offset;
    this.file?.read(this.heap.u8At(at, byteLength), offset);
    return at;
  }

  // Leaves a tensor in the file; undefined where it has to be read now.
  private leave(name: string, tensor: TensorEntry, check: StoredTensor["check"]): number | undefined {
    const at = this.base + tensor.offset;
    const rows = tensor.shape[0];
    if (!this.file || !LEFT_IN_FILE.includes(name) || at % 4 !== 0 || tensor.byteLength === 0) return undefined;
    this.left.set(name, { at, rows, rowBytes: tensor.byteLength / rows, check });
    return at;
  }

  /** Address of floats none of which is NaN, infinite or huge. */
  floats(name: string, shape: readonly (number | undefined)[]): number {
    const tensor = this.find(name, "F32", shape);
    const check = (at: number, bytes: number) => this.checkFloats(at, bytes);
    const left = this.leave(name, tensor, check);
    if (left !== undefined) return left;
    const at = this.fetch(tensor);
    check(at, tensor.byteLength);
    return this.place(tensor, at);
  }

  private checkFloats(at: number, bytes: number): void {
    const bad = this.heap.kernels.firstBeyond(at, bytes / 4, LARGEST) >>> 0;
    if (bad < bytes / 4)
      this.damaged(at - this.base + 4 * bad, `a number that is NaN or infinite, or beyond ±${LARGEST}`);
  }

  /** Address of bytes. */
  bytes(name: string, shape: readonly (number | undefined)[], dtype: Dtype = "U8"): number {
    return this.fetch(this.find(name, dtype, shape));
  }

  /** Address of half floats, none of them NaN or infinite. */
  halves(name: string, shape: readonly (number | undefined)[]): number {
    const tensor = this.find(name, "F16", shape);
    const at = this.place(tensor);
    const values = new Uint16Array(this.heap.memory.buffer, at, tensor.byteLength / 2);
    const bad = values.findIndex((half) => (half & 0x7c00) === 0x7c00);
    if (bad >= 0) this.damaged(tensor.offset + 2 * bad, "a number that is NaN or infinite");
    return at;
  }

  /** Rows and columns of a matrix that is not product-quantised. */
  shapeOfMatrix(name: MatrixName): readonly number[] {
    return this.find(name, this.dtypeOfMatrix(name), [undefined, undefined]).shape;
  }

  /** Rows of a tensor; 0 if it is not there. */
  rowsOf(name: string): number {
    return this.tensors.get(name)?.shape[0] ?? 0;
  }

  private dtypeOfMatrix(name: MatrixName): Dtype {
    const dtype = this.tensors.get(name)?.dtype;
    return dtype === "F16" || dtype === "I8" ? dtype : "F32";
  }

  /**
   * A matrix of `rows` rows: the address of its floats, or its compressed rows. `product`: what the metadata say where it is
   * product-quantised.
   */
  matrix(
    name: MatrixName,
    rows: number,
    dimension: number,
    product: ProductShape | null,
  ): { dense: number; compressed: CompressedRows | undefined } {
    if (product) return { dense: 0, compressed: this.product(name, rows, dimension, product) };
    const shape = [rows, dimension];
    const dtype = this.dtypeOfMatrix(name);
    if (dtype === "F16") return { dense: 0, compressed: { kind: "f16", halves: this.halves(name, shape) } };
    if (dtype === "I8") {
      const bytes = this.bytes(name, shape, "I8");
      return { dense: 0, compressed: { kind: "int8", bytes, scales: this.floats(`${name}_scales`, [rows]) } };
    }
    return { dense: this.floats(name, shape), compressed: undefined };
  }

  private product(name: MatrixName, rows: number, dimension: number, shape: ProductShape): CompressedRows {
    const { subDimension } = shape;
    const codeCount = Math.ceil(shape.dimension / subDimension);
    if (paddedWidth(shape.dimension) !== dimension || subDimension > shape.dimension) {
      this.damaged(
        8,
        `a quantiser of ${shape.dimension} columns in groups of ${subDimension} for ${dimension} columns`,
      );
    }
    const quantizer = {
      ...shape,
      codeCount,
      centroids: this.floats(`${name}_centroids`, [CENTROIDS * shape.dimension]),
    };
    if (groupWidth(quantizer, codeCount - 1) < 1) this.damaged(8, "a quantiser whose last group is empty");
    return {
      kind: "product",
      codes: this.bytes(`${name}_codes`, [rows, codeCount]),
      quantizer,
      norms: this.has(`${name}_norm_codes`)
        ? { codes: this.bytes(`${name}_norm_codes`, [rows]), centroids: this.floats(`${name}_norms`, [CENTROIDS]) }
        : null,
    };
  }
}
