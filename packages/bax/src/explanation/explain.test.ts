import { describe, expect, test } from "vitest";
import { expectRefusal, hasSharedData, samples, sharedLines, thrown } from "../../test/samples.ts";
import { type Explanation, TextClassifier, type TrainingChoices } from "../index.ts";
import { Random } from "../math/random.ts";

const encoder = new TextEncoder();
const sum = (parts: readonly { contribution: number }[]) => parts.reduce((total, part) => total + part.contribution, 0);

/** Everything that must hold of any explanation. */
function check(text: string, { logit, probability, spans, features }: Explanation): void {
  expect(probability).toBeGreaterThanOrEqual(0);
  expect(probability).toBeLessThanOrEqual(1);
  let end = 0;
  for (const span of spans) {
    if (span.start < end || span.end <= span.start || span.text !== text.slice(span.start, span.end))
      expect.fail(`span ${JSON.stringify(span)} after ${end} in ${JSON.stringify(text)}`);
    end = span.end;
  }
  expect(end).toBeLessThanOrEqual(text.length);
  for (const feature of features) {
    if (!(feature.text === text.slice(feature.start, feature.end) && feature.start < feature.end))
      expect.fail(`feature ${JSON.stringify(feature)} in ${JSON.stringify(text)}`);
    if (!feature.known && feature.contribution !== 0) expect.fail(`an unknown feature counts: ${feature.text}`);
  }
  const [ofSpans, ofFeatures] = [sum(spans) - logit, sum(features) - logit];
  if (!(Math.abs(ofFeatures) <= 1e-5)) expect.fail(`features are off by ${ofFeatures}: ${JSON.stringify(text)}`);
  if (!(Math.abs(ofSpans) <= 1e-5)) expect.fail(`spans are off by ${ofSpans}: ${JSON.stringify(text)}`);
}

/** The logits of two labels must stand to each other as their probabilities in `predict` do. */
function checkAgainstPredict(model: TextClassifier, text: string): void {
  const [first, second] = model.predict(text, { k: 2 });
  const [a, b] = [first, second].map(({ label }) => model.explain(text, { label }));
  expect(model.explain(text).label).toBe(first.label);
  expect(a.probability).toBe(first.probability);
  expect(b.probability).toBe(second.probability);
  // Too small a probability is not exact enough for its logarithm.
  if (second.probability < 1e-30) return;
  expect(Math.abs(Math.log(first.probability / second.probability) - (a.logit - b.logit))).toBeLessThan(1e-4);
}

function trainOn(lines: readonly string[], options: TrainingChoices = {}): Promise<TextClassifier> {
  const block = { lines: encoder.encode(`${lines.join("\n")}\n`), file: "train.txt", firstLine: 1 };
  return TextClassifier.train([block], { epochs: 2, valid: 0, ...options });
}

/** Pieces that are hard: characters that become several, marks, pairs, scripts without spaces, things that are no characters. */
const PIECES = [
  ..."a B z 9 _ - ! ... … ½ ㈱ ﬁ ﬄ Ǆ ẞ İ ß Å Å é é ḍ̣̇ 한국 한 日本語 中 ไทย ကို कि न्दी العربية ﷺ ﷽ ½% ⑳ ㎏ ℡ 🙂 👩‍👩‍👧 🏳️‍🌈 🇬🇧 ①②".split(
    " ",
  ),
  ..."goal match garlic butter chorus guitar the of Goal GARLIC".split(" "),
  "\u0301",
  "\u0301\u0323",
  "a\u0323\u0307",
  "a\u0307\u0323",
  "\ud83d",
  "\ude42",
  "\u0000",
  "\ufeff",
  "\u200b",
  "\u200d",
  "\u00a0",
  "\u3000",
  "\n",
  "\t",
  "\u1100\u1161\u11a8",
  "\u0958",
  "\u0344",
  "\u0f71\u0f72",
  "ﾊﾞ",
  "\u{1d15e}",
  "\u{2f800}",
  "\u{e0061}",
];

function hardText(random: Random): string {
  const pick = () => PIECES[random.uint32() % PIECES.length];
  const glue = () => (random.uint32() % 3 === 0 ? " " : "");
  return Array.from({ length: random.uint32() % 14 }, () => pick() + glue()).join("");
}

const FIXED: [name: string, text: string][] = [
  ["an empty text", ""],
  ["a text of spaces", " \t\n  "],
  ["a word said 300 times", "goal ".repeat(300)],
  ["a pair of words said 300 times", "goal match ".repeat(300)],
  ["one long word", "goal".repeat(500)],
  ["ligatures", "ﬁne ﬄuff ﬀ"],
  ["an ellipsis, which becomes three full stops", "goal… match…"],
  ["a fraction, which becomes three tokens", "½ goal ¾butter"],
  ["a company mark, which becomes brackets and a letter", "㈱ goal ㈱"],
  ["one character that becomes a sentence", "ﷺ goal ﷺ"],
  ["lone surrogates", "goal \ud83d match \ude42\ude42"],
  ["emoji with joiners and flags", "goal 👩‍👩‍👧🏳️‍🌈 🇬🇧🇩🇪 match"],
  ["Chinese, Japanese and Thai without spaces", "中文没有空格 日本語です ภาษาไทย goal"],
  ["marks in the wrong order", "a\u0307\u0323goal \u0301 \u0323\u0301match"],
  ["a text that begins with a mark", "\u0301\u0323 goal"],
  ["Hangul in parts", "\u1112\u1161\u11ab\u1100\u116e\u11a8 goal"],
  ["NUL and a byte order mark", "\ufeffgoal\u0000match"],
  ["words that training never saw", "zyxwvut qponmlk"],
];

