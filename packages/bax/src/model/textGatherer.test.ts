import { expect, test } from "vitest";
import { samples } from "../../test/samples.ts";
import { TextClassifier } from "../textClassifier.ts";

const examples = samples(200, 5);
const texts = samples(60, 11).map(({ text }) => text);
const encoder = new TextEncoder();
const FASTTEXT = { tokenizer: "fasttext", lowercase: false, epochs: 2, valid: 0 } as const;

/** Words that nobody has met, more than are kept, some longer than a slot holds. */
const strangers = Array.from(
  { length: 150_000 },
  (_, i) => `w${(i * 7919) % 150_001}${i % 9 === 0 ? "-".repeat(i % 40) : ""}`,
);

test("answers by fastText's features have the same bits whatever words were met before", async () => {
  for (const options of [
    { charNgrams: [2, 4], wordNgrams: 1 },
    { charNgrams: [3, 3], wordNgrams: 3 },
    { charNgrams: [1, 2], wordNgrams: 2, loss: "hs" },
    { charNgrams: [0, 0], wordNgrams: 2 },
  ] as const) {
    const model = await TextClassifier.train(examples, { ...FASTTEXT, ...options });
    const bytes = model.toBytes();
    const fresh = texts.map((text) => TextClassifier.fromBytes(bytes).predict(text, { k: 3 }));
    const used = TextClassifier.fromBytes(bytes);
    for (let i = 0; i < strangers.length; i += 50) used.predict(strangers.slice(i, i + 50).join(" "));
    expect(texts.map((text) => used.predict(text, { k: 3 }))).toEqual(fresh);
    // A word twice in a text, and in a block of lines.
    expect(used.predictAll(texts, { k: 3 })).toEqual(fresh);
    const { labels, probabilities } = used.predictLines(encoder.encode(texts.join("\n")), { k: 3 });
    const found = texts.map((_, row) =>
      [0, 1, 2]
        .map((i) => ({ label: used.labels[labels[3 * row + i]], probability: probabilities[3 * row + i] }))
        .filter(({ label }) => label !== undefined),
    );
    expect(found).toEqual(fresh);
  }
}, 120_000);

test("words of any length and script have the rows that an explanation of them finds", async () => {
  const scripts = ["a", "é", "щ", "語", "😀", "aé", "щ語a", "z😀", "'-"];
  const words = scripts.flatMap((letters) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 30, 47, 60, 93, 94, 95, 96, 120].map((length) =>
      Array.from({ length }, (_, i) => [...letters][(i * i) % [...letters].length]).join(""),
    ),
  );
  const learned = [...examples, ...words.map((text, i) => ({ text, label: examples[i % 5].label }))];
  for (const charNgrams of [
    [2, 4],
    [3, 6],
    [1, 3],
    [2, 2],
  ] as const) {
    const model = await TextClassifier.train(learned, { ...FASTTEXT, charNgrams, wordNgrams: 1, minCount: 3 });
    for (const word of words) {
      const [{ label }] = model.predict(word);
      const { logit } = model.score(word, label, { raw: true });
      const { features } = model.explain(word, { label });
      const sum = features.reduce((total, { contribution }) => total + contribution, 0);
      expect(Math.abs(sum - logit), word).toBeLessThan(1e-4 * Math.max(1, Math.abs(logit)));
    }
  }
}, 120_000);

test("where labels are few, scores are B (A x) to 1e-5, on any number of threads the same", async () => {
  const shapes = [
    { dim: 64, charNgrams: [0, 0], weighting: "none", norm: "l1" },
    { dim: 100, charNgrams: [2, 3] },
    { dim: 32, loss: "ova" },
  ] as const;
  for (const shape of shapes) {
    const answers = [];
    for (const threads of [1, 2, 3]) {
      const model = await TextClassifier.train(examples, { epochs: 2, valid: 0, threads, ...shape });
      answers.push(texts.map((text) => model.scores(text, { raw: true })));
      const read = TextClassifier.fromBytes(model.toBytes());
      expect(texts.map((text) => read.scores(text, { raw: true }))).toEqual(answers[0]);
      for (const text of texts.slice(0, 10)) {
        // An explanation goes through A and B themselves.
        const { label, logit, features } = read.explain(text);
        const sum = features.reduce((total, { contribution }) => total + contribution, 0);
        expect(Math.abs(sum - logit), `${label} ${text}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(logit)));
      }
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  }
}, 120_000);

test("a line that is longer than all before, and one with nothing in it, find their lanes", async () => {
  for (const options of [
    { ...FASTTEXT, charNgrams: [2, 4] },
    { epochs: 2, valid: 0, charNgrams: [0, 0] },
    { epochs: 2, valid: 0, charNgrams: [1, 3], tokenizer: "unicode" },
  ] as const) {
    const model = TextClassifier.fromBytes((await TextClassifier.train(examples, options)).toBytes());
    const long = Array.from({ length: 30_000 }, (_, i) => `long${i}`).join(" ");
    const lines = ["", texts[0], long, texts[1], "", "é".repeat(5000), long.replaceAll("o", "ö"), texts[2]];
    const { count, labels, probabilities } = model.predictLines(encoder.encode(`${lines.join("\r\n")}\n`));
    expect(count).toBe(lines.length);
    for (const [row, line] of lines.entries()) {
      const [best] = model.predict(line);
      expect([model.labels[labels[row]], probabilities[row]]).toEqual(
        best ? [best.label, best.probability] : [undefined, 0],
      );
    }
  }
}, 120_000);
