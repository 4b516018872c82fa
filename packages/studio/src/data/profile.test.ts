import { describe, expect, it } from "vitest";
import { describeData, examplesOf, guessColumns, openTable, previewOf, type Table, type Warning } from "./index.ts";

const open = (content: string, name = "a.csv"): Promise<Table> => openTable({ name, blob: new Blob([content]) });

const csv = (rows: readonly (readonly [text: string, label: string])[]): string =>
  `text,label\n${rows.map((row) => row.map((cell) => `"${cell}"`).join(",")).join("\n")}\n`;

const WORDS = "apple stone river cloud window garden silver music paper ladder".split(" ");
const textOf = (n: number): string => `${WORDS[n % 10]} ${WORDS[(n * 7 + 3) % 10]} number ${n} of many`;

/** `count` different texts, in turn of two labels. */
const good = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, n) => [textOf(n), n % 2 === 0 ? "even" : "odd"]);

async function warningsOf(rows: readonly (readonly [string, string])[]): Promise<readonly Warning[]> {
  const table = await open(csv(rows));
  return describeData(table, guessColumns(table)).warnings;
}

describe("warnings", () => {
  it("are none for good data", async () => {
    expect(await warningsOf(good(60))).toEqual([]);
  });

  it.each<[string, string, readonly (readonly [string, string])[], boolean, RegExp]>([
    ["one label", "one-label", good(30).map(([text]) => [text, "same"]), true, /the same label, "same"/],
    ["one example", "too-few", good(1), true, /one example/],
    ["nothing but empty texts", "empty-texts", good(20).map(([, label]) => ["", label]), true, /All texts are empty/],
    [
      "labels that measure",
      "numbers-as-labels",
      good(60).map(([text], n) => [text, `${n / 7}`.slice(0, 4)]),
      false,
      /measure something/,
    ],
    [
      "labels that all differ",
      "labels-all-different",
      good(60).map(([text], n) => [text, `id-${n}`]),
      false,
      /different in nearly every row/,
    ],
    [
      "swapped columns",
      "labels-all-different",
      good(60).map(([text, label]) => [label, text]),
      false,
      /two columns are swapped/,
    ],
    [
      "numbers as texts",
      "numbers-as-texts",
      good(60).map(([, label], n) => [`${n * 3.5}`, label]),
      false,
      /mostly numbers/,
    ],
    [
      "short texts",
      "short-texts",
      good(60).map(([, label], n) => ["abc".slice(0, 1 + (n % 3)), label]),
      false,
      /3 characters|2 characters/,
    ],
    ["empty texts", "empty-texts", [...good(60), ["", "odd"], [" ", "even"]], false, /2 texts are empty/],
    ["a label that is missing", "no-label", [...good(60), ["x y z", ""]], false, /1 row without a label is left out/],
    ["duplicates", "duplicates", [...good(60), good(60)[3], good(60)[4]], false, /2 texts are there more than once/],
    [
      "a conflict",
      "conflicts",
      [...good(60), [textOf(3), "even"]],
      false,
      /1 text is there several times with different labels/,
    ],
    [
      "small labels",
      "small-labels",
      [...good(60), ["a rare text", "rare"], ["another", "rare"]],
      false,
      /1 label has fewer than 10 examples: "rare" \(2\)/,
    ],
    ["unequal labels", "unequal-labels", [...good(200), ["a rare text", "rare"]], false, /100 times as many/],
    ["long texts", "long-texts", [...good(60), ["word ".repeat(3000), "odd"]], false, /1 text is longer than 10,000/],
  ])("are given for %s", async (_, kind, rows, isBlocking, text) => {
    const warnings = await warningsOf(rows);
    const found = warnings.find((warning) => warning.kind === kind);
    expect(warnings.map((warning) => warning.kind)).toContain(kind);
    expect(found?.text).toMatch(text);
    expect(found?.blocking).toBe(isBlocking);
    expect(warnings.some(({ blocking }) => blocking)).toBe(isBlocking);
    for (const warning of warnings) expect(warning.text).toMatch(/^\S.*\.$/s);
  });

  it("name the rows of conflicts and of empty texts", async () => {
    const warnings = await warningsOf([...good(40), [textOf(3), "even"], ["", "odd"]]);
    const rowsOf = (kind: string) => warnings.find((warning) => warning.kind === kind)?.rows;
    expect(rowsOf("conflicts")).toEqual([3, 40]);
    expect(rowsOf("empty-texts")).toEqual([41]);
  });

  it("say what is refused, in place of an error", async () => {
    const table = await open('text,label\na,"{""x"": 3}"\nb,y\n');
    const { warnings, examples, overview } = describeData(table, guessColumns(table));
    expect(examples).toBeNull();
    expect(overview.examples).toBe(0);
    expect(warnings).toEqual([
      { kind: "unusable", blocking: true, text: expect.stringMatching(/a\.csv: row 1: the labels are/) },
    ]);
    const left = describeData(table, guessColumns(table), { brokenRows: "leaveOut" });
    expect(left.warnings.map(({ kind }) => kind)).toEqual(["too-few", "left-out"]);
  });

  it("do not take ratings or class numbers for measurements", async () => {
    const kinds = (await warningsOf(good(300).map(([text], n) => [text, `${n % 12}`]))).map(({ kind }) => kind);
    expect(kinds).toEqual([]);
  });
});

