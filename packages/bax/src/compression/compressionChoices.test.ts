import { beforeAll, expect, test } from "vitest";
import { expectRefusal, samples, thrown } from "../../test/samples.ts";
import { TextClassifier } from "../textClassifier.ts";
import { type CompressionChoices, completeChoices } from "./compressionChoices.ts";

let model: TextClassifier;
beforeAll(async () => {
  model = await TextClassifier.train(samples(60, 1), { epochs: 1 });
});

test("what is left out, or undefined, has its default", () => {
  const defaults = completeChoices({});
  expect(defaults).toEqual({
    rows: "product",
    output: "f32",
    subDimension: 4,
    norms: true,
    features: 0,
    dropUnseen: false,
    seed: 1,
    file: "safetensors",
  });
  const open: object = { rows: undefined, seed: undefined, file: undefined };
  expect(completeChoices(open)).toEqual(defaults);
});

test("fastText's smaller file drops unseen n-grams unless told otherwise", () => {
  expect(completeChoices({ file: "fasttext" }).dropUnseen).toBe(true);
  expect(completeChoices({ file: "fasttext", dropUnseen: false }).dropUnseen).toBe(false);
});

test.each<[choices: object, message: RegExp]>([
  [{ rows: "i8" }, /rows: got "i8", expected f32 or f16 or int8 or product/],
  [{ output: 8 }, /output: got 8, expected f32/],
  [{ row: "int8" }, /no choice "row"/],
  [{ constructor: 1 }, /no choice "constructor"/],
  [{ subDimension: 0 }, /subDimension: got 0, expected a whole number from 1/],
  [{ features: 2.5 }, /features: got 2\.5/],
  [{ features: "9" }, /features: got "9", expected a whole number/],
  [{ seed: -1 }, /seed: got -1/],
  [{ norms: "no" }, /norms: got "no", expected true or false/],
  [{ size: Number.NaN }, /size: got NaN, expected a number of bytes/],
  [{ size: 0 }, /size: got 0/],
  [{ file: "ftz" }, /file: got "ftz", expected safetensors or fasttext/],
])("%o is refused, and said why", (choices, message) => {
  expectRefusal(
    thrown(() => model.compress(choices as CompressionChoices)),
    "usage",
    message,
  );
});
