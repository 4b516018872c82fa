import { describe, expect, test } from "vitest";
import { hasSharedData, linesOf, samples, sha256, sharedLines } from "../../test/samples.ts";
import { type Example, TextClassifier, type TrainingChoices } from "../index.ts";
import { Random } from "../math/random.ts";

const LOSSES = ["softmax", "ova", "hs", "ns"] as const;
const data = samples(300, 1);
const heldOut = samples(300, 2);

/** Texts with one to three of 30 labels, each of which has two words of its own. */
function multiLabel(count: number, seed: number): { text: string; labels: string[] }[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    // Squares make low labels frequent and high ones rare.
    const numbers = new Set(Array.from({ length: 1 + random.below(3) }, () => Math.floor(30 * random.uniform() ** 2)));
    const words = Array.from(numbers, (n) => `w${n}${"xy"[random.below(2)]}`);
    return {
      text: [...words, `f${random.below(9)}`, `f${random.below(9)}`].join(" "),
      labels: Array.from(numbers, (n) => `l${n}`),
    };
  });
}

/** As many labels as columns do not hold: B starts with random signs. */
const many: Example[] = data.map(({ text }, i) => ({ text: `${text} topic${i % 40}`, label: `l${i % 40}` }));

describe.each(LOSSES)("%s", (loss) => {
  const train = (examples: readonly Example[], choices: TrainingChoices = {}) =>
    TextClassifier.train(examples, { valid: 0, ...choices, loss });

  test("learns to tell three topics apart", async () => {
    const model = await train(data);
    expect(model.evaluate(heldOut).accuracy).toBeGreaterThan(0.9);
  });

  test("gives the same SHA-256 on 1, 2 and 3 threads, one label or several, few labels or more than columns", async () => {
    for (const [examples, choices] of [
      [data, { epochs: 3, dim: 20, valid: 0.1 }],
      [many, { epochs: 3, dim: 12 }],
      [multiLabel(200, 1), { epochs: 3, dim: 36, optimizer: "sgd" }],
    ] satisfies [readonly Example[], TrainingChoices][]) {
      const hashes: string[] = [];
      for (const threads of [1, 2, 3]) hashes.push(sha256((await train(examples, { ...choices, threads })).toBytes()));
      expect(new Set(hashes).size).toBe(1);
    }
  });

  test("finds several labels of a text", async () => {
    const model = await train(multiLabel(1500, 1), { epochs: 20 });
    const { accuracy, recallAtK } = model.evaluate(multiLabel(300, 2), { k: 3 });
    expect(accuracy).toBeGreaterThan(0.95);
    expect(recallAtK).toBeGreaterThan(0.85);
  });

  test("answers one text, many texts and lines with the same bits", async () => {
    const model = await train(many, { epochs: 10 });
    const texts = [...heldOut.slice(0, 40).map(({ text }, i) => `${text} topic${i}`), "", "unseen"];
    const [k, threshold] = [5, 0.05];
    const all = model.predictAll(texts, { k, threshold });
    expect(texts.map((text) => model.predict(text, { k, threshold }))).toEqual(all);
    const lines = model.predictLines(new TextEncoder().encode(`${texts.join("\n")}\n`), { k, threshold });
    for (const [row, answers] of all.entries()) {
      const got = Array.from({ length: k }, (_, i) => row * k + i).filter((i) => lines.labels[i] >= 0);
      expect(got.map((i) => ({ label: model.labels[lines.labels[i]], probability: lines.probabilities[i] }))).toEqual(
        answers,
      );
    }
    for (const { probability } of all.flat()) expect(probability).toBeGreaterThanOrEqual(threshold);
    expect(all[7][0].label).toBe("l7");
  });

  test("has a held-out figure, which is that of the same texts measured later", async () => {
    const { valid } = (await train(multiLabel(400, 1), { epochs: 10, valid: 0.2 })).report!;
    expect(valid!.accuracy).toBeGreaterThan(0.8);
    expect(valid!.logLoss).toBeGreaterThan(0);
    expect(Number.isFinite(valid!.logLoss)).toBe(true);
    const model = await train(multiLabel(400, 1), { epochs: 10 });
    const lines = { lines: linesOf(multiLabel(100, 3)), file: "samples", firstLine: 1 };
    const { seconds: _, examplesPerSecond: __, ...fromLines } = model.evaluate([lines]);
    expect(model.evaluate(multiLabel(100, 3))).toMatchObject(fromLines);
  });

  test("explains each label by parts that sum to its logit, and tells the probability that predict tells", async () => {
    const model = await train(many, { epochs: 5 });
    for (const text of ["goal match topic3 keeper", "topic9", "the of", ""]) {
      for (const { label, probability } of model.predict(text, { k: 4 })) {
        const explanation = model.explain(text, { label });
        const sum = explanation.features.reduce((total, { contribution }) => total + contribution, 0);
        expect(Math.abs(sum - explanation.logit)).toBeLessThan(1e-4 * Math.max(1, Math.abs(explanation.logit)));
        expect(explanation.probability).toBe(probability);
      }
      const [first] = model.predict(text);
      expect(model.explain(text)).toMatchObject(first);
    }
  });

  test("ends in finite numbers at a rate that is far too high", async () => {
    for (const optimizer of ["sgd", "adagrad"] as const) {
      const model = await train(multiLabel(200, 1), { epochs: 5, lr: 100, optimizer });
      const { logLoss } = model.evaluate(multiLabel(50, 2));
      expect(Number.isFinite(logLoss)).toBe(true);
      expect(model.predict("w1x")[0].probability).toBeLessThanOrEqual(1);
    }
  });

  test("reports as progress a loss that begins near that of knowing nothing and falls", async () => {
    const losses: number[] = [];
    const onProgress = ({ phase, fraction, loss }: { phase: string; fraction: number; loss: number }) =>
      void (phase === "train" && fraction > 0 && losses.push(loss));
    await TextClassifier.train(many, { epochs: 30, valid: 0, loss, neg: 5, onProgress });
    // 40 labels, about as frequent: ln 40, 40 ln 2, a path of 5 to 6 steps, six decisions.
    const start = { softmax: Math.log(40), ova: 40 * Math.LN2, hs: 5.4 * Math.LN2, ns: 6 * Math.LN2 }[loss];
    expect(losses[0]).toBeLessThan(1.2 * start);
    expect(losses.at(-1)).toBeLessThan(0.3 * start);
  });

  describe.each([
    ["banking77", 0.75],
    ["reuters-r90-multilabel", 0.85],
  ] as const)("on %s", (set, least) => {
    test.skipIf(!hasSharedData(set))(
      `is right on more than ${least} of texts it has not seen (needs ../shared/data/${set})`,
      async () => {
        const lines = new TextEncoder().encode(`${sharedLines(`${set}/train.txt`, 5000).join("\n")}\n`);
        // The figure of a fifth of the training lines: the test lines are not for this.
        const model = await TextClassifier.train([{ lines, file: set, firstLine: 1 }], { loss, valid: 0.2, epochs: 5 });
        expect(model.report!.valid!.accuracy).toBeGreaterThan(least);
      },
      120_000,
    );
  });
});