describe("describeData", () => {
  it("counts labels, lengths and duplicates of 200,000 rows", { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 200_000 }, (_, n) => `${textOf(n % 150_000)},l${n % 5}`);
    const table = await open(`text,label\n${rows.join("\n")}\n`);
    const { overview, labels, counts } = describeData(table, guessColumns(table));
    expect([overview.examples, overview.duplicates, counts.rows]).toEqual([200_000, 50_000, 200_000]);
    expect(overview.labels.map(({ label, count }) => [labels[label], count])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [`l${n}`, 40_000]),
    );
    expect(overview.words.median).toBe(6);
  });

  it("gives the labels of a table with several labels a row", async () => {
    const table = await open("__label__a __label__b x y\n__label__a z\n__label__b w\n", "a.txt");
    const { overview, labels } = describeData(table, guessColumns(table));
    expect(overview.labels.map(({ label, count }) => [labels[label], count])).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
  });
});

describe("previewOf", () => {
  it("gives rows with their places, as many as there are", async () => {
    const table = await open(csv(good(30)));
    const preview = previewOf(table, 28, 10);
    expect(preview.rows.map(({ row, place }) => [row, place])).toEqual([
      [28, "row 29"],
      [29, "row 30"],
    ]);
    expect(preview.rows[0].cells).toEqual([textOf(28), "even"]);
    expect(previewOf(table, 99, 5).rows).toEqual([]);
  });
});

describe("guessColumns", () => {
  it("says what it took where names do not tell, and takes the likeliest of many", async () => {
    const two = guessColumns(await open("one text here,a\nanother text,b\na third one,a\n"));
    expect(two).toMatchObject({
      text: "column1",
      label: "column2",
      isSure: true,
      notes: [expect.stringMatching(/"column1"/)],
    });
    const rows = good(40).map(([text, label], n) => `${n},${label},2024,${text}`);
    const four = guessColumns(await open(`id,kind,year,words\n${rows.join("\n")}\n`));
    expect(four).toMatchObject({
      text: "words",
      label: "kind",
      isSure: false,
      notes: [expect.stringMatching(/Choose others/)],
    });
    expect(guessColumns(await open(csv(good(4))))).toMatchObject({ text: "text", label: "label", notes: [] });
  });

  it("takes no label where there is one column", async () => {
    const table = await open("text\none\ntwo\n");
    const columns = guessColumns(table);
    expect(columns).toMatchObject({ text: "text", label: null, isSure: false });
    expect(() => examplesOf(table, columns)).toThrow(/no column for the labels/);
  });
});

describe("examplesOf", () => {
  it("gives the row of each example, and counts what it left out", async () => {
    const table = await open('[{"text":"a","label":"x"},{"text":"b"},{"text":"","label":"y"},{"label":"y"}]', "a.json");
    const columns = { text: "text", label: "label", weight: null };
    expect(() => examplesOf(table, columns)).toThrow(/a\.json: row 4: the text is missing/);
    const examples = examplesOf(table, columns, { brokenRows: "leaveOut" });
    expect([...examples.rows]).toEqual([0, 2]);
    expect(examples.counts).toEqual({ rows: 4, unlabelled: 1, empty: 1, leftOut: 1 });
    expect(examples.notes[0]).toMatch(/1 row without a label left out; the first is row 2/);
    expect(examples.at(1)).toEqual({ text: "", label: "y" });
    expect(() => examples.at(2)).toThrow(RangeError);
  });

  it.each<[string, string, Partial<Record<"text" | "label" | "weight", string>>, RegExp]>([
    ["a column that is not there", "text,label\na,b\n", { text: "words" }, /there is no column "words" for the text/],
    ["one column for both", "text,label\na,b\n", { label: "text" }, /both the column "text"/],
    ["no label at all", "text,label\na,\nb,\n", {}, /no row has a label/],
    ["a weight that is none", "text,label,w\na,b,1\nc,d,much\n", { weight: "w" }, /row 2: the weight is much/],
  ])("refuses %s", async (_, content, chosen, message) => {
    const table = await open(content);
    const columns = { text: "text", label: "label", weight: null, ...chosen };
    expect(() => examplesOf(table, columns)).toThrow(message);
  });

  it("refuses a table of which nothing can be used", async () => {
    const table = await open('[{"label":"x"},{"label":"y","text":null}]', "a.json");
    const columns = { text: "text", label: "label", weight: null };
    expect(() => examplesOf(table, columns, { brokenRows: "leaveOut" })).toThrow(/none of its 2 rows could be used/);
  });
});
