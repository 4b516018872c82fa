import { describe, expect, test } from "vitest";
import { expectRefusal, rejection, samples, thrown } from "../test/samples.ts";
import { TextClassifier, type TrainingChoices } from "./index.ts";

const QUICK: TrainingChoices = { epochs: 5 };
const texts = samples(80, 2).map(({ text }) => text);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe.each(["softmax", "ova", "hs", "ns"] as const)("with the loss %s", async (loss) => {
  const model = await TextClassifier.train(samples(400, 1), { ...QUICK, loss });
  const all = model.labels;

  test("training calibrates, and the file gives the same bits back", () => {
    expect(model.calibration).toBeDefined();
    const read = TextClassifier.fromBytes(model.toBytes());
    expect(read.calibration).toEqual(model.calibration);
    expect(read.predictAll(texts, { k: 3 })).toEqual(model.predictAll(texts, { k: 3 }));
    expect(read.toBytes()).toEqual(model.toBytes());
  });

  test("raw answers are those of a model without calibration", async () => {
    const plain = await TextClassifier.train(samples(400, 1), {
      ...QUICK,
      loss,
      valid: 0,
      epochs: model.report!.options.epochs,
    });
    expect(plain.calibration).toBeUndefined();
    const raw = model.predictAll(texts, { k: 3, raw: true });
    expect(raw).toEqual(plain.predictAll(texts, { k: 3 }));
    expect(raw).not.toEqual(model.predictAll(texts, { k: 3 }));
  });

  test("k of Infinity answers all labels", () => {
    for (const answers of model.predictAll(texts, { k: Number.POSITIVE_INFINITY })) expect(answers).toHaveLength(3);
  });

  test("some of the labels are answered as if there were no others", () => {
    const labels = [all[2], all[0]];
    for (const text of texts) {
      const whole = model.scores(text);
      const some = model.predict(text, { k: 2, labels });
      expect(some.map(({ label }) => label).sort()).toEqual([...labels].sort());
      const own = [whole[0], whole[2]].map(({ probability }) => probability);
      const share = loss === "ova" || loss === "ns" ? 1 : sum(own);
      for (const { label, probability } of some)
        expect(probability).toBeCloseTo(whole[all.indexOf(label)].probability / share, 5);
    }
    expect(model.predictAll(texts, { k: 2, labels })).toEqual(
      texts.map((text) => model.predict(text, { k: 2, labels })),
    );
    // The next answer is among all labels again.
    expect(model.predict(texts[0], { k: 3 })).toHaveLength(3);
  });

  test("logarithms are those of the probabilities, one by one and together", () => {
    const logs = model.predictAll(texts, { k: 3, log: true });
    for (const [row, answers] of model.predictAll(texts, { k: 3 }).entries()) {
      expect(logs[row].map(({ label }) => label)).toEqual(answers.map(({ label }) => label));
      for (const [i, { probability }] of answers.entries())
        expect(logs[row][i].probability).toBeCloseTo(Math.log(probability), 3);
      expect(model.predict(texts[row], { k: 3, log: true })).toEqual(logs[row]);
    }
  });

  test("scores name all labels in the model's order, and agree with predict", () => {
    for (const text of texts.slice(0, 20)) {
      const scores = model.scores(text);
      expect(scores.map(({ label }) => label)).toEqual(all);
      for (const { label, probability } of model.predict(text, { k: 3 })) {
        expect(scores[all.indexOf(label)].probability).toBe(probability);
        expect(model.score(text, label)).toEqual(scores[all.indexOf(label)]);
        expect(model.explain(text, { label }).probability).toBe(probability);
      }
      for (const { logProbability, probability } of scores)
        expect(Math.exp(logProbability)).toBeCloseTo(probability, 5);
    }
  });
});

