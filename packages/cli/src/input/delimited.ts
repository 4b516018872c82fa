import { type Dialect, detectDialect } from "@bax/tables";
import { BaxError } from "bax";
import { compressionLiteral, fileLiteral, identifier, linesQuery, literal, queryAll } from "./duck.ts";
import { type Relation, SAMPLE_ROWS } from "./relation.ts";
import type { Source } from "./sources.ts";

/** Numbers the tables in which DuckDB lists what it left out: each can be written once. */
let scans = 0;

/** A CSV or TSV file: every cell is text. `wanted`: names that make the first row a header. `tolerant`: leave out rows that are none. */
export async function delimitedRelation(
  source: Source,
  format: "csv" | "tsv",
  wanted: readonly string[],
  tolerant: boolean,
): Promise<Relation> {
  const lines = await queryAll(source, `${linesQuery(source, { lenient: true })} LIMIT ${SAMPLE_ROWS}`);
  const dialect = detectDialect(
    lines.map(([line]) => line ?? ""),
    format,
    wanted,
  );
  if (dialect.names.length === 0) {
    throw new BaxError("data", `${source.name}: the table has no columns`, "Give a table with a header and rows.");
  }
  const rejects = tolerant ? `bax_rejects_${++scans}` : null;
  const from = readCsv(source, dialect, rejects);
  return {
    names: dialect.names,
    nested: [],
    key: null,
    sample: dialect.rows,
    from,
    text: identifier,
    label: identifier,
    row: "to_json(rows)::VARCHAR",
    labelIsJson: false,
    broken: null,
    rejects,
    emptyText: true,
    copy: async () => ({
      from,
      columns: dialect.names.map((name) => ({ name, type: "VARCHAR", sql: identifier(name) })),
    }),
  };
}

function readCsv(source: Source, { delimiter, quote, header, names }: Dialect, rejects: string | null): string {
  const columns = names.map((name) => `${literal(name)}:'VARCHAR'`).join(", ");
  const lenient =
    rejects === null
      ? ""
      : `, store_rejects=true, rejects_table='${rejects}', rejects_scan='${rejects}_scans', rejects_limit=0`;
  return (
    `read_csv(${fileLiteral(source)}, auto_detect=false, columns={${columns}}, delim=${literal(delimiter)}, ` +
    `quote=${literal(quote)}, escape=${literal(quote)}, header=${header}, compression=${compressionLiteral(source)}${lenient}) AS rows`
  );
}
