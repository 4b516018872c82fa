import { beforeAll, describe, expect, test, vi } from "vitest";
import { blocksOf, expectRefusal, rejection, samples, sha256 } from "../../test/samples.ts";
import type { LineBlock, WordVectors } from "../data/index.ts";
import { FastTextModel } from "../fastTextModel.ts";
import { copyRows, type ModelParts } from "../model/index.ts";
import { detectPlatform } from "../platform/index.ts";
import { TextClassifier, type TrainOptions } from "../textClassifier.ts";
import type { TrainingChoices } from "./options.ts";
import { train } from "./train.ts";

// Several models are trained here, perhaps on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

// Training with the tokenizer "fasttext".

const data = samples(300, 1);
const heldOut = samples(200, 2);
const texts = [...heldOut.slice(0, 50).map(({ text }) => text), "", "unseen wörds only", "goal </s> garlic"];
const encoder = new TextEncoder();

const FASTTEXT = { tokenizer: "fasttext", valid: 0, epochs: 5, dim: 8, wordNgrams: 1, charNgrams: [0, 0] } as const;
const NGRAMS = { wordNgrams: 2, charNgrams: [2, 3], buckets: 3000 } as const;

const learn = (choices: TrainingChoices = {}, pretrained?: WordVectors) =>
  TextClassifier.train(data, { ...FASTTEXT, ...choices, pretrained });

const partsOf = async (choices: TrainingChoices = {}, pretrained?: WordVectors): Promise<ModelParts> =>
  (await train({ examples: data, pretrained }, { ...FASTTEXT, ...choices }, {}, detectPlatform())).parts;

function rowOf({ heap, parameters }: ModelParts, matrix: "embeddings" | "output", row: number): number[] {
  const out = new Float32Array(parameters.dimension);
  copyRows(heap, parameters, matrix, row, 1, out);
  return Array.from(out);
}

function bytesOf(model: TextClassifier, kind: "bin" | "ftz"): Uint8Array {
  return Uint8Array.from(Buffer.concat([...model.toFastText(kind).chunks()]));
}

const wordsOf = (model: TextClassifier) =>
  model
    .toFastTextModel()
    .entries()
    .filter(({ type }) => type === "word");

describe.each(["softmax", "ova", "hs", "ns"] as const)("with the loss %s", (loss) => {
  test("gives the same SHA-256 on 1, 2 and 3 threads, of both files", async () => {
    const hashes = new Set<string>();
    for (const threads of [1, 2, 3]) {
      const model = await learn({ ...NGRAMS, loss, dim: 22, threads, epochs: 3 });
      hashes.add(`${sha256(model.toBytes())} ${sha256(bytesOf(model, "bin"))}`);
    }
    expect(hashes.size).toBe(1);
  });

  test("answers the same bits in memory, and read from .safetensors and from .bin", async () => {
    const model = await learn({ ...NGRAMS, loss, dim: 10 });
    const answers = model.predictAll(texts, { k: 3 });
    for (const bytes of [model.toBytes(), bytesOf(model, "bin")]) {
      const read = TextClassifier.fromBytes(bytes);
      expect(read.labels).toEqual(model.labels);
      expect(read.predictAll(texts, { k: 3 })).toEqual(answers);
      expect(texts.map((text) => read.predict(text, { k: 3 }))).toEqual(answers);
    }
    const own = FastTextModel.fromBytes(bytesOf(model, "bin"));
    for (const [i, text] of texts.entries()) {
      own.readLine(encoder.encode(text), true);
      const got = own.predict(3, 0).map(({ label, probability }) => [own.labelName(label), probability]);
      expect(got).toEqual(answers[i].map(({ label, probability }) => [`__label__${label}`, probability]));
    }
  });

  test("learns to tell three topics apart", async () => {
    expect((await learn({ loss, epochs: 60, lr: 0.5 })).evaluate(heldOut).accuracy).toBeGreaterThan(0.9);
  });
});

test.each([1, 2, 3, 5, 10, 31])(
  "a dimension of %i is kept, and what pads it to a multiple of 4 stays 0",
  async (dim) => {
    for (const choices of [{ threads: 2 }, { optimizer: "sgd", loss: "ova" }] satisfies TrainingChoices[]) {
      const parts = await partsOf({ ...choices, dim });
      expect(parts.parameters.dimension).toBe(Math.ceil(dim / 4) * 4);
      expect(parts.fastText?.arguments.dim).toBe(dim);
      const rows = [
        ...Array.from({ length: parts.parameters.featureCount }, (_, row) => rowOf(parts, "embeddings", row)),
        ...Array.from({ length: parts.parameters.labelCount }, (_, row) => rowOf(parts, "output", row)),
      ];
      for (const row of rows) for (const value of row.slice(dim)) expect(value).toBe(0);
      // Every column before the padding has learned something.
      for (let column = 0; column < dim; column++) expect(rows.some((row) => row[column] !== 0)).toBe(true);
    }
  },
);