describe("abstaining", async () => {
  const model = await TextClassifier.train(samples(400, 1), QUICK);

  test("by probability and by margin leaves the surer answers", () => {
    for (const text of texts) {
      const [first, second] = model.predict(text, { k: 2 });
      const margin = first.probability - second.probability;
      const all = (abstain: object) => model.predict(text, { k: 2, abstain });
      expect(all({ probability: first.probability })).toHaveLength(2);
      expect(all({ probability: first.probability + 1e-6 })).toHaveLength(0);
      expect(all({ margin: margin - 1e-6 })).toHaveLength(2);
      expect(all({ margin: margin + 1e-6 })).toHaveLength(0);
    }
  });

  test("by the share of unknown features refuses what training never saw, one by one, together and as lines", () => {
    const odd = ["goal match guitar", "щука жмых", ""];
    const options = { abstain: { unknown: 0.5 } };
    expect(odd.map((text) => model.predict(text, options).length)).toEqual([1, 0, 0]);
    expect(model.predictAll(odd, options).map((answers) => answers.length)).toEqual([1, 0, 0]);
    const lines = new TextEncoder().encode(`${odd.join("\n")}\n`);
    expect(Array.from(model.predictLines(lines, options).labels, (label) => label >= 0)).toEqual([true, false, false]);
  });

  test.each([
    [{ abstain: { margin: 2 } }, /abstain by margin: got 2/],
    [{ abstain: { unknown: -1 } }, /abstain by unknown/],
    [{ threshold: Number.NaN }, /threshold: got NaN/],
    [{ labels: [] }, /labels: got \[\]/],
    [{ labels: ["spam"] }, /label "spam" is not one of the model's 3/],
  ])("refuses %j", (options, message) => {
    expectRefusal(
      thrown(() => model.predict("goal", options)),
      "usage",
      message,
    );
    // A refusal leaves nothing behind.
    expect(model.predict("goal", { k: 3 })).toHaveLength(3);
  });
});

describe("thresholds", async () => {
  const noisy = (count: number, seed: number) =>
    samples(count, seed).map((example, i) => (i % 5 === 0 ? { ...example, text: "the of and it" } : example));
  const model = await TextClassifier.train(noisy(600, 1), { ...QUICK, targetPrecision: 0.95 });

  test("are stored, and answers below them are not given", () => {
    const { decision } = TextClassifier.fromBytes(model.toBytes());
    expect(decision).toEqual(model.decision);
    expect(decision?.wanted).toEqual({ precision: 0.95 });
    for (const text of [...texts, "the of and it"]) {
      const [best] = model.predict(text, { threshold: 0 });
      const isGiven = best.probability >= model.decision!.thresholds[model.labels.indexOf(best.label)];
      expect(model.predict(text)).toEqual(isGiven ? [best] : []);
      expect(model.predict(text, { raw: true })).toHaveLength(1);
    }
    expect(model.predict("the of and it")).toEqual([]);
  });

  test("give the precision that was wanted on other text", () => {
    const other = noisy(1000, 9);
    const answers = model.predictAll(other.map(({ text }) => text));
    const given = answers.flatMap((found, i) => found.map(({ label }) => label === other[i].label));
    expect(given.length).toBeGreaterThan(500);
    expect(given.filter(Boolean).length / given.length).toBeGreaterThan(0.93);
  });

  test("can be chosen later by other text, which changes nothing else", async () => {
    const kept = await model.calibrate(noisy(500, 4), { wanted: { share: 0.5 } });
    expect(kept.decision?.wanted).toEqual({ share: 0.5 });
    expect(kept.predictAll(texts, { raw: true })).toEqual(model.predictAll(texts, { raw: true }));
    expect(model.decision?.wanted).toEqual({ precision: 0.95 });
    expect(kept.metadata.training["calibrated"]).toEqual({ examples: 500, wanted: { share: 0.5 } });
  });

  test("need text to choose them by, and one wish", async () => {
    expectRefusal(
      await rejection(TextClassifier.train(samples(90, 1), { ...QUICK, valid: 0, targetRecall: 0.9 })),
      "usage",
      /held-out text/,
    );
    expectRefusal(
      await rejection(TextClassifier.train(samples(90, 1), { targetRecall: 0.9, targetShare: 0.5 })),
      "usage",
      /--target-recall does not go with --target-share/,
    );
    expectRefusal(await rejection(model.calibrate(samples(10, 1))), "data", /10 of 10 texts/);
  });
});
