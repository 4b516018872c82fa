import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { openDuck } from "./duck.ts";
import { readExamples, readTexts } from "./examples.ts";
import { findSources } from "./sources.ts";
import { splitLabels } from "./tables.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bax-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function examples(name: string, content?: string | Uint8Array, flags = {}) {
  const file = path.join(folder, name);
  if (content !== undefined) writeFileSync(file, content);
  const notes: string[] = [];
  const found: unknown[] = [];
  for await (const example of readExamples(await findSources([file]), flags, (note) => notes.push(note)))
    found.push(example);
  return { found, notes };
}

const A = { text: "one, two", label: "a" };
const B = { text: 'say "hi"\nthere', label: "b" };

describe("readExamples from tables", () => {
  it("reads CSV with quoted delimiters, quotes and line breaks, plain, CRLF and gzip", async () => {
    const csv = 'id,text,label\n1,"one, two",a\n2,"say ""hi""\nthere",b\n';
    expect((await examples("t.csv", csv)).found).toEqual([A, B]);
    expect((await examples("t2.csv.gz", gzipSync(csv))).found).toEqual([A, B]);
    expect((await examples("t3.csv", "text;label\r\none;a\r\ntwo;b\r\n")).found).toEqual([
      { text: "one", label: "a" },
      { text: "two", label: "b" },
    ]);
  });

  it("reads numbers as text, unchanged", async () => {
    expect((await examples("n.csv", "text,label\n007,1.50\n1e3,true\n")).found).toEqual([
      { text: "007", label: "1.50" },
      { text: "1e3", label: "true" },
    ]);
  });

  it("reads TSV without a header and with stray quotes", async () => {
    const { found, notes } = await examples("sms.tsv", 'ham\tGo until\nham\tOk lar\nspam\t"Free entry\nham\tx\n');
    expect(found[2]).toEqual({ text: '"Free entry', label: "spam" });
    expect(notes).toEqual([expect.stringContaining("took --text column2 --label column1")]);
  });

  it("reads JSON and JSON lines, with several labels in an array, numbers and null", async () => {
    const rows = [
      A,
      { text: "c", label: ["x", "y"] },
      { text: "d", label: 3 },
      { text: "e", label: null },
      { label: "f" },
    ];
    const expected = [A, { text: "c", labels: ["x", "y"] }, { text: "d", label: "3" }, { text: "", label: "f" }];
    for (const [name, text] of [
      ["r.json", JSON.stringify(rows)],
      ["r.jsonl", rows.map((row) => JSON.stringify(row)).join("\n")],
    ]) {
      const { found, notes } = await examples(name, text);
      expect(found).toEqual(expected);
      expect(notes).toEqual([expect.stringContaining("left out 1 row without a label, the first is row 4")]);
    }
  });

  it("reads Parquet with a list of labels, and Zstandard CSV and text", async () => {
    const duck = await openDuck();
    const to = (name: string) => `'${path.join(folder, name)}'`;
    await duck.run(
      `COPY (SELECT 'one' AS text, ['x', 'y'] AS label UNION ALL SELECT 'two', ['z']) TO ${to("p.parquet")}`,
    );
    expect((await examples("p.parquet")).found).toEqual([
      { text: "one", labels: ["x", "y"] },
      { text: "two", label: "z" },
    ]);
    await duck.run(`COPY (SELECT 'one' AS text, 7 AS label) TO ${to("z.csv.zst")} (HEADER, COMPRESSION zstd)`);
    expect((await examples("z.csv.zst")).found).toEqual([{ text: "one", label: "7" }]);
    await duck.run(
      `COPY (SELECT unnest(['__label__a 0', '', '__label__a 2'])) TO ${to("z.txt.zst")} (HEADER false, COMPRESSION zstd, QUOTE '')`,
    );
    const [block] = (await examples("z.txt.zst")).found as { lines: Uint8Array }[];
    expect(Buffer.from(block.lines).toString()).toBe("__label__a 0\n\n__label__a 2\n");
  });

  it("keeps the order of 50,000 rows", async () => {
    const csv = `text,label\n${Array.from({ length: 50_000 }, (_, n) => `text ${n},l${n % 7}`).join("\n")}\n`;
    const { found } = await examples("many.csv", csv);
    expect(found.length).toBe(50_000);
    expect(found.every((example, n) => (example as { text: string }).text === `text ${n}`)).toBe(true);
  });

  it("reads a file whose name holds a quote and brackets", async () => {
    expect((await examples("o'b[1].csv", "text,label\none,a\n")).found).toEqual([{ text: "one", label: "a" }]);
  });

  it.each([
    ["a row with too many fields", "f.csv", "text,label\na,b\nc,d,e\n", /f\.csv:3: the row has 3 fields, expected 2/],
    ["a wrong column", "w.csv", "text,label\na,b\n", /no column "lable"/, { label: "lable" }],
    ["an empty file", "e.csv", "", /empty/],
    ["a header alone", "h.csv", "text,label\n", /no rows/],
    ["no label at all", "l.csv", "text,label\na,\nb,\n", /no row has a label/],
    ["broken JSON lines", "b.jsonl", '{"text":"a","label":"b"}\n{"text":', /b\.jsonl:\d+: /],
    ["JSON without objects", "n.json", "[1, 2]", /row 1 is no JSON object/],
    [
      "a label that is an object",
      "o.json",
      '[{"text":"a","label":"b"},{"text":"a","label":{"x":1}}]',
      /row 2: the label is \{"x":1\}/,
    ],
    ["a file that is no Parquet", "x.parquet", "hello, this is text", /x\.parquet: /],
    ["Latin-1 in a table", "latin.csv", Buffer.from("text,label\ncaf\xe9,a\n", "latin1"), /not UTF-8/],
  ])("refuses %s", async (_, name, content, reason, flags: { label?: string } = {}) => {
    await expect(examples(name, content, flags)).rejects.toMatchObject({
      name: "BaxError",
      message: expect.stringMatching(reason),
    });
  });
});

describe("readTexts", () => {
  it("keeps rows as JSON and needs no label", async () => {
    const file = path.join(folder, "k.csv");
    writeFileSync(file, "id,text\n1,one\n2,\n");
    const batches = [];
    for await (const batch of readTexts(await findSources([file]), {}, true, () => {})) batches.push(batch);
    expect(batches).toEqual([
      {
        kind: "rows",
        texts: ["one", ""],
        rows: ['{"id":"1","text":"one"}', expect.stringMatching(/^\{"id":"2","text":(null|"")\}$/)],
      },
    ]);
  });
});

describe("splitLabels", () => {
  it("splits arrays and separators, trims, and drops empty and repeated ones", () => {
    expect(splitLabels('["a","b","a"]')).toEqual(["a", "b"]);
    expect(splitLabels("a| b ||a", "|")).toEqual(["a", "b"]);
    expect(splitLabels("a|b")).toEqual(["a|b"]);
    expect(splitLabels(null)).toEqual([]);
    expect(splitLabels("  ")).toEqual([]);
  });

  it("takes what only looks like JSON for a label, and the word null too outside JSON", () => {
    expect(splitLabels("[sic]")).toEqual(["[sic]"]);
    expect(splitLabels("null")).toEqual(["null"]);
    expect(splitLabels("null", undefined, true)).toEqual([]);
    expect(splitLabels('"x"', undefined, true)).toEqual(["x"]);
  });
});
