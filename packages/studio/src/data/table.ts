import { type CellLabels, type ColumnOffer, readLabels } from "@bax/tables";
import type { BrokenRows, TableFormat } from "./dataSource.ts";

/** How labels are read from a cell. */
export interface LabelReading {
  /** Parts several labels in one cell; lines with `__label__` need none. */
  readonly labelSeparator?: string | undefined;
  /** Whether soft labels must sum to 1: in training with every loss but one-vs-all. True unless given. */
  readonly sharesSum?: boolean | undefined;
}

/** Rows of text in columns. Rows count from 0, in their order; `place` says how a reader finds one. */
export interface Table extends ColumnOffer {
  readonly name: string;
  readonly format: TableFormat;
  /** Whether the format was told from the content, since the name does not tell it (or tells another): the command wants `--format` then. */
  readonly isFormatGuessed: boolean;
  /** Columns, in their order. */
  readonly names: readonly string[];
  /** Names of what lies inside columns, such as `data[].text`; `cell` and `labels` take them too. */
  readonly nested: readonly string[];
  /** The column that holds the labels where no name tells: the keys of JSON whose lists hold the examples. */
  readonly key: string | null;
  readonly sample: readonly (readonly (string | null)[])[];
  readonly rowCount: number;
  readonly brokenRows: BrokenRows;
  /** Rows that were left out since they are none. */
  readonly leftOut: number;
  /** What was done that a reader should know, one sentence each. */
  readonly notes: readonly string[];
  /** The text of a cell, as training takes it; null where there is none. */
  cell(row: number, column: string): string | null;
  /** The labels in a cell. Throws CellProblem for what is none. */
  labels(row: number, column: string, reading?: LabelReading): CellLabels;
  /** The cells of a row, in the order of `names`, as they are shown. */
  row(row: number): readonly (string | null)[];
  /** "row 3", "line 17": as the file counts. */
  place(row: number): string;
}

/** What every table has in common. */
export interface TableFacts extends ColumnOffer {
  readonly name: string;
  readonly format: TableFormat;
  readonly isFormatGuessed: boolean;
  readonly rowCount: number;
  readonly brokenRows: BrokenRows;
  readonly leftOut: number;
  readonly notes: readonly string[];
}

/** A table whose cells are read by functions. */
export function makeTable(
  facts: TableFacts,
  cells: {
    cell(row: number, column: string): string | null;
    /** What `readLabels` takes; JSON where `labelIsJson`. */
    labelCell(row: number, column: string): string | null;
    readonly labelIsJson: boolean;
    /** In place of the cell, for a format that tells labels by itself. */
    labels?(row: number, column: string): CellLabels | undefined;
    place?(row: number): string;
  },
): Table {
  const { cell, labelCell, labelIsJson } = cells;
  return {
    ...facts,
    cell,
    labels: (row, column, { labelSeparator, sharesSum = true } = {}) =>
      cells.labels?.(row, column) ?? readLabels(labelCell(row, column), labelSeparator, labelIsJson, sharesSum),
    row: (row) => facts.names.map((column) => cell(row, column)),
    place: cells.place ?? ((row) => `row ${(row + 1).toLocaleString("en-GB")}`),
  };
}
