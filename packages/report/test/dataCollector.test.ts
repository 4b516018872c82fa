import { describe, expect, it } from "vitest";
import { DataCollector, LabelNumbers, TextBudget } from "../src/index.ts";

describe("the overview of data", () => {
  const collector = new DataCollector();
  for (let words = 1; words <= 100; words++)
    collector.add("word ".repeat(words).trim(), [words % 4 === 0 ? "rare" : "often"]);
  collector.add(" word word ", ["often", "new"]);
  collector.add("", ["often"]);
  collector.add("  ", []);
  collector.add("😀é", ["rare"]);
  const numbers = new LabelNumbers(["rare", "often"]);
  const overview = collector.overview("sample", numbers, new TextBudget(4, 1000));

  it("counts examples, empty texts and duplicates", () => {
    expect(overview).toMatchObject({ name: "sample", examples: 104, empty: 2, duplicates: 1, moreLabels: 0 });
  });

  it("knows how long texts are, in words and in characters", () => {
    expect(overview.words).toMatchObject({
      least: 0,
      quarter: 22,
      median: 48,
      threeQuarters: 74,
      most95: 95,
      most: 100,
    });
    expect(overview.characters).toMatchObject({ least: 0, most: 499 });
    const one = new DataCollector();
    one.add("😀é", ["a"]);
    expect(one.overview("", numbers, new TextBudget()).characters).toMatchObject({ least: 2, median: 2, mean: 2 });
  });

  it("lists labels by how frequent they are, with texts as long as there is room", () => {
    expect(overview.labels.map(({ label, count }) => [numbers.names[label], count])).toEqual([
      ["often", 77],
      ["rare", 26],
      ["new", 1],
    ]);
    expect(overview.labels.map(({ texts }) => texts.length)).toEqual([3, 1, 0]);
  });

  it("is all zeros without data", () => {
    const empty = new DataCollector().overview("", new LabelNumbers([]), new TextBudget());
    expect(empty).toMatchObject({ examples: 0, words: { least: 0, median: 0, most: 0, mean: 0 }, labels: [] });
  });
});
