import fc from "fast-check";
import { expect, test } from "vitest";
import type { FeatureOptions } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { Corpus } from "./corpus.ts";
import { readExamples } from "./intake.ts";

const encoder = new TextEncoder();
const OPTIONS: FeatureOptions[] = [
  { tokenizer: "whitespace", lowercase: false, wordNgrams: 2, charNgrams: [0, 0] },
  { tokenizer: "unicode", lowercase: true, wordNgrams: 1, charNgrams: [2, 3] },
  { tokenizer: "unicode", lowercase: true, wordNgrams: 3, charNgrams: [0, 0] },
];

/** All that reading lines leaves, by the kernel or line by line. */
async function read(text: string, options: FeatureOptions, areShares: boolean, byKernel: boolean, cut: number) {
  const corpus = Corpus.of(new Heap(false), options, 0, areShares);
  if (!byKernel) Object.defineProperty(corpus, "readsLines", { value: false });
  const bytes = encoder.encode(text);
  // Two blocks of whole lines, as a file is read.
  const middle = bytes.indexOf(10, Math.floor(bytes.length * cut)) + 1;
  const blocks = [
    { lines: bytes.subarray(0, middle), file: "f", firstLine: 1 },
    { lines: bytes.subarray(middle), file: "f", firstLine: text.slice(0, middle).split("\n").length },
  ];
  const intake = await readExamples(blocks, corpus, async () => {});
  const records: number[][] = [];
  corpus.eachRecord((record) => records.push(Array.from(record)));
  const { dictionary, labels, fingerprint, exampleCount, featureTotal, largestBag, mostTargets } = corpus;
  return {
    intake,
    records,
    ...{ fingerprint, exampleCount, featureTotal, largestBag, mostTargets },
    labels: labels.names,
    counts: Array.from(corpus.labelCounts()),
    dictionary: dictionary.save(),
  };
}

const label = fc.constantFrom(
  "__label__a",
  "__label__b",
  "__label__a",
  "__label__",
  "__label__ü",
  "__label__long-name",
);
const word = fc.constantFrom(
  "one",
  "two",
  "Three",
  "naïve",
  "x_y",
  "_",
  "__label",
  "ﬁ",
  "日本",
  "e\u0301",
  "1,5",
  "it's",
  "\u{1f600}",
);
const space = fc.constantFrom(" ", "  ", "\t", " \v ");
const line = fc
  .tuple(
    fc.array(label, { maxLength: 3 }),
    fc.array(fc.oneof({ weight: 12, arbitrary: word }, { weight: 1, arbitrary: label }), { maxLength: 8 }),
    space,
    fc.constantFrom("", "\r", " "),
  )
  .map(([labels, words, between, end]) => [...labels, ...words].join(between) + end);

test("lines that the kernel reads give what they give one by one: records, counts, labels, fingerprint, what is left out", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 30 }),
      fc.constantFrom(...OPTIONS),
      fc.boolean(),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      async (lines, options, areShares, cut) => {
        const text = `__label__a first\n${lines.join("\n")}`;
        const kernel = await read(text, options, areShares, true, cut);
        expect(kernel).toEqual(await read(text, options, areShares, false, cut));
      },
    ),
    { numRuns: 200 },
  );
}, 120_000);

test("long lines, many labels and many features find room", async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `__label__l${i % 900} w${i} w${i * 7} w${i % 13}`);
  lines.push(`__label__l1 ${Array.from({ length: 60_000 }, (_, i) => `x${i}`).join(" ")}`);
  lines.push(`${Array.from({ length: 400 }, (_, i) => `__label__l${i}`).join(" ")} with many labels`);
  lines.push("__label__l2 the end");
  for (const options of OPTIONS) {
    const text = lines.join("\n");
    expect(await read(text, options, true, true, 0.5)).toEqual(await read(text, options, true, false, 0.5));
  }
}, 120_000);
