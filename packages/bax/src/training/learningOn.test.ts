import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal, rejection, samples, sha256 } from "../../test/samples.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { type Example, TextClassifier, type TrainingChoices } from "../index.ts";
import { scarceLabels } from "./rehearsal.ts";

const all = samples(300, 1);
const heldOut = samples(150, 2);
const isNew = ({ label }: Example) => label === "music";
const [oldTexts, newTexts] = [all.filter((example) => !isNew(example)), all.filter(isNew)];
const [oldTest, newTest] = [heldOut.filter((example) => !isNew(example)), heldOut.filter(isNew)];

const train = (examples: readonly Example[], choices: TrainingChoices = {}, init?: TextClassifier) =>
  TextClassifier.train(examples, { valid: 0, ...choices, init });

/** A tensor of a model's file, as bytes of its first rows. */
function tensor(model: TextClassifier, name: string, rows?: number): Uint8Array {
  const file = model.toBytes();
  const { offset, byteLength, shape } = readSafetensors(file).tensors.get(name)!;
  return file.slice(offset, offset + (rows === undefined ? byteLength : (byteLength / shape[0]) * rows));
}

const hasTensor = (model: TextClassifier, name: string) => readSafetensors(model.toBytes()).tensors.has(name);

let base: TextClassifier;
beforeAll(async () => {
  base = await train(oldTexts);
});

describe("a model that learns on", () => {
  test("answers as it did before the first step, where a text has no new word", async () => {
    const model = await train(oldTexts, { loss: "ova" });
    const others = Array.from({ length: 20 }, (_, i) => ({ text: `zyxw${i} vuts rqpo`, label: "new" }));
    // The smallest rate there is: as good as no step.
    const after = await train(others, { lr: 1e-9, epochs: 1 }, model);
    expect(after.labels).toEqual([...model.labels, "new"]);
    expect(after.featureCount).toBeGreaterThan(model.featureCount);
    for (const { text } of oldTest) {
      const found = new Map(after.predict(text, { k: 3 }).map(({ label, probability }) => [label, probability]));
      for (const { label, probability } of model.predict(text, { k: 2 }))
        expect(Math.abs(found.get(label)! - probability)).toBeLessThan(1e-6);
    }
  });

  test.each<[string, TrainingChoices, TrainingChoices]>([
    ["without a flag", {}, {}],
    ["ova", { loss: "ova" }, {}],
    ["ns", { loss: "ns" }, {}],
    ["tfidf, whose weights of features are made as text is read", { weighting: "tfidf" }, {}],
    ["no weights of features", { weighting: "none" }, {}],
    ["balanced class weights", {}, { classWeights: "balanced" }],
    ["two threads", { dim: 16 }, { threads: 2 }],
    ["a least number of examples that old labels do not reach", {}, { minCountLabel: 5 }],
  ])("learns a new label from its examples alone and keeps the old ones, with %s", async (_, before, later) => {
    const model = await train(oldTexts, before);
    const old = model.evaluate(oldTest).accuracy;
    const after = await train(newTexts, later, model);
    expect(after.labels).toEqual([...model.labels, "music"]);
    expect(after.evaluate(oldTest).accuracy).toBeGreaterThan(old - 0.03);
    expect(after.evaluate(newTest).accuracy).toBeGreaterThan(0.9);
  });

  test("keeps labels of which few examples come with those of a new one", async () => {
    const old = base.evaluate(oldTest).accuracy;
    const after = await train([...newTexts, ...oldTexts.slice(0, 4)], {}, base);
    expect(after.evaluate(oldTest).accuracy).toBeGreaterThan(old - 0.03);
    expect(after.evaluate(newTest).accuracy).toBeGreaterThan(0.9);
    expect(sha256(tensor(after, "embeddings", base.featureCount))).toBe(sha256(tensor(base, "embeddings")));
  });

  test("leaves rows of A and B that belong to labels without new examples as they were, bit by bit", async () => {
    const after = await train(newTexts, {}, base);
    for (const [name, rows] of [
      ["embeddings", base.featureCount],
      ["output", 2],
      ["feature_weights", base.featureCount],
      ["feature_keys", base.featureCount],
    ] as const)
      expect(sha256(tensor(after, name, rows))).toBe(sha256(tensor(base, name)));
  });

  test("frozen, changes what is new and B, but not the rows of A that it has", async () => {
    const more = [...samples(60, 3), ...Array.from({ length: 12 }, () => ({ text: "unheard words", label: "food" }))];
    const full = await train(all);
    const [frozen, free] = [await train(more, { freeze: true }, full), await train(more, {}, full)];
    const before = sha256(tensor(full, "embeddings"));
    expect(sha256(tensor(frozen, "embeddings", full.featureCount))).toBe(before);
    expect(sha256(tensor(free, "embeddings", full.featureCount))).not.toBe(before);
    expect(sha256(tensor(frozen, "output"))).not.toBe(sha256(tensor(full, "output")));
    expect(frozen.featureCount).toBeGreaterThan(full.featureCount);
  });

  test("gets the same bytes on any number of threads", async () => {
    const hashes = [];
    for (const threads of [1, 2, 3]) hashes.push(sha256((await train(newTexts, { threads }, base)).toBytes()));
    expect(new Set(hashes).size).toBe(1);
  });

  test("gives a new word a row from five texts on where labels are learned alone", async () => {
    const texts = (count: number): Example[] =>
      Array.from({ length: 12 }, (_, i) => ({ text: i < count ? "zyxwv" : "qqq", label: "new" }));
    const has = async (count: number) => {
      const model = await train(texts(count), { charNgrams: [2, 4] }, base);
      return model.explain("zyxwv", { label: "new" }).features.some(({ contribution }) => contribution !== 0);
    };
    expect([await has(4), await has(5)]).toEqual([false, true]);
  });

  test("still learns on from its file, to the same bytes", async () => {
    const read = TextClassifier.fromBytes(base.toBytes());
    const [direct, byFile] = [await train(newTexts, {}, base), await train(newTexts, {}, read)];
    expect(sha256(byFile.toBytes())).toBe(sha256(direct.toBytes()));
  });

  test("can be held out from, validated on and checked by other metrics", async () => {
    const model = await TextClassifier.train([...oldTexts, ...newTexts], { valid: 0.2, init: base });
    expect(model.report!.valid!.accuracy).toBeGreaterThan(0.9);
    const watched = await TextClassifier.train(newTexts, {
      init: base,
      validation: heldOut,
      validMetric: "macro-f1",
      patience: 2,
    });
    expect(watched.evaluate(heldOut).accuracy).toBeGreaterThan(0.9);
  });
});