test("labels of an hs model are in the order of their counts, and those of others as they came", async () => {
  const examples = ["rare", "some", "some", "most", "most", "most"].map((label, i) => ({
    text: `w${i} ${label}`,
    label,
  }));
  const labels = async (loss: (typeof LOSSES)[number]) =>
    (await TextClassifier.train(examples, { loss, epochs: 2, valid: 0, minCountChars: 1 })).labels;
  expect(await labels("hs")).toEqual(["most", "some", "rare"]);
  for (const loss of ["softmax", "ova", "ns"] as const) expect(await labels(loss)).toEqual(["rare", "some", "most"]);
});

test("one-vs-all gives a text of nothing known no label, where softmax must choose", async () => {
  const texts = multiLabel(1500, 1);
  const [ova, soft] = await Promise.all(
    (["ova", "softmax"] as const).map((loss) => TextClassifier.train(texts, { loss, epochs: 20, valid: 0 })),
  );
  const both = ova.predict("w0x w5y f1", { k: 30, threshold: 0.5 }).map(({ label }) => label);
  expect(both.sort()).toEqual(["l0", "l5"]);
  expect(soft.predict("w0x w5y f1", { k: 30, threshold: 0.6 })).toEqual([]);
});

test("more negatives are another model, and say so in its options; other losses do not keep the number", async () => {
  const [few, more] = await Promise.all(
    [1, 20].map((neg) => TextClassifier.train(many, { loss: "ns", neg, epochs: 2, valid: 0 })),
  );
  expect(sha256(few.toBytes())).not.toBe(sha256(more.toBytes()));
  expect(more.metadata.options).toMatchObject({ loss: "ns", neg: 20 });
  const hs = await TextClassifier.train(many, { loss: "hs", neg: 20, epochs: 1, valid: 0 });
  expect(hs.metadata.options).not.toHaveProperty("neg");
});
