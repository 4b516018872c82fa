import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseFrom } from "../../test/chosenFeatures.ts";
import { MemoryScratch } from "../../test/scratch.ts";
import { FeatureExtractor, type FeatureOptions } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { Corpus } from "./corpus.ts";
import { finishExample, readExample } from "./exampleRecord.ts";
import { FilePart, type Part } from "./part.ts";
import { SpilledStore } from "./spilledStore.ts";
import { foldSplit, heldOutSplit, union } from "./split.ts";
import type { Target } from "./targets.ts";

const OPTIONS: FeatureOptions = { tokenizer: "unicode", lowercase: true, wordNgrams: 2, charNgrams: [3, 3] };
const encoder = new TextEncoder();
/** The table of features alone makes examples go to the file at once; it may hold all of a test's. */
const ROOMY_LIMIT = 20e6;

type Text = { text: string } & Target;

function corpusOf(texts: readonly Text[], bytes: number, areShares = true): Corpus {
  const limit = bytes > 0 ? { bytes, openScratch: () => new MemoryScratch() } : undefined;
  const corpus = Corpus.of(new Heap(false), OPTIONS, 0, areShares, limit);
  for (const example of texts) corpus.addCopy(encoder.encode(example.text), example);
  return corpus;
}

/** What a part holds: of each example its features by key, labels by name, targets and weight. */
function contentsOf(corpus: Corpus, part: Part, keys: Uint32Array): unknown[] {
  const { heap, labels } = corpus;
  return Array.from(part.windows()).flatMap((window) =>
    Array.from(window.load(), (at) => {
      const example = readExample(heap, at);
      const { ids, counts, count, wordCount, weight } = example;
      const bag = Array.from(heap.u32At(ids, count), (id, i) => [keys[id], heap.u8[counts + i], i < wordCount]);
      const names = Array.from(example.labels, (label) => labels.names[label]);
      return { bag, names, targets: Array.from(example.targets), weight };
    }),
  );
}

const texts = fc.array(
  fc.record({
    text: fc
      .array(fc.constantFrom("ant", "bee", "cat", "dog", "日本", "🙂", ""), { maxLength: 8 })
      .map((w) => w.join(" ")),
    labels: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 3 }),
    shares: fc.option(fc.constant([0.5, 0.25, 0.25]), { nil: undefined }),
    weight: fc.constantFrom(0, 1, 2.5),
  }),
  { minLength: 1, maxLength: 30 },
);

