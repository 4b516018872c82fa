import type { Heap } from "../kernels/index.ts";
import { type CompressedRows, decodeRows, gatherCompressed } from "./compressedRows.ts";
import type { StoredModel } from "./storedModel.ts";

/** Most slices of the hidden dimension, hence most threads that can share a training run. */
const MAX_SLICES = 8;
/** Columns of one vector of the kernels; dimensions are multiples of it. */
export const VECTOR = 4;

/** Columns as the kernels take them: rounded up to whole vectors. */
export function paddedWidth(columns: number): number {
  return Math.ceil(columns / VECTOR) * VECTOR;
}

/**
 * First column of each slice, and the end: sums over the hidden dimension are made slice by slice, in this order, whoever computes them.
 * The bounds depend on the dimension alone.
 */
export function sliceBounds(dimension: number): Uint32Array {
  const vectors = dimension / VECTOR;
  const slices = Math.min(MAX_SLICES, vectors);
  return Uint32Array.from({ length: slices + 1 }, (_, i) => VECTOR * Math.floor((vectors * i) / slices));
}

/**
 * The bounds for models that are to give fastText's bits: it sums over the hidden dimension in one go.
 */
export function singleSlice(dimension: number): Uint32Array {
  return Uint32Array.of(0, dimension);
}

/** Some columns of A and B that lie together in memory: all of them in a loaded model, one group a thread in a trained one. */
export interface ColumnGroup {
  firstSlice: number;
  sliceCount: number;
  /** First column of the group in the whole dimension. */
  begin: number;
  width: number;
  /** Address of (featureCount, width) f32: these columns of A, stored transposed, one row a feature. */
  embeddings: number;
  /** Address of (labelCount, width) f32: these columns of B. */
  output: number;
}

/** What is learned: A (featureCount × dimension, transposed) and B (labelCount × dimension), in one or more groups of columns. */
export interface Parameters {
  featureCount: number;
  labelCount: number;
  dimension: number;
  slices: Uint32Array;
  groups: ColumnGroup[];
  /** A where it is compressed: then there is one group, whose `embeddings` is 0, or holds all rows decoded. */
  compressed?: CompressedRows | undefined;
  /** B as the file keeps it where that is compressed; the group's `output` holds it decoded. */
  compressedOutput?: CompressedRows | undefined;
  /** Where rows of A are still in the file: whoever reads them must say which (a bag's are there). */
  stored?: StoredModel | undefined;
}

/** hidden row of `lane` of a group = Σ weights · rows of A, over `count` ids, for the group's columns. */
export function gatherRows(
  heap: Heap,
  { compressed }: Parameters,
  group: ColumnGroup,
  ids: number,
  weights: number,
  count: number,
  hidden: number,
): void {
  if (compressed && group.embeddings === 0)
    gatherCompressed(heap, compressed, group.width, ids, weights, count, hidden);
  else heap.kernels.gather(ids, weights, count, group.embeddings, group.width, hidden);
}

/** A product-quantised A is decoded when each row was looked up so often, on average; and if it is no larger than this then. */
const DECODE_AFTER = 2;
const MOST_DECODED = 16 << 20;

/**
 * Decodes a product-quantised A once its rows were looked up often: up to a third faster, as long as they stay in the processor's cache.
 * Only for fastText's models, whose features all weigh 1: there the bits are the same either way.
 */
export function decodeOften(heap: Heap, parameters: Parameters, lookedUp: number): void {
  const { compressed, dimension, featureCount, groups } = parameters;
  const bytes = featureCount * dimension * 4;
  if (compressed?.kind !== "product" || groups[0].embeddings !== 0) return;
  if (bytes > MOST_DECODED || lookedUp < DECODE_AFTER * featureCount) return;
  const rows = heap.allocate(bytes);
  decodeRows(heap, compressed, dimension, 0, featureCount, rows);
  groups[0].embeddings = rows;
}

/** Lays out parameters for `threads` threads (at most one a slice) and allocates them; their content is undefined. */
export function allocateParameters(
  heap: Heap,
  featureCount: number,
  labelCount: number,
  dimension: number,
  threads: number,
): Parameters {
  const slices = sliceBounds(dimension);
  const sliceCount = slices.length - 1;
  const groups: ColumnGroup[] = [];
  for (let thread = 0; thread < threads; thread++) {
    const firstSlice = Math.floor((sliceCount * thread) / threads);
    const end = Math.floor((sliceCount * (thread + 1)) / threads);
    const begin = slices[firstSlice];
    const width = slices[end] - begin;
    groups.push({
      firstSlice,
      sliceCount: end - firstSlice,
      begin,
      width,
      embeddings: heap.allocate(featureCount * width * 4),
      output: heap.allocate(labelCount * width * 4),
    });
  }
  return { featureCount, labelCount, dimension, slices, groups };
}

/** Copies rows [first, first + count) of A or B into `out`, whole rows of `dimension` floats whatever the groups. */
export function copyRows(
  heap: Heap,
  parameters: Parameters,
  matrix: "embeddings" | "output",
  first: number,
  count: number,
  out: Float32Array,
): void {
  const { dimension, groups, compressed, stored } = parameters;
  if (stored && matrix === "embeddings") stored.needRange(first, count);
  if (compressed && matrix === "embeddings") {
    const rows = heap.allocate(count * dimension * 4);
    decodeRows(heap, compressed, dimension, first, count, rows);
    out.set(heap.f32At(rows, count * dimension));
    heap.release(rows);
    return;
  }
  for (const group of groups) {
    const { width, begin } = group;
    const from = heap.f32At(group[matrix] + first * width * 4, count * width);
    if (width === dimension) out.set(from);
    else
      for (let row = 0; row < count; row++)
        out.set(from.subarray(row * width, (row + 1) * width), row * dimension + begin);
  }
}

/** All columns in one group: addresses of A, or 0 where it is compressed, and of B. */
export function wholeGroup(dimension: number, slices: Uint32Array, embeddings: number, output: number): ColumnGroup {
  return { firstSlice: 0, sliceCount: slices.length - 1, begin: 0, width: dimension, embeddings, output };
}

/** The same parameters in one group of columns, summed in one go (`singleSlice`); the old groups' memory is given back. */
export function joinGroups(heap: Heap, parameters: Parameters): Parameters {
  const { dimension, featureCount, labelCount, groups } = parameters;
  const slices = singleSlice(dimension);
  const whole = (at: { embeddings: number; output: number }) => ({
    ...parameters,
    slices,
    groups: [wholeGroup(dimension, slices, at.embeddings, at.output)],
  });
  if (groups.length === 1) return whole(groups[0]);
  const embeddings = heap.allocate(featureCount * dimension * 4);
  const output = heap.allocate(labelCount * dimension * 4);
  copyRows(heap, parameters, "embeddings", 0, featureCount, heap.f32At(embeddings, featureCount * dimension));
  copyRows(heap, parameters, "output", 0, labelCount, heap.f32At(output, labelCount * dimension));
  for (const group of groups) for (const at of [group.embeddings, group.output]) heap.release(at);
  return whole({ embeddings, output });
}
