import { describe, expect, test } from "vitest";
import { chooseFrom } from "../../test/chosenFeatures.ts";
import { expectRefusal, samples, thrown } from "../../test/samples.ts";
import { FeatureExtractor, type FeatureOptions } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { Corpus } from "./corpus.ts";
import { type ExampleRecord, readExample } from "./exampleRecord.ts";
import { checkLearnable } from "./learnable.ts";

const OPTIONS: FeatureOptions = { tokenizer: "unicode", lowercase: true, wordNgrams: 2, charNgrams: [3, 4] };
const encoder = new TextEncoder();

interface Text {
  text: string;
  labels: readonly string[];
}

function corpusOf(texts: readonly Text[], options = OPTIONS): Corpus {
  const corpus = Corpus.of(new Heap(false), options, 0);
  for (const example of texts) corpus.addCopy(encoder.encode(example.text), example);
  return corpus;
}

/** What is stored of each example, in their order, once the rows of features are chosen. */
function settled(corpus: Corpus): ExampleRecord[] {
  const [part] = corpus.settle();
  const [window] = part.windows();
  return Array.from(window.load(), (at) => readExample(corpus.heap, at));
}

/** The names of each example's labels. */
function labelsOf(corpus: Corpus): string[][] {
  corpus.close();
  corpus.dictionary.choose(1, 1, 1e6);
  return settled(corpus).map(({ labels }) => Array.from(labels, (label) => corpus.labels.names[label]));
}

/** Hash to count of the features of a text, words and characters apart, as the extractor alone tells. */
function featuresOf(text: string, options = OPTIONS): [words: Map<number, number>, characters: Map<number, number>] {
  const heap = new Heap(false);
  const extractor = new FeatureExtractor(heap, options);
  const bytes = encoder.encode(text);
  const count = extractor.extract(heap.allocateCopy(bytes), bytes.length);
  const entries = Array.from(heap.u32At(extractor.hashes, count), (hash, i): [number, number] => [
    hash,
    heap.u8[extractor.counts + i],
  ]);
  return [new Map(entries.slice(0, extractor.wordCount)), new Map(entries.slice(extractor.wordCount))];
}

const texts: Text[] = samples(200, 1).map(({ text, label }) => ({ text, labels: [label] }));

test("labels are sorted by how many examples have them, equal ones as they came, and examples keep theirs", () => {
  const labels = [["d", "a"], ["b"], ["c", "b"], ["a", "b"], ["e"]];
  const corpus = corpusOf(labels.map((own) => ({ text: "x", labels: own })));
  expect([...corpus.labelCounts()]).toEqual([1, 2, 3, 1, 1]);
  const { fingerprint } = corpus;
  corpus.sortLabels();
  expect(corpus.labels.names).toEqual(["b", "a", "d", "c", "e"]);
  expect([...corpus.labelCounts()]).toEqual([3, 2, 1, 1, 1]);
  expect(corpus.fingerprint).toBe(fingerprint);
  expect(labelsOf(corpus)).toEqual(labels);
});

describe("bags", () => {
  test.each([1, 2, 5])(
    "hold exactly the features that occur in %i texts, with their counts, in their block",
    (least) => {
      const odd: Text[] = [
        { text: "", labels: ["sport"] },
        { text: "goal ".repeat(300), labels: ["sport"] },
        { text: "日本語 🙂 é", labels: ["food"] },
        ...texts,
      ];
      const corpus = corpusOf(odd);
      corpus.close();
      const { keys } = chooseFrom(corpus, least, 1e6);
      const records = settled(corpus);
      const documents = new Map<number, number>();
      const features = odd.map(({ text }) => featuresOf(text));
      for (const blocks of features)
        for (const hash of blocks.flatMap((block) => [...block.keys()]))
          documents.set(hash, (documents.get(hash) ?? 0) + 1);
      const { heap } = corpus;
      for (const [example, blocks] of features.entries()) {
        const { ids, counts, wordCount, count } = records[example];
        const bag = Array.from(heap.u32At(ids, count), (id, i): [number, number] => [keys[id], heap.u8[counts + i]]);
        const expected = blocks.map((block) => [...block].filter(([hash]) => documents.get(hash)! >= least));
        const sorted = (entries: [number, number][]) => [...entries].sort(([a], [b]) => a - b);
        expect(sorted(bag.slice(0, wordCount))).toEqual(sorted(expected[0]));
        expect(sorted(bag.slice(wordCount))).toEqual(sorted(expected[1]));
      }
    },
  );

  test("stay whole over many blocks of memory", () => {
    const random = new Random(1);
    const large: Text[] = Array.from({ length: 40 }, (_, i) => ({
      text: Array.from({ length: i % 7 === 0 ? 3 : 12_000 }, () => `w${random.uint32() % 50_000}`).join(" "),
      labels: [`l${i % 2}`],
    }));
    const options: FeatureOptions = { ...OPTIONS, charNgrams: [0, 0] };
    const corpus = corpusOf(large, options);
    corpus.close();
    expect(corpus.featureTotal * 5).toBeGreaterThan(3 << 20);
    const { keys } = chooseFrom(corpus, 1, 1e8);
    const records = settled(corpus);
    for (const example of [0, 1, 7, 20, 38, 39]) {
      const { ids, count } = records[example];
      const found = Array.from(corpus.heap.u32At(ids, count), (id) => keys[id]).sort();
      expect(found).toEqual([...featuresOf(large[example].text, options)[0].keys()].sort());
    }
  });

  test("are numbered by frequency, and of no more features than are allowed", () => {
    const corpus = corpusOf(texts);
    corpus.close();
    const { keys, documents } = chooseFrom(corpus, 1, 50);
    expect(keys).toHaveLength(50);
    expect([...documents]).toEqual([...documents].sort((a, b) => b - a));
    for (const { ids, count } of settled(corpus)) {
      for (const id of corpus.heap.u32At(ids, count)) expect(id).toBeLessThan(50);
    }
  });
});

