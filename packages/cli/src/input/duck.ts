import type { DuckDBConnection } from "@duckdb/node-api";
import { BaxError } from "bax";
import type { Source } from "./sources.ts";

/** Fields of a line are never parted at this: a delimiter that no text holds makes `read_csv` give whole lines. */
const NO_DELIMITER = "\u0001\u0002\u0003\u0004";

let opened: Promise<DuckDBConnection> | undefined;

/** The one DuckDB of this process, in memory, loaded when first asked for: 30 MB that a text file never needs. */
export function openDuck(): Promise<DuckDBConnection> {
  opened ??= (async () => {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    // No extension is fetched: every reader in use is built in, and data commands should not touch the network.
    const instance = await DuckDBInstance.create(":memory:", {
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      threads: "2",
    });
    return instance.connect();
  })();
  return opened;
}

/** Rows of text columns, as they come; the result is never held as a whole. Errors name the source. */
export async function* queryRows(source: Source, sql: string): AsyncGenerator<(string | null)[][]> {
  const connection = await openDuck();
  try {
    const result = await connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows() as (string | null)[][];
    }
  } catch (error) {
    if (error instanceof BaxError) throw error;
    throw tableError(source, error);
  }
}

/** All rows of a small query. */
export async function queryAll(source: Source, sql: string): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const chunk of queryRows(source, sql)) rows.push(...chunk);
  return rows;
}

/** SQL for the raw lines of a file, in one column `line`. Not strict: a lone carriage return in a line is no error. */
export function linesQuery(source: Source): string {
  return (
    `SELECT line FROM read_csv(${fileLiteral(source)}, columns={'line':'VARCHAR'}, delim='${NO_DELIMITER}', quote='', ` +
    `escape='', header=false, auto_detect=false, strict_mode=false, compression=${compressionLiteral(source)})`
  );
}

/** A string as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL writes it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The path of a source for DuckDB, which would take wildcards in it for a pattern. */
export function fileLiteral(source: Source): string {
  return literal(source.path.replace(/[*?[]/g, "[$&]"));
}

/** DuckDB's word for how a source is packed. */
export function compressionLiteral({ compression }: Source): string {
  return literal(compression === "none" ? "uncompressed" : compression);
}

/** DuckDB's many lines in two of ours: the file, the line where it gives one, and the reason. */
function tableError(source: Source, error: unknown): BaxError {
  const message = error instanceof Error ? error.message : String(error);
  const line = /(?:Line: |in line )(\d+)/.exec(message)?.[1];
  const where = line === undefined ? source.name : `${source.name}:${line}`;
  const fail = (what: string, advice: string): BaxError =>
    new BaxError("data", `${where}: ${what}`, advice, { cause: error });
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns) {
    return fail(
      `the row has ${columns[2]} fields, expected ${columns[1]}`,
      "Quote fields that hold the delimiter or a line break.",
    );
  }
  if (/unicode|utf-?8/i.test(message)) {
    return fail("the text is not UTF-8", "Convert the file, for example with iconv -f LATIN1 -t UTF-8.");
  }
  if (/unterminated quote|quote.*not.*terminated|Value with unterminated/i.test(message)) {
    return fail("a quote is never closed", "Close it, or double a quote that belongs to the text.");
  }
  if (/Maximum line size|maximum_object_size/i.test(message)) {
    return fail("a row is too long for the table reader", "Cut the text, or give it as a .txt file.");
  }
  const known = /^(?:[A-Z][A-Za-z ]*Error: )*([^\n]*)/.exec(message)?.[1] ?? message;
  return fail(
    known.slice(0, 240).replace(/\.?\s*$/, ""),
    `Check that the file is whole and really ${source.format}; --format says otherwise.`,
  );
}
