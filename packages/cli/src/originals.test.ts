import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, temporaryFolder } from "../test/command.ts";

/** Data sets as their authors published them; kept beside the repository, so a clone may lack them. */
const DATA = fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const folder = temporaryFolder();
let duck: DuckDBConnection;
beforeAll(async () => {
  duck = await (await DuckDBInstance.create(":memory:")).connect();
});
afterAll(() => folder.dispose());

/** How DuckDB is to read an original, so that it can be copied as it is. */
const CSV = (options: string) => (file: string) => `read_csv('${file}', all_varchar = true, ${options})`;
const JSON_TABLE = (file: string) => `read_json('${file}', sample_size = -1)`;

const ORIGINALS: readonly (readonly [string, string[], (file: string) => string])[] = [
  [
    "ag-news-subset/original.test.csv",
    ["--text", "column3", "--label", "column1"],
    CSV("header = false, names = ['column1', 'column2', 'column3']"),
  ],
  ["banking77/original.train.csv", [], CSV("header = true")],
  ["banking77/original.test.csv", [], CSV("header = true")],
  [
    "sms-spam/original.tsv",
    [],
    CSV("delim = '\t', quote = '', escape = '', header = false, names = ['column1', 'column2']"),
  ],
  ["nlupp/original.banking.fold0.json", ["--label", "intents"], JSON_TABLE],
  ["nlupp/original.hotels.fold0.json", ["--label", "intents"], JSON_TABLE],
];

function train(
  files: string[],
  flags: readonly string[],
  name: string,
): { fingerprint: string; examples: number; model: string } {
  const model = folder.at(`${name}.safetensors`);
  const made = bax(["train", ...files, "-o", model, ...flags, "--epochs", "2", "--dim", "8", "--valid", "0", "--json"]);
  expect(made.status, made.stderr).toBe(0);
  return { ...JSON.parse(made.stdout), model };
}

/** The original, and a copy of it as gzip, Zstandard and Parquet. */
async function copies(original: string, read: (file: string) => string): Promise<string[]> {
  const base = path.basename(original);
  const [gzip, zstd, parquet] = [`${base}.gz`, `${base}.zst`, `${base}.parquet`].map((name) => folder.at(name));
  writeFileSync(gzip, gzipSync(readFileSync(original)));
  // As lines, with nothing that could be taken for a quote or a delimiter; DuckDB ends them all with LF, so the others may have no CR.
  await duck.run(
    `COPY (SELECT replace(rtrim(content, E'\\r\\n'), E'\\r\\n', E'\\n') FROM read_text('${original}')) TO '${zstd}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd)`,
  );
  await duck.run(`COPY (SELECT * FROM ${read(original)}) TO '${parquet}' (FORMAT parquet)`);
  return [original, gzip, zstd, parquet];
}

describe.skipIf(!existsSync(DATA))("data as published (needs ../shared/data)", () => {
  it.each(ORIGINALS)("%s trains and predicts, and so do its copies, to the same bytes", async (name, flags, read) => {
    const original = path.join(DATA, name);
    const files = await copies(original, read);
    const made = files.map((file, n) => train([file], flags, `copy-${n}`));
    expect(made[0].examples).toBeGreaterThan(20);
    for (const { model } of made) expect(readFileSync(model).equals(readFileSync(made[0].model)), model).toBe(true);
    const text = flags[0] === "--text" ? flags.slice(0, 2) : [];
    const answers = files.map((file) => bax(["predict", made[0].model, file, ...text]));
    for (const { status, stdout, stderr } of answers) {
      expect(status, stderr).toBe(0);
      expect(stdout).toBe(answers[0].stdout);
    }
  });

  it("snips' nested JSON gives the joined pieces of each text under its key", async () => {
    const original = path.join(DATA, "snips/original.train.GetWeather.json");
    const other = path.join(DATA, "sms-spam/original.tsv");
    const files = await copies(original, JSON_TABLE);
    const made = files.map((file, n) => train([file, other], [], `nested-${n}`));
    expect(made[0].examples).toBe(2000 + 5574);
    for (const { model } of made) expect(readFileSync(model).equals(readFileSync(made[0].model)), model).toBe(true);
    const valid = path.join(DATA, "snips/original.validate.GetWeather.json");
    const kept = bax(["predict", made[0].model, valid, "--json"]).stdout.trimEnd().split("\n");
    expect(kept).toHaveLength(100);
    expect(kept.filter((line) => JSON.parse(line).label === "GetWeather").length).toBeGreaterThan(95);
  });
});
