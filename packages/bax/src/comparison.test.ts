import { beforeAll, describe, expect, it } from "vitest";
import { compare } from "./comparison.ts";
import type { Example } from "./data/index.ts";
import { TextClassifier } from "./textClassifier.ts";

const WORDS = { spam: ["win", "prize", "cash"], ham: ["lunch", "home", "dinner"], news: ["court", "city", "police"] };
const NAMES = Object.keys(WORDS) as (keyof typeof WORDS)[];

function examples(count: number, labels = NAMES): Example[] {
  return Array.from({ length: count }, (_, n) => {
    const label = labels[n % labels.length];
    const words = [0, 1, 2].map((i) => (i < 2 ? WORDS[label] : WORDS[NAMES[(n * 5) % 3]])[(n * 7 + i) % 3]);
    return { text: words.join(" "), label };
  });
}

const options = { epochs: 3, dim: 8, threads: 1 } as const;
let good: TextClassifier;
let poor: TextClassifier;

beforeAll(async () => {
  good = await TextClassifier.train(examples(300), options);
  poor = await TextClassifier.train(examples(300, ["spam", "ham"]), options);
});

describe("compare", () => {
  it("gives each model's own evaluation, and says which is better", async () => {
    const text = examples(90);
    const { a, b, ...tests } = await compare(poor, good, text);
    const timeless = { seconds: 0, examplesPerSecond: 0 };
    expect({ ...a, ...timeless }).toEqual({ ...poor.evaluate(text), ...timeless });
    expect({ ...b, ...timeless }).toEqual({ ...good.evaluate(text), ...timeless });
    expect(tests).toMatchObject({ examples: 90, better: "b", seed: 1 });
    expect(tests.difference.accuracy.value).toBeCloseTo(b.accuracy - a.accuracy, 12);
    expect(tests.difference.macroF1.value).toBeCloseTo(b.macroF1 - a.macroF1, 12);
    expect(tests.mcNemar.onlyB - tests.mcNemar.onlyA).toBe(Math.round(90 * (b.accuracy - a.accuracy)));
  });

  it("has the macro F1 of the evaluations with several labels, unknown ones and weights", async () => {
    const text = examples(60).map(({ text, label = "" }, n) => ({
      text,
      labels: n % 3 === 0 ? [label, "spam"] : n % 7 === 0 ? ["never seen", label] : [label],
      weight: 1 + (n % 2),
    }));
    const { a, b, difference } = await compare(poor, good, text, { k: 2, seed: 4 });
    expect(difference.accuracy.value).toBeCloseTo(b.accuracy - a.accuracy, 12);
    expect(difference.macroF1.value).toBeCloseTo(b.macroF1 - a.macroF1, 12);
    expect(b.multiLabel).not.toBeNull();
  });

  it("takes text that comes over time and lines of a file, and skips what has no label", async () => {
    async function* lines() {
      yield {
        lines: new TextEncoder().encode("__label__spam win cash\nno label\n__label__ham lunch\n"),
        file: "a",
        firstLine: 1,
      };
    }
    expect(await compare(poor, good, lines())).toMatchObject({ examples: 2, a: { examples: 2 }, b: { examples: 2 } });
  });

  it("refuses a k and a seed that are none", async () => {
    await expect(compare(poor, good, [], { k: 0 })).rejects.toMatchObject({ code: "usage" });
    await expect(compare(poor, good, [], { seed: Number.NaN })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("evaluate", () => {
  it("decides several labels by the thresholds that it is given", () => {
    const text = examples(30).map(({ text, label = "" }) => ({ text, labels: [label, "spam"] }));
    const all = good.evaluate(text, { thresholds: new Float32Array(3) }).multiLabel;
    expect(all).toMatchObject({ decisionsPerExample: 3, micro: { recall: 1 }, subsetAccuracy: 0 });
    const none = good.evaluate(text, { thresholds: new Float32Array(3).fill(2) }).multiLabel;
    expect(none).toMatchObject({ decisionsPerExample: 0, micro: { precision: 0, recall: 0, f1: 0 } });
    expect(() => good.evaluate(text, { thresholds: new Float32Array(2) })).toThrow(/got 2, but the model has 3 labels/);
  });

  it("has figures of all probabilities with every loss; training itself leaves them out", async () => {
    expect(good.report?.valid).toMatchObject({ brier: null, macroRocAuc: null, coverage: null, confusionMatrix: null });
    for (const loss of ["ova", "hs", "ns"] as const) {
      const model = await TextClassifier.train(examples(300), { ...options, loss });
      const found = model.evaluate(examples(90));
      expect(found.macroRocAuc, loss).toBeGreaterThan(0.9);
      expect(found.brier, loss).toBeLessThan(2);
      expect(found.coverage?.at(-1)).toMatchObject({ coverage: 1, accuracy: found.accuracy });
    }
  });
});
