import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import { identifier, literal, openDuck, queryAll } from "./duck.ts";
import { queryError, tableError } from "./duckErrors.ts";
import { databaseOf } from "./files.ts";
import { type Relation, typedRelation } from "./relation.ts";
import type { Source } from "./sources.ts";
import { sqliteTables } from "./sqlite.ts";

/** A database that is open for reading: its tables and views by name, each with SQL to read from. */
type Tables = ReadonlyMap<string, string>;

const attached = new Map<string, string>();

/** The one table of a database, or the one that the user named. Throws BaxError "usage" with what there is. */
export async function databaseRelation(source: Source): Promise<Relation> {
  const tables = await openDatabase(source);
  const names = [...tables.keys()];
  if (names.length === 0)
    throw new BaxError("data", `${source.name}: the database has no tables`, "Give another file.");
  const shown = names.length > 20 ? `${names.slice(0, 20).join(", ")} and ${names.length - 20} more` : names.join(", ");
  const [only] = names;
  const name = source.table ?? (names.length === 1 ? only : undefined);
  if (name === undefined) {
    throw new BaxError(
      "usage",
      `${source.name}: has ${names.length} tables`,
      `Name one with --table: ${shown}. Or put a query to it with --database.`,
    );
  }
  const found = tables.get(name) ?? tables.get(names.find((other) => other.toLowerCase() === name.toLowerCase()) ?? "");
  if (found === undefined) {
    throw new BaxError(
      "usage",
      `${source.name}: there is no table "${name}" (--table)`,
      `The tables are ${shown}.${didYouMean(name, names)}`,
    );
  }
  return typedRelation(source, `${found} AS rows`);
}

/** The rows of the user's own SQL, which is checked as it stands so that places in messages are right. */
export async function queryRelation(source: Source): Promise<Relation> {
  if (source.database !== undefined) await useDatabase(source.database);
  const connection = await openDuck();
  // A semicolon would end the sub-query that it becomes; a comment may stand behind it.
  const query = source.path.replace(/;\s*(?:--[^\n]*\s*)*$/, "");
  try {
    const statements = await connection.extractStatements(query);
    if (statements.count !== 1) throw new Error(`expected one statement, got ${statements.count}`);
    (await statements.prepare(0)).destroySync();
  } catch (error) {
    throw queryError(error);
  }
  // A line break, since the query may end in a comment.
  return typedRelation(source, `(${query}\n) AS rows`);
}

/** Makes the tables of a database known by their bare names. */
async function useDatabase(file: string): Promise<void> {
  const format = await databaseOf(file);
  const source = { name: file, path: file, format: format ?? "duckdb" } as Source;
  const tables = await openDatabase(source);
  const connection = await openDuck();
  if (format === "duckdb") {
    await connection.run(`USE ${attached.get(file)}`);
    return;
  }
  for (const [name, from] of tables)
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${identifier(name)} AS SELECT * FROM ${from}`);
}

async function openDatabase(source: Source): Promise<Tables> {
  if (source.format === "sqlite") {
    const names = await sqliteTables(source.path);
    return new Map(names.map((name) => [name, `sqlite_rows(${literal(source.path)}, ${literal(name)})`]));
  }
  const alias = attached.get(source.path) ?? `bax_database_${attached.size + 1}`;
  if (!attached.has(source.path)) {
    try {
      await (await openDuck()).run(`ATTACH ${literal(source.path)} AS ${alias} (READ_ONLY)`);
    } catch (error) {
      throw tableError(source, error);
    }
    attached.set(source.path, alias);
  }
  const found = await queryAll(
    source,
    `SELECT schema_name, table_name FROM (SELECT schema_name, table_name, database_name FROM duckdb_tables() WHERE NOT internal
     UNION ALL SELECT schema_name, view_name, database_name FROM duckdb_views() WHERE NOT internal)
     WHERE database_name = '${alias}' ORDER BY 1, 2`,
  );
  return new Map(
    found.map(([schema, table]) => [
      schema === "main" ? `${table}` : `${schema}.${table}`,
      `${alias}.${identifier(schema ?? "")}.${identifier(table ?? "")}`,
    ]),
  );
}
