import { createRequire } from "node:module";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from "@duckdb/node-api";
import { BaxError } from "bax";
import { tableError } from "./duckErrors.ts";
import type { Source } from "./sources.ts";
import { sweepTemporary, temporaryPath } from "./temporary.ts";

/** Fields of a line are never parted at this: a delimiter that no text holds makes `read_csv` give whole lines. */
const NO_DELIMITER = "\u0001\u0002\u0003\u0004";

/** DuckDB's package, loaded when first asked for. `import()` takes twice as long: it looks through hundreds of files for what they export. */
export function loadDuck(): typeof import("@duckdb/node-api") {
  return createRequire(import.meta.url)("@duckdb/node-api");
}

let instance: Promise<DuckDBInstance> | undefined;
let opened: Promise<DuckDBConnection> | undefined;

/** The one DuckDB of this process, in memory, loaded when first asked for: 30 MB that a text file never needs. */
function startDuck(): Promise<DuckDBInstance> {
  instance ??= (async () => {
    const { DuckDBInstance } = loadDuck();
    sweepTemporary();
    // No extension is fetched: every reader in use is built in, and data commands should not touch the network.
    return DuckDBInstance.create(":memory:", {
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      threads: "2",
      // Made only by a query that sorts or joins more than memory holds; by itself DuckDB would make it in the current folder.
      temp_directory: temporaryPath("duckdb"),
    });
  })();
  return instance;
}

/** The connection that reads. */
export function openDuck(): Promise<DuckDBConnection> {
  opened ??= startDuck().then((duck) => duck.connect());
  return opened;
}

/** Another connection: one that is read from row by row can do nothing else meanwhile. */
export async function connectDuck(): Promise<DuckDBConnection> {
  return (await startDuck()).connect();
}

/** The rows of a query as DuckDB hands them over, some 2,000 at a time; never the whole result. Errors name the source. */
export async function* queryChunks(source: Source, sql: string): AsyncGenerator<DuckDBDataChunk> {
  const connection = await openDuck();
  let next: Promise<DuckDBDataChunk | null> | undefined;
  try {
    const result = await connection.stream(sql);
    // One chunk ahead: it is read while the caller is busy with the one before.
    next = result.fetchChunk();
    for (;;) {
      const chunk = await next;
      if (chunk === null || chunk.rowCount === 0) return;
      next = result.fetchChunk();
      // It is waited for later: until then its failure is nobody's.
      next.catch(() => {});
      yield chunk;
    }
  } catch (error) {
    if (error instanceof BaxError) throw error;
    throw tableError(source, error);
  } finally {
    // A caller that leaves early may ask the connection something else.
    await next?.catch(() => {});
  }
}

/** Rows of text columns, as they come. */
export async function* queryRows(source: Source, sql: string): AsyncGenerator<(string | null)[][]> {
  for await (const chunk of queryChunks(source, sql)) yield chunk.getRows() as (string | null)[][];
}

/** All rows of a small query. */
export async function queryAll(source: Source, sql: string): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const chunk of queryRows(source, sql)) rows.push(...chunk);
  return rows;
}

/** SQL for the raw lines of a file, in one column `line`. Not strict: a lone carriage return in a line is no error. */
export function linesQuery(source: Source, { lenient = false }: { lenient?: boolean } = {}): string {
  return (
    `SELECT line FROM read_csv(${fileLiteral(source)}, columns={'line':'VARCHAR'}, delim='${NO_DELIMITER}', quote='', ` +
    `escape='', header=false, auto_detect=false, strict_mode=false, compression=${compressionLiteral(source)}` +
    `${lenient ? ", ignore_errors=true" : ""})`
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
