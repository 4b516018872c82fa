import { describe, expect, test } from "vitest";
import { expectRefusal, rejection, samples, sha256 } from "../../test/samples.ts";
import { TextClassifier, type TrainingChoices } from "../index.ts";
import { Random } from "../math/random.ts";
import { train as trainParts } from "./train.ts";

/** The least that may be chosen. */
const LEAST = 64e6;
const OPTIONS: TrainingChoices = { wordNgrams: 1, charNgrams: [3, 4], dim: 8, epochs: 1, valid: 0 };

const random = new Random(1);
const letters = (count: number) => String.fromCharCode(...Array.from({ length: count }, () => 97 + random.below(26)));
const vocabulary = Array.from({ length: 600 }, () => letters(8));

/** Texts of 180 words, of which a few tell the label: together more than memory may hold, of few features. */
function longTexts(count: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const label = i % 3;
    const words = Array.from({ length: 180 }, () => vocabulary[30 + random.below(570)]);
    for (let n = 0; n < 6; n++) words[random.below(180)] = vocabulary[10 * label + random.below(10)];
    return { text: words.join(" "), label: `l${label}` };
  });
}
const data = longTexts(3000, 1);
const other = longTexts(150, 2);

const isSpilled = ({ report }: TextClassifier) => report!.notes.some((note) => note.includes("in a temporary file"));

describe("a memory limit", () => {
  test("that is not met gives the bytes that none gives", async () => {
    const texts = samples(200, 1);
    const [without, within] = await Promise.all(
      [0, LEAST].map((memory) => TextClassifier.train(texts, { epochs: 3, memory })),
    );
    expect(sha256(within.toBytes())).toBe(sha256(without.toBytes()));
    expect(isSpilled(within)).toBe(false);
  });

  test("that is met gives the same bytes on any number of threads, and a model that is as often right", async () => {
    const hashes: string[] = [];
    for (const threads of [1, 2]) {
      const model = await TextClassifier.train(data, { ...OPTIONS, memory: LEAST, threads });
      expect(isSpilled(model)).toBe(true);
      hashes.push(sha256(model.toBytes()));
      expect(model.metadata.options).toMatchObject({ memory: LEAST });
      if (threads === 2) continue;
      const without = await TextClassifier.train(data, OPTIONS);
      const [limited, free] = [model, without].map((one) => one.evaluate(other).accuracy);
      expect(limited).toBeGreaterThan(free - 0.03);
      expect(limited).toBeGreaterThan(0.9);
    }
    expect(new Set(hashes).size).toBe(1);
  }, 60_000);

  test.each<[name: string, choices: TrainingChoices]>([
    ["ova", { loss: "ova" }],
    ["hs", { loss: "hs" }],
    ["ns", { loss: "ns" }],
    [
      "several labels, weights of examples and of classes, a label that is left out",
      { classWeights: "balanced", minCountLabel: 3 },
    ],
    ["a part that is held out", { valid: 0.1 }],
    ["fastText's features", { tokenizer: "fasttext", charNgrams: [0, 0], wordNgrams: 2, buckets: 5000 }],
  ])(
    "works with %s",
    async (name, choices) => {
      const many = name.startsWith("several");
      const texts = data.map((example, i) =>
        many
          ? {
              text: example.text,
              labels: [example.label, ...(i % 10 === 0 ? ["l0"] : []), ...(i === 7 ? ["rare"] : [])],
              weight: 1 + (i % 2),
            }
          : example,
      );
      // fastText's words are few here: twice the text makes the file.
      const all = name.startsWith("fastText") ? [...texts, ...texts, ...texts, ...texts, ...texts] : texts;
      const model = await TextClassifier.train(all, { ...OPTIONS, memory: LEAST, ...choices });
      expect(isSpilled(model)).toBe(true);
      expect(model.labels.toSorted()).toEqual(["l0", "l1", "l2"]);
      expect(model.evaluate(other).accuracy).toBeGreaterThan(0.85);
      if (choices.valid !== undefined) expect(model.report!.valid!.accuracy).toBeGreaterThan(0.85);
    },
    60_000,
  );

  test("works with examples to validate on, which are measured as they are later", async () => {
    const model = await TextClassifier.train(data, { ...OPTIONS, memory: LEAST, validation: other });
    expect(isSpilled(model)).toBe(true);
    const { seconds: _, examplesPerSecond: __, ...valid } = model.report!.valid!;
    expect(model.evaluate(other)).toMatchObject(valid);
  }, 60_000);

  test("gives its file back, also where nothing can be learned", async () => {
    const { MemoryScratch } = await import("../../test/scratch.ts");
    for (const texts of [data, data.map((example) => ({ ...example, label: "one" }))]) {
      const opened: InstanceType<typeof MemoryScratch>[] = [];
      const openScratch = () => {
        opened.push(new MemoryScratch());
        return opened[opened.length - 1];
      };
      const run = trainParts({ examples: texts }, { ...OPTIONS, memory: LEAST }, {}, { cores: 1, openScratch });
      await run.catch(() => undefined);
      expect(opened.map(({ isClosed }) => isClosed)).toEqual([true]);
    }
  }, 60_000);

  test("is refused where there are no files, and where it is less than anything needs", async () => {
    const refusal = (memory: number) => trainParts({ examples: samples(30, 1) }, { memory }, {}, { cores: 1 });
    expectRefusal(await rejection(refusal(LEAST)), "usage", /no temporary files/);
    expectRefusal(await rejection(refusal(1e6)), "usage", /--memory: got 1000000/);
  });

  test("does not go with out-of-fold probabilities once it is met, and says so without leaving a thread behind", async () => {
    const run = TextClassifier.crossValidate(data, { ...OPTIONS, memory: LEAST, folds: 2, keepProbabilities: true });
    expectRefusal(await rejection(run), "usage", /examples in memory/);
    const { metrics } = await TextClassifier.crossValidate(data, { ...OPTIONS, memory: LEAST, folds: 2 });
    expect(metrics.accuracy.mean).toBeGreaterThan(0.85);
  }, 60_000);
});
