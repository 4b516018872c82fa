import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectRefusal, rejection, samples } from "../../test/samples.ts";
import { TextClassifier } from "../index.ts";
import { Random } from "../math/random.ts";
import { dealFolds } from "./split.ts";

const data = samples(120, 1);
/** Every word is in every fold, so that a model of the other folds has the same features. */
const OPTIONS = { wordNgrams: 1, charNgrams: [0, 0], weighting: "none", dim: 16, epochs: 6 } as const;

describe("folds", () => {
  test("are stratified and nearly equal: of each label, and of all, two folds differ by one example at most", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 2, max: 10 }),
        fc.nat(),
        (labels, folds, seed) => {
          const fold = dealFolds(Uint32Array.from(labels), folds, new Random(seed));
          expect(fold).toHaveLength(labels.length);
          const spread = (members: number[]) => {
            const counts = new Array<number>(folds).fill(0);
            for (const example of members) counts[fold[example]]++;
            return Math.max(...counts) - Math.min(...counts);
          };
          const all = Array.from(labels.keys());
          expect(spread(all)).toBeLessThanOrEqual(1);
          for (const label of new Set(labels))
            expect(spread(all.filter((example) => labels[example] === label))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("are measured once each, by models that had not seen them, and the mean is over all examples", async () => {
    const { folds, metrics, examples } = await TextClassifier.crossValidate(data, { ...OPTIONS, folds: 7 });
    expect(folds.reduce((sum, fold) => sum + fold.examples, 0)).toBe(examples);
    expect(examples).toBe(data.length);
    const right = folds.reduce((sum, fold) => sum + fold.accuracy * fold.examples, 0);
    expect(metrics.accuracy.mean).toBeCloseTo(right / data.length, 10);
    const [low, high] = metrics.accuracy.interval;
    expect(low).toBeLessThanOrEqual(metrics.accuracy.mean);
    expect(high).toBeGreaterThanOrEqual(metrics.accuracy.mean);
  });

  test("show chance where labels are random and every text has a word of its own", async () => {
    const random = new Random(5);
    const noise = Array.from({ length: 600 }, (_, i) => ({
      text: `w${i}x w${i % 300}y`,
      label: `l${random.below(2)}`,
    }));
    const { metrics } = await TextClassifier.crossValidate(noise, { folds: 3, epochs: 5, minCountChars: 1 });
    expect(Math.abs(metrics.accuracy.mean - 0.5)).toBeLessThan(0.1);
  });

  test("are the same for any number of threads, and others for another seed", async () => {
    const run = async (options: object) =>
      (await TextClassifier.crossValidate(data, { ...OPTIONS, folds: 3, ...options })).folds;
    const withoutTime = (folds: Awaited<ReturnType<typeof run>>) =>
      folds.map(({ logLoss, accuracy }) => [logLoss, accuracy]);
    const first = withoutTime(await run({}));
    expect(withoutTime(await run({ threads: 2 }))).toEqual(first);
    expect(withoutTime(await run({ seed: 2 }))).not.toEqual(first);
  });

  test("that are more than the examples, fewer than two or no whole number are refused", async () => {
    const refusal = async (folds: number, examples = data) =>
      expectRefusal(await rejection(TextClassifier.crossValidate(examples, { ...OPTIONS, folds })), "usage", /--folds/);
    expect(await refusal(13, data.slice(0, 12))).toMatch(/12 examples cannot make 13 folds/);
    for (const folds of [1, 0, 2.5, Number.NaN]) expect(await refusal(folds)).toMatch(/a whole number from 2/);
  });
});

describe("out-of-fold probabilities", () => {
  test("are of each labelled example, numbered among all that were given, and of its own label", async () => {
    const mixed = data.flatMap((example, i) => (i % 7 === 0 ? [{ text: "no label" }, example] : [example]));
    const { outOfFold } = await TextClassifier.crossValidate(mixed, { ...OPTIONS, folds: 4, keepProbabilities: true });
    const { labels, examples, own, probabilities } = outOfFold!;
    const labelled = Array.from(mixed.keys()).filter((i) => "label" in mixed[i]);
    expect(Array.from(examples)).toEqual(labelled);
    expect(Array.from(own, (label) => labels[label])).toEqual(data.map(({ label }) => label));
    for (let row = 0; row < own.length; row++) {
      const shares = probabilities.subarray(row * labels.length, (row + 1) * labels.length);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    }
  });

  test("give the accuracy and the log loss that the folds have", async () => {
    const { outOfFold, metrics } = await TextClassifier.crossValidate(data, {
      ...OPTIONS,
      folds: 4,
      keepProbabilities: true,
    });
    const { labels, own, probabilities } = outOfFold!;
    let [right, loss] = [0, 0];
    for (const [row, label] of own.entries()) {
      const shares = Array.from(probabilities.subarray(row * labels.length, (row + 1) * labels.length));
      if (shares.indexOf(Math.max(...shares)) === label) right++;
      loss -= Math.log(shares[label]);
    }
    expect(right / own.length).toBeCloseTo(metrics.accuracy.mean, 10);
    expect(loss / own.length).toBeCloseTo(metrics.logLoss.mean, 5);
  });

  test("are those of a model that learns from the other folds alone, to 0.001", async () => {
    const folds = 4;
    const names = [...new Set(data.map(({ label }) => label))];
    const fold = dealFolds(
      Uint32Array.from(data, ({ label }) => names.indexOf(label)),
      folds,
      new Random(1),
    );
    const options = { ...OPTIONS, smoothing: 0, lr: 0.1 };
    const { outOfFold } = await TextClassifier.crossValidate(data, { ...options, folds, keepProbabilities: true });
    for (let held = 0; held < folds; held++) {
      const model = await TextClassifier.train(
        data.filter((_, i) => fold[i] !== held),
        { ...options, valid: 0 },
      );
      for (const [i, { text }] of data.entries()) {
        if (fold[i] !== held) continue;
        for (const { label, probability } of model.predict(text, { k: 3 }))
          expect(
            Math.abs(outOfFold!.probabilities[i * 3 + outOfFold!.labels.indexOf(label)] - probability),
          ).toBeLessThan(0.001);
      }
    }
  });

  test("are not there unless asked for, and do not go with labels that are left out", async () => {
    expect((await TextClassifier.crossValidate(data, { ...OPTIONS, folds: 2 })).outOfFold).toBeUndefined();
    const run = TextClassifier.crossValidate(data, { ...OPTIONS, folds: 2, keepProbabilities: true, minCountLabel: 2 });
    expectRefusal(await rejection(run), "usage", /--min-count-label/);
  });
});
