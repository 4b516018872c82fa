/** A table of numbers, kept row after row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array; // (rows, columns)
}

/** A matrix whose cells are computed one by one. */
export function makeMatrix(rows: number, columns: number, cell: (row: number, column: number) => number): Matrix {
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[row * columns + column] = cell(row, column);
  }
  return { rows, columns, values };
}

/** One number of a matrix; NaN outside it. */
export function at({ columns, values }: Matrix, row: number, column: number): number {
  return values[row * columns + column] ?? Number.NaN;
}

/** The largest size of a number of the matrix; 0 for an empty one. */
export function largestSize({ values }: Matrix): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
