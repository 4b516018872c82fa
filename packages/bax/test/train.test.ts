// `bax/train` as it is published: the bytes of the whole library's model, and what it leaves out says so.
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { TextClassifier, type TrainingChoices } from "../src/index.ts";
import type * as Train from "../src/train.ts";
import { samples, sha256 } from "./samples.ts";

vi.setConfig({ testTimeout: 60_000 });

const published: typeof Train = await import(fileURLToPath(new URL("../dist/train.js", import.meta.url)));
const examples = samples(300, 5).map(({ text, label }, i) => ({ text: `${text} word${i % 90} Größe`, label }));

const KINDS: TrainingChoices[] = [
  {},
  { threads: 2, dim: 64 },
  { loss: "hs", smoothing: 0 },
  { loss: "ova", targetPrecision: 0.9 },
  { loss: "ns", neg: 3, weighting: "tfidf", norm: "l1" },
  { optimizer: "sgd", weighting: "none", charNgrams: [0, 0], classWeights: "balanced", valid: 0 },
  { tokenizer: "whitespace", lowercase: false, validMetric: "macro-f1", patience: 1 },
];

test.each(KINDS)("learns the same bytes with %o", async (choices) => {
  const bytes = await published.train(examples, { epochs: 3, ...choices });
  const whole = await TextClassifier.train(examples, { epochs: 3, ...choices });
  expect(sha256(bytes)).toBe(sha256(whole.toBytes()));
  const predictor = published.load(bytes);
  for (const { text } of examples.slice(0, 20)) expect(predictor.predict(text)).toEqual(whole.predict(text));
});

test("examples with several labels, shares and weights, over time", async () => {
  async function* given() {
    for (const [i, { text, label }] of examples.entries()) {
      if (i % 3 === 0) yield { text, labels: { [label]: 0.75, other: 0.25 }, weight: 2 };
      else yield { text, label };
    }
  }
  const progress = vi.fn();
  const bytes = await published.train(given(), { epochs: 2, onProgress: progress });
  expect(sha256(bytes)).toBe(sha256((await TextClassifier.train(given(), { epochs: 2 })).toBytes()));
  expect(progress).toHaveBeenCalled();
});

test("is stopped by a signal, and refuses wrong options, as the whole library does", async () => {
  await expect(published.train(examples, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  await expect(published.train(examples, { epochs: 0 })).rejects.toMatchObject({ code: "usage" });
  await expect(published.train([])).rejects.toMatchObject({ code: "data" });
});

test("says what it leaves out", async () => {
  const refused = { code: "usage", message: expect.stringMatching(/is not part of bax\/train$/) };
  await expect(published.train(examples, { tokenizer: "fasttext" })).rejects.toMatchObject(refused);
  const block = { lines: new TextEncoder().encode("__label__a some text\n"), file: "lines", firstLine: 1 };
  await expect(published.train([block])).rejects.toMatchObject(refused);
});
