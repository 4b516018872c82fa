import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Example, type LineBlock, labelledTexts, TextClassifier } from "bax";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type DataFlags, readExamples } from "../../../cli/src/input/examples.ts";
import { findSources } from "../../../cli/src/input/sources.ts";
import { examplesOf, guessColumns, openTable } from "./index.ts";

const DATA = fileURLToPath(new URL("../../../../../shared/data", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "bax-studio-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The examples that the command reads from a file; of lines those with a label, as training takes them. */
async function byCommand(file: string, flags: DataFlags): Promise<Example[]> {
  const found: Example[] = [];
  for await (const item of readExamples(await findSources([file], flags), flags, () => {})) {
    if ("text" in item) found.push(item);
    else {
      for (const { text, labels } of labelledTexts(item, 1))
        if (labels.length > 0) found.push(labels.length === 1 ? { text, label: labels[0] } : { text, labels });
    }
  }
  return found;
}

/** The same in the page. */
async function byPage(name: string, content: Uint8Array | string, flags: DataFlags): Promise<Example[]> {
  const blob = new Blob([content as Uint8Array<ArrayBuffer>]);
  const table = await openTable({ name, blob }, undefined, undefined, flags.onError === "skip" ? "leaveOut" : "refuse");
  const guessed = guessColumns(table);
  const { text = guessed.text, label = guessed.label, weight = guessed.weight } = flags;
  return [
    ...examplesOf(table, { text, label, weight }, { labelSeparator: flags.labelSeparator, sharesSum: flags.sharesSum }),
  ];
}

async function expectSame(name: string, content: Uint8Array | string, flags: DataFlags = {}): Promise<Example[]> {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  const expected = await byCommand(file, flags);
  expect(await byPage(name, content, flags)).toEqual(expected);
  return expected;
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe.skipIf(!existsSync(DATA))("data as published give the command's examples (needs ../shared/data)", () => {
  it.each([
    ["banking77/original.train.csv", 10_003, {}],
    ["banking77/original.test.csv", 3080, {}],
    ["sms-spam/original.tsv", 5574, {}],
    ["sms-spam/train.txt", 5016, {}],
    ["ag-news-subset/original.test.csv", 7600, { text: "column3", label: "column1" }],
    ["nlupp/original.banking.fold0.json", 104, { label: "intents" }],
    ["snips/original.train.GetWeather.json", 2000, {}],
  ] as const)("%s: %i of them", async (name, count, flags) => {
    const content = readFileSync(path.join(DATA, name));
    const found = await byCommand(path.join(DATA, name), flags);
    expect(found.length).toBeGreaterThan(count * 0.8);
    expect(await byPage(path.basename(name), content, flags)).toEqual(found);
  });
});

describe("a table gives the command's examples", () => {
  it.each<[string, string, string, DataFlags?]>([
    ["quotes and line breaks in quotes", "a.csv", 'text,label\n"one, two",a\n"say ""hi""\nthere",b\n"c\r\nd",a\n'],
    ["line ends of Windows", "a.csv", 'text;label\r\n"one\r\ntwo";a\r\ntwo;b\r\n\r\nthree;a\r\n'],
    ["line ends of old Macs", "a.csv", "text,label\rone,a\rtwo,b\r"],
    ["no line end at its end", "a.csv", "text,label\none,a\ntwo,b"],
    ["a quote at its end", "a.csv", 'text,label\none,a\ntwo,"b"'],
    ["a carriage return in quotes before a line end", "a.csv", 'label,text\na,"one\r"\nb,two\na,"x"\n'],
    ["the same with line ends of Windows", "a.csv", 'label,text\r\na,"one\r"\r\nb,two\r\nb,"x"\r\n'],
    ["a byte order mark", "a.csv", "\ufefftext,label\none,a\ntwo,b\n"],
    ["emoji and other scripts", "a.csv", 'text,label\n😀 grüße,a\n"日本, 語",b\n\u00a0x\u2028y,c\n'],
    ["empty cells", "a.csv", 'text,label\n,a\n"",b\nc,\nd,""\n'],
    ["blank lines", "a.csv", "text,label\n\none,a\n\n\ntwo,b\n\n"],
    ["spaces around cells", "a.csv", "text,label\n  one  , a \n\ttwo,b\n"],
    ["a space before a quote, and behind", "a.csv", 'text,label\none, "a, b"\n "two, ""x"", y"  ,"b, "" c"\nthree,c\n'],
    ["two spaces before a quote", "a.csv", 'text,label\n  "one",a\ntwo,b\n'],
    ["quotes in the midst of cells", "a.csv", 'text,label\nsay "hi" there,a\nx",b\n'],
    ["empty cells too many", "a.csv", 'text,label\none,a,\ntwo,b,"",\nthree,c\n'],
    ["no header", "a.csv", "one,a\n,b\ntwo,a\n"],
    ["names that repeat", "a.csv", "text,text,label\none,x,a\n"],
    ["numbers", "a.csv", "text,label\n007,1.50\n1e3,true\nNULL,null\n"],
    ["bars", "a.csv", 'label|text\na|"x|y"\nb| "z|w"\n'],
    [
      "several labels and soft ones",
      "a.csv",
      'text,label\na,"[""x"",""y""]"\nb,"{""x"":0.5,""y"":0.5}"\nc,[z]\nd,[]\n',
    ],
    ["a separator of labels", "a.csv", "text,label\na,x;y\nb,;\nc,z\n", { labelSeparator: ";" }],
    ["weights", "a.csv", "text,label,w\na,x,2\nb,y,0.5\n", { weight: "w" }],
    ["tabs and stray quotes", "a.tsv", 'ham\tGo until\nham\tOk "lar"\nspam\t"Free entry\nham\tx\n'],
    ["tabs and quotes", "a.tsv", 'text\tlabel\r\n"one ""x"""\ta\r\n "two"\tb\r\n"three"\tb\r\n'],
    [
      "JSON lines",
      "a.jsonl",
      '{"text":"a","label":["x","y"]}\r\n\n  \n{"text":"b\\n😀","label":3}\n{"text":"","label":"f"}\n{"text":"g"}',
    ],
    [
      "an array",
      "a.json",
      '[{"text":"a","label":"x"},\n {"text":"b\\"],","label":null} , {"label":{"x":0.5,"y":0.5},"text":"[{"}]\n',
    ],
    [
      "objects one after another",
      "a.json",
      '{"text":"a",\n"label":"x"} {"text":"b","label":true}{"text":"c","label":1.50}',
    ],
    ["lists by label", "a.json", '{"a\\"b":[{"text":"x"},{"text":"y","key":"own"}],"b.c":[{"text":"z"}],"n":3,"e":[]}'],
    [
      "nested lists by label",
      "a.json",
      '{"spam":[{"data":[{"text":"win "},{"text":"cash"},{"text":"!"}]}],"ham":[{"data":[{"text":"hi"},{"text":"you"}]},{"data":[{"text":"q"}]}]}',
    ],
    [
      "names inside of columns",
      "a.json",
      '[{"doc":{"body":"one"},"meta":{"tags":[{"name":"a"},{"name":"b"}]}},{"doc":{"body":"two"},"meta":{"tags":[]}}]',
      { text: "doc.body", label: "meta.tags[].name" },
    ],
    ["objects and lists as texts", "a.json", '[{"text":["q",1],"label":"x"},{"text":{"z":true},"label":"y"}]'],
    [
      "lines with labels",
      "a.txt",
      "__label__a x y\r\n\r\n__label__b z\nno label\n__label__a __label__b q __label__c r\n__label__ e\n__label__d",
    ],
  ])("with %s", async (_, name, content, flags) => {
    expect((await expectSame(name, content, flags)).length).toBeGreaterThan(0);
    expect((await expectSame(`${name}.gz`, gzipSync(content), flags)).length).toBeGreaterThan(0);
  });

  it("that trains to the same bytes, of lines too, which the command does not take apart", {
    timeout: 60_000,
  }, async () => {
    const lines = Array.from({ length: 80 }, (_, n) => {
      const labels = ["__label__a", "__label__b __label__c", "__label__", ""][n % 4];
      return `${labels} word${n % 9} some😀 more${n % 5}\t${n % 11 === 0 ? "__label__d" : "é"} end\r\n${n % 13 === 0 ? "\n" : ""}`;
    }).join("");
    const file = path.join(folder, "lines.txt");
    writeFileSync(file, lines);
    const blocks: (Example | LineBlock)[] = [];
    for await (const block of readExamples(await findSources([file]), {}, () => {})) blocks.push(block);
    const table = await openTable({ name: "lines.txt", blob: new Blob([lines]) });
    const examples = examplesOf(table, guessColumns(table));
    const train = async (data: Iterable<Example | LineBlock>): Promise<Uint8Array> =>
      (await TextClassifier.train(data, { epochs: 2, dim: 8, threads: 1, valid: 0.2, seed: 3 })).toBytes();
    expect(Buffer.compare(await train(examples), await train(blocks))).toBe(0);
  });

  it("of 30,000 rows with quotes, which come in many pieces", { timeout: 60_000 }, async () => {
    const rows = Array.from(
      { length: 30_000 },
      (_, n) => `${n},${quoted(`text ${n} "é",\n😀 ${"x".repeat(n % 60)}`)},l${n % 7}`,
    );
    const found = await expectSame("many.csv", `id,text,label\r\n${rows.join("\r\n")}\r\n`);
    expect(found).toHaveLength(30_000);
  });

  it("of 9,000 objects and lines, which come in many pieces", { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 9_000 }, (_, n) => ({
      text: `\\"${n}" é 😀 {[${"x".repeat(200 + (n % 90))}`,
      label: `l${n % 7}`,
    }));
    expect(await expectSame("many.json", JSON.stringify(rows))).toHaveLength(9_000);
    expect(await expectSame("many.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"))).toHaveLength(9_000);
    expect(
      await expectSame("many.txt", rows.map(({ text, label }) => `__label__${label} ${text}`).join("\n")),
    ).toHaveLength(9_000);
  });

  it("and leaves the same rows out where that is asked for", async () => {
    const skip = { onError: "skip" };
    await expectSame("skip.csv", "text,label\ngood,a\ntoo,many,fields\nfew\nfine,b\n", skip);
    await expectSame("skip.csv", 'text,label,w\ngood,a,1\nbad,b,x\n"soft","{""a"":2}",1\nfine,b,2\n', {
      ...skip,
      weight: "w",
    });
  });

  it("whatever is written in its cells", { timeout: 60_000 }, async () => {
    const cell = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom('"', ",", "\n", "\r\n", " ", "\t", "a", "é", "😀", "__label__x", ";"),
        maxLength: 8,
      }),
    );
    const label = fc.constantFrom("a", "b c", "ü", 'q"q', "x,y", "");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, label), { minLength: 1, maxLength: 8 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        async (rows, newline, always) => {
          fc.pre(rows.some(([, label]) => label !== ""));
          const write = (text: string): string => (always || /[",\r\n]|^ | $/.test(text) ? quoted(text) : text);
          // Letters of a table have no NUL, which the two take differently inside of quotes.
          const lines = rows.map(([text, label]) => `${write(text.replaceAll("\0", ""))},${write(label)}`);
          const found = await expectSame("any.csv", ["text,label", ...lines].join(newline) + newline);
          expect(found.map(({ text }) => text)).toEqual(
            rows.filter(([, label]) => label !== "").map(([text]) => text.replaceAll("\0", "")),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});
