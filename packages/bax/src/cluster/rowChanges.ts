// What a round changes: rows of A and B, and the squares that their steps are divided by.
import { type ClusterState, type Learning, type MatrixName, shapeOf } from "./clusterState.ts";
import { NumberReader, type Parcel, packNumbers } from "./parcel.ts";

/** Bytes of the rows of a block, about. */
const BLOCK_BYTES = 1 << 18;

/** A matrix that is learned, in blocks of rows. */
export interface RowBlock {
  readonly block: number;
  readonly matrix: "embeddings" | "output";
  readonly squares: "row_squares" | "label_squares";
  readonly first: number;
  readonly count: number;
}

/** The blocks of both matrices, those of A first, numbered from 0. */
export function* rowBlocks(learning: Learning): Generator<RowBlock> {
  let block = 0;
  for (const [matrix, squares] of [
    ["embeddings", "row_squares"],
    ["output", "label_squares"],
  ] as const) {
    const [rows, columns] = shapeOf(learning, matrix);
    const step = Math.max(1, Math.floor(BLOCK_BYTES / (4 * columns)));
    for (let first = 0; first < rows; first += step)
      yield { block: block++, matrix, squares, first, count: Math.min(step, rows - first) };
  }
}

/** Rows of a block that were changed. */
export interface ChangedRows {
  /** Examples that were learned from meanwhile. */
  readonly examples: number;
  /** (rows) their places in the block. */
  readonly rows: Uint32Array;
  /** (rows) by how much their squares grew; 0 with plain descent. */
  readonly gains: Float32Array;
  /** (rows, columns) */
  readonly changes: Float32Array;
}

export function packRows({ examples, rows, gains, changes }: ChangedRows): Uint8Array {
  return packNumbers([Uint32Array.of(examples), rows, gains, changes]);
}

export function readRows(bytes: Uint8Array): ChangedRows {
  const reader = new NumberReader(bytes);
  const [examples] = reader.u32();
  return { examples, rows: reader.u32(), gains: reader.f32(), changes: reader.f32() };
}

/** Numbers of a matrix as it is now. */
export type ReadRows = (matrix: MatrixName, first: number, into: Float32Array) => void;

/** The blocks of which something is no longer as the state has it, after so many examples. */
export function* changedBlocks(state: ClusterState, now: ReadRows, examples: number): Generator<Parcel> {
  const { learning } = state;
  for (const { block, matrix, squares, first, count } of rowBlocks(learning)) {
    const [, columns] = shapeOf(learning, matrix);
    const hasSquares = shapeOf(learning, squares)[0] > 0;
    const [old, values] = [new Float32Array(count * columns), new Float32Array(count * columns)];
    const [before, after] = [new Float32Array(count), new Float32Array(count)];
    state.read(matrix, first * columns, old);
    now(matrix, first, values);
    if (hasSquares) {
      state.read(squares, first, before);
      now(squares, first, after);
    }
    const isChanged = (row: number): boolean => {
      if (before[row] !== after[row]) return true;
      for (let i = row * columns; i < (row + 1) * columns; i++) if (old[i] !== values[i]) return true;
      return false;
    };
    const rows = Uint32Array.from({ length: count }, (_, row) => row).filter(isChanged);
    if (rows.length === 0) continue;
    const changes = new Float32Array(rows.length * columns);
    for (const [place, row] of rows.entries())
      for (let i = 0; i < columns; i++)
        changes[place * columns + i] = values[row * columns + i] - old[row * columns + i];
    const gains = Float32Array.from(rows, (row) => after[row] - before[row]);
    yield { block, bytes: packRows({ examples, rows, gains, changes }) };
  }
}
