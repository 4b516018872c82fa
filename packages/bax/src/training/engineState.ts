// What learning changes, as plain matrices: what a checkpoint keeps. The same for any number of threads.
import {
  CONTEXT_THREAD_STATES,
  type Heap,
  THREAD_BYTES,
  THREAD_LABEL_SQUARES,
  THREAD_ROW_SQUARES,
} from "../kernels/index.ts";
import { copyRows, type Parameters } from "../model/index.ts";

/** A matrix of floats, read and written a few rows at a time. */
export interface StateMatrix {
  rows: number;
  columns: number;
  get(first: number, count: number, into: Float32Array): void;
  set(first: number, count: number, values: Float32Array): void;
}

/** A, B, and the accumulators of their rows; those of A have no rows with plain descent. */
export function stateMatrices(heap: Heap, context: number, parameters: Parameters): StateMatrix[] {
  const { featureCount, labelCount } = parameters;
  const rowSquares = squaresAt(heap, context, parameters, THREAD_ROW_SQUARES);
  return [
    matrix(heap, parameters, "embeddings", featureCount),
    matrix(heap, parameters, "output", labelCount),
    copies(heap, rowSquares, rowSquares[0] === 0 ? 0 : featureCount),
    copies(heap, squaresAt(heap, context, parameters, THREAD_LABEL_SQUARES), labelCount),
  ];
}

/** Addresses of one kind of accumulators, 0 for none: each thread has its own copy. */
export function squaresAt(heap: Heap, context: number, { groups }: Parameters, field: number): number[] {
  const states = heap.u32[(context + CONTEXT_THREAD_STATES) >>> 2];
  return groups.map((_, thread) => heap.u32[(states + thread * THREAD_BYTES + field) >>> 2]);
}

function matrix(heap: Heap, parameters: Parameters, name: "embeddings" | "output", rows: number): StateMatrix {
  const { dimension, groups } = parameters;
  return {
    rows,
    columns: dimension,
    get: (first, count, into) => copyRows(heap, parameters, name, first, count, into),
    set(first, count, values) {
      for (const { [name]: at, width, begin } of groups) {
        const own = heap.f32At(at + first * width * 4, count * width);
        for (let row = 0; row < count; row++)
          own.set(values.subarray(row * dimension + begin, row * dimension + begin + width), row * width);
      }
    },
  };
}

function copies(heap: Heap, addresses: readonly number[], rows: number): StateMatrix {
  return {
    rows,
    columns: 1,
    get: (first, count, into) => into.set(heap.f32At(addresses[0] + first * 4, count)),
    set(first, count, values) {
      for (const at of addresses) heap.f32At(at + first * 4, count).set(values.subarray(0, count));
    },
  };
}
