import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expandGlob } from "./glob.ts";
import { findSources } from "./sources.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bax-sources-"));
const at = (...names: string[]): string => path.join(folder, ...names);
mkdirSync(at("sub", "deep"), { recursive: true });
for (const name of [
  "b.txt",
  "a.txt",
  "c[1].txt",
  ".hidden.txt",
  "table.csv.gz",
  "odd.xyz",
  "sub/d.txt",
  "sub/deep/e.txt",
]) {
  writeFileSync(at(name), name.endsWith(".gz") ? Uint8Array.of(0x1f, 0x8b, 8) : "text\n");
}
afterAll(() => rmSync(folder, { recursive: true }));

const relative = (files: string[]): string[] =>
  files.map((file) => path.relative(folder, file).replaceAll(path.sep, "/"));

describe("expandGlob", () => {
  it.each([
    ["*.txt", ["a.txt", "b.txt", "c[1].txt"]],
    ["[!a].txt", ["b.txt"]],
    ["?.txt", ["a.txt", "b.txt"]],
    ["sub/*/*.txt", ["sub/deep/e.txt"]],
    ["**/*.txt", ["a.txt", "b.txt", "c[1].txt", "sub/d.txt", "sub/deep/e.txt"]],
    [".h*", [".hidden.txt"]],
    ["*.nothing", []],
    ["nowhere/*.txt", []],
  ])("expands %s in order", async (pattern, files) => {
    expect(relative(await expandGlob(at(pattern)))).toEqual(files);
  });
});

describe("a folder", () => {
  it("gives its files and those below in order, without hidden ones and those of no known ending", async () => {
    const names = relative((await findSources([at("sub")])).map((source) => source.path));
    expect(names).toEqual(["sub/d.txt", "sub/deep/e.txt"]);
  });

  it("may not mix lines and tables", async () => {
    await expect(findSources([folder])).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/both lines of text \(a\.txt\) and tables \(table\.csv\.gz\)/),
    });
  });

  it("is refused where it is empty", async () => {
    mkdirSync(at("nothing"), { recursive: true });
    await expect(findSources([at("nothing")])).rejects.toThrow(/the folder holds no data/);
  });
});

describe("SQL", () => {
  it.each(["select 1", "WITH a AS (select 1) select *", "\n from 'x.csv' "])("is %j", async (query) => {
    expect(await findSources([query])).toMatchObject([{ format: "query", path: query, name: "the query" }]);
  });

  it("is told from text and from a slip", async () => {
    await expect(findSources(["selected.txt"])).rejects.toThrow(/no such file/);
    await expect(findSources(["selct a from b"])).rejects.toMatchObject({
      advice: expect.stringContaining('"select"'),
    });
  });

  it("alone takes --database, and a database alone --table", async () => {
    await expect(findSources([at("a.txt")], { table: "t" })).rejects.toThrow(/--table/);
    await expect(findSources(["select 1"], { database: at("a.txt") })).rejects.toThrow(/no DuckDB or SQLite database/);
  });
});

describe("findSources", () => {
  it("tells formats by ending and compression by the first bytes", async () => {
    const [text, table] = await findSources([at("a.txt"), at("table.csv.gz")]);
    expect(text).toMatchObject({ format: "txt", compression: "none", seekable: true, bytes: 5 });
    expect(table).toMatchObject({ format: "csv", compression: "gzip" });
  });

  it("takes a file whose name holds brackets before the pattern", async () => {
    expect(relative((await findSources([at("c[1].txt")])).map((source) => source.path))).toEqual(["c[1].txt"]);
  });

  it.each([
    [["missing.txt"], "file", /no such file/],
    [["nowhere/x.txt"], "file", /folder .* does not exist/],
    [["*.nothing"], "file", /no file matches/],
    [["odd.xyz"], "usage", /says nothing about the format/],
    [["a.txt/x.txt"], "file", /./],
  ])("refuses %s", async (names, code, reason) => {
    const found = findSources(names.map((name) => at(name)));
    await expect(found).rejects.toMatchObject({ code, message: expect.stringMatching(reason) });
  });

  it("names the nearest file in the folder", async () => {
    await expect(findSources([at("sub", "dd.txt")])).rejects.toMatchObject({
      advice: expect.stringContaining(`"${at("sub", "d.txt")}"`),
    });
  });

  it("refuses an unknown format with the nearest, and standard input twice", async () => {
    await expect(findSources(["-"], { format: "jsnl" })).rejects.toMatchObject({
      advice: expect.stringContaining('"jsonl"'),
    });
    await expect(findSources(["-", "-"])).rejects.toMatchObject({ code: "usage" });
    expect(await findSources(["-"], { format: "csv" })).toMatchObject([{ path: "-", format: "csv" }]);
  });
});
