import { beforeAll, describe, expect, test, vi } from "vitest";
import { expectRefusal, rejection, samples, sha256 } from "../../test/samples.ts";
import { TextClassifier } from "../textClassifier.ts";
import type { TrainingChoices } from "./options.ts";

// Several models are trained here, perhaps on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const data = samples(300, 1);
const heldOut = samples(300, 2);
const FASTTEXT = { tokenizer: "fasttext", valid: 0, dim: 10, lr: 0.3, wordNgrams: 1, charNgrams: [2, 3] } as const;
const SOME = { buckets: 4000, epochs: 25 } as const;

const models: Record<string, TextClassifier> = {};
beforeAll(async () => {
  for (const loss of ["softmax", "ova", "hs", "ns"] as const) {
    models[loss] = await TextClassifier.train(data, { ...FASTTEXT, ...SOME, loss });
  }
});

describe.each(["softmax", "ova", "hs", "ns"])("a model with the loss %s", (loss) => {
  test("that lost most of its features is better for learning on", async () => {
    const pruned = models[loss].compress({ rows: "f32", features: 40 });
    const before = pruned.evaluate(heldOut).accuracy;
    const again = await pruned.retrain(data, { epochs: 20, lr: 0.2 });
    expect(again.featureCount).toBe(40);
    expect(again.labels).toEqual(pruned.labels);
    expect(again.evaluate(heldOut).accuracy).toBeGreaterThanOrEqual(before);
    expect(again.evaluate(data).logLoss).toBeLessThan(pruned.evaluate(data).logLoss!);
  });

  test("stays what it was at a rate of next to nothing, whatever part of the data it learns on from", async () => {
    const model = models[loss];
    for (const part of [data, data.filter(({ label }, i) => label === "music" || i < 30)]) {
      const again = await model.retrain(part, { epochs: 1, lr: 1e-9 });
      const [before, after] = [model, again].map((of) =>
        of.predictAll(
          heldOut.map(({ text }) => text),
          { k: 3 },
        ),
      );
      for (const [i, answers] of before.entries()) {
        for (const [j, { label, probability }] of answers.entries()) {
          expect(after[i][j].label).toBe(label);
          expect(after[i][j].probability).toBeCloseTo(probability, 4);
        }
      }
    }
  });

  test("keeps what it knows when it learns on from data with labels in other proportions", async () => {
    const model = models[loss];
    const turned = data.filter(({ label }, i) => label === model.labels[2] || i % 4 === 0);
    const again = await model.retrain(turned, { epochs: 5, lr: 0.05 });
    expect(again.evaluate(heldOut).accuracy).toBeGreaterThan(model.evaluate(heldOut).accuracy - 0.05);
  });
});

test("the model that learns on stays as it is, and the same data give the same bytes on 1, 2 and 3 threads", async () => {
  const model = models["softmax"];
  const before = sha256(model.toBytes());
  const hashes = new Set<string>();
  for (const threads of [1, 2, 3]) {
    hashes.add(sha256((await model.retrain(data, { epochs: 2, threads })).toBytes()));
    expect(sha256(model.toBytes())).toBe(before);
  }
  expect(hashes.size).toBe(1);
  expect(hashes).not.toContain(before);
});

test("a model that was read from its file learns on to the same bytes", async () => {
  const model = models["ova"];
  const read = TextClassifier.fromBytes(model.toBytes());
  const [a, b] = [await model.retrain(data, { epochs: 2 }), await read.retrain(data, { epochs: 2 })];
  expect(sha256(a.toBytes())).toBe(sha256(b.toBytes()));
});

test("labels that the model does not have are left out, and data with no other are refused", async () => {
  const model = models["softmax"];
  const strange = data.map(({ text }) => ({ text, label: "chess" }));
  const both = await model.retrain([...data, ...strange], { epochs: 2 });
  expect(both.labels).toEqual(model.labels);
  expect(both.evaluate(heldOut).accuracy).toBeGreaterThan(0.8);
  expectRefusal(await rejection(model.retrain(strange)), "data", /no example has a label of the model/);
  expectRefusal(await rejection(model.retrain([])), "data", /no example has a label of the model/);
});

describe("is refused:", () => {
  test("a model with compressed rows", async () => {
    for (const rows of ["f16", "int8", "product"] as const) {
      const small = models["softmax"].compress({ rows });
      expectRefusal(await rejection(small.retrain(data)), "usage", /a compressed model cannot learn on/);
    }
  });

  test("a model with hashed features", async () => {
    const hashed = await TextClassifier.train(samples(60, 1), { valid: 0, epochs: 1, dim: 4 });
    expectRefusal(await rejection(hashed.retrain(data)), "usage", /only a model with fastText's features can learn on/);
  });

  test("options that the model's features cannot have", async () => {
    const refused: TrainingChoices[] = [
      { weighting: "tfidf" },
      { norm: "l2" },
      { lowercase: true },
      { tokenizer: "unicode" },
    ];
    for (const choices of refused) expectRefusal(await rejection(models["softmax"].retrain(data, choices)), "usage");
  });
});

test("is stopped by its signal, at once or while it learns, and by stopSignal with a model", async () => {
  const model = models["softmax"];
  const many = samples(3000, 5);
  const early = { epochs: 1000, signal: AbortSignal.abort() };
  expectRefusal(await rejection(model.retrain(many, early)), "aborted");
  const controller = new AbortController();
  const told: number[] = [];
  const onProgress = ({ epoch }: { epoch: number }) => {
    told.push(epoch);
    if (told.length === 3) controller.abort();
  };
  expectRefusal(
    await rejection(model.retrain(many, { epochs: 10_000, signal: controller.signal, onProgress })),
    "aborted",
  );
  expect(told.length).toBeLessThan(6);
  const soon = new AbortController();
  const stopped = await model.retrain(many, {
    epochs: 10_000,
    stopSignal: soon.signal,
    onProgress: () => soon.abort(),
  });
  expect(stopped.evaluate(heldOut).accuracy).toBeGreaterThan(0.8);
});
