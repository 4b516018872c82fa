import { detectDialect } from "@bax/tables";
import { BaxError } from "bax";
import { ColumnOfTexts } from "./columnOfTexts.ts";
import { type BrokenRows, COMMAND_ADVICE, MOST_ROWS } from "./dataSource.ts";
import { DelimitedRecords, placeOf } from "./delimitedRecords.ts";
import { makeTable, type Table } from "./table.ts";

/** Lines that the dialect and the columns are told from, as the command has it. */
export const SAMPLE_ROWS = 1000;
/** And characters, so that lines without an end are not waited for. */
const MOST_SAMPLE = 1 << 24;

/** Reads a CSV or TSV table. Throws BaxError "data", with the row, for rows that are none, and "limit". */
export async function readDelimited(
  name: string,
  format: "csv" | "tsv",
  isFormatGuessed: boolean,
  texts: AsyncIterable<{ readonly text: string }>,
  brokenRows: BrokenRows,
  notes: string[],
): Promise<Table> {
  let start = "";
  let reader: ReturnType<typeof makeReader> | null = null;
  for await (const { text } of texts) {
    if (reader !== null) {
      reader.add(text, false);
      continue;
    }
    start += text;
    if (sampleLines(start, false).length < SAMPLE_ROWS && start.length < MOST_SAMPLE) continue;
    reader = makeReader(name, format, start, brokenRows);
    reader.add(start, false);
  }
  if (reader === null) {
    reader = makeReader(name, format, start, brokenRows);
    reader.add(start, true);
  } else reader.add("", true);
  const { dialect, columns, counts } = reader;
  if (counts.rows === 0 && counts.leftOut === 0) {
    throw new BaxError("data", `${name}: the table has no rows`, "Give a table with a row for each text.");
  }
  if (!dialect.header) {
    notes.push(
      `The first row has no names of columns: they are called ${dialect.names.slice(0, 3).join(", ")}${dialect.names.length > 3 ? " …" : ""}.`,
    );
  }
  const cell = (row: number, column: string): string | null => columns.get(column)?.get(row) ?? null;
  return makeTable(
    {
      name,
      format,
      isFormatGuessed,
      names: dialect.names,
      nested: [],
      key: null,
      sample: dialect.rows,
      rowCount: counts.rows,
      brokenRows,
      leftOut: counts.leftOut,
      notes,
    },
    { cell, labelCell: cell, labelIsJson: false },
  );
}

/** The first lines of a text, without the last one unless it `isWhole`. */
export function sampleLines(text: string, isWhole: boolean): string[] {
  const lines = text.split(text.includes("\n") ? "\n" : "\r", SAMPLE_ROWS + 1).map((line) => line.replace(/\r$/, ""));
  if (lines.length > SAMPLE_ROWS || !isWhole) lines.pop();
  return lines;
}

function makeReader(name: string, format: "csv" | "tsv", start: string, brokenRows: BrokenRows) {
  const dialect = detectDialect(sampleLines(start, true), format, ["text", "label"]);
  if (dialect.names.length === 0) {
    throw new BaxError(
      "data",
      `${name}: there is nothing in it but blank lines`,
      "Give a table with a row for each text.",
    );
  }
  const records = new DelimitedRecords(name, dialect, start.includes("\n") || !start.includes("\r") ? "\n" : "\r");
  const columns = new Map(dialect.names.map((column) => [column, new ColumnOfTexts()]));
  const inOrder = [...columns.values()];
  const width = inOrder.length;
  const counts = { rows: 0, leftOut: 0 };
  const add = (text: string, isLast: boolean): void => {
    for (const { cells, index } of records.read(text, isLast)) {
      if (dialect.header && index === 0) continue;
      const isRow = cells.length === width || (cells.length > width && cells.slice(width).every((cell) => cell === ""));
      if (!isRow) {
        if (brokenRows === "refuse") throw wrongWidth(name, placeOf(index, dialect.header), cells.length, width);
        counts.leftOut++;
        continue;
      }
      if (++counts.rows > MOST_ROWS) {
        throw new BaxError("limit", `${name}: more than 5 million rows, too many for a page`, COMMAND_ADVICE);
      }
      for (let i = 0; i < width; i++) inOrder[i].add(cells[i]);
    }
  };
  return { dialect, columns, counts, add };
}

function wrongWidth(name: string, place: string, found: number, expected: number): BaxError {
  const cells = (count: number): string => `${count} ${count === 1 ? "cell" : "cells"}`;
  return new BaxError(
    "data",
    `${name}: ${place} has ${cells(found)}, expected ${expected}`,
    "Put cells that hold the separator or a line break in quotation marks, or leave such rows out.",
  );
}
