import { columnOf, nestedNames } from "@bax/tables";
import { BaxError } from "bax";
import { ColumnOfNumbers, ColumnOfTexts } from "./columnOfTexts.ts";
import { type BrokenRows, COMMAND_ADVICE, MOST_ROWS } from "./dataSource.ts";
import { SAMPLE_ROWS } from "./delimitedTable.ts";
import { asText, isRecord, labelAt, textAt } from "./jsonPath.ts";
import { JsonValues } from "./jsonValues.ts";
import { makeTable, type Table } from "./table.ts";

/** The column that stands for the keys of JSON whose values are lists of examples. */
const KEY = "key";
const MOST_LINE = 1 << 24;
const MOST_COLUMNS = 10_000;

type JsonObject = Readonly<Record<string, unknown>>;

/** A value, undefined for what is no JSON, and its number among the rows, from 0. */
interface Value {
  readonly value: unknown;
  readonly index: number;
}

/**
 * Reads JSON lines, or JSON: an array of objects, objects one after another, or one object whose lists hold the examples.
 *
 * Throws BaxError "data", with the row, for rows that are no objects and for broken JSON, and "limit".
 */
export async function readJson(
  name: string,
  format: "json" | "jsonl",
  isFormatGuessed: boolean,
  texts: AsyncIterable<{ readonly text: string }>,
  brokenRows: BrokenRows,
  notes: string[],
): Promise<Table> {
  const values = format === "jsonl" ? lineValues(name, texts) : allValues(name, texts);
  const first: Value[] = [];
  let rows: JsonRows | null = null;
  for await (const value of values) {
    if (rows !== null) {
      rows.add(value);
      continue;
    }
    first.push(value);
    if (first.length === SAMPLE_ROWS) rows = begin(name, first, brokenRows);
  }
  rows ??= begin(name, first, brokenRows);
  const { names, columns, numbers } = rows;
  const parsed = (row: number, column: string): unknown => {
    const cell = columns.get(column)?.get(row) ?? null;
    return cell === null ? null : JSON.parse(cell);
  };
  return makeTable(
    {
      name,
      format,
      isFormatGuessed,
      names,
      nested: rows.nested,
      key: rows.key,
      sample: rows.sample,
      rowCount: rows.count,
      brokenRows,
      leftOut: rows.leftOut,
      notes,
    },
    {
      labelIsJson: true,
      cell: (row, column) =>
        columns.has(column) ? asText(parsed(row, column)) : textAt(column, parsed(row, columnOf(column))),
      labelCell: (row, column) =>
        columns.has(column)
          ? (columns.get(column)?.get(row) ?? null)
          : labelAt(column, parsed(row, columnOf(column)) ?? undefined),
      place: (row) => `row ${numbers.get(row).toLocaleString("en-GB")}`,
    },
  );
}

/** Rows of JSON as they come; the first of them tell the columns. */
class JsonRows {
  readonly names: readonly string[];
  readonly nested: readonly string[];
  readonly sample: readonly (readonly (string | null)[])[];
  /** Cells as JSON. */
  readonly columns: ReadonlyMap<string, ColumnOfTexts>;
  /** Of each row, from 1. */
  readonly numbers: ColumnOfNumbers = new ColumnOfNumbers();
  key: string | null = null;
  count = 0;
  leftOut = 0;
  private readonly name: string;
  private readonly brokenRows: BrokenRows;

  constructor(name: string, sample: readonly JsonObject[], brokenRows: BrokenRows) {
    this.name = name;
    this.brokenRows = brokenRows;
    this.names = [...new Set(sample.flatMap((object) => Object.keys(object)))];
    if (this.names.length > MOST_COLUMNS) {
      throw new BaxError("limit", `${name}: more than 10,000 columns`, "Give rows that all have the same few names.");
    }
    this.nested = nestedNames(sample.flatMap((object) => Object.entries(object)));
    this.sample = sample.map((object) => this.names.map((column) => JSON.stringify(object[column]) ?? null));
    this.columns = new Map(this.names.map((column) => [column, new ColumnOfTexts()]));
  }

  add({ value, index }: Value): void {
    if (!isRecord(value)) {
      if (this.brokenRows === "leaveOut") {
        this.leftOut++;
        return;
      }
      throw new BaxError(
        "data",
        `${this.name}: row ${(index + 1).toLocaleString("en-GB")} is not a JSON object`,
        'Write each row as {"text": …, "label": …}, on a line of its own, or leave such rows out.',
      );
    }
    if (++this.count > MOST_ROWS) {
      throw new BaxError("limit", `${this.name}: more than 5 million rows, too many for a page`, COMMAND_ADVICE);
    }
    for (const [column, cells] of this.columns) {
      const cell = Object.hasOwn(value, column) ? value[column] : null;
      cells.add(cell === null ? null : JSON.stringify(cell));
    }
    this.numbers.add(index + 1);
  }
}

function begin(name: string, first: readonly Value[], brokenRows: BrokenRows): JsonRows {
  const objects = first.map(({ value }) => value).filter(isRecord);
  if (objects.length === 0) {
    const malformed = first.every(({ value }) => value === undefined);
    throw new BaxError(
      "data",
      first.length === 0 ? `${name}: the JSON has no rows` : `${name}: row 1 is no JSON${malformed ? "" : " object"}`,
      'Give objects such as {"text": …, "label": …}.',
    );
  }
  const keyed = first.length === 1 && Object.values(objects[0]).some(isListOfRecords);
  if (!keyed) {
    const rows = new JsonRows(name, objects, brokenRows);
    for (const value of first) rows.add(value);
    return rows;
  }
  // One object whose values are lists of examples: their keys are the likely labels.
  const items = (most: number): JsonObject[] =>
    Object.entries(objects[0]).flatMap(([key, list]) =>
      isListOfRecords(list) ? list.slice(0, most).map((item) => ({ ...item, [KEY]: key })) : [],
    );
  const rows = new JsonRows(name, items(SAMPLE_ROWS), brokenRows);
  rows.key = KEY;
  for (const [index, value] of items(Number.POSITIVE_INFINITY).entries()) rows.add({ value, index });
  return rows;
}

function isListOfRecords(value: unknown): value is JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

/** Lines that are no JSON give undefined; blank ones nothing. */
async function* lineValues(name: string, texts: AsyncIterable<{ readonly text: string }>): AsyncGenerator<Value> {
  let index = 0;
  for await (const { text } of texts) {
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(from, end).trim();
      from = end + 1;
      if (line === "") continue;
      if (line.length > MOST_LINE) {
        const place = `row ${(index + 1).toLocaleString("en-GB")}`;
        throw new BaxError("limit", `${name}: ${place} is longer than 16 MB`, "Cut its text into several rows.");
      }
      yield { value: parse(line), index: index++ };
    }
  }
}

async function* allValues(name: string, texts: AsyncIterable<{ readonly text: string }>): AsyncGenerator<Value> {
  const reader = new JsonValues(name);
  const parsed = ({ text, index }: { text: string; index: number }): Value => {
    const value = parse(text);
    if (value === undefined) {
      const place = `row ${(index + 1).toLocaleString("en-GB")}`;
      throw new BaxError(
        "data",
        `${name}: ${place} is broken JSON: ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`,
        "Check that the file is whole, and really JSON.",
      );
    }
    return { value, index };
  };
  for await (const { text } of texts) for (const value of reader.read(text, false)) yield parsed(value);
  for (const value of reader.read("", true)) yield parsed(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
