import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { BaxError } from "bax";
import { type ColumnChoice, chooseColumns } from "./columns.ts";
import { type Dialect, detectDialect } from "./dialect.ts";
import { compressionLiteral, fileLiteral, identifier, linesQuery, literal, queryAll, queryRows } from "./duck.ts";
import { compressionOf, fileError, type Source, statFile } from "./sources.ts";

/** Rows looked at to tell the dialect, the names and the columns. */
const SAMPLE_ROWS = 1000;

/** Rows of a table, some 2,000 at a time, in their order. */
export interface RowBatch {
  readonly file: string;
  /** 1 for the first row of data. */
  readonly firstRow: number;
  readonly texts: readonly string[];
  /** The labels of each row, none where the cell is empty. Empty where no label was asked for. */
  readonly labels: readonly (readonly string[])[];
  /** Each row as JSON, where it was asked for. */
  readonly rows: readonly string[];
}

export interface TableOptions extends ColumnChoice {
  /** Parts several labels in one cell. */
  readonly labelSeparator?: string | undefined;
  /** Give the whole row as JSON too. */
  readonly keep?: boolean;
}

/** A table as SQL: where its rows come from, and how its cells become text. */
interface Relation {
  readonly names: readonly string[];
  readonly sample: readonly (readonly (string | null)[])[];
  readonly from: string;
  /** SQL for a column as text, and as JSON or text for a label. */
  text(name: string): string;
  label(name: string): string;
  readonly row: string;
}

/** Reads a CSV, TSV, JSON, JSON lines or Parquet source through DuckDB: every cell as text, streaming. */
export async function* readTable(
  source: Source,
  options: TableOptions,
  note: (text: string) => void,
): AsyncGenerator<RowBatch> {
  if (!source.seekable) {
    yield* readSpooled(source, options, note);
    return;
  }
  if ((await statFile(source.path)).size === 0) {
    throw new BaxError("data", `${source.name}: the table is empty`, "Give a table with a header and rows.");
  }
  const relation = await open(source, options);
  const columns = chooseColumns(source.name, relation.names, relation.sample, options, note);
  const wanted = [
    relation.text(columns.text),
    columns.label === null ? "NULL" : relation.label(columns.label),
    options.keep ? relation.row : "NULL",
  ];
  const isJson = source.format === "json" || source.format === "jsonl";
  let firstRow = 1;
  for await (const rows of queryRows(source, `SELECT ${wanted.join(", ")} FROM ${relation.from}`)) {
    if (isJson) for (const [n, [, label]] of rows.entries()) refuseNested(source.name, firstRow + n, label);
    yield {
      file: source.name,
      firstRow,
      texts: rows.map(([text]) => text ?? ""),
      labels: columns.label === null ? [] : rows.map(([, label]) => splitLabels(label, options.labelSeparator, isJson)),
      rows: options.keep ? rows.map(([, , row]) => row ?? "null") : [],
    };
    firstRow += rows.length;
  }
}

