import { gzipSync } from "node:zlib";
import { BaxError } from "bax";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ColumnOfTexts } from "./columnOfTexts.ts";
import { openTable, type Table } from "./index.ts";

type Content = string | Uint8Array;

const open = (name: string, content: Content, leavesOut = false): Promise<Table> =>
  openTable(
    { name, blob: new Blob([content as Uint8Array<ArrayBuffer>]) },
    undefined,
    undefined,
    leavesOut ? "leaveOut" : "refuse",
  );

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Bytes that begin as given and go on as no text does. */
const binary = (start: string, at = 0): Uint8Array =>
  latin(`${"\x02".repeat(at)}${start}${"\0\x01\x02\xff\x7f".repeat(100)}`);

async function refusal(name: string, content: Content): Promise<BaxError> {
  const error: unknown = await open(name, content).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BaxError)) throw error ?? new Error(`${name} was not refused`);
  expect(error.message).toMatch(new RegExp(`^${name.replaceAll(".", "\\.")}: `));
  expect(error.message).not.toMatch(/undefined|\[object/);
  expect(error.advice).toMatch(/^[A-Z].*\.$/s);
  return error;
}

const utf16 = (text: string, isBig = false): Uint8Array => {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), !isBig);
  return bytes;
};

describe("what is no table of texts is named and refused", () => {
  it.each<[string, string, Content, RegExp, RegExp]>([
    [
      "an Excel workbook",
      "a.xlsx",
      latin("PK\x03\x04....[Content_Types].xml..xl/workbook.xml"),
      /Excel workbook/,
      /save it as CSV/,
    ],
    [
      "one whose names lie behind",
      "a.csv",
      latin("PK\x03\x04....[Content_Types].xml"),
      /Office document/,
      /save it as CSV/,
    ],
    ["an old one", "a.xls", binary("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), /old Excel/, /save it as CSV/],
    [
      "a LibreOffice sheet",
      "a.ods",
      latin("PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
      /LibreOffice/,
      /save it as CSV/,
    ],
    ["a Word document", "a.docx", latin("PK\x03\x04....word/document.xml"), /Word document/, /spreadsheet/],
    ["a zip archive", "a.zip", latin("PK\x03\x04....data.csv"), /zip archive/, /Unpack it/],
    ["a Parquet table", "a.parquet", binary("PAR1"), /Parquet table/, /`bax train`/],
    ["Zstandard data", "a.csv.zst", binary("\x28\xb5\x2f\xfd"), /Zstandard/, /`bax train`/],
    ["an SQLite database", "a.db", binary("SQLite format 3\0"), /SQLite database/, /`bax train`/],
    ["a DuckDB database", "a.db", binary("DUCK", 8), /DuckDB database/, /`bax train`/],
    ["bzip2 data", "a.bz2", binary("BZh91AY&SY"), /bzip2/, /Unpack it/],
    ["a tar archive", "a.tar.gz", gzipSync(binary("ustar", 257)), /tar archive/, /Unpack it/],
    ["gzip in gzip", "a.csv.gz", gzipSync(gzipSync("text,label\na,b\n")), /gzip twice/, /Unpack it/],
    [
      "a safetensors model",
      "model.safetensors",
      latin('\x40\0\0\0\0\0\0\0{"__metadata__":{}}'),
      /model \(safetensors\)/,
      /under its own name/,
    ],
    ["a fastText model", "model.bin", binary("\xba\x16\x4f\x2f"), /fastText model/, /under its own name/],
    ["a small fastText model", "model.ftz", binary("\xba\x16\x4f\x2f"), /fastText model/, /under its own name/],
    ["an image", "a.png", binary("\x89PNG"), /an image/, /Give texts/],
    ["a PDF document", "a.pdf", binary("%PDF-1.7"), /PDF/, /spreadsheet/],
    ["a web page", "a.csv", "\n<!DOCTYPE html>\n<html>", /web page/, /Download the file itself/],
    ["some binary file", "a.csv", binary("\x01"), /binary file/, /Give texts/],
    ["UTF-16 without a mark", "a.csv", utf16("text,label\nhello,a\n"), /UTF-16 without/, /UTF-8/],
    ["UTF-32", "a.csv", latin("\xff\xfe\0\0t\0\0\0"), /UTF-32/, /UTF-8/],
    ["an empty file", "a.csv", "", /is empty/, /a row for each text/],
    ["blank lines", "a.csv", "\n\n\r\n", /blank lines/, /a row for each text/],
    ["a mark and nothing else", "a.jsonl", "\ufeff", /no rows/, /text/],
    ["blank lines in place of lines", "a.txt", "\n\n", /blank lines/, /a line for each text/],
    [
      "cut gzip data",
      "a.csv.gz",
      gzipSync(`text,label\n${"a,b\n".repeat(5000)}`).subarray(0, 30),
      /damaged, cut short/,
      /Unpack/,
    ],
    ["Latin-1", "a.csv", latin("text,label\none,a\ncaf\xe9,a\n"), /line 3 is not UTF-8/, /CSV UTF-8/],
    [
      "JSON lines in a .csv",
      "a.csv",
      '{"text":"a","label":"b"}\n{"text":"a","label":"b"}\n',
      /ends in \.csv, but holds JSON lines/,
      /\.jsonl/,
    ],
    ["JSON in a .csv", "a.csv", '[\n {"text":"a","label":"b"}]', /holds JSON/, /\.json,/],
    ["lines with labels in a .tsv", "a.tsv", "__label__a x\n__label__b y\n", /holds lines with __label__/, /\.txt/],
    ["CSV in a .json", "a.json", "text,label\na,b\nc,d\n", /holds CSV/, /\.csv/],
    [
      "an array in a .jsonl",
      "a.jsonl",
      '[\n{"text":"a","label":"b"},\n{"text":"a","label":"b"}\n]',
      /not one object a line/,
      /\.json/,
    ],
    [
      "prose",
      "pasted text",
      "Dear all, this is a letter.\nIt has no labels.\nBye\n",
      /cannot tell how its rows/,
      /comma or a tab/,
    ],
    [
      "prose in a .txt",
      "a.txt",
      "Dear all, this is a letter.\nIt has no labels.\nBye\n",
      /no line has a label/,
      /comma or a tab/,
    ],
  ])("%s", async (_, name, content, message, advice) => {
    const error = await refusal(name, content);
    expect(error.code).toBe("data");
    expect(error.message).toMatch(message);
    expect(error.advice).toMatch(advice);
  });

  it("what the browser cannot read, such as a folder", async () => {
    const blob = new Blob(["x"]);
    blob.slice = () => {
      throw new DOMException("gone", "NotFoundError");
    };
    await expect(openTable({ name: "folder", blob })).rejects.toMatchObject({
      code: "file",
      advice: expect.stringMatching(/folder/),
    });
  });
});

describe("rows that are none are refused with their place, or left out", () => {
  it.each<[string, string, string, RegExp]>([
    ["a cell too many", "a.csv", 'text,label\n"a\nb",x\nc,d,e\n', /row 2 has 3 cells, expected 2/],
    ["a cell too few", "a.tsv", "text\tlabel\na\tx\nb\n", /row 2 has 1 cell, expected 2/],
    [
      "a quote that never closes",
      "a.csv",
      'text,label\n"a\nb",x\n\n"c,d\ne,f\n',
      /row 2 \(line 5\) has a quotation mark/,
    ],
    ["text behind a quote", "a.csv", 'text,label\na,x\n"c"d,y\ne,f\n', /row 2 \(line 3\) has a quotation mark/],
    [
      "a quote that never closes in the header",
      "a.csv",
      '"text,label\na,b\n',
      /the first row, with the names .* quotation mark/,
    ],
    [
      "an endless quote",
      "a.csv",
      `text,label\na,x\n"${"b,c\n".repeat(1_000_000)}`,
      /row 2 \(line 3\) is longer than 2,000,000/,
    ],
    ["a broken line of JSON", "a.jsonl", '{"text":"a","label":"b"}\n\n{"text":', /row 2 is not a JSON object/],
    ["a line that is no object", "a.jsonl", '{"text":"a","label":"b"}\n7\n', /row 2 is not a JSON object/],
    ["an array of numbers", "a.json", "[1, 2]", /row 1 is no JSON object/],
    ["a missing comma", "a.json", '[{"text":"a"} {"text":"b"}]', /row 2: a comma is missing/],
    ["a broken object", "a.json", '[{"text":"a"},{"text" "b"}]', /row 2 is broken JSON/],
    ["an end that is missing", "a.json", '[{"text":"a"},{"text":"b"', /row 2: the file ends in the midst/],
    ["a list without an end", "a.json", '[{"text":"a"}', /row 2: the "\]" at the end/],
    ["something behind the end", "a.json", '[{"text":"a"}] more', /something stands behind the end/],
    ["no rows", "a.csv", "text,label\n", /the table has no rows/],
    ["an empty list", "a.json", "[]", /no rows/],
  ])("%s", async (_, name, content, message) => {
    expect((await refusal(name, content)).message).toMatch(message);
  });

  it("and those that are left out are counted", async () => {
    const csv = await open("a.csv", "text,label\na,x\nb\nc,y,z\nd,x\n", true);
    expect([csv.rowCount, csv.leftOut, csv.row(1)]).toEqual([2, 2, ["d", "x"]]);
    const json = await open("a.jsonl", '{"text":"a","label":"b"}\n{"text":\n7\n{"text":"c","label":"d"}', true);
    expect([json.rowCount, json.leftOut, json.row(1), json.place(1)]).toEqual([2, 2, ["c", "d"], "row 4"]);
  });
});

describe("the format", () => {
  it.each<[string, string, string, boolean]>([
    ["table.csv", "text,label\na,b\n", "csv", false],
    ["TABLE.TSV.GZ", "text\tlabel\na\tb\n", "tsv", false],
    ["lines.txt", "__label__a x\n", "txt", false],
    ["lines.txt", "ham\tGo until\nspam\tWin\n", "tsv", true],
    ["pasted text", "ham\tGo until, now\nspam\tWin\n", "tsv", true],
    ["pasted text", 'text;label\n"a;b";x\nc;y\n', "csv", true],
    ["pasted text", '{"text":"a","label":"b"}\n{"text":"c","label":"d"}\n', "jsonl", true],
    ["pasted text", '[{"text":"a","label":"b"}]', "json", true],
    ["pasted text", '{\n  "spam": [{"text": "a"}],\n  "ham": [{"text": "b"}]\n}', "json", true],
    ["pasted text", "__label__a x, y\n__label__b z\n", "txt", true],
    ["data.log", "a,b\nc,d\ne,f", "csv", true],
  ])("of %s is told from its name or its content", async (name, content, format, isGuessed) => {
    const table = await open(name, content);
    expect([table.format, table.isFormatGuessed]).toEqual([format, isGuessed]);
    expect(table.notes.some((note) => note.startsWith("By its content"))).toBe(isGuessed);
  });

  it("of UTF-16 with its mark is read, and said", async () => {
    for (const isBig of [false, true]) {
      const table = await open("a.csv", utf16("\ufefftext,label\ngrüße 😀,a\n", isBig));
      expect(table.row(0)).toEqual(["grüße 😀", "a"]);
      expect(table.notes.join()).toMatch(/UTF-16/);
    }
  });
});

describe("a table", () => {
  it("gives cells by name, rows, and places as the file counts", async () => {
    const table = await open("a.txt", "\n__label__a x\n\n__label__b __label__c y\nz\n");
    expect([table.names, table.rowCount]).toEqual([["text", "label"], 3]);
    expect([0, 1, 2].map((row) => [table.place(row), ...table.row(row)])).toEqual([
      ["line 2", "x", "a"],
      ["line 4", "y", "b, c"],
      ["line 5", "z", null],
    ]);
    expect(table.cell(0, "nowhere")).toBeNull();
    expect(table.cell(9, "text")).toBeNull();
  });

  it("of JSON keeps texts, numbers and what is missing apart", async () => {
    const table = await open("a.json", '[{"a":"1","b":1},{"b":null,"a":""},{"a":{"c":[true]}}]');
    expect([0, 1, 2].map((row) => table.row(row))).toEqual([
      ["1", "1"],
      ["", null],
      ['{"c":[true]}', null],
    ]);
    expect(table.nested).toEqual(["a.c[]"]);
    expect(table.cell(2, "a.c[]")).toBe("true");
  });

  it("tells how much was read, up to all of it", async () => {
    const told: number[] = [];
    const blob = new Blob([`text,label\n${"some text,a\n".repeat(300_000)}`]);
    const table = await openTable({ name: "a.csv", blob }, (fraction) => told.push(fraction));
    expect(table.rowCount).toBe(300_000);
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it("is given up where that is asked for", async () => {
    const control = new AbortController();
    const blob = new Blob([`text,label\n${"some text,a\n".repeat(300_000)}`]);
    const opened = openTable({ name: "a.csv", blob }, (fraction) => fraction > 0.3 && control.abort(), control.signal);
    await expect(opened).rejects.toMatchObject({ code: "aborted" });
    await expect(openTable({ name: "a.csv", blob }, undefined, AbortSignal.abort())).rejects.toMatchObject({
      code: "aborted",
    });
  });
});

describe("a column of texts", () => {
  it("gives back what was added, null and empty ones too", () => {
    const text = fc.option(fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ minLength: 300, maxLength: 900 })));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), fc.integer({ min: 1, max: 400 }), (texts, times) => {
        const column = new ColumnOfTexts();
        for (let n = 0; n < times; n++) for (const text of texts) column.add(text);
        for (let row = 0; row < column.length; row += 7) expect(column.get(row)).toBe(texts[row % texts.length]);
        expect(column.length).toBe(texts.length * times);
        expect([column.get(column.length), column.get(-1)]).toEqual([null, null]);
      }),
      { numRuns: 40 },
    );
  });
});