test("words are counted as fastText counts them: every occurrence, the most frequent first, and the end of each line", async () => {
  const counts = new Map<string, number>();
  for (const { text } of data)
    for (const word of [...text.split(" "), "</s>"]) counts.set(word, (counts.get(word) ?? 0) + 1);
  const model = await learn();
  const words = wordsOf(model);
  expect(Object.fromEntries(words.map(({ word, count }) => [word, count]))).toEqual(Object.fromEntries(counts));
  for (const [i, { count }] of words.entries()) if (i > 0) expect(count).toBeLessThanOrEqual(words[i - 1].count);
  const labels = model
    .toFastTextModel()
    .entries()
    .filter(({ type }) => type === "label");
  expect(labels.map(({ count }) => count)).toEqual([100, 100, 100]);
  expect(new Set(labels.map(({ word }) => word))).toEqual(
    new Set(["__label__sport", "__label__food", "__label__music"]),
  );
});

test("minCount leaves out rarer words, but not n-grams", async () => {
  const all = wordsOf(await learn());
  const least = 25;
  const model = await learn({ ...NGRAMS, minCount: least });
  expect(wordsOf(model)).toEqual(all.filter(({ count }) => count >= least));
  expect(all.length).toBeGreaterThan(wordsOf(model).length);
  const bigrams = await learn({ wordNgrams: 2, buckets: 3000, minCount: least });
  const view = bigrams.toFastTextModel();
  // A word that was left out is no feature, the bigrams that it is part of are.
  const { featureCount } = view.readLine(encoder.encode("striker referee penalty"), false);
  expect(wordsOf(bigrams).some(({ word }) => ["striker", "referee", "penalty"].includes(word))).toBe(false);
  expect(featureCount).toBe(2);
});

test("a minCount that leaves no word is refused", async () => {
  expectRefusal(await rejection(learn({ minCount: 100_000 })), "data", /no feature occurs in 100000 examples/);
});

test("an n-gram that was never seen counts with a row of zeros", async () => {
  const model = await learn({ wordNgrams: 2, buckets: 1_000_000, dim: 4 });
  const view = model.toFastTextModel();
  const known = view.sentenceVector(encoder.encode("goal"), false);
  // "goal goal" is a bigram of no text: two words, and one feature of zeros.
  const { featureCount } = view.readLine(encoder.encode("goal goal"), false);
  expect(featureCount).toBe(3);
  const read = FastTextModel.fromBytes(bytesOf(model, "bin"));
  const [row] = read.ngrams("goal");
  const mean = read.sentenceVector(encoder.encode("goal goal"), false);
  for (const [i, value] of row.vector.entries()) {
    expect(Math.abs(known[i] - value)).toBeLessThan(1e-7);
    expect(Math.abs(mean[i] - (2 / 3) * value)).toBeLessThan(1e-6);
  }
});

test("labels with another prefix are read; fastText's file has them as they were, and a word with its own prefix is no feature", async () => {
  const lines = encoder.encode(data.map(({ text, label }) => `#${label} ${text} __label__x\n`).join(""));
  const block: LineBlock = { lines, file: "samples", firstLine: 1, labelPrefix: "#" };
  const model = await TextClassifier.train([block], FASTTEXT);
  expect(new Set(model.labels)).toEqual(new Set(["sport", "food", "music"]));
  const entries = model.toFastTextModel().entries();
  expect(entries.filter(({ type }) => type === "label").map(({ word }) => word)).toEqual(
    model.labels.map((label) => `#${label}`),
  );
  // A reader of the file takes this word for an unknown label.
  expect(entries.map(({ word }) => word)).not.toContain("__label__x");
  const plain = await TextClassifier.train(blocksOf(data, []), FASTTEXT);
  expect(model.predictAll(texts)).toEqual(plain.predictAll(texts));
});

describe("what fastText's features cannot have is refused:", () => {
  const refused: [flag: string, choices: TrainingChoices][] = [
    ["--lowercase", { lowercase: true }],
    ["--weighting", { weighting: "tfidf" }],
    ["--weighting", { weighting: "log-ratio" }],
    ["--norm", { norm: "l2" }],
    ["--char-scale", { charScale: 0.5 }],
  ];
  test.each(refused)("%s with %o", async (flag, choices) => {
    expectRefusal(
      await rejection(learn(choices)),
      "usage",
      new RegExp(`^${flag} does not go with --tokenizer fasttext`),
    );
  });

  test("but not what says the same in other words", async () => {
    const model = await learn({ lowercase: false, weighting: "none", norm: "l1", charScale: 1 });
    expect(sha256(model.toBytes())).toBe(sha256((await learn()).toBytes()));
  });
});

