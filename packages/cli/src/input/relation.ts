import { columnOf, nestedNames } from "@bax/tables";
import { BaxError } from "bax";
import { identifier, literal, queryAll } from "./duck.ts";
import type { Source } from "./sources.ts";

/** Rows looked at to tell the dialect, the names and the columns. */
export const SAMPLE_ROWS = 1000;

/** A table as SQL: where its rows come from, and how its cells become text. */
export interface Relation {
  /** The columns. */
  readonly names: readonly string[];
  /** What lies inside them and can be named as well: `data[].text`. */
  readonly nested: readonly string[];
  /** The column that holds the labels where no other looks like it: keys of JSON whose values are the examples. */
  readonly key: string | null;
  readonly sample: readonly (readonly (string | null)[])[];
  readonly from: string;
  /** SQL for a column as text, and as JSON or text for a label. Throws BaxError "data" for a column that cannot be text. */
  text(name: string): string;
  label(name: string): string;
  /** SQL for the whole row as JSON. */
  readonly row: string;
  /** Whether every cell of `label` is JSON. */
  readonly labelIsJson: boolean;
  /** SQL that is true of a row that is none; null where such rows do not come. */
  readonly broken: string | null;
  /** The table in which DuckDB lists rows of the file that it left out; null where it stops at them. */
  readonly rejects: string | null;
  /** Whether a cell without a text is an empty text: a format that cannot tell the two apart. */
  readonly emptyText: boolean;
  /** The columns with their types, for a copy of the table: `from` may be wider than that of a mere reading. */
  copy(): Promise<{ readonly from: string; readonly columns: readonly CopiedColumn[] }>;
}

/** A column for a copy. */
export interface CopiedColumn {
  readonly name: string;
  /** DuckDB's name of its type. */
  readonly type: string;
  readonly sql: string;
}

/** A table whose columns have types: Parquet, a table of a database, a query. */
export async function typedRelation(source: Source, from: string): Promise<Relation> {
  const described = await queryAll(source, `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`);
  const types = new Map(described.map(([name, type]) => [name ?? "", type ?? ""]));
  const names = [...types.keys()];
  const structured = names.filter((name) => /STRUCT|JSON/.test(types.get(name) ?? ""));
  // A query may be dear: its rows are looked at only where names alone do not tell.
  const isClear = ["text", "label"].every((name) => types.has(name));
  const sample =
    structured.length === 0 && (isClear || names.length !== 2) ? [] : await sampleOf(source, names, structured, from);
  const nested = structured.flatMap((name) => {
    const cells = sample.map((row) => row[names.indexOf(name)]);
    return nestedNames(cells.map((cell) => [name, cell === null ? null : (JSON.parse(cell) as unknown)]));
  });
  const column = (name: string): string => {
    if (types.has(name)) return textOf(source, name, types.get(name) ?? "");
    return pathText(`json_object(${literal(columnOf(name))}, ${identifier(columnOf(name))})`, name);
  };
  return {
    names,
    nested,
    key: null,
    sample,
    from,
    text: column,
    label: (name) => {
      const type = types.get(name);
      if (type === undefined)
        return pathLabel(`json_object(${literal(columnOf(name))}, ${identifier(columnOf(name))})`, name);
      return /\]$|^(STRUCT|MAP|JSON)/.test(type) ? `to_json(${identifier(name)})::VARCHAR` : column(name);
    },
    row: "to_json(rows)::VARCHAR",
    labelIsJson: false,
    broken: null,
    rejects: null,
    emptyText: false,
    copy: async () => ({
      from,
      columns: [...types].map(([name, type]) =>
        // The widest integers, which a sum in a query gives, have no place in Parquet.
        /^U?HUGEINT$/.test(type)
          ? { name, type: "DECIMAL(38, 0)", sql: `${identifier(name)}::DECIMAL(38, 0)` }
          : { name, type, sql: identifier(name) },
      ),
    }),
  };
}

function sampleOf(source: Source, names: readonly string[], structured: readonly string[], from: string) {
  const cell = (name: string): string =>
    structured.includes(name) ? `to_json(${identifier(name)})::VARCHAR` : `CAST(${identifier(name)} AS VARCHAR)`;
  return queryAll(source, `SELECT ${names.map(cell).join(", ")} FROM ${from} LIMIT ${SAMPLE_ROWS}`);
}

function textOf(source: Source, name: string, type: string): string {
  if (!/^(BLOB|BIT|GEOMETRY)|\]$|^(STRUCT|MAP|UNION)/.test(type)) return `CAST(${identifier(name)} AS VARCHAR)`;
  const kind = type.length > 40 ? `${type.slice(0, 40)}…` : type;
  throw new BaxError(
    "data",
    `${source.name}: the column "${name}" holds ${kind}, expected text`,
    /\]$|^STRUCT/.test(type)
      ? `Name what is inside it, such as --text "${name}[].text".`
      : "Name another column with --text.",
  );
}

/** `data[].text` as a JSON path. */
function jsonPath(name: string): string {
  const steps = name.split(".").map((step) => {
    const key = step.replace(/(\[\])+$/, "");
    return `."${key.replaceAll('"', '\\"')}"${"[*]".repeat((step.length - key.length) / 2)}`;
  });
  return literal(`$${steps.join("")}`);
}

/** The path of a top-level name, which may have dots and brackets of its own. */
export function keyPath(name: string): string {
  return literal(`$."${name.replaceAll('"', '\\"')}"`);
}

/**
 * SQL for the text at a nested name. Pieces of a list are joined as they stand where any of them brings white space along, and with a space
 * otherwise.
 */
export function pathText(json: string, name: string): string {
  const value = `json_extract_string(${json}, ${jsonPath(name)})`;
  if (!name.includes("[]")) return value;
  const seams = `regexp_matches(array_to_string(${value}, chr(1)), '(^|\\x01)\\s|\\s(\\x01|$)')`;
  return (
    `CASE WHEN len(${value}) = 0 THEN NULL WHEN ${seams} THEN array_to_string(${value}, '') ` +
    `ELSE array_to_string(${value}, ' ') END`
  );
}

/** SQL for the label at a nested name, as JSON. */
export function pathLabel(json: string, name: string): string {
  const value = `json_extract(${json}, ${jsonPath(name)})`;
  return name.includes("[]") ? `to_json(${value})::VARCHAR` : `${value}::VARCHAR`;
}