describe("means of labels", () => {
  test("survive a file, and compression drops them", () => {
    const read = TextClassifier.fromBytes(base.toBytes());
    for (const name of ["label_means", "label_counts"]) {
      expect(sha256(tensor(read, name))).toBe(sha256(tensor(base, name)));
      expect(hasTensor(base.compress({ rows: "int8" }), name)).toBe(false);
    }
    expect(new Float32Array(tensor(base, "label_counts").buffer)).toEqual(Float32Array.of(100, 100));
  });

  test("are where the texts of a label lie: B · mean is the mean of the scores", () => {
    const { labels } = base;
    const means = new Float32Array(tensor(base, "label_means").buffer);
    const output = new Float32Array(tensor(base, "output").buffer);
    const dimension = means.length / labels.length;
    const scoreOf = (label: string, text: string) => base.explain(text, { label }).logit;
    for (const [row, own] of labels.entries()) {
      const texts = oldTexts.filter(({ label }) => label === own);
      const mean = texts.reduce((sum, { text }) => sum + scoreOf(own, text), 0) / texts.length;
      let score = 0;
      for (let i = 0; i < dimension; i++) score += output[row * dimension + i] * means[row * dimension + i];
      expect(Math.abs(score - mean)).toBeLessThan(1e-3);
    }
  });

  test("are not there for a label whose examples all weigh nothing", async () => {
    const model = await train(oldTexts.map((example) => ({ ...example, weight: example.label === "food" ? 0 : 1 })));
    expect(new Float32Array(tensor(model, "label_counts").buffer)[model.labels.indexOf("food")]).toBe(0);
    expect((await train(newTexts, {}, model)).evaluate(newTest).accuracy).toBeGreaterThan(0.9);
  });

  test("count the examples of all runs", async () => {
    const after = await train(newTexts.slice(0, 50), {}, base);
    const again = await train(oldTexts.slice(0, 40), {}, after);
    expect(new Float32Array(tensor(after, "label_counts").buffer)[2]).toBe(50);
    const counts = new Float32Array(tensor(again, "label_counts").buffer);
    expect(counts[0]).toBeGreaterThan(100);
  });
});

