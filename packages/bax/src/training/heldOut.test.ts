import { describe, expect, test } from "vitest";
import { samples } from "../../test/samples.ts";
import type { Evaluation } from "../evaluation/index.ts";
import { TextClassifier, type TrainingChoices, type TrainingProgress } from "../index.ts";
import { Random } from "../math/random.ts";
import { bestEpoch, stoppingEpoch } from "./heldOut.ts";

const data = samples(300, 1);
const other = samples(90, 2);

const tensors = (model: TextClassifier) => {
  const bytes = model.toBytes();
  return bytes.subarray(8 + new DataView(bytes.buffer).getUint32(0, true));
};

/** Labels that nothing tells: more epochs only make the model surer of what is not so. */
function noise(count: number, seed: number) {
  const random = new Random(seed);
  return samples(count, seed).map(({ text }) => ({ text, label: `l${random.below(2)}` }));
}

describe("the epoch that is kept", () => {
  const measured = (values: Partial<Evaluation>[]) =>
    values.map((value) => ({ accuracy: 0, macroF1: 0, microF1: 0, logLoss: 0, examples: 100, ...value }) as Evaluation);

  test("is the best of any metric; of equal ones the first", () => {
    const all = measured([
      { accuracy: 0.5, macroF1: 0.3, microF1: 0.2, logLoss: 1 },
      { accuracy: 0.9, macroF1: 0.4, microF1: 0.1, logLoss: 0.5 },
      { accuracy: 0.9, macroF1: 0.8, microF1: 0.1, logLoss: 0.7 },
    ]);
    expect(bestEpoch(all, "accuracy")).toBe(2);
    expect(bestEpoch(all, "macro-f1")).toBe(3);
    expect(bestEpoch(all, "micro-f1")).toBe(1);
    expect(bestEpoch(all, "log-loss")).toBe(2);
  });

  test("is the last unless an earlier one is better beyond the noise of the accuracy; other metrics have no slack", () => {
    const slightly = measured([
      { accuracy: 0.82, macroF1: 0.82 },
      { accuracy: 0.8, macroF1: 0.8 },
    ]);
    expect(stoppingEpoch(slightly)).toBe(2);
    expect(stoppingEpoch(slightly, "macro-f1")).toBe(1);
    expect(stoppingEpoch(measured([{ accuracy: 0.9 }, { accuracy: 0.8 }]))).toBe(1);
  });

  test("by the log loss is never one without a log loss", () => {
    expect(bestEpoch(measured([{ logLoss: null }, { logLoss: 3 }]), "log-loss")).toBe(2);
  });
});

test("what was measured is told after each epoch, as the learning curve has it", async () => {
  const told: object[] = [];
  const onProgress = ({ epoch, loss, validation }: TrainingProgress) => {
    if (validation) told.push({ epoch, loss, ...validation });
  };
  const model = await TextClassifier.train(noise(300, 3), { valid: 0.3, epochs: 4, onProgress });
  expect(told).toHaveLength(4);
  expect(told).toEqual(model.report!.curve);
});

describe("patience", () => {
  const epochsOf = async (choices: TrainingChoices) => {
    const seen = { validate: 0, train: 0 };
    const onProgress = ({ phase, epoch }: TrainingProgress) => {
      if (phase !== "read") seen[phase] = Math.max(seen[phase], epoch);
    };
    const model = await TextClassifier.train(noise(300, 3), { valid: 0.3, onProgress, ...choices });
    return { ...seen, model };
  };

  test("ends learning so many epochs after the best one, and the model learns as long as that one did", async () => {
    const { validate, train, model } = await epochsOf({ epochs: 40, patience: 3, validMetric: "log-loss" });
    expect(validate).toBeLessThan(40);
    expect(validate).toBe(train + 3);
    expect(model.report!.notes.join()).toMatch(new RegExp(`stopped after ${train} of ${validate} epochs`));
    const full = await epochsOf({ epochs: 40, validMetric: "log-loss" });
    expect(full.train).toBe(40);
    expect(model.report!.valid!.logLoss!).toBeLessThan(full.model.report!.valid!.logLoss!);
  });

  test("that never runs out makes all epochs, and none is none", async () => {
    expect((await epochsOf({ epochs: 4, patience: 10 })).validate).toBe(4);
    expect((await epochsOf({ epochs: 4, patience: 0 })).validate).toBe(4);
  });
});

describe("examples to validate on", () => {
  test("choose the epoch", async () => {
    // Their labels are turned round, so that what is learned makes them worse from the first epoch on.
    const turned = other.map(({ text, label }) => ({ text, label: label === "sport" ? "food" : "sport" }));
    const options = { epochs: 20, patience: 2, validMetric: "log-loss" } as const;
    const [right, wrong] = [
      await TextClassifier.train(data, { ...options, validation: other }),
      await TextClassifier.train(data, { ...options, validation: turned }),
    ];
    expect(wrong.report!.notes.join()).toMatch(/stopped after 1 of 3 epochs/);
    expect(right.report!.notes.join()).not.toMatch(/stopped after [1-4] of/);
    expect(wrong.evaluate(other).logLoss!).toBeGreaterThan(right.evaluate(other).logLoss!);
  });

  test("teach the model nothing: with the epochs given it is the one that nothing was measured on", async () => {
    const without = await TextClassifier.train(data, { epochs: 5, valid: 0 });
    for (const validation of [other, [...other, { text: "goal", label: "never seen" }, { text: "x" }]]) {
      const model = await TextClassifier.train(data, { epochs: 5, validation });
      expect(tensors(model)).toEqual(tensors(without));
      expect(model.labels).toEqual(without.labels);
    }
  });

  test.each([{}, { tokenizer: "fasttext" } as const])(
    "give the figure of the report, whatever valid says, %j",
    async (choices) => {
      const model = await TextClassifier.train(data, { epochs: 5, validation: other, valid: 0.5, ...choices });
      const { seconds: _, examplesPerSecond: __, ...valid } = model.report!.valid!;
      expect(model.evaluate(other)).toMatchObject(valid);
      expect(valid.examples).toBe(other.length);
      expect(tensors(model)).toEqual(tensors(await TextClassifier.train(data, { epochs: 5, valid: 0, ...choices })));
    },
  );

  test("count by their weights", async () => {
    const heavy = other.map((example, i) => ({ ...example, weight: i % 3 }));
    const model = await TextClassifier.train(data, { epochs: 1, validation: heavy });
    expect(model.report!.valid!.logLoss).toBeCloseTo(model.evaluate(heavy).logLoss!, 12);
    expect(model.report!.valid!.logLoss).not.toBeCloseTo(model.evaluate(other).logLoss!, 6);
  });
});
