import { existsSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBTableFunctionInfo, DuckDBValue } from "@duckdb/node-api";
import { BaxError } from "bax";
import type { Database, SQLiteValue } from "node-sqlite3-wasm";
import { loadDuck, openDuck } from "./duck.ts";
import { temporaryFolder } from "./temporary.ts";

// SQLite's own engine reads the file and hands its rows to DuckDB as the table function `sqlite_rows(file, table)`: DuckDB's extension
// for SQLite would have to be downloaded. What comes after, SQL of the user's included, is then the same for all tables.

/** Rows that DuckDB takes at a time. */
const CHUNK_ROWS = 2048;

/** DuckDB's types that a column of SQLite can have here. */
type ColumnType = "BIGINT" | "DOUBLE" | "VARCHAR" | "BLOB";

interface BoundTable {
  readonly file: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

let registered: Promise<DuckDBConnection> | undefined;
const databases = new Map<string, Database>();

/** The tables and views of an SQLite file. Throws BaxError "data" for a file that SQLite refuses. */
export async function sqliteTables(file: string): Promise<string[]> {
  registered ??= register();
  await registered;
  const { Database } = (await import("node-sqlite3-wasm")).default;
  refuseUnfinished(file);
  try {
    const database = databases.get(file) ?? new Database(linkTo(file), { readOnly: true, fileMustExist: true });
    databases.set(file, database);
    const rows = database.all(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    );
    return rows.map((row) => String(row.name));
  } catch (error) {
    throw new BaxError(
      "data",
      `${file}: SQLite cannot read it (${(error as Error).message})`,
      "Check that the file is whole; a database in WAL mode wants PRAGMA journal_mode = DELETE first.",
      { cause: error },
    );
  }
}

/** What another program has not yet written into the file itself would be missing. */
function refuseUnfinished(file: string): void {
  const open = ["-journal", "-wal"]
    .map((end) => file + end)
    .find((beside) => existsSync(beside) && statSync(beside).size > 0);
  if (open === undefined) return;
  throw new BaxError(
    "data",
    `${file}: is being written, ${path.basename(open)} lies beside it`,
    "Wait for the other program to end, or fold it in with: PRAGMA wal_checkpoint(TRUNCATE).",
  );
}

/** The engine locks a file by a folder beside it, which a killed process would leave there: a link elsewhere keeps that away from the data. */
function linkTo(file: string): string {
  const link = path.join(temporaryFolder(), "database");
  try {
    symlinkSync(path.resolve(file), link);
    return link;
  } catch {
    return file; // Windows may forbid links
  }
}

async function register(): Promise<DuckDBConnection> {
  const duck = loadDuck();
  const types = { BIGINT: duck.BIGINT, DOUBLE: duck.DOUBLE, VARCHAR: duck.VARCHAR, BLOB: duck.BLOB };
  const connection = await openDuck();
  connection.registerTableFunction(
    duck.DuckDBTableFunction.create({
      name: "sqlite_rows",
      parameterTypes: [duck.VARCHAR, duck.VARCHAR],
      supportsProjectionPushdown: true,
      bindFunction: (info) => {
        const [file, table] = [String(info.getParameter(0)), String(info.getParameter(1))];
        const columns = columnsOf(openedDatabase(file), table);
        for (const { name, type } of columns) info.addResultColumn(name, types[type]);
        info.setBindData({ file, table, columns } satisfies BoundTable);
      },
      initFunction: (info) => {
        const { file, table, columns } = info.getBindData() as BoundTable;
        const wanted = info.getColumnIndexes().map((index) => columns[index]);
        info.setInitData({ rows: rowsOf(openedDatabase(file), table, wanted), width: wanted.length });
      },
      mainFunction: (info, chunk) => fillChunk(info, chunk, (bytes) => new duck.DuckDBBlobValue(bytes)),
    }),
  );
  return connection;
}

function openedDatabase(file: string): Database {
  const database = databases.get(file);
  if (!database) throw new Error(`${file} was not opened`);
  return database;
}

/**
 * The columns and the types that hold all their values. SQLite binds a type to each value, not to a column: numbers are taken for numbers
 * where the column says so and every row agrees.
 */
function columnsOf(database: Database, table: string): BoundTable["columns"] {
  const declared = database.all(`SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1`, [table]);
  const columns = declared.map((row) => ({ name: String(row.name), type: affinity(String(row.type)) }));
  const strict = { BIGINT: "'integer'", DOUBLE: "'real', 'integer'", BLOB: "'blob'", VARCHAR: "" };
  const checks = columns.map(({ name, type }) =>
    type === "VARCHAR" ? "0" : `max(typeof(${quoted(name)}) NOT IN (${strict[type]}, 'null'))`,
  );
  const strange = Object.values(
    database.get(`SELECT ${checks.map((check, j) => `${check} AS c${j}`).join(", ")} FROM ${quoted(table)}`) ?? {},
  );
  return columns.map(({ name, type }, j) => ({ name, type: strange[j] ? "VARCHAR" : type }));
}

/** SQLite's rules for the type that a declaration means. */
function affinity(declared: string): ColumnType {
  if (/INT/i.test(declared)) return "BIGINT";
  if (/CHAR|CLOB|TEXT/i.test(declared)) return "VARCHAR";
  if (/BLOB/i.test(declared)) return "BLOB";
  return /REAL|FLOA|DOUB/i.test(declared) ? "DOUBLE" : "VARCHAR";
}

function* rowsOf(
  database: Database,
  table: string,
  columns: BoundTable["columns"],
): Generator<Record<string, SQLiteValue>> {
  const cells = columns.map(({ name, type }, j) =>
    type === "VARCHAR" ? `CAST(${quoted(name)} AS TEXT) AS c${j}` : `${quoted(name)} AS c${j}`,
  );
  const statement = database.prepare(`SELECT ${cells.join(", ") || "1 AS c0"} FROM ${quoted(table)}`);
  try {
    yield* statement.iterate() as Iterable<Record<string, SQLiteValue>>;
  } finally {
    statement.finalize();
  }
}

function fillChunk(
  info: DuckDBTableFunctionInfo,
  chunk: DuckDBDataChunk,
  toBlob: (bytes: Uint8Array) => DuckDBValue,
): void {
  const { rows, width } = info.getInitData() as { rows: Iterator<Record<string, SQLiteValue>>; width: number };
  const filled: Record<string, SQLiteValue>[] = [];
  while (filled.length < CHUNK_ROWS) {
    const next = rows.next();
    if (next.done) break;
    filled.push(next.value);
  }
  chunk.rowCount = filled.length;
  if (filled.length === 0) return;
  for (let j = 0; j < width; j++) {
    const vector = chunk.getColumnVector(j);
    const isInteger = vector.type.toString() === "BIGINT";
    for (const [n, row] of filled.entries()) {
      const value = row[`c${j}`];
      if (value instanceof Uint8Array) vector.setItem(n, toBlob(value));
      else vector.setItem(n, isInteger && typeof value === "number" ? BigInt(value) : value);
    }
    vector.flush();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