describe.each([
  ["the defaults", {}],
  ["words alone", { charNgrams: [0, 0], wordNgrams: 1 }],
  ["white space as the only separator, and upper case", { tokenizer: "whitespace", lowercase: false }],
  ["plain counts divided by their sum", { weighting: "none", norm: "l1", charNgrams: [1, 6], wordNgrams: 5 }],
] satisfies [string, TrainingChoices][])("a model with %s", async (_, options) => {
  const random = new Random(1);
  const odd = Array.from({ length: 60 }, (_, i) => ({ text: hardText(random), label: ["sport", "food"][i % 2] }));
  const model = await TextClassifier.train([...samples(90, 1), ...odd], {
    epochs: 5,
    minCountChars: 1,
    valid: 0,
    ...options,
  });

  test.each(FIXED)("explains %s: spans and features each sum to the logit within 1e-5", (_, text) => {
    for (const label of [undefined, ...model.labels]) check(text, model.explain(text, label ? { label } : {}));
    checkAgainstPredict(model, text);
  });

  test("explains 400 texts of hard characters: spans and features each sum to the logit within 1e-5", () => {
    const random = new Random(2);
    for (let i = 0; i < 400; i++) {
      const text = hardText(random);
      check(text, model.explain(text, { label: model.labels[i % 3] }));
    }
  });

  test("gives logits that agree with predict's probabilities on 100 texts of hard characters", () => {
    const random = new Random(3);
    for (let i = 0; i < 100; i++) checkAgainstPredict(model, hardText(random));
  });
});

test("the word that decides has the largest contribution, and words that say nothing have nearly none", async () => {
  const model = await TextClassifier.train(samples(300, 1), { valid: 0, charNgrams: [0, 0], wordNgrams: 1 });
  const { label, spans, features } = model.explain("and the Garlic of it");
  expect(label).toBe("food");
  const most = spans.reduce((a, b) => (b.contribution > a.contribution ? b : a));
  expect(most).toMatchObject({ text: "Garlic", start: 8, end: 14 });
  for (const span of spans) if (span !== most) expect(Math.abs(span.contribution)).toBeLessThan(most.contribution / 3);
  expect(features.map(({ text, kind }) => [text, kind])).toEqual(
    ["and", "the", "Garlic", "of", "it"].map((text) => [text, "word"]),
  );
});

test("features name their kind and whether training saw them", async () => {
  const model = await TextClassifier.train(samples(90, 1), { epochs: 3, valid: 0, wordNgrams: 2, charNgrams: [3, 3] });
  const { features } = model.explain("goal qqq");
  const of = (kind: string) => features.filter((feature) => feature.kind === kind).map(({ text }) => text);
  expect(of("word")).toEqual(["goal", "qqq"]);
  expect(of("word n-gram")).toEqual(["goal qqq"]);
  expect(of("character n-gram")).toContain("oal");
  expect(features.find(({ text, kind }) => kind === "word" && text === "goal")?.known).toBe(true);
  expect(features.find(({ text, kind }) => kind === "word" && text === "qqq")?.known).toBe(false);
});

test("an explanation changes neither the next answer nor the model", async () => {
  const model = await TextClassifier.train(samples(90, 1), { epochs: 3, valid: 0 });
  const bytes = model.toBytes();
  const before = model.predict("garlic for the goal", { k: 3 });
  const first = model.explain("garlic for the goal");
  model.explain("x".repeat(10_000));
  expect(model.explain("garlic for the goal")).toEqual(first);
  expect(model.predict("garlic for the goal", { k: 3 })).toEqual(before);
  expect(model.toBytes()).toEqual(bytes);
});

test("a label that the model lacks is refused by name", async () => {
  const model = await TextClassifier.train(samples(30, 1), { epochs: 1, valid: 0 });
  const message = expectRefusal(
    thrown(() => model.explain("goal", { label: "spam" })),
    "usage",
    /"spam"/,
  );
  expect(message).toContain("3");
});

describe.each(["mr", "banking77", "langid-udhr"])("on %s", (set) => {
  test.skipIf(!hasSharedData(set))(
    `explanations of 1,000 texts sum to the logit within 1e-5, and agree with predict (needs ../shared/data/${set})`,
    async () => {
      const model = await trainOn(sharedLines(`${set}/train.txt`, 2000));
      const texts = sharedLines(`${set}/test.txt`, 1000).map((line) => line.replaceAll(/__label__\S+\s?/g, ""));
      expect(texts).toHaveLength(1000);
      for (const [i, text] of texts.entries()) {
        check(text, model.explain(text));
        if (i % 10 === 0) checkAgainstPredict(model, text);
      }
    },
    120_000,
  );
});
