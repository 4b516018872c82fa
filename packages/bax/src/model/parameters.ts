import type { Heap } from "../kernels/index.ts";

/** Most slices of the hidden dimension, hence most threads that can share a training run. */
const MAX_SLICES = 8;
/** Columns of one vector of the kernels; dimensions are multiples of it. */
export const VECTOR = 4;

/**
 * First column of each slice, and the end: sums over the hidden dimension are made slice by slice, in this order, whoever computes them.
 * The bounds depend on the dimension alone.
 */
export function sliceBounds(dimension: number): Uint32Array {
  const vectors = dimension / VECTOR;
  const slices = Math.min(MAX_SLICES, vectors);
  return Uint32Array.from({ length: slices + 1 }, (_, i) => VECTOR * Math.floor((vectors * i) / slices));
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
  const { dimension, groups } = parameters;
  for (const group of groups) {
    const { width, begin } = group;
    const from = heap.f32At(group[matrix] + first * width * 4, count * width);
    if (width === dimension) out.set(from);
    else
      for (let row = 0; row < count; row++)
        out.set(from.subarray(row * width, (row + 1) * width), row * dimension + begin);
  }
}
