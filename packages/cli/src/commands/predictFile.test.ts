import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
let duck: DuckDBConnection;
beforeAll(async () => {
  duck = await (await DuckDBInstance.create(":memory:")).connect();
  await duck.run(
    `COPY (SELECT i AS id, CASE i % 3 WHEN 0 THEN 'win a free prize' WHEN 1 THEN 'lunch tomorrow' ELSE E'the\\nelection' END AS text,
     {'a': i, 'b': [i, 1]} AS extra, DATE '2024-01-31' AS day, CASE i % 2 WHEN 0 THEN 'x' END AS label FROM range(5000) t(i))
     TO '${at("in.parquet")}'`,
  );
});
afterAll(() => folder.dispose());

const rows = async (sql: string): Promise<unknown[][]> => (await duck.runAndReadAll(sql)).getRowsJson();
const predict = (...args: string[]) => bax(["predict", MODEL, ...args]);
const parts = (): string[] => readdirSync(at()).filter((name) => /\.parts$|tmp/.test(name));

describe("bax predict -o", () => {
  it("keeps every column of Parquet with its type, in order, and adds label and probability", async () => {
    const made = predict(at("in.parquet"), "-o", at("out.parquet"), "-k", "2");
    expect(made, made.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/wrote .*out\.parquet: 5,000 rows/),
    });
    const types = await rows(`SELECT column_name, column_type FROM (DESCRIBE FROM '${at("out.parquet")}')`);
    expect(types).toEqual([
      ["id", "BIGINT"],
      ["text", "VARCHAR"],
      ["extra", "STRUCT(a BIGINT, b BIGINT[])"],
      ["day", "DATE"],
      ["label", "VARCHAR"],
      ["predicted_label", "VARCHAR"],
      ["predicted_probability", "FLOAT"],
      ["predicted_label_2", "VARCHAR"],
      ["predicted_probability_2", "FLOAT"],
    ]);
    const numbered = `read_parquet('${at("out.parquet")}', file_row_number = true)`;
    expect(
      await rows(`SELECT count(*), count(*) FILTER (id = file_row_number AND extra.b[1] = id) FROM ${numbered}`),
    ).toEqual([["5000", "5000"]]);
    expect(await rows(`SELECT id % 3, list(DISTINCT predicted_label) FROM ${numbered} GROUP BY 1 ORDER BY 1`)).toEqual([
      ["0", ["spam"]],
      ["1", ["ham"]],
      ["2", ["news"]],
    ]);
    expect(parts()).toEqual([]);
  });

  it("answers as standard output does", async () => {
    const out = predict(at("in.parquet"))
      .stdout.trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    const table = await rows(
      `SELECT predicted_label, printf('%.6f', predicted_probability) FROM '${at("out.parquet")}'`,
    );
    expect(table).toEqual(out);
  });

  it("writes each format by the ending, packed where that is said", async () => {
    const texts = sampleRows(60).map(({ text }) => text);
    writeFileSync(at("t.csv"), `id,text\n${texts.map((text, n) => `00${n},${text}`).join("\n")}\n`);
    for (const ending of ["csv", "tsv", "json", "jsonl", "parquet", "csv.gz", "jsonl.zst"]) {
      const made = predict(at("t.csv"), "-o", at(`f.${ending}`));
      expect(made.status, made.stderr).toBe(0);
      const options = /csv|tsv/.test(ending) ? ", all_varchar = true" : "";
      const read = /csv|tsv/.test(ending) ? "read_csv" : /json/.test(ending) ? "read_json" : "read_parquet";
      const [first] = await rows(`SELECT * FROM ${read}('${at(`f.${ending}`)}'${options}) LIMIT 1`);
      expect(first.slice(0, 3).map(String), ending).toEqual(["000", texts[0], "spam"]);
    }
    expect(gunzipSync(readFileSync(at("f.csv.gz"))).toString()).toBe(readFileSync(at("f.csv"), "utf8"));
    expect(predict(at("t.csv"), "-o", at("f.txt"), "-k", "2").status).toBe(0);
    expect(readFileSync(at("f.txt"), "utf8")).toBe(predict(at("t.csv"), "-k", "2").stdout);
  });

  it("takes lines of text, standard input, queries and several files", async () => {
    writeFileSync(at("lines.txt"), "win a prize\r\n\nlunch tomorrow\ncaf\u00e9");
    expect(predict(at("lines.txt"), "-o", at("l.jsonl")).status).toBe(0);
    const lines = readFileSync(at("l.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ text, label }) => [text, label]).slice(0, 3)).toEqual([
      ["win a prize", "spam"],
      ["", expect.any(String)],
      ["lunch tomorrow", "ham"],
    ]);
    const csv = `id,text\n${sampleRows(60)
      .map(({ text }, n) => `${n},${text}`)
      .join("\n")}\n`;
    writeFileSync(at("t.csv"), csv);
    expect(predict(at("t.csv"), at("t.csv"), "-o", at("two.csv")).stdout).toMatch(/: 120 rows/);
    const piped = bax(["predict", MODEL, "-", "--format", "csv", "-o", at("piped.csv")], {
      input: readFileSync(at("t.csv")),
    });
    expect(piped.status, piped.stderr).toBe(0);
    expect(predict(at("t.csv"), "-o", at("f.csv")).status).toBe(0);
    expect(readFileSync(at("piped.csv"), "utf8")).toBe(readFileSync(at("f.csv"), "utf8"));
    const queried = predict(`select id, text from '${at("in.parquet")}' where id < 3`, "-o", at("q.csv"));
    expect(queried.stdout, queried.stderr).toMatch(/: 3 rows/);
  });

  it("leaves the answer of a row without a text empty, and a row that is none out", () => {
    writeFileSync(
      at("gap.jsonl"),
      '{"id":1,"text":"win a prize"}\n{"id":2,"text":null}\n{"id":3}\n{"id":4,"text":"lunch"}\n',
    );
    expectFailure(
      predict(at("gap.jsonl"), "-o", at("gap.csv")),
      1,
      /gap\.jsonl: row 2: the text is missing/,
      /--on-error/,
    );
    expect(existsSync(at("gap.csv"))).toBe(false);
    const made = predict(
      at("gap.jsonl"),
      "-o",
      at("gap.csv"),
      "--on-error",
      "report",
      at("gap-errors.jsonl"),
      "--json",
    );
    expect(JSON.parse(made.stdout)).toMatchObject({ rows: 4, skippedRows: 2 });
    expect(made.stderr).toMatch(/2 rows could not be used; they are listed in/);
    expect(readFileSync(at("gap.csv"), "utf8").split("\n").slice(2, 4)).toEqual(["2,,,", "3,,,"]);
    expect(readFileSync(at("gap-errors.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(2);
    writeFileSync(at("wide.csv"), "id,text\n1,win a prize\n2,b,c\n3,lunch\n");
    expect(predict(at("wide.csv"), "-o", at("wide-out.csv"), "--on-error", "skip").stderr).toMatch(
      /1 row could not be used/,
    );
    expect(
      readFileSync(at("wide-out.csv"), "utf8")
        .split("\n")
        .map((line) => line[0]),
    ).toEqual(["i", "1", "3", undefined]);
    expect(parts()).toEqual([]);
  });

  it("refuses what cannot be, before it reads a row", () => {
    writeFileSync(at("other.csv"), "number,text\n1,a\n");
    mkdirSync(at("folder.csv"), { recursive: true });
    const refuse = (args: string[], status: number, what: RegExp, advice?: RegExp) =>
      expectFailure(predict(...args), status, what, advice);
    refuse([at("t.csv"), "-o", at("x.xlsx")], 2, /ends in none of \.parquet/, /\.gz and \.zst/);
    refuse([at("t.csv"), "-o", at("x.jsnl")], 2, /ends in none/, /Did you mean "json/);
    refuse([at("t.csv"), "-o", at("x.parquet.gz")], 2, /ends in none/);
    refuse([at("t.csv"), "-o", at("no", "x.csv")], 1, /the folder .* does not exist/, /mkdir/);
    refuse([at("t.csv"), "-o", at("folder.csv")], 1, /is a folder, expected a file/);
    refuse([at("t.csv"), "-o", at("t.csv")], 2, /t\.csv is one of the files to read/, /another file/);
    refuse([at("t.csv"), at("other.csv"), "-o", at("x.csv")], 1, /other\.csv: has other columns than .*t\.csv/);
    refuse([at("t.csv"), "--text", "txet", "-o", at("x.csv")], 2, /no column "txet"/, /Did you mean "text"/);
    writeFileSync(at("cut.parquet"), readFileSync(at("in.parquet")).subarray(0, 5000));
    refuse([at("cut.parquet"), "-o", at("x.csv")], 1, /cut\.parquet: /, /whole/);
    expect(existsSync(at("x.csv"))).toBe(false);
    expect(parts()).toEqual([]);
  });
});

describe("bax predict -o that was killed", () => {
  const FOLDER = ".big-out.parquet.parts";
  beforeAll(async () => {
    // Three parts, of which the first two are full.
    await duck.run(
      `COPY (SELECT i AS id, 'win a free prize ' || i AS text FROM range(300000) t(i)) TO '${at("big.parquet")}'`,
    );
    expect(predict(at("big.parquet"), "-o", at("whole.parquet")).status).toBe(0);
  });

  /** Kills the command once so many parts are whole. */
  async function kill(wanted: number): Promise<void> {
    const child = spawn(process.execPath, [MAIN, "predict", MODEL, at("big.parquet"), "-o", at("big-out.parquet")]);
    while (child.exitCode === null && !existsSync(at(FOLDER, `part-00000${wanted - 1}`))) await wait(2);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }

  it("goes on after the last whole part, to the same bytes, and leaves nothing behind", async () => {
    for (const wanted of [1, 2]) {
      await kill(wanted);
      expect(existsSync(at("big-out.parquet"))).toBe(false);
      expect(readdirSync(at(FOLDER))).toContain(`part-00000${wanted - 1}`);
    }
    writeFileSync(at(FOLDER, "unfinished"), "half a part");
    const again = predict(at("big.parquet"), "-o", at("big-out.parquet"));
    expect(again.stderr).toMatch(/going on after [23] parts of an earlier run/);
    expect(readFileSync(at("big-out.parquet")).equals(readFileSync(at("whole.parquet")))).toBe(true);
    expect(parts()).toEqual([]);
  });

  it("starts afresh where the input, the model or a flag is another, and says so", async () => {
    rmSync(at("big-out.parquet"));
    await kill(1);
    utimesSync(at("big.parquet"), new Date(), new Date(Date.now() + 5000));
    const touched = predict(at("big.parquet"), "-o", at("big-out.parquet"));
    expect(touched.stderr).toMatch(/starting afresh: .*big\.parquet is not as it was/);
    expect(readFileSync(at("big-out.parquet")).equals(readFileSync(at("whole.parquet")))).toBe(true);
    await kill(1);
    expect(predict(at("big.parquet"), "-o", at("big-out.parquet"), "-k", "2").stderr).toMatch(
      /starting afresh: the flags/,
    );
    expect(parts()).toEqual([]);
  });

  it("says that the disk is full, and goes on once it is not", async () => {
    rmSync(at("big-out.parquet"), { force: true });
    const limited = spawnSync(
      "bash",
      [
        "-c",
        'ulimit -f 200; exec "$0" "$@"',
        process.execPath,
        MAIN,
        "predict",
        MODEL,
        at("big.parquet"),
        "-o",
        at("big-out.parquet"),
      ],
      { encoding: "utf8" },
    );
    expectFailure(
      { status: limited.status, stdout: limited.stdout, stderr: limited.stderr },
      1,
      /big-out\.parquet: the file would be larger/,
    );
    expect(existsSync(at("big-out.parquet"))).toBe(false);
    expect(predict(at("big.parquet"), "-o", at("big-out.parquet")).status).toBe(0);
    expect(parts()).toEqual([]);
  });
});
