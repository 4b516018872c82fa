import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import sqlite from "node-sqlite3-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readExamples } from "./examples.ts";
import { findSources, type SourceFlags } from "./sources.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bax-databases-"));
const at = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

async function duck(name: string, ...statements: string[]): Promise<void> {
  const instance = await DuckDBInstance.create(at(name));
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

function lite(name: string, ...statements: string[]): void {
  const database = new sqlite.Database(at(name));
  for (const statement of statements) database.exec(statement);
  database.close();
}

const ROWS = "INSERT INTO reviews VALUES ('good', 'a', 1), ('bad', 'b', 2), ('ugly', 'b', 3)";

beforeAll(async () => {
  await duck("one.duckdb", "CREATE TABLE reviews(body VARCHAR, stars VARCHAR, n INTEGER)", ROWS);
  await duck(
    "many.duckdb",
    "CREATE TABLE reviews(text VARCHAR, label VARCHAR, n INTEGER)",
    ROWS,
    "CREATE SCHEMA s",
    "CREATE VIEW s.few AS SELECT * FROM main.reviews LIMIT 1",
  );
  await duck("none.duckdb", "SELECT 1");
  lite("one.db", "CREATE TABLE reviews(body TEXT, stars TEXT, n INTEGER)", ROWS);
  lite(
    "many.sqlite",
    "CREATE TABLE reviews(text, label, n INTEGER)",
    ROWS,
    "CREATE VIEW few AS SELECT * FROM reviews LIMIT 1",
  );
  lite(
    "mixed.sqlite",
    "CREATE TABLE t(text TEXT, label INTEGER)",
    "INSERT INTO t VALUES ('x', 1), ('y', 'two'), (7, 3)",
  );
  lite("none.sqlite3", "CREATE TABLE t(a)", "DROP TABLE t");
  writeFileSync(at("text.db"), "this is no database at all");
});

async function examples(data: string, flags: SourceFlags & { text?: string; label?: string } = {}): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const example of readExamples(await findSources([data], flags), flags, () => {})) found.push(example);
  return found;
}

const ALL = [
  { text: "good", label: "a" },
  { text: "bad", label: "b" },
  { text: "ugly", label: "b" },
];
const COLUMNS = { text: "body", label: "stars" };

describe("a database file", () => {
  it("gives its one table, whichever kind it is", async () => {
    for (const name of ["one.duckdb", "one.db"]) expect(await examples(at(name), COLUMNS), name).toEqual(ALL);
  });

  it("gives the table or view that is named", async () => {
    expect(await examples(at("many.duckdb"), { table: "reviews" })).toEqual(ALL);
    expect(await examples(at("many.duckdb"), { table: "s.few" })).toEqual(ALL.slice(0, 1));
    expect(await examples(at("many.sqlite"), { table: "few" })).toEqual(ALL.slice(0, 1));
  });

  it("is read where SQLite's column holds values of several types", async () => {
    const expected = [
      { text: "x", label: "1" },
      { text: "y", label: "two" },
      { text: "7", label: "3" },
    ];
    expect(await examples(at("mixed.sqlite"))).toEqual(expected);
  });

  it("has nothing left beside it", () => {
    expect(readdirSync(folder).filter((name) => /lock|wal|journal/.test(name))).toEqual([]);
  });

  it.each([
    ["without tables (DuckDB)", "none.duckdb", {}, /the database has no tables/],
    ["without tables (SQLite)", "none.sqlite3", {}, /the database has no tables/],
    ["with several tables and no --table", "many.duckdb", {}, /has 2 tables/],
    ["without the table that is named", "many.sqlite", { table: "revews" }, /no table "revews"/],
    ["that is none", "text.db", {}, /no DuckDB or SQLite database/],
  ])("%s is refused", async (_, name, flags, reason) => {
    await expect(examples(at(name), flags)).rejects.toMatchObject({ message: expect.stringMatching(reason) });
  });

  it("names the nearest table and all tables", async () => {
    await expect(examples(at("many.sqlite"), { table: "revews" })).rejects.toMatchObject({
      advice: 'The tables are reviews, few. Did you mean "reviews"?',
    });
  });

  it("that another program is writing is refused", async () => {
    lite("busy.db", "CREATE TABLE reviews(text, label, n)", ROWS);
    writeFileSync(at("busy.db-journal"), "not yet");
    await expect(examples(at("busy.db"))).rejects.toThrow(/is being written, busy\.db-journal lies beside it/);
    expect(existsSync(at("busy.db.lock"))).toBe(false);
  });
});

describe("a query", () => {
  it("reads files and the tables of a database", async () => {
    writeFileSync(at("r.csv"), "body,stars,lang\nbon,5,fr\ngood,4,en\nbad,1,en\n");
    const query = `SELECT body AS text, stars AS label FROM '${at("r.csv")}' WHERE lang = 'en' ORDER BY stars; -- all of it`;
    expect(await examples(query)).toEqual([
      { text: "bad", label: "1" },
      { text: "good", label: "4" },
    ]);
    for (const database of [at("many.duckdb"), at("many.sqlite")])
      expect(await examples("from reviews where n > 1", { database }), database).toEqual(ALL.slice(1));
  });

  it.each([
    ["select text frm 'x.csv'", /the query, character \d+: syntax error/, /Check the query/],
    ["select 1 as text;\nselect 2", /expected one statement, got 2/, /./],
    ["select boddy from (select 1 as body)", /character 8: there is no column "boddy"/, /Did you mean "body"/],
    ["select 1\nfrom nowhere", /line 2, character 6: there is no table "nowhere"/, /--database/],
    ["select * from 'missing.parquet'", /missing\.parquet: no file matches/, /current folder/],
    ["select 1 as text, 2 as label where false", /the table has no rows/, /./],
    ["select 'x'::BLOB as text, 2 as label", /column "text" holds BLOB, expected text/, /--text/],
    ["select ['a'] as text, 2 as label", /column "text" holds VARCHAR\[\]/, /text\[\]/],
    ["select 'a'::INTEGER as text, 2 as label", /Could not convert string 'a' to INT32/, /./],
    ["select null::VARCHAR as text, 2 as label", /row 1: the text is missing/, /--on-error skip/],
    ["with drop table x select 1", /syntax error/, /./],
    ["from sqlite_rows('x', 'y')", /./, /./],
  ])("is refused: %s", async (query, what, advice) => {
    await expect(examples(query)).rejects.toMatchObject({
      name: expect.stringMatching(/BaxError/),
      message: expect.stringMatching(what),
      advice: expect.stringMatching(advice),
    });
  });

  it("takes numbers as text", async () => {
    expect(await examples("select 5 as text, 1.5 as label")).toEqual([{ text: "5", label: "1.5" }]);
  });
});