test("labels are scarce without new examples or, beside new labels, with less than half as many as these", () => {
  expect(scarceLabels(Uint32Array.of(0, 3, 1), 3)).toEqual([0]);
  expect(scarceLabels(Uint32Array.of(1, 2, 3), 3)).toEqual([]);
  expect(scarceLabels(Uint32Array.of(0, 4, 5, 10, 10), 3)).toEqual([0, 1]);
  expect(scarceLabels(Uint32Array.of(0, 1, 1), 2)).toEqual([0]);
});

describe("partialFit", () => {
  test("changes the model and returns it, as train with init would make it", async () => {
    const model = TextClassifier.fromBytes(base.toBytes());
    expect(model.predict("goal")).toHaveLength(1);
    expect(await model.partialFit(newTexts)).toBe(model);
    expect(sha256(model.toBytes())).toBe(sha256((await train(newTexts, {}, base)).toBytes()));
    expect(model.predict("chorus guitar")[0].label).toBe("music");
    expect(model.report!.examples).toBe(newTexts.length);
  });

  test("leaves the model as it was on an error", async () => {
    const model = TextClassifier.fromBytes(base.toBytes());
    const before = sha256(model.toBytes());
    async function* broken(): AsyncGenerator<Example> {
      yield* newTexts;
      throw new Error("mine");
    }
    await expect(model.partialFit(broken())).rejects.toThrow("mine");
    await expect(model.partialFit([])).rejects.toThrow(/no labelled example/);
    await expect(model.partialFit(newTexts, { signal: AbortSignal.abort() })).rejects.toThrow(/stopped/);
    expect(sha256(model.toBytes())).toBe(before);
    expect(model.report).toBeNull();
  });
});

describe("what cannot learn on is refused:", () => {
  const refusal = async (model: TextClassifier, choices: TrainingChoices = {}, message: RegExp = /--init/) =>
    expectRefusal(await rejection(train(newTexts, choices, model)), "usage", message);

  test.each<TrainingChoices>([
    { tokenizer: "whitespace" },
    { tokenizer: "fasttext" },
    { lowercase: false },
    { wordNgrams: 3 },
    { charNgrams: [3, 5] },
    { weighting: "tfidf" },
    { norm: "l1" },
    { charScale: 3 },
    { dim: 64 },
    { loss: "ova" },
    { optimizer: "sgd" },
  ])("a choice that the model has for good, or that would not leave rows alone: %j", async (choices) => {
    await refusal(base, choices);
  });

  test("but the model's own choices may be repeated", async () => {
    const model = await train(
      newTexts,
      { tokenizer: "unicode", lowercase: true, wordNgrams: 2, loss: "softmax" },
      base,
    );
    expect(model.labels).toContain("music");
  });

  test("a tree, fastText's features, a compressed model", async () => {
    await refusal(await train(oldTexts, { loss: "hs", epochs: 1 }), {}, /hs/);
    await refusal(await train(oldTexts, { tokenizer: "fasttext", epochs: 1 }), {}, /fastText/);
    await refusal(base.compress({ rows: "int8" }), {}, /compressed/);
  });

  test("vectors besides a model, and --freeze without anything to freeze", async () => {
    const pretrained = { dimension: 4, words: ["goal"], values: new Float32Array(4) };
    const both = TextClassifier.train(newTexts, { init: base, pretrained });
    expectRefusal(await rejection(both), "usage", /--pretrained does not go with --init/);
    expectRefusal(await rejection(train(all, { freeze: true })), "usage", /--freeze/);
  });
});
