import { describe, expect, it } from "vitest";
import { isUnlabelled, readLabels, readWeight } from "./cells.ts";

describe("readLabels", () => {
  it("splits arrays and separators, trims, and drops empty and repeated ones", () => {
    expect(readLabels('["a","b","a"]')).toEqual(["a", "b"]);
    expect(readLabels("a| b ||a", "|")).toEqual(["a", "b"]);
    expect(readLabels("a|b")).toEqual(["a|b"]);
    expect(readLabels(null)).toEqual([]);
    expect(readLabels("  ")).toEqual([]);
  });

  it("takes what only looks like JSON for a label, and the word null too outside JSON", () => {
    expect(readLabels("[sic]")).toEqual(["[sic]"]);
    expect(readLabels("{sic}")).toEqual(["{sic}"]);
    expect(readLabels("null")).toEqual(["null"]);
    expect(readLabels("null", undefined, true)).toEqual([]);
    expect(readLabels('"x"', undefined, true)).toEqual(["x"]);
  });

  it("reads an object of numbers as soft labels, without what is null", () => {
    expect(readLabels('{" a ": 0.7, "b": 3e-1, "c": null}')).toEqual({ a: 0.7, b: 0.3 });
    expect(isUnlabelled(readLabels("{}"))).toBe(true);
    expect(isUnlabelled(readLabels('{"a": 1}'))).toBe(false);
  });

  it.each(['{"a": {"b": 1}}', '{"a": true}', '[{"a": 1}]'])("refuses %s", (cell) => {
    expect(() => readLabels(cell, undefined, true)).toThrow(/the label is/);
  });
});

describe("readWeight", () => {
  it("reads decimal numbers of 0 or more", () => {
    expect(["0", " 1.5 ", ".5", "2.", "1e-3", "+4"].map(readWeight)).toEqual([0, 1.5, 0.5, 2, 0.001, 4]);
  });

  it.each(["-1", "nan", "inf", "1,5", "1_000", "0x1", "", null])("refuses %j", (cell) => {
    expect(() => readWeight(cell)).toThrow(/the weight is/);
  });
});
