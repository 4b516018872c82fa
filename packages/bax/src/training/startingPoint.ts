// Where training begins: what A and B hold before the first step.

import type { Heap } from "../kernels/index.ts";
import type { Random } from "../math/random.ts";
import { type ColumnGroup, copyRows, type Parameters } from "../model/index.ts";

/** A begins within ± this, divided by the columns: nearly nothing, so that features are told apart by what they learn. */
const INITIAL_RANGE = 0.001;

/** What the rows of a model that learns on have learned counts as this much: their steps are smaller. */
const SETTLED_SQUARE = 1;
const SETTLED_LABEL_SQUARE = 100;

/** What training begins with. */
export interface StartingPoint {
  /** Columns of A and B that are used; the rest are padding, and stay 0. */
  columns: number;
  /** Rows of A that are given: vectors of words that were learned elsewhere. B is 0 then, as in fastText. */
  vectors?: { rows: Uint32Array; values: Float32Array } | undefined;
  /**
   * A whole model that learns on, in its own heap: its rows are the first ones of A and B, and it has as many columns. `freeze`: its rows
   * of A stay as they are; `settled`: what its rows have learned makes their steps small; `labels`: rows of B that stay as they are.
   */
  model?:
    | { heap: Heap; parameters: Parameters; freeze: boolean; settled: boolean; labels?: readonly number[] }
    | undefined;
  /** Rows of A that stay as they are, besides. */
  frozen?: Uint32Array | undefined;
  /** Rows of A from `first` to the last that stand for hidden vectors, (rows, dimension), and stay as they are. */
  rehearsed?: { first: number; values: Float32Array } | undefined;
}

/** Lays the accumulators of the steps of A's rows out: a step is divided by the root of its row's, so that an infinite one ends all steps. */
export function placeSquares(squares: Float32Array, { model, frozen, rehearsed }: StartingPoint): void {
  squares.fill(0);
  if (model?.freeze) squares.fill(Number.POSITIVE_INFINITY, 0, model.parameters.featureCount);
  else if (model?.settled) squares.fill(SETTLED_SQUARE, 0, model.parameters.featureCount);
  for (const row of frozen ?? []) squares[row] = Number.POSITIVE_INFINITY;
  if (rehearsed) squares.fill(Number.POSITIVE_INFINITY, rehearsed.first);
}

/** The same for rows of B. */
export function placeLabelSquares(squares: Float32Array, { model }: StartingPoint): void {
  squares.fill(0);
  if (model?.settled) squares.fill(SETTLED_LABEL_SQUARE, 0, model.parameters.labelCount);
  for (const label of model?.labels ?? []) squares[label] = Number.POSITIVE_INFINITY;
}

/**
 * B at the start: the identity where there are as many columns as labels (docs/decisions/0001-defaults.md: the start is then close to a
 * convex problem), otherwise rows of random signs of length 1.
 */
function initialOutput(labelCount: number, dimension: number, columns: number, random: Random): Float32Array {
  const output = new Float32Array(labelCount * dimension);
  const sign = 1 / Math.sqrt(columns);
  if (labelCount <= columns) for (let label = 0; label < labelCount; label++) output[label * dimension + label] = 1;
  else
    for (let i = 0; i < output.length; i++)
      output[i] = i % dimension >= columns ? 0 : random.uint32() & 1 ? sign : -sign;
  return output;
}

/** Puts whole rows of `dimension` floats into the columns of a group. */
function setRow(heap: Heap, { begin, width }: ColumnGroup, at: number, row: number, values: Float32Array): void {
  heap.f32At(at + row * width * 4, width).set(values.subarray(begin, begin + width));
}

/** Sets A and B to where training begins. The same seed and starting point give the same bits for any groups of columns. */
export function placeStart(heap: Heap, parameters: Parameters, start: StartingPoint, random: Random): void {
  const { columns, vectors, model, rehearsed } = start;
  const { dimension, featureCount, labelCount, groups } = parameters;
  const seed = random.uint32();
  const range = vectors ? 1 / columns : INITIAL_RANGE / dimension;
  const output = vectors
    ? new Float32Array(labelCount * dimension)
    : initialOutput(labelCount, dimension, columns, random);
  for (const group of groups) {
    const { width, begin, embeddings } = group;
    heap.kernels.initialize(embeddings, featureCount, width, begin, dimension, seed, range);
    const used = Math.max(0, Math.min(width, columns - begin));
    if (used < width) {
      const rows = heap.f32At(embeddings, featureCount * width);
      for (let row = 0; row < featureCount; row++) rows.fill(0, row * width + used, (row + 1) * width);
    }
    for (let label = 0; label < labelCount; label++) {
      setRow(heap, group, group.output, label, output.subarray(label * dimension, (label + 1) * dimension));
    }
  }
  if (vectors) {
    const padded = new Float32Array(dimension);
    for (const [i, row] of vectors.rows.entries()) {
      padded.set(vectors.values.subarray(i * columns, (i + 1) * columns));
      for (const group of groups) setRow(heap, group, group.embeddings, row, padded);
    }
  }
  if (model) copyModel(heap, parameters, model);
  if (rehearsed) {
    const rows = rehearsed.values.length / dimension;
    for (let i = 0; i < rows; i++) {
      const row = rehearsed.values.subarray(i * dimension, (i + 1) * dimension);
      for (const group of groups) setRow(heap, group, group.embeddings, rehearsed.first + i, row);
    }
  }
}

function copyModel(heap: Heap, { dimension, groups }: Parameters, model: { heap: Heap; parameters: Parameters }): void {
  const { featureCount, labelCount } = model.parameters;
  const row = new Float32Array(dimension);
  for (const [matrix, rows] of [
    ["embeddings", featureCount],
    ["output", labelCount],
  ] as const) {
    for (let i = 0; i < rows; i++) {
      copyRows(model.heap, model.parameters, matrix, i, 1, row);
      for (const group of groups) setRow(heap, group, group[matrix], i, row);
    }
  }
}
