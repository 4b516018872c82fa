import { beforeAll, describe, expect, test, vi } from "vitest";
import { expectRefusal, samples, thrown } from "../../test/samples.ts";
import { readModel, writeFastTextModel, writeModelFile } from "../formats/index.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import type { ModelParts } from "../model/index.ts";
import { TextClassifier } from "../textClassifier.ts";
import { planParts, rankRows } from "./compress.ts";
import type { CompressionOptions } from "./compressionChoices.ts";
import { fitSize } from "./fitSize.ts";

// Several models are trained here, perhaps on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Texts with some thousands of features, so that a single one is far less than 1 % of a file. */
function texts(count: number): { text: string; label: string }[] {
  const random = new Random(5);
  return samples(count, 5).map(({ text, label }) => ({
    text: `${text} ${Array.from({ length: 6 }, () => `w${random.below(3000)}`).join(" ")}`,
    label,
  }));
}

/** Sizes from the whole down to almost nothing, each a few per cent smaller than the one before. */
function* targets(whole: number): Generator<number> {
  for (let target = Math.floor(whole * 0.995); target > 500; target = Math.floor(target * 0.88)) yield target;
}

const models: Record<string, TextClassifier> = {};
const data = texts(300);
beforeAll(async () => {
  const common = { valid: 0, epochs: 2 };
  models["hashed"] = await TextClassifier.train(data, { ...common, dim: 32 });
  models["wide"] = await TextClassifier.train(data, { ...common, dim: 100 });
  const fastText = { ...common, tokenizer: "fasttext" } as const;
  models["fastText"] = await TextClassifier.train(data, { ...fastText, dim: 32, wordNgrams: 2, buckets: 20_000 });
});

function partsOf(model: TextClassifier): ModelParts {
  const bytes = model.toBytes();
  const heap = new Heap(false);
  return readModel(heap, heap.allocateCopy(bytes), bytes.length).parts;
}

/** The least that a refusal names, in bytes. */
function refusedFrom(error: unknown): number {
  const message = expectRefusal(
    error,
    "usage",
    /^size: [\d.]+ (?:[kM]B|bytes) asked for, but [\d.]+ [kM]B is the least/,
  );
  const [, amount, unit] = /but ([\d.]+) (kB|MB)/.exec(message)!;
  return Number(amount) * (unit === "kB" ? 1e3 : 1e6);
}

const FILES = {
  safetensors: (parts: ModelParts) => writeModelFile(parts, { options: {}, training: {} }).byteLength,
  fasttext: (parts: ModelParts) =>
    writeFastTextModel(parts, parts.parameters.compressed?.kind === "product" ? "ftz" : "bin").byteLength,
};

// Lengths are those of plans, which compress.test.ts finds to be those of files.
describe.each([
  { name: "hashed", file: "safetensors" },
  { name: "wide", file: "safetensors" },
  { name: "fastText", file: "safetensors" },
  { name: "fastText", file: "fasttext" },
] as const)("a $file file of the $name model", ({ name, file }) => {
  test("has at most the bytes asked for and at least 98 % of them unless all features fit, or is refused with the least", () => {
    const parts = partsOf(models[name]);
    const ranked = rankRows(parts);
    const only = { rows: "product", output: "f32", subDimension: 2 } as const;
    const common = { norms: true, dropUnseen: file === "fasttext", seed: 1, ...(file === "fasttext" && { only }) };
    let [all, made, refused] = [0, 0, 0];
    for (const size of targets(FILES[file](parts))) {
      let chosen: CompressionOptions;
      try {
        chosen = fitSize(parts, ranked, size, FILES[file], common);
      } catch (error) {
        expect(refusedFrom(error)).toBeGreaterThan(size);
        refused++;
        continue;
      }
      // Once refused, whatever is smaller is refused too.
      expect(refused).toBe(0);
      const bytes = FILES[file](planParts(parts, ranked, chosen));
      expect(bytes).toBeLessThanOrEqual(size);
      made++;
      // An .ftz has one kind of rows: more than all of them cannot be kept.
      if (file === "fasttext" && chosen.features === ranked.length) all++;
      else expect(bytes, `${size} asked, ${JSON.stringify(chosen)}`).toBeGreaterThan(0.98 * size);
    }
    expect(made - all).toBeGreaterThan(5);
    expect(all > 0).toBe(file === "fasttext");
    expect(refused).toBeGreaterThan(3);
  });
});

test.each(["hashed", "fastText"])("the %s model is written with the size that was found, and read again", (name) => {
  const model = models[name];
  const whole = model.toFile().byteLength;
  for (const share of [0.8, 0.3, 0.12]) {
    const size = Math.floor(whole * share);
    const small = model.compress({ size });
    const bytes = small.toBytes();
    expect(bytes.length).toBeLessThanOrEqual(size);
    expect(bytes.length).toBeGreaterThan(0.98 * size);
    const read = TextClassifier.fromBytes(bytes);
    expect(read.predictAll(["goal match", ""])).toEqual(small.predictAll(["goal match", ""]));
  }
});

test("a .ftz is written with the size that was found", () => {
  const model = models["fastText"];
  const size = 150_000;
  const { byteLength } = model.compress({ size, file: "fasttext", subDimension: 4 }).toFastText("ftz");
  expect(byteLength).toBeLessThanOrEqual(size);
  expect(byteLength).toBeGreaterThan(0.98 * size);
});

test("a .ftz is refused where the model has not fastText's features, with the reason", () => {
  const error = thrown(() => models["hashed"].compress({ size: 30_000, file: "fasttext" }));
  expectRefusal(error, "model", /no place for the tokenizer "unicode"/);
});

test("a size that the model has already is refused, and one byte less is met", () => {
  const model = models["hashed"];
  const whole = model.toFile().byteLength;
  for (const size of [whole, whole + 1, 1e12]) {
    expectRefusal(
      thrown(() => model.compress({ size })),
      "usage",
      /asked for, but the model has [\d.]+ [kM]B as it is/,
    );
  }
  expect(model.compress({ size: whole - 1 }).toBytes().length).toBeLessThan(whole);
});

test("of two sizes the smaller never keeps more features in the same kind of rows", () => {
  const model = models["hashed"];
  const whole = model.toFile().byteLength;
  const features = [0.9, 0.8, 0.7].map((share) => model.compress({ size: Math.floor(whole * share) }).featureCount);
  expect(features).toEqual([...features].sort((a, b) => b - a));
  expect(features[2]).toBeLessThan(features[0]);
});

test("a little less than half of the size is had by half floats of nearly all features, with answers as before", () => {
  const model = models["wide"];
  const half = model.compress({ size: Math.floor(model.toFile().byteLength * 0.495) });
  expect(half.featureCount).toBeGreaterThan(0.95 * model.featureCount);
  const asked = data.map(({ text }) => text);
  const [before, after] = [model, half].map((of) => of.predictAll(asked).map(([{ label }]) => label));
  expect(before.filter((label, i) => label !== after[i]).length).toBeLessThan(asked.length / 200);
});

test("half a byte, NaN and less are refused", () => {
  for (const size of [0, -5, 0.5, 1, Number.NaN]) {
    expectRefusal(
      thrown(() => models["hashed"].compress({ size })),
      "usage",
    );
  }
});
