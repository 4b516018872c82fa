import { expect, it } from "vitest";
import { examplesOf, guessColumns, openTable } from "../data/index.ts";
import { cleanedTable } from "./cleanedTable.ts";
import { type Decision, EditedExamples } from "./edits.ts";

async function opened(name: string, content: string, weight: string | null = null) {
  const table = await openTable({ name, blob: new Blob([content]) });
  const columns = { ...guessColumns(table), weight };
  const examples = examplesOf(table, columns);
  return { table, columns: { text: columns.text, label: columns.label ?? "", weight: columns.weight }, examples };
}

const CSV = 'id,text,label\n1,"a, b",x\n2,"say ""hi""",y\n3,no label,\n4,"two\nlines",x\n5, spaced ,y\n';

it("decisions change labels and take examples out, and the others keep their order and their numbers", async () => {
  const { examples } = await opened("data.csv", CSV);
  const decisions = new Map<number, Decision>([
    [0, ["y"]],
    [1, null],
    [3, ["x", "y"]],
  ]);
  const edited = new EditedExamples(examples, decisions);
  expect(edited.length).toBe(3);
  expect([...edited]).toEqual([
    { text: "a, b", label: "y" },
    { text: "two\nlines", label: "x" },
    { text: " spaced ", labels: ["x", "y"] },
  ]);
  expect([0, 1, 2].map((number) => edited.at(number))).toEqual([...edited]);
  expect([0, 1, 2].map((number) => edited.sourceOf(number))).toEqual([0, 2, 3]);
});

it("the cleaned table has every column and row, and reads as the examples that were decided on", async () => {
  const { table, columns, examples } = await opened("data.csv", CSV);
  const decisions = new Map<number, Decision>([
    [0, ["y"]],
    [1, null],
    [3, ["x", "y"]],
  ]);
  const file = [...cleanedTable(table, columns, examples, decisions)].join("");
  expect(file).toBe('id,text,label\n1,"a, b",y\n3,no label,\n4,"two\nlines",x\n5," spaced ","[""x"",""y""]"\n');
  const again = await opened("cleaned.csv", file);
  expect([...again.examples]).toEqual([...new EditedExamples(examples, decisions)]);
});

it("lines with labels become a table of two columns", async () => {
  const { table, columns, examples } = await opened(
    "data.txt",
    "__label__a one, two\n__label__a __label__b three\n__label__b four\n",
  );
  const file = [...cleanedTable(table, columns, examples, new Map([[2, ["a"]]]))].join("");
  expect(file).toBe('text,label\n"one, two",a\nthree,"[""a"",""b""]"\nfour,a\n');
  const again = await opened("cleaned.csv", file);
  expect([...again.examples].map(({ text }) => text)).toEqual(["one, two", "three", "four"]);
});

it("weights stay with their texts, also those from inside of another column", async () => {
  const decisions = new Map<number, Decision>([[1, ["x"]]]);
  const { table, columns, examples } = await opened(
    "data.json",
    '[{"text":"one","label":"x","how":{"often":2}},{"text":"two","label":"y","how":{"often":0.5}}]',
    "how.often",
  );
  const file = [...cleanedTable(table, columns, examples, decisions)].join("");
  expect(file).toBe("text,label,weight\none,x,2\ntwo,x,0.5\n");
  const again = await opened("cleaned.csv", file, "weight");
  expect([...again.examples]).toEqual([...new EditedExamples(examples, decisions)]);
});