describe("a corpus in a file", () => {
  test("holds what one in memory holds: examples, features, labels and weights, after labels were dropped and sorted", () => {
    const cases = fc.record({
      texts,
      least: fc.constantFrom(1, 2, 4),
      areShares: fc.boolean(),
      minCount: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(cases, ({ texts, least, areShares, minCount }) => {
        const made = [0, ROOMY_LIMIT].map((bytes) => {
          const corpus = corpusOf(texts, bytes, areShares);
          const dropped = corpus.dropLabels(least);
          corpus.sortLabels();
          const weights = Array.from(corpus.labelWeights());
          const first = Array.from(corpus.firstLabels());
          corpus.sortTargets();
          corpus.close();
          const { keys, documents } = chooseFrom(corpus, minCount, 1e6);
          const facts = [corpus.labelledCount, corpus.mostTargets, corpus.fingerprint, corpus.labels.names];
          const parts = corpus.settle(3, (example) => example % 3);
          const contents = parts.map((part) => contentsOf(corpus, part, keys));
          const sizes = [corpus.featureTotal, corpus.largestBag, corpus.storedBytes];
          const { inFile } = corpus;
          corpus.release();
          return { inFile, rest: { dropped, weights, first, facts, documents, contents, sizes } };
        });
        expect(made.map(({ inFile }) => inFile)).toEqual([false, true]);
        expect(made[1].rest).toEqual(made[0].rest);
      }),
      { numRuns: 40 },
    );
  });

  test("is split into parts that are all of it, for validation and for folds", () => {
    const all: Text[] = Array.from({ length: 900 }, (_, i) => ({
      text: `w${i} ant`,
      labels: [`l${i % 3}`],
      weight: i,
    }));
    for (const bytes of [0, ROOMY_LIMIT]) {
      for (const splitOf of [(c: Corpus) => heldOutSplit(c, 0.2, 1), (c: Corpus) => foldSplit(c, 5, 1)]) {
        const corpus = corpusOf(all, bytes);
        corpus.close();
        const split = splitOf(corpus);
        const { keys } = chooseFrom(corpus, 1, 1e6);
        const parts = corpus.settle(split.parts, split.partOf);
        const weightsOf = (part: Part) =>
          contentsOf(corpus, part, keys).map((example) => (example as { weight: number }).weight);
        const members = parts.map(weightsOf);
        const byNumber = (a: number, b: number) => a - b;
        expect(members.flat().sort(byNumber)).toEqual(Array.from(all.keys()));
        expect(weightsOf(union(parts)).sort(byNumber)).toEqual(Array.from(all.keys()));
        for (const [i, part] of members.entries()) expect(part).toHaveLength(parts[i].count);
        // A fifth of 900, give or take four standard deviations of a draw.
        expect(Math.abs(members[1].length - 180)).toBeLessThan(bytes > 0 ? 48 : 1);
        corpus.release();
      }
    }
  });
});

/** A store of examples with given numbers of features; the weight of each is its number. */
function storeOf(
  sizes: readonly number[],
  windowBytes: number,
): { heap: Heap; store: SpilledStore; file: MemoryScratch } {
  const heap = new Heap(false);
  const file = new MemoryScratch();
  const store = new SpilledStore(heap, file, windowBytes);
  for (const [number, count] of sizes.entries()) {
    const at = store.reserve(count * 5 + 64);
    heap.u8At(at, count * 5 + 16).fill(number % 251);
    finishExample(heap, at, { count, wordCount: count }, [number % 2], [1], number);
    store.commit(count, 1);
  }
  return { heap, store, file };
}

const keep = (heap: Heap) => (from: number, to: number) => {
  const { count } = readExample(heap, from);
  heap.u8.copyWithin(to, from, from + count * 5 + 64);
  return true;
};

describe("passes over a file", () => {
  const sizes = Array.from({ length: 300 }, (_, i) => 500 + ((i * 7919) % 6000));
  const windowBytes = 1 << 20;

  test("see every example once, whole, each time in another order, and never more bytes at once than a window has", () => {
    const { heap, store } = storeOf(sizes, windowBytes);
    const [part] = store.settle(keep(heap), 1, () => 0)();
    const course = part.course(new Random(1));
    const orders = [0, 1, 2].map(() => {
      const seen: number[] = [];
      for (const window of course.pass()) {
        const addresses = window.load();
        expect(addresses).toHaveLength(window.count);
        let bytes = 0;
        for (const at of addresses) {
          const { weight, count, ids } = readExample(heap, at);
          expect(count).toBe(sizes[weight]);
          expect(heap.u8[ids + 5 * count - 1]).toBe(weight % 251);
          seen.push(weight);
          bytes += 5 * count;
        }
        expect(bytes).toBeLessThanOrEqual(windowBytes);
      }
      return seen;
    });
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(Array.from(sizes.keys()));
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
    // The same numbers give the same passes, which a run that goes on relies on.
    const again = Array.from(part.course(new Random(1)).pass()).flatMap((window) =>
      Array.from(window.load(), (at) => readExample(heap, at).weight),
    );
    expect(again).toEqual(orders[0]);
    store.release();
  });

  test("mix examples of several blocks in a window", () => {
    const { heap, store } = storeOf(sizes, windowBytes);
    const [part] = store.settle(keep(heap), 1, () => 0)();
    const [window] = part.course(new Random(1)).pass();
    const numbers = Array.from(window.load(), (at) => readExample(heap, at).weight);
    const steps = numbers.slice(1).filter((number, i) => number === numbers[i] + 1).length;
    expect(steps).toBeLessThan(numbers.length / 4);
  });

  test("bear an example that is larger than a window, and blocks after it are as small as before", () => {
    const odd = [...sizes.slice(0, 20), 600_000, ...sizes.slice(20)];
    const { heap, store, file } = storeOf(odd, windowBytes);
    const [part] = store.settle(keep(heap), 1, () => 0)();
    const { blocks } = part as FilePart;
    expect(part).toBeInstanceOf(FilePart);
    expect(blocks.filter(({ bytes }) => bytes > 256 << 10)).toHaveLength(1);
    const found = Array.from(part.windows()).flatMap((window) =>
      Array.from(window.load(), (at) => readExample(heap, at).count),
    );
    expect(found).toEqual(odd);
    store.release();
    expect(file.isClosed).toBe(true);
  });

  test("see what was added after the examples were settled", () => {
    const { heap, store } = storeOf([10, 20], windowBytes);
    const finish = store.settle(keep(heap), 2, (example) => example);
    const at = store.reserve(200);
    finishExample(heap, at, { count: 5, wordCount: 5 }, [0], [1], 7);
    store.commit(5, 1);
    const found = finish().map((part) =>
      Array.from(part.windows()).flatMap((window) => Array.from(window.load(), (at) => readExample(heap, at).weight)),
    );
    expect(found).toEqual([[0, 7], [1]]);
  });
});

describe("rare features that are forgotten", () => {
  /** Texts whose words are the more frequent the lower their number. */
  const zipf = (count: number, seed: number, words: number): Text[] => {
    const random = new Random(seed);
    return Array.from({ length: count }, () => ({
      text: Array.from({ length: 20 }, () => `w${Math.floor(words * random.uniform() ** 4)}`).join(" "),
      labels: [`l${random.below(3)}`],
    }));
  };

  test("make counts too small by undercount at most, and never too large; what is in more texts than that is kept", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0.6e6, 1e6, 2e6), (seed, bytes) => {
        const all = zipf(4000, seed, 60_000);
        const corpus = corpusOf(all, bytes);
        const exact = corpusOf(all, 0);
        corpus.close();
        exact.close();
        const { undercount } = corpus.dictionary;
        const counted = chooseFrom(corpus, 1, 1e9);
        const known = new Map(Array.from(counted.keys, (key, i) => [key, counted.documents[i]]));
        const truth = chooseFrom(exact, 1, 1e9);
        expect(undercount).toBeGreaterThan(0);
        expect(known.size).toBeLessThan(truth.keys.length);
        let missed = 0;
        for (const [i, key] of truth.keys.entries()) {
          const [real, told] = [truth.documents[i], known.get(key) ?? 0];
          if (told > real || told < real - undercount) missed++;
        }
        expect(missed).toBe(0);
        corpus.release();
      }),
      { numRuns: 6 },
    );
  }, 30_000);

  test("are left out of the examples that have them", () => {
    const all = zipf(3000, 1, 60_000);
    const corpus = corpusOf(all, 1e6);
    corpus.close();
    const { keys } = chooseFrom(corpus, 1, 1e9);
    const kept = new Set(keys);
    const [part] = corpus.settle();
    const contents = contentsOf(corpus, part, keys) as { bag: [number, number, boolean][] }[];
    const heap = new Heap(false);
    const extractor = new FeatureExtractor(heap, OPTIONS);
    for (const [i, { bag }] of contents.entries()) {
      const bytes = encoder.encode(all[i].text);
      const at = heap.allocateCopy(bytes);
      const count = extractor.extract(at, bytes.length);
      const own = Array.from(heap.u32At(extractor.hashes, count)).filter((hash) => kept.has(hash));
      expect(bag.map(([key]) => key)).toEqual(own);
      heap.release(at);
    }
    corpus.release();
  });

  test("do not make every later text look for more, after one with a hundred thousand features", () => {
    const huge: Text = { text: Array.from({ length: 100_000 }, (_, i) => `h${i}`).join(" "), labels: ["l0"] };
    const corpus = corpusOf([...zipf(50, 1, 100), huge, ...zipf(200, 2, 100)], 1e6);
    const { dictionary } = corpus;
    expect(dictionary.bytes).toBeLessThan(0.5e6);
    const before = dictionary.undercount;
    for (const example of zipf(50, 3, 100)) corpus.addCopy(encoder.encode(example.text), example);
    expect(dictionary.undercount).toBe(before);
    corpus.release();
  });
});
