import { expect, test } from "vitest";
import { readingOptions, resolveOptions } from "./defaults.ts";
import { checkOptions } from "./optionChecks.ts";
import { OPTIONS } from "./options.ts";

const resolve = (labels: number, examples: number, choices = {}) =>
  resolveOptions(choices, { labels, examples }, { all: 1000, chosen: () => 1000 });

test("the table has a row for every option and for nothing else, and every default passes its own check", () => {
  const options = resolve(5, 10_000);
  expect(OPTIONS.map((row) => row.key).sort()).toEqual(Object.keys(options).sort());
  expect(checkOptions({ ...options, threads: undefined })).toEqual(
    Object.fromEntries(Object.entries(options).filter(([key]) => key !== "threads")),
  );
});

test("the table shows the defaults that are taken", () => {
  const taken: Record<string, unknown> = { ...readingOptions({}), ...resolve(5, 10_000) };
  for (const row of OPTIONS)
    if (row.default !== "auto") expect([row.key, taken[row.key]]).toEqual([row.key, row.default]);
});

test("a choice is kept whatever the data", () => {
  const choices = { dim: 20, epochs: 3, lr: 0.5, minCount: 7, charScale: 2, smoothing: 0, seed: 9 } as const;
  expect(resolve(3, 50, choices)).toMatchObject(choices);
});

test("the dimension follows the number of labels, rounded up to a multiple of 4 when it is chosen", () => {
  expect([2, 16, 17, 33, 65, 5000].map((labels) => resolve(labels, 1e5).dim)).toEqual([16, 16, 32, 64, 96, 96]);
  expect(resolve(2, 10, { dim: 10 }).dim).toBe(12);
});

test("the rate of ova stops growing where it would swing; targets are smoothed with softmax only", () => {
  const of = (loss: string, labels: number) => resolve(labels, 10_000, { loss });
  for (const loss of ["hs", "ns", "ova"]) expect(of(loss, 40).lr).toBe(of("softmax", 40).lr);
  for (const loss of ["hs", "ns"]) expect(of(loss, 5000).lr).toBe(of("softmax", 5000).lr);
  expect(of("ova", 5000).lr).toBe(of("ova", 90).lr);
  expect(["softmax", "ova", "hs", "ns"].map((loss) => of(loss, 40).smoothing > 0)).toEqual([true, false, false, false]);
});

test("negative sampling gets twice the epochs where labels are many", () => {
  const epochs = (loss: string, labels: number, examples: number) => resolve(labels, examples, { loss }).epochs;
  expect([epochs("ns", 20, 10_000), epochs("hs", 20, 10_000), epochs("ova", 20, 10_000)]).toEqual([20, 10, 10]);
  expect([epochs("ns", 2, 10_000), epochs("ns", 20, 60_000)]).toEqual([5, 5]);
});

test("with fastText's features the rate is on fastText's scale: it grows with lr and the labels, and stays where training is stable", () => {
  const of = (lr: number | undefined, labels: number, more = {}) =>
    resolve(labels, 10_000, { tokenizer: "fasttext", epochs: 5, ...(lr !== undefined && { lr }), ...more }).lr;
  expect(of(undefined, 5)).toBe(of(0.1, 5));
  expect(of(0.1, 2)).toBeCloseTo(0.203, 3);
  expect(of(0.1, 77)).toBeCloseTo(0.911, 3);
  for (const loss of ["softmax", "ova", "hs", "ns"] as const) {
    const rates = [0.01, 0.1, 0.5, 1, 10, 100].map((lr) => of(lr, 735, { loss }));
    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    expect(new Set(rates).size).toBe(rates.length);
    expect(rates.at(-1)).toBeLessThan(loss === "ova" ? 0.85 : 1.2);
    expect(of(0.1, 20, { loss, epochs: 25 })).toBeLessThan(of(0.1, 20, { loss }));
    expect(resolve(20, 1000, { tokenizer: "fasttext", loss }).batch).toBe(loss === "softmax" ? 16 : 4);
  }
});

test("with fastText's features and an optimizer that was given, the rate and the batch are taken as they are", () => {
  const chosen = resolve(20, 1000, { tokenizer: "fasttext", loss: "ova", lr: 0.3, epochs: 7 });
  expect(resolve(20, 1000, chosen)).toEqual(chosen);
  const given = { tokenizer: "fasttext", loss: "ova", lr: 0.3, optimizer: "sgd" };
  expect(resolve(20, 1000, given)).toMatchObject({ lr: 0.3, batch: 16 });
});

test("small sets get more epochs, but never more than 100", () => {
  expect(resolve(2, 100_000).epochs).toBe(5);
  expect(resolve(20, 10_000).epochs).toBe(10);
  expect(resolve(20, 60_000).epochs).toBe(5);
  expect(resolve(2, 3000).epochs).toBe(10);
  expect(resolve(2, 2).epochs).toBe(100);
});

test("word features that occur once are left out where the model would be larger than 512 MB", () => {
  const options = (rows: number) =>
    resolveOptions(
      {},
      { labels: 200, examples: 1e5 },
      {
        all: rows,
        chosen: (minCount) => rows / minCount,
      },
    );
  expect(options(1_000_000).minCount).toBe(1);
  expect(options(2_000_000).minCount).toBe(2);
});

test("a value outside its row is refused with the flag, what it got and what it takes", () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ lr: 1e9 }, /--lr: got 1000000000, expected a number from/],
    [{ lr: Number.NaN }, /--lr: got NaN/],
    [{ threads: 0 }, /--threads: got 0, expected a whole number from 1/],
    [{ epochs: 2.5 }, /--epochs: got 2.5/],
    [{ charNgrams: [5, 3] }, /--char-ngrams/],
    [{ charNgrams: [0, 3] }, /--char-ngrams/],
    [{ weighting: "idf" }, /--weighting: got "idf", expected none or tfidf or log-ratio/],
    [{ lowercase: "yes" }, /--lowercase/],
    [{ smoothing: 1 }, /--label-smoothing/],
    [{ loss: "one-vs-all" }, /--loss: got "one-vs-all", expected softmax or ova or hs or ns/],
    [{ neg: 0 }, /--neg: got 0, expected a whole number from 1 to 1000/],
    [{ loss: "ova", smoothing: 0.1 }, /--label-smoothing: got 0.1 with --loss ova/],
  ];
  for (const [choices, message] of wrong) expect(() => checkOptions(choices)).toThrow(message);
});