describe("vectors of words to begin with", () => {
  let vectors: WordVectors;
  beforeAll(() => {
    const words = ["goal", "garlic", "guitar", "volcano", "ärger"];
    vectors = { dimension: 8, words, values: Float32Array.from({ length: 5 * 8 }, (_, i) => Math.sin(i)) };
  });

  test("are rows of A before the first step, also of words that no text has", async () => {
    // At a rate of next to nothing the rows stay where they begin.
    const model = (await learn({ lr: 1e-9, epochs: 1 }, vectors)).toFastTextModel();
    for (const [i, word] of vectors.words.entries()) {
      const vector = model.wordVector(word);
      expect(vector.length).toBe(8);
      for (const [d, value] of vector.entries()) expect(value).toBeCloseTo(vectors.values[i * 8 + d], 6);
    }
    const counts = new Map(model.entries().map(({ word, count }) => [word, count]));
    expect([counts.get("volcano"), counts.get("ärger")]).toEqual([1, 1]);
  });

  test("learn on with the rest, and help where there is little text", async () => {
    const begun = await learn({ epochs: 40, lr: 0.5 }, vectors);
    expect(begun.evaluate(heldOut).accuracy).toBeGreaterThan(0.9);
    const few = samples(9, 4);
    const ideal: WordVectors = { dimension: 8, words: [], values: new Float32Array(0) };
    const topics = Array.from(new Set(heldOut.flatMap(({ text }) => text.split(" "))));
    const labels = ["sport", "food", "music"];
    const of = (word: string) =>
      labels.map((label) => heldOut.filter((one) => one.label === label && one.text.split(" ").includes(word)).length);
    const values = topics.flatMap((word) => {
      const counts = of(word);
      const total = counts[0] + counts[1] + counts[2];
      return [...counts.map((count) => (3 * count) / total - 1), 0, 0, 0, 0, 0];
    });
    const given = { ...ideal, words: topics, values: Float32Array.from(values) };
    const accuracy = async (pretrained?: WordVectors) =>
      (await TextClassifier.train(few, { ...FASTTEXT, epochs: 30, pretrained })).evaluate(heldOut).accuracy;
    expect(await accuracy(given)).toBeGreaterThan((await accuracy()) + 0.1);
  });

  test("of another dimension are refused, with the one to give", async () => {
    expectRefusal(await rejection(learn({ dim: 10 }, vectors)), "usage", /have 8 columns, but --dim is 10/);
    expectRefusal(await rejection(learn({ dim: 7 }, vectors)), "usage", /have 8 columns, but --dim is 7/);
  });

  test("are rows of hashed words too, where features are bax's own; what is not in the text is counted", async () => {
    const model = await TextClassifier.train(data, { pretrained: vectors, valid: 0, lr: 1e-9, epochs: 1 });
    expect(model.dimension).toBe(8);
    expect(model.report!.notes).toContain("3 of the given vectors are of words in the text, 2 are not");
    const learned = await TextClassifier.train(data, { pretrained: vectors, valid: 0, epochs: 5 });
    expect(learned.evaluate(heldOut).accuracy).toBeGreaterThan(0.9);
  });

  test("stay as they are when they are frozen", async () => {
    const { parts } = await train(
      { examples: data, pretrained: vectors },
      { valid: 0, freeze: true },
      {},
      detectPlatform(),
    );
    const rows = Array.from({ length: parts.parameters.featureCount }, (_, row) => rowOf(parts, "embeddings", row));
    for (const word of [0, 1, 2]) {
      const given = vectors.values.subarray(word * 8, word * 8 + 8);
      expect(rows.filter((row) => row.every((value, i) => value === given[i]))).toHaveLength(1);
    }
  });

  test("that are to be frozen must be given, and need steps of their own", async () => {
    const of = (options: TrainOptions) => rejection(TextClassifier.train(data, { freeze: true, ...options }));
    expectRefusal(await of({}), "usage", /--freeze: nothing is given/);
    expectRefusal(await of({ pretrained: vectors, optimizer: "sgd" }), "usage", /--freeze does not go with/);
  });

  test("keep their words whatever minCount says", async () => {
    const words = wordsOf(await learn({ minCount: 50 }, vectors)).map(({ word }) => word);
    expect(words).toEqual(expect.arrayContaining(vectors.words));
  });

  test("of words that are no token, as with a space in them or like a label, are left out", async () => {
    const words = ["new york", "__label__sport", "goal", "goal", ""];
    const odd: WordVectors = {
      dimension: 8,
      words,
      values: Float32Array.from({ length: 5 * 8 }, (_, i) => Math.cos(i)),
    };
    // With the optimizer given, the rate is taken as it is.
    const parts = await partsOf({ lr: 1e-9, epochs: 1, optimizer: "adagrad" }, odd);
    const entries = wordsOf(await learn({}, odd)).map(({ word }) => word);
    for (const word of ["new york", "new", "york", "__label__sport"]) expect(entries).not.toContain(word);
    // All other rows begin within ± 1 / columns, those of B at 0: nothing was written beside the one row.
    const goal = parts.fastText!.vocabulary.entryOf(encoder.encode("goal"));
    for (let row = 0; row < parts.parameters.featureCount; row++) {
      const values = rowOf(parts, "embeddings", row);
      if (row === goal) expect(values[0]).toBeCloseTo(Math.cos(24), 6);
      else for (const value of values) expect(Math.abs(value)).toBeLessThan(0.126);
    }
    for (let label = 0; label < 3; label++) {
      for (const value of rowOf(parts, "output", label)) expect(Math.abs(value)).toBeLessThan(1e-6);
    }
  });
});
