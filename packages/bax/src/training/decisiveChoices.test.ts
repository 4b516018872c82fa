import fc from "fast-check";
import { expect, test } from "vitest";
import { samples, sha256 } from "../../test/samples.ts";
import { TextClassifier, type TrainingChoices } from "../index.ts";
import { decisiveChoices, resolveOptions } from "./defaults.ts";

const facts = { labels: 3, examples: 500 };
const resolve = (choices: TrainingChoices) => resolveOptions(choices, facts, { all: 1000, chosen: () => 1000 });
const defaults = resolve({});

test("what would be done anyway is not decisive, nor is the number of threads", () => {
  const { epochs: _, optimizer: __, ...usual } = defaults;
  expect(decisiveChoices({ ...usual, threads: 3 }, resolve)).toEqual({});
  expect(decisiveChoices({ seed: 2, dim: defaults.dim, charNgrams: [2, 4] }, resolve)).toEqual({ seed: 2 });
});

test("epochs and the optimizer are decisive even where they are the defaults: they say that nothing else is to choose", () => {
  const { epochs, optimizer } = defaults;
  expect(decisiveChoices({ epochs, optimizer }, resolve)).toEqual({ epochs, optimizer });
});

test("the decisive choices alone resolve to the options that all of them resolve to", () => {
  const choices = fc.record(
    {
      dim: fc.constantFrom(8, 16, 64),
      seed: fc.constantFrom(1, 2),
      loss: fc.constantFrom("softmax", "ova", "hs", "ns"),
      tokenizer: fc.constantFrom("unicode", "fasttext", "whitespace"),
      epochs: fc.constantFrom(5, 60),
      lr: fc.constantFrom(0.1, defaults.lr),
      minCountChars: fc.constantFrom(1, 2),
      classWeights: fc.constantFrom("none", "balanced", { a: 2 }),
      optimizer: fc.constantFrom("adagrad", "sgd"),
      smoothing: fc.constantFrom(0, defaults.smoothing),
      charScale: fc.constantFrom(1, defaults.charScale),
      batch: fc.constantFrom(4, 16),
    } as const,
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(choices, (given) => {
      const told = decisiveChoices(given as TrainingChoices, resolve);
      expect(resolve(told)).toEqual(resolve(given as TrainingChoices));
    }),
    { numRuns: 500 },
  );
});

test("a model's own record of its choices makes the same bytes again", async () => {
  const data = samples(90, 1);
  const model = await TextClassifier.train(data, {
    dim: 16,
    lr: 0.08,
    epochs: 3,
    lowercase: true,
    classWeights: "balanced",
  });
  const { choices } = model.metadata.training as { choices: TrainingChoices };
  expect(choices).not.toHaveProperty("dim");
  const again = await TextClassifier.train(data, choices);
  expect(sha256(again.toBytes())).toBe(sha256(model.toBytes()));
});
