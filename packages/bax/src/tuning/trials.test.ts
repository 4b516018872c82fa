import { beforeAll, describe, expect, test } from "vitest";
import { samples } from "../../test/samples.ts";
import { Heap } from "../kernels/index.ts";
import { detectPlatform } from "../platform/index.ts";
import { TextClassifier } from "../textClassifier.ts";
import { readingOptions, resolveOptions, type TrainingChoices } from "../training/index.ts";
import { modelCost } from "./cost.ts";
import { partOf, splitsOf } from "./splits.ts";
import { fit, StoredText, type Workshop } from "./trials.ts";

const LEARNED = samples(200, 1);
const MEASURED = samples(70, 2);
const FACTS = { examples: LEARNED.length, labels: 3 };

const heap = new Heap();
const workshop: Workshop = { heap, platform: detectPlatform(), stopped: async () => false };
const pause = async (): Promise<void> => {};

function read(choices: TrainingChoices, apart = true): Promise<StoredText> {
  const sources = { read: () => LEARNED, validation: apart ? () => MEASURED : undefined };
  return StoredText.read(heap, sources, readingOptions(choices), choices, pause);
}

describe("a trial on a copy of stored text", () => {
  test.each([
    { epochs: 3 },
    { epochs: 3, minCount: 2, weighting: "tfidf", norm: "l1", dim: 12 },
    { epochs: 2, charNgrams: [0, 0], wordNgrams: 3, loss: "ova" },
    { epochs: 2, loss: "hs", weighting: "none" },
  ] as const)("answers with the bits of a model that was trained on the same text: %j", async (choices) => {
    const text = await read(choices);
    const answers = await fit(workshop, text, text.learned, text.apart, choices, FACTS, 2);
    const model = await TextClassifier.train(LEARNED, { ...choices, valid: 0 });
    const expected = model.predictAll(
      MEASURED.map((example) => example.text),
      { k: 2 },
    );
    const found = Array.from(answers!.examples, (_, row) =>
      [2 * row, 2 * row + 1].map((i) => ({
        label: text.labels[answers!.best[i]],
        probability: answers!.probabilities[i],
      })),
    );
    expect(found.map((row) => row.map(({ label }) => label))).toEqual(
      expected.map((row) => row.map(({ label }) => label)),
    );
    // tf-idf counts the texts that wait to be measured among all texts, so its weights differ by a hair.
    if (choices.weighting !== "tfidf") expect(shares(found)).toEqual(shares(expected));
  });

  test("takes no more memory the second time, and leaves the stored text as it was", async () => {
    const text = await read({});
    const once = await fit(workshop, text, text.learned, text.apart, { epochs: 2 }, FACTS, 1);
    const memory = heap.handedOut;
    const twice = await fit(workshop, text, text.learned, text.apart, { epochs: 2 }, FACTS, 1);
    expect(heap.handedOut).toBe(memory);
    expect(twice).toEqual(once);
  });

  test("gives nothing where it is stopped", async () => {
    const text = await read({});
    const stopping = { ...workshop, stopped: async () => true };
    expect(await fit(stopping, text, text.learned, text.apart, {}, FACTS, 1)).toBeNull();
  });
});

/** Probabilities; the scores of equals are in the order of their labels. */
function shares(rows: readonly (readonly { probability: number }[])[]): number[][] {
  return rows.map((row) => row.map(({ probability }) => probability));
}

describe("splits", () => {
  let text: StoredText;
  beforeAll(async () => {
    text = await read({}, false);
  });

  test("five, whose measured parts do not overlap, have all labels alike, and are not learned from", () => {
    const splits = splitsOf(text, undefined, 1);
    expect(splits).toHaveLength(5);
    const all = splits.flatMap(({ measured }) => Array.from(measured));
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(0.95 * LEARNED.length);
    for (const { learned, measured } of splits) {
      expect(new Set([...learned, ...measured]).size).toBe(LEARNED.length);
      expect(learned.length + measured.length).toBe(LEARNED.length);
      const counts = [0, 1, 2].map(
        (label) => Array.from(measured).filter((i) => text.targetsOf(i)[0] === label).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    }
    expect(splitsOf(text, undefined, 2)[0].measured).not.toEqual(splits[0].measured);
  });

  test("one, of the part that was asked for or of the text that was given apart", async () => {
    const [one] = splitsOf(text, 0.25, 1);
    expect(one.measured.length).toBe(50);
    const apart = await read({});
    expect(splitsOf(apart, undefined, 1)).toEqual([{ learned: apart.learned, measured: apart.apart }]);
    expect(apart.apart.length).toBe(MEASURED.length);
  });

  test("a part keeps every label", () => {
    const part = partOf(text, text.learned, 0.02, 1);
    expect(part.length).toBeLessThan(10);
    expect(new Set(Array.from(part, (i) => text.targetsOf(i)[0])).size).toBe(3);
    expect(partOf(text, text.learned, 1, 1)).toBe(text.learned);
  });
});

test.each([
  {},
  { dim: 32, weighting: "none", minCount: 2 },
  { wordNgrams: 3, charNgrams: [3, 5], minCountChars: 4 },
] as const)("the size of a model's file is known before it is trained, but for the header: %j", async (choices) => {
  const text = await read(choices, false);
  const { bytes, microseconds } = modelCost(text, resolveOptions(choices, FACTS, text.featureCounts));
  const model = await TextClassifier.train(LEARNED, { ...choices, epochs: 1, valid: 0 });
  expect(Math.abs(model.toFile().byteLength - bytes)).toBeLessThan(400);
  expect(microseconds).toBeGreaterThan(0);
});
