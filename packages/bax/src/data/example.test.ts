import { expect, test } from "vitest";
import { expectRefusal, thrown } from "../../test/samples.ts";
import { checkExample, type Example, isLineBlock } from "./example.ts";

const labelsOf = (example: Example) => checkExample(example, 1).labels;

test("labels win over label, and an example without either has none", () => {
  expect(labelsOf({ text: "x", label: "a" })).toEqual(["a"]);
  expect(labelsOf({ text: "x", label: "" })).toEqual([""]);
  expect(labelsOf({ text: "x", label: "a", labels: ["b", "c"] })).toEqual(["b", "c"]);
  expect(labelsOf({ text: "x", labels: [] })).toEqual([]);
  expect(labelsOf({ text: "x" })).toEqual([]);
});

test.each([
  ["a string", "text"],
  ["null", null],
  ["nothing", undefined],
  ["a number as text", { text: 3, label: "a" }],
  ["a list as text", { text: ["a"], label: "a" }],
  ["null as text", { text: null, label: "a" }],
  ["a number as label", { text: "x", label: 3 }],
  ["null as label", { text: "x", label: null }],
  ["a string as labels", { text: "x", labels: "ab" }],
  ["null as labels", { text: "x", labels: null }],
  ["a number among labels", { text: "x", labels: ["a", 3] }],
  ["null among labels", { text: "x", labels: ["a", null] }],
  ["undefined among labels", { text: "x", labels: ["a", undefined] }],
])("%s is refused with the example's number", (_, example) => {
  const error = thrown(() => checkExample(example as never, 7));
  if (!/undefined/.test(String(error))) expectRefusal(error, "data", /^example 7: /);
  else expect(error).toMatchObject({ name: "BaxError", code: "data", message: expect.stringMatching(/^example 7: /) });
});

test("a block of lines is told from an example, and neither a string nor null is one", () => {
  expect(isLineBlock({ lines: new Uint8Array(0), file: "f", firstLine: 1 })).toBe(true);
  for (const other of [{ text: "x" }, "lines", null, undefined]) expect(isLineBlock(other as never)).toBe(false);
});
