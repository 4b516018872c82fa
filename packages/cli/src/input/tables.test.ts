import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { openDuck } from "./duck.ts";
import { readExamples, readTexts } from "./examples.ts";
import { RowErrors } from "./rowErrors.ts";
import { findSources } from "./sources.ts";

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
      { text: "", label: "f" },
    ];
    const expected = [A, { text: "c", labels: ["x", "y"] }, { text: "d", label: "3" }, { text: "", label: "f" }];
    for (const [name, text] of [
      ["r.json", JSON.stringify(rows)],
      ["r.jsonl", rows.map((row) => JSON.stringify(row)).join("\n")],
    ]) {
      const { found, notes } = await examples(name, text);
      expect(found).toEqual(expected);
      expect(notes).toEqual([
        expect.stringContaining("left out 1 row without a label, the first is row 4"),
        expect.stringContaining("1 row with an empty text"),
      ]);
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
    ["broken JSON lines", "b.jsonl", '{"text":"a","label":"b"}\n{"text":', /b\.jsonl: row 2: not a JSON object/],
    ["JSON without objects", "n.json", "[1, 2]", /row 1 is no JSON object/],
    [
      "a label that is an object",
      "o.json",
      '[{"text":"a","label":"b"},{"text":"a","label":{"x":"y"}}]',
      /row 2: the label is \{"x":"y"\}/,
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

describe("weights and soft labels", () => {
  it("are read from CSV, JSON lines and Parquet alike", async () => {
    const duck = await openDuck();
    const parquet = path.join(folder, "soft.parquet");
    await duck.run(
      `COPY (SELECT 'one' AS text, MAP {'a': 0.75, 'b': 0.25} AS label, 2::FLOAT AS w
       UNION ALL SELECT 'two', MAP {'a': 1.0}, 0.5) TO '${parquet}'`,
    );
    const structs = path.join(folder, "structs.parquet");
    await duck.run(
      `COPY (SELECT 'one' AS text, {'a': 0.75, 'b': 0.25} AS label, 2 AS w
       UNION ALL SELECT 'two', {'a': 1, 'b': NULL}, 0.5) TO '${structs}'`,
    );
    const expected = [
      { text: "one", labels: { a: 0.75, b: 0.25 }, weight: 2 },
      { text: "two", labels: { a: 1 }, weight: 0.5 },
    ];
    const csv = 'text,label,w\none,"{""a"": 0.75, ""b"": 0.25}",2\ntwo,"{""a"": 1}",0.5\n';
    const json = expected
      .map(({ text, labels, weight }) => JSON.stringify({ text, label: labels, w: weight }))
      .join("\n");
    for (const [name, content] of [["soft.csv", csv], ["soft.jsonl", json], ["soft.parquet"], ["structs.parquet"]])
      expect((await examples(name, content, { weight: "w" })).found, name).toEqual(expected);
  });

  it.each([
    ["negative", "-1", /row 1: the weight is -1/],
    ["NaN", "NaN", /the weight is NaN/],
    ["infinite", "1e999", /the weight is 1e999/],
    ["text", "much", /the weight is much/],
    ["hexadecimal", "0x10", /the weight is 0x10/],
    ["missing", "", /the weight is missing/],
  ])("refuse a weight that is %s", async (_, weight, reason) => {
    await expect(examples("w.csv", `text,label,w\na,b,${weight}\n`, { weight: "w" })).rejects.toMatchObject({
      code: "data",
      message: expect.stringMatching(reason),
    });
  });

  it.each([
    ['{"a": -0.5, "b": 1}', /row 1: the labels are/],
    ['{"a": NaN}', /expected shares/],
    ['{"a": 0}', /one of them above 0/],
    ['{"a": "x"}', /the label is \{"a": "x"\}/],
  ])("refuse %s as soft labels", async (cell, reason) => {
    const csv = `text,label\na,"${cell.replaceAll('"', '""')}"\n`;
    await expect(examples("s.csv", csv)).rejects.toMatchObject({ message: expect.stringMatching(reason) });
  });
});

describe("nested JSON", () => {
  const nested = {
    spam: [{ data: [{ text: "win " }, { text: "cash", entity: "prize" }, { text: "!" }] }],
    ham: [{ data: [{ text: "lunch" }, { text: "today" }] }, { data: [{ text: "hi" }] }],
  };
  const expected = [
    { text: "win cash!", label: "spam" },
    { text: "lunch today", label: "ham" },
    { text: "hi", label: "ham" },
  ];

  it("is read as examples under the keys of the one object, from JSON and from Parquet", async () => {
    const { found, notes } = await examples("nested.json", JSON.stringify(nested));
    expect(found).toEqual(expected);
    expect(notes).toEqual([expect.stringContaining('took --text "data[].text" --label key')]);
    const [from, to] = ["nested.json", "nested.parquet"].map((name) => path.join(folder, name));
    await (await openDuck()).run(`COPY (SELECT * FROM read_json('${from}')) TO '${to}'`);
    expect((await examples("nested.parquet")).found).toEqual(expected);
  });

  it("is reached by a path", async () => {
    const rows = [{ doc: { body: "one" }, meta: { tags: [{ name: "a" }, { name: "b" }] } }];
    const flags = { text: "doc.body", label: "meta.tags[].name" };
    const { found } = await examples("paths.json", JSON.stringify(rows), flags);
    expect(found).toEqual([{ text: "one", labels: ["a", "b"] }]);
  });
});

describe("rows that cannot be used", () => {
  const csv = "text,label,w\ngood,a,1\ntoo,many,fields,here\nbad,b,x\nfine,b,2\n";
  const jsonl = '{"text":"good","label":"a"}\n{"text":\n{"text":null,"label":"b"}\n7\n{"text":"fine","label":"b"}\n';

  it("are left out and counted, and the others read", async () => {
    const errors = new RowErrors("skip");
    const read = async (name: string, content: string, flags = {}) => {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      const found: unknown[] = [];
      for await (const example of readExamples(await findSources([file]), flags, () => {}, undefined, errors))
        found.push(example);
      return found;
    };
    expect(await read("skip.csv", csv, { weight: "w" })).toEqual([
      { text: "good", label: "a", weight: 1 },
      { text: "fine", label: "b", weight: 2 },
    ]);
    expect(errors.count).toBe(2);
    // No example has a weight where no column of weights was named.
    expect(await read("skip.jsonl", jsonl)).toEqual([
      { text: "good", label: "a" },
      { text: "fine", label: "b" },
    ]);
    expect(errors.count).toBe(5);
  });

  it("are listed with file, place and reason, in a file that appears when it is whole", async () => {
    const [file, report] = [path.join(folder, "report.csv"), path.join(folder, "report.jsonl")];
    writeFileSync(file, csv);
    const errors = new RowErrors(`report:${report}`);
    const notes: string[] = [];
    for await (const _ of readExamples(await findSources([file]), { weight: "w" }, () => {}, undefined, errors));
    expect(existsSync(report)).toBe(false);
    errors.finish((note) => notes.push(note));
    const lines = readFileSync(report, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { file, row: 2, error: expect.stringContaining("the weight is x") },
      { file, line: 3, error: expect.stringContaining("Expected Number of Columns") },
    ]);
    expect(notes).toEqual([expect.stringContaining("2 rows could not be used")]);
  });

  it("stop the work by default, and rows without a label too where that is asked for", async () => {
    await expect(examples("null.jsonl", '{"text":null,"label":"a"}')).rejects.toThrow(/row 1: the text is missing/);
    const unlabelled = "text,label\na,b\nc,\n";
    expect((await examples("u.csv", unlabelled)).found).toHaveLength(1);
    await expect(examples("u.csv", unlabelled, { onError: "stop" })).rejects.toThrow(/row 2: the label is missing/);
  });

  it("are not reported over a file that is something else", () => {
    const file = path.join(folder, "precious.jsonl");
    writeFileSync(file, '{"text":"mine"}\n');
    expect(() => new RowErrors(`report:${file}`)).toThrow(/is no such report/);
    expect(() => new RowErrors("report:train.csv")).toThrow(/does not end in \.jsonl/);
    expect(() => new RowErrors("explode")).toThrow(/--on-error: got "explode"/);
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
