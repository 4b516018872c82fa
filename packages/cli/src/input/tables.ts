import {
  type CellLabels,
  CellProblem,
  type ColumnChoice,
  type Columns,
  chooseColumns,
  readLabels,
  readWeight,
} from "@bax/tables";
import { BaxError } from "bax";
import { databaseRelation, queryRelation } from "./databases.ts";
import { delimitedRelation } from "./delimited.ts";
import { fileLiteral, identifier, queryAll, queryChunks } from "./duck.ts";
import { statFile } from "./files.ts";
import { jsonRelation, objectRelation } from "./json.ts";
import { type Relation, typedRelation } from "./relation.ts";
import type { RowErrors } from "./rowErrors.ts";
import type { Source } from "./sources.ts";
import { spool } from "./spool.ts";

/** Rows of a table, some 2,000 at a time, in their order. */
export interface RowBatch {
  readonly file: string;
  /** 1 for the first row of data. */
  readonly firstRow: number;
  /** null for a row that cannot be used. */
  readonly texts: readonly (string | null)[];
  /** The labels of each row, none where the cell is empty. Empty where no label was asked for. */
  readonly labels: readonly CellLabels[];
  /** How much each row counts; empty where no weight was asked for. */
  readonly weights: readonly number[];
  /** Each row as JSON, where it was asked for. */
  readonly rows: readonly string[];
}

export interface TableOptions extends ColumnChoice {
  /** Whether soft labels must sum to 1. */
  readonly sharesSum?: boolean | undefined;
  /** Parts several labels in one cell. */
  readonly labelSeparator?: string | undefined;
  /** Give the whole row as JSON too. */
  readonly keep?: boolean;
}

type Note = (text: string) => void;

/** Reads a table of any kind through DuckDB: every cell as text, streaming. Rows that cannot be used go to `errors`. */
export async function* readTable(
  source: Source,
  options: TableOptions,
  errors: RowErrors,
  note: Note,
): AsyncGenerator<RowBatch> {
  if (!source.seekable) {
    const copy = await spool(source);
    try {
      yield* readTable(copy.source, options, errors, note);
    } finally {
      await copy.dispose();
    }
    return;
  }
  const { relation, columns } = await openTable(source, options, errors, note);
  const wanted = {
    text: relation.text(columns.text),
    label: columns.label === null ? null : relation.label(columns.label),
    weight: columns.weight === null ? null : relation.text(columns.weight),
    row: options.keep ? relation.row : null,
    broken: relation.broken,
  };
  const used = Object.entries(wanted).filter(([, sql]) => sql !== null);
  const select = `SELECT ${used.map(([, sql]) => sql).join(", ")} FROM ${relation.from}`;
  let firstRow = 1;
  for await (const chunk of queryChunks(source, select)) {
    const cells = (name: string): (string | null)[] | null => {
      const index = used.findIndex(([used]) => used === name);
      return index < 0 ? null : (chunk.getColumnValues(index) as (string | null)[]);
    };
    const texts = cells("text") ?? [];
    refuseRows(texts, "", cells("broken"), relation, source.name, firstRow, errors);
    const labels: CellLabels[] = [];
    const weights: number[] = [];
    const [labelCells, weightCells] = [cells("label"), cells("weight")];
    for (let n = 0; n < texts.length; n++) {
      if (texts[n] === null) {
        labels.push([]);
        if (weightCells) weights.push(0);
        continue;
      }
      try {
        if (labelCells)
          labels.push(readLabels(labelCells[n], options.labelSeparator, relation.labelIsJson, options.sharesSum));
        if (weightCells) weights.push(readWeight(weightCells[n]));
      } catch (error) {
        if (!(error instanceof CellProblem)) throw error;
        errors.add({ file: source.name, row: firstRow + n, error: error.message, advice: error.advice });
        texts[n] = null;
        labels[n] = [];
        if (weightCells) weights[n] = 0;
      }
    }
    yield { file: source.name, firstRow, texts, labels, weights, rows: options.keep ? (cells("row") as string[]) : [] };
    firstRow += texts.length;
  }
  await listRejects(source, relation, errors);
}

/** A table and which of its columns hold what. Throws BaxError for a table that is none, or that does not tell. */
export async function openTable(
  source: Source,
  options: TableOptions,
  errors: RowErrors,
  note: Note,
): Promise<{ relation: Relation; columns: Columns }> {
  if (source.format !== "query" && (await statFile(source.path)).size === 0) {
    throw new BaxError("data", `${source.name}: the table is empty`, "Give a table with a header and rows.");
  }
  const relation = await openRelation(source, options, errors.tolerant);
  return { relation, columns: chooseColumns(source.name, relation, options, note) };
}

function openRelation(source: Source, options: TableOptions, tolerant: boolean): Promise<Relation> {
  switch (source.format) {
    case "csv":
    case "tsv": {
      const wanted = [options.text ?? "text", options.label ?? "label"];
      return delimitedRelation(source, source.format, wanted, tolerant);
    }
    case "parquet":
      return parquetRelation(source);
    case "query":
      return queryRelation(source);
    case "duckdb":
    case "sqlite":
      return databaseRelation(source);
    default:
      return jsonRelation(source);
  }
}

async function parquetRelation(source: Source): Promise<Relation> {
  const from = `read_parquet(${fileLiteral(source)}) AS rows`;
  const types = await queryAll(source, `SELECT column_type FROM (DESCRIBE SELECT * FROM ${from})`);
  // One row of lists of structures is a nested JSON file in another dress.
  const nested = types.every(([type]) => /^STRUCT\(.*\)\[\]$/.test(type ?? ""));
  if (nested && (await queryAll(source, `SELECT 1 FROM ${from} LIMIT 2`)).length === 1)
    return objectRelation(source, `(SELECT to_json(rows) AS json FROM ${from})`);
  return typedRelation(source, from);
}

/** Tells `errors` of rows that are none and of rows without a text; the latter have none in `texts`, or are `empty`. */
export function refuseRows<T>(
  texts: (T | null)[],
  empty: T,
  broken: readonly unknown[] | null,
  relation: Relation,
  file: string,
  firstRow: number,
  errors: RowErrors,
): void {
  for (let n = 0; n < texts.length; n++) {
    if (broken?.[n] === true) {
      texts[n] = null;
      errors.add({
        file,
        row: firstRow + n,
        error: "not a JSON object",
        advice: "Write each row on a line of its own.",
      });
    } else if (texts[n] === null) {
      if (relation.emptyText) texts[n] = empty;
      else errors.add({ file, row: firstRow + n, error: "the text is missing (null)", advice: "Fill it in." });
    }
  }
}

/** What DuckDB left out of a file while it was read. */
export async function listRejects(source: Source, relation: Relation, errors: RowErrors): Promise<void> {
  if (relation.rejects === null) return;
  const table = identifier(relation.rejects);
  // A row that is wrong in two ways is one row.
  const rows = await queryAll(
    source,
    `SELECT line::VARCHAR, string_agg(DISTINCT error_message, '; ') FROM ${table} GROUP BY line ORDER BY line`,
  );
  for (const [line, error] of rows)
    errors.add({ file: source.name, line: Number(line), error: error ?? "not a row", advice: "" });
  for (const name of [relation.rejects, `${relation.rejects}_scans`])
    await queryAll(source, `DROP TABLE IF EXISTS ${identifier(name)}`);
}
