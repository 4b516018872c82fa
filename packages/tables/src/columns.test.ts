import { describe, expect, it } from "vitest";
import { chooseColumns } from "./columns.ts";

function choose(
  names: string[],
  choice: { text?: string; label?: string; weight?: string; needLabel?: boolean } = {},
  sample: string[][] = [],
  inside: { nested?: string[]; key?: string } = {},
) {
  const notes: string[] = [];
  const offer = { names, sample, nested: inside.nested ?? [], key: inside.key ?? null };
  const columns = chooseColumns("t.csv", offer, { needLabel: true, ...choice }, (note) => notes.push(note));
  return { ...columns, notes };
}

describe("chooseColumns", () => {
  it("takes text and label without a word", () => {
    expect(choose(["id", "label", "text"])).toEqual({ text: "text", label: "label", weight: null, notes: [] });
  });

  it("guesses well-known names and says so", () => {
    expect(choose(["id", "Utterance", "Intent"])).toEqual({
      text: "Utterance",
      label: "Intent",
      weight: null,
      notes: ["t.csv: took --text Utterance --label Intent"],
    });
  });

  it("takes the other of two columns where one is known or named", () => {
    expect(choose(["text", "group"])).toMatchObject({ text: "text", label: "group" });
    expect(choose(["x", "group"], { label: "group" })).toMatchObject({ text: "x", label: "group" });
  });

  it("takes the column with fewer different values of two unknown ones for the label", () => {
    const sample = [
      ["ham", "one"],
      ["ham", "two"],
      ["spam", "three"],
    ];
    expect(choose(["column1", "column2"], {}, sample)).toMatchObject({ text: "column2", label: "column1" });
  });

  it("refuses a wrong name with the nearest and all names", () => {
    const wrong = () => choose(["text", "category"], { label: "catgory" });
    expect(wrong).toThrow(/no column "catgory" \(--label\)/);
    expect(wrong).toThrow(
      expect.objectContaining({
        code: "usage",
        advice: 'The columns are "text", "category". Did you mean "category"?',
      }),
    );
  });

  it("refuses to guess among many unknown names, and one column for both", () => {
    expect(() => choose(["a", "b", "c"])).toThrow(/which column holds the text/);
    expect(() => choose(["text", "b", "c"])).toThrow(/which column holds the label/);
    expect(() => choose(["text", "b"], { text: "text", label: "text" })).toThrow(/both the column "text"/);
  });

  it("needs no label to predict", () => {
    expect(choose(["id", "text"], { needLabel: false })).toMatchObject({ text: "text", label: null });
    expect(choose(["whatever"], { needLabel: false })).toMatchObject({ text: "whatever" });
  });

  it("ignores case where that leaves one name", () => {
    expect(choose(["Text", "Label"], { text: "text", label: "LABEL" })).toMatchObject({ text: "Text", label: "Label" });
  });

  it("looks inside columns where none of them is known, and takes the key for the label in the end", () => {
    const nested = ["data[].entity", "data[].text"];
    expect(choose(["data"], {}, [], { nested, key: "key" })).toMatchObject({ text: "data[].text", label: "key" });
    expect(choose(["data", "label"], {}, [], { nested, key: "key" })).toMatchObject({ label: "label" });
    expect(choose(["text", "data", "label"], {}, [], { nested })).toMatchObject({ text: "text" });
  });

  it("does not take the weight for a label", () => {
    expect(choose(["text", "group", "w"], { weight: "w" })).toMatchObject({
      text: "text",
      label: "group",
      weight: "w",
    });
    expect(() => choose(["text", "group", "w"], { weight: "ww" })).toThrow(/no column "ww" \(--weight\)/);
  });
});
