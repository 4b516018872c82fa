import { type CellLabels, CellProblem, type Columns, isUnlabelled, readWeight } from "@bax/tables";
import { BaxError, type Example } from "bax";
import { ColumnOfNumbers } from "./columnOfTexts.ts";
import type { BrokenRows } from "./dataSource.ts";
import type { LabelReading, Table } from "./table.ts";

export interface ExampleOptions extends LabelReading {
  /** What becomes of a row that cannot be used; as the table was opened unless given. */
  readonly brokenRows?: BrokenRows | undefined;
}

/** What was left out, and what is odd. */
export interface ExampleCounts {
  readonly rows: number;
  /** Rows without a label: they teach nothing, and are left out. */
  readonly unlabelled: number;
  /** Examples with a label, but an empty text. */
  readonly empty: number;
  /** Rows that could not be used, those that were left out in reading among them. */
  readonly leftOut: number;
}

/** Labelled examples in the order of the table. They are read from it anew each time, so that the texts are not kept twice. */
export interface LabelledExamples extends Iterable<Example> {
  readonly length: number;
  /** (length) number of the table's row that each is from, from 0. */
  readonly rows: Uint32Array;
  readonly counts: ExampleCounts;
  /** Of `counts`, one sentence each. */
  readonly notes: readonly string[];
  /** Example `number`, from 0. Throws RangeError where there is none. */
  at(number: number): Example;
}

/**
 * The labelled examples of a table, as the command hands them to training.
 *
 * Throws BaxError "usage" for columns that do not fit, "data" for a row that cannot be used (with its place; such rows are left out instead
 * where `brokenRows` says so), and where no row can be used or none has a label.
 */
export function examplesOf(table: Table, columns: Columns, options: ExampleOptions = {}): LabelledExamples {
  const { text, label, weight } = checkColumns(table, columns);
  const brokenRows = options.brokenRows ?? table.brokenRows;
  const emptyText = table.format === "csv" || table.format === "tsv";
  const rows = new ColumnOfNumbers();
  let empty = 0;
  let unlabelled = 0;
  let firstUnlabelled = 0;
  let unusable = 0;
  const refuse = (row: number, what: string, advice: string): void => {
    unusable++;
    if (brokenRows === "leaveOut") return;
    throw new BaxError("data", `${table.name}: ${table.place(row)}: ${what}`, `${advice} Or leave such rows out.`);
  };
  for (let row = 0; row < table.rowCount; row++) {
    const given = table.cell(row, text);
    if (given === null && !emptyText) {
      refuse(row, "the text is missing", "Fill it in.");
      continue;
    }
    let labels: CellLabels;
    try {
      labels = table.labels(row, label, options);
      if (weight !== null) readWeight(table.cell(row, weight));
    } catch (error) {
      if (!(error instanceof CellProblem)) throw error;
      refuse(row, error.message, inThePage(error.advice));
      continue;
    }
    if (isUnlabelled(labels)) {
      if (unlabelled++ === 0) firstUnlabelled = row;
      continue;
    }
    if (given === null || given === "") empty++;
    rows.add(row);
  }
  const usable = rows.length + unlabelled;
  if (table.rowCount + table.leftOut === 0) {
    throw new BaxError("data", `${table.name}: the table has no rows`, "Give a table with a row for each text.");
  }
  if (usable === 0) {
    throw new BaxError(
      "data",
      `${table.name}: none of its ${countOf(table.rowCount + table.leftOut, "row")} could be used`,
      "Choose other columns for the text and the label.",
    );
  }
  if (rows.length === 0) {
    throw new BaxError("data", `${table.name}: no row has a label`, noLabelAdvice(table, label));
  }
  const counts: ExampleCounts = { rows: table.rowCount, unlabelled, empty, leftOut: table.leftOut + unusable };
  const notes: string[] = [];
  if (unlabelled > 0)
    notes.push(`${countOf(unlabelled, "row")} without a label left out; the first is ${table.place(firstUnlabelled)}.`);
  if (empty > 0) notes.push(`${countOf(empty, "row")} with an empty text.`);
  if (counts.leftOut > 0) notes.push(`${countOf(counts.leftOut, "row")} that could not be used left out.`);
  const at = (number: number): Example => {
    if (!(number >= 0 && number < rows.length)) throw new RangeError(`no example ${number} of ${rows.length}`);
    const row = rows.get(number);
    const given = table.cell(row, text) ?? "";
    const labels = table.labels(row, label, options);
    const example: Example =
      Array.isArray(labels) && labels.length === 1 ? { text: given, label: labels[0] } : { text: given, labels };
    if (weight !== null) example.weight = readWeight(table.cell(row, weight));
    return example;
  };
  return {
    length: rows.length,
    rows: rows.all(),
    counts,
    notes,
    at,
    *[Symbol.iterator]() {
      for (let number = 0; number < rows.length; number++) yield at(number);
    },
  };
}

function checkColumns(table: Table, columns: Columns): { text: string; label: string; weight: string | null } {
  const { text, label, weight } = columns;
  const known = new Set([...table.names, ...table.nested]);
  for (const [column, role] of [
    [text, "text"],
    [label, "label"],
    [weight, "weight"],
  ] as const) {
    if (column === null || known.has(column)) continue;
    const names = table.names.slice(0, 20).map((name) => `"${name}"`);
    throw new BaxError(
      "usage",
      `${table.name}: there is no column "${column}" for the ${role}`,
      `The columns are ${names.join(", ")}${table.names.length > names.length ? " …" : ""}.`,
    );
  }
  if (label === null) {
    throw new BaxError(
      "usage",
      `${table.name}: no column for the labels`,
      "Choose the column that says what each text is; a table with texts alone cannot train a model.",
    );
  }
  if (text === label) {
    throw new BaxError("usage", `${table.name}: text and label are both the column "${text}"`, "Choose two columns.");
  }
  return { text, label, weight };
}

function noLabelAdvice(table: Table, label: string): string {
  return table.format === "txt"
    ? "Begin each line with __label__ and the label, such as __label__spam Win a prize now."
    : `Fill the column "${label}", or choose another one.`;
}

/** Advice on cells is written for the command: what names a flag there names a choice here. */
function inThePage(advice: string): string {
  return advice
    .replace("Name another column with --label.", "Choose another column for the label.")
    .replace("with --loss ova", "with the loss one-vs-all");
}

/** "1 row", "2,000 rows". */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en-GB")} ${noun}${count === 1 ? "" : "s"}`;
}