describe("labels", () => {
  test("come in the order in which they are first seen, and each example keeps its own", () => {
    const corpus = corpusOf([
      { text: "x", labels: ["b", "a"] },
      { text: "y", labels: ["c"] },
      { text: "z", labels: ["a", "c", "b"] },
    ]);
    expect(corpus.labels.names).toEqual(["b", "a", "c"]);
    expect(labelsOf(corpus)).toEqual([["b", "a"], ["c"], ["a", "c", "b"]]);
  });

  test("with too few examples are dropped from every example, and the rest are numbered anew", () => {
    const corpus = corpusOf([
      { text: "x", labels: ["rare", "a"] },
      { text: "y", labels: ["b"] },
      { text: "z", labels: ["a", "b", "once"] },
    ]);
    expect(corpus.dropLabels(2)).toBe(2);
    expect(corpus.labels.names).toEqual(["a", "b"]);
    expect(corpus.dropLabels(2)).toBe(0);
    expect(labelsOf(corpus)).toEqual([["a"], ["b"], ["a", "b"]]);
  });

  test("that an example names twice count once for that example", () => {
    const corpus = corpusOf([
      { text: "x", labels: ["a", "a"] },
      { text: "y", labels: ["b"] },
      { text: "z", labels: ["b"] },
    ]);
    expect(corpus.dropLabels(2)).toBe(1);
    expect(corpus.labels.names).toEqual(["b"]);
  });
});

describe("the fingerprint", () => {
  const of = (texts: readonly Text[]) => corpusOf(texts).fingerprint;
  const base: Text[] = [
    { text: "one two", labels: ["a"] },
    { text: "three", labels: ["b"] },
  ];

  test("is 16 hexadecimal digits, the same for the same data", () => {
    expect(of(base)).toMatch(/^[0-9a-f]{16}$/);
    expect(of(base)).toBe(of(base));
  });

  test.each<[string, Text[]]>([
    ["a text", [{ text: "one twO", labels: ["a"] }, base[1]]],
    ["a space at the end", [{ text: "one two ", labels: ["a"] }, base[1]]],
    ["the order", [base[1], base[0]]],
    ["which text has which label", [base[0], { text: "three", labels: ["a"] }]],
    ["the name of a label", [base[0], { text: "three", labels: ["c"] }]],
    ["one text more", [...base, { text: "", labels: ["a"] }]],
    [
      "where one text ends and the next begins",
      [
        { text: "one", labels: ["a"] },
        { text: " twothree", labels: ["b"] },
      ],
    ],
    ["the number of labels of a text", [base[0], { text: "three", labels: ["b", "a"] }]],
  ])("changes with %s", (_, changed) => {
    expect(of(changed)).not.toBe(of(base));
  });
});

test("a corpus without examples, with one label, or without any feature is refused with the name of its source", () => {
  const refusal = (texts: readonly Text[]) =>
    expectRefusal(
      thrown(() => checkLearnable(corpusOf(texts), "f.txt")),
      "data",
      /^f\.txt: /,
    );
  expect(refusal([])).toMatch(/no labelled example/);
  expect(refusal([{ text: "x", labels: ["a"] }])).toMatch(/only one label, "a"/);
  expect(
    refusal([
      { text: "", labels: ["a"] },
      { text: " ", labels: ["b"] },
    ]),
  ).toMatch(/no text in any of the 2/);
});