/** Standard input or a pipe in a temporary file, since a table is read twice: once to learn its columns. */
async function* readSpooled(
  source: Source,
  options: TableOptions,
  note: (text: string) => void,
): AsyncGenerator<RowBatch> {
  const folder = await mkdtemp(path.join(tmpdir(), "bax-"));
  try {
    const file = path.join(folder, "input");
    const spool = createWriteStream(file);
    await pipeline(source.path === "-" ? process.stdin : createReadStream(source.path), spool).catch(
      (error: unknown) => {
        throw fileError(file, error);
      },
    );
    yield* readTable({ ...source, path: file, compression: await compressionOf(file), seekable: true }, options, note);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function open(source: Source, options: TableOptions): Promise<Relation> {
  if (source.format === "csv" || source.format === "tsv") return openDelimited(source, source.format, options);
  if (source.format === "parquet") return openParquet(source);
  return openJson(source);
}

async function openDelimited(source: Source, format: "csv" | "tsv", options: TableOptions): Promise<Relation> {
  const lines = await queryAll(source, `${linesQuery(source)} LIMIT ${SAMPLE_ROWS}`);
  const wanted = [options.text ?? "text", options.label ?? "label"];
  const dialect = detectDialect(
    lines.map(([line]) => line ?? ""),
    format,
    wanted,
  );
  if (dialect.names.length === 0) {
    throw new BaxError("data", `${source.name}: the table has no columns`, "Give a table with a header and rows.");
  }
  return {
    names: dialect.names,
    sample: dialect.rows,
    from: delimitedFrom(source, dialect),
    text: identifier,
    label: identifier,
    row: "to_json(rows)::VARCHAR",
  };
}

function delimitedFrom(source: Source, { delimiter, quote, header, names }: Dialect): string {
  const columns = names.map((name) => `${literal(name)}:'VARCHAR'`).join(", ");
  return (
    `read_csv(${fileLiteral(source)}, auto_detect=false, columns={${columns}}, delim=${literal(delimiter)}, ` +
    `quote=${literal(quote)}, escape=${literal(quote)}, header=${header}, compression=${compressionLiteral(source)}) AS rows`
  );
}

async function openJson(source: Source): Promise<Relation> {
  const format = source.format === "jsonl" ? "newline_delimited" : "auto";
  const from = `read_json_objects(${fileLiteral(source)}, format='${format}', compression=${compressionLiteral(source)}) AS rows`;
  const sample = await queryAll(source, `SELECT json FROM ${from} LIMIT ${SAMPLE_ROWS}`);
  const objects = sample.map(([json], n): Record<string, unknown> => {
    const value: unknown = JSON.parse(json ?? "null");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new BaxError(
      "data",
      `${source.name}: row ${n + 1} is no JSON object`,
      'Give objects such as {"text": …, "label": …}.',
    );
  });
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const at = (name: string): string => literal(`$."${name.replaceAll('"', '\\"')}"`);
  return {
    names,
    sample: objects.map((object) => names.map((name) => JSON.stringify(object[name]) ?? null)),
    from,
    text: (name) => `json_extract_string(json, ${at(name)})`,
    label: (name) => `json_extract(json, ${at(name)})::VARCHAR`,
    row: "json::VARCHAR",
  };
}

async function openParquet(source: Source): Promise<Relation> {
  const from = `read_parquet(${fileLiteral(source)}) AS rows`;
  const described = await queryAll(source, `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`);
  const types = new Map(described.map(([name, type]) => [name ?? "", type ?? ""]));
  const names = [...types.keys()];
  const cast = (name: string): string => `CAST(${identifier(name)} AS VARCHAR)`;
  const sample = await queryAll(source, `SELECT ${names.map(cast).join(", ")} FROM ${from} LIMIT ${SAMPLE_ROWS}`);
  return {
    names,
    sample,
    from,
    text: cast,
    label: (name) => (types.get(name)?.endsWith("[]") ? `to_json(${identifier(name)})::VARCHAR` : cast(name)),
    row: "to_json(rows)::VARCHAR",
  };
}

/**
 * The labels in a cell: a JSON array gives several, a separator parts them, anything else is one. Ends are trimmed, empty ones dropped.
 *
 * `isJson`: the cell is JSON text, so that a string loses its quotes and null is none; otherwise only an array is looked for.
 */
export function splitLabels(cell: string | null, separator?: string, isJson = false): string[] {
  if (cell === null) return [];
  const labels = isJson || /^\s*\[/.test(cell) ? (jsonLabels(cell) ?? [cell]) : [cell];
  const parts = separator === undefined ? labels : labels.flatMap((label) => label.split(separator));
  return [...new Set(parts.map((label) => label.trim()).filter((label) => label !== ""))];
}

/** The texts of a JSON cell's labels, or null where it is not JSON or holds objects or nested lists. */
function jsonLabels(cell: string): string[] | null {
  try {
    const value: unknown = JSON.parse(cell);
    if (value === null) return [];
    const items = Array.isArray(value) ? value : [value];
    return items.every((item) => item !== null && typeof item !== "object") ? items.map(String) : null;
  } catch {
    return null; // a label that only looks like JSON
  }
}

/** Throws BaxError "data" for labels of JSON that are no text: the wrong column, most likely. */
function refuseNested(file: string, row: number, cell: string | null): void {
  if (cell === null || !/^\s*[[{]/.test(cell) || jsonLabels(cell) !== null) return;
  const shown = cell.length > 40 ? `${cell.slice(0, 40)}…` : cell;
  throw new BaxError(
    "data",
    `${file}: row ${row}: the label is ${shown}, expected a text, a number or a list of them`,
    "Name another column with --label.",
  );
}
