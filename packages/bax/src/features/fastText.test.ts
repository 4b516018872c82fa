import { expect, test } from "vitest";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { FastTextCounter, unspread } from "./fastTextCounter.ts";
import { hashBytes, subwordsOf, tokensOf, wordNgramsOf } from "./fastTextReference.ts";
import { FastTextText } from "./fastTextText.ts";
import { type FastTextNgrams, FastTextVocabulary, LABEL_PREFIX } from "./fastTextVocabulary.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Random strings that the kernels are held against; the environment can ask for more. */
const STRINGS = Number(process.env["BAX_STRINGS"] ?? 1_000_000);

const PIECES = [
  ..."abcdeXYZ0189.,!?'<>/_-",
  ..." \t\v\f\r\0",
  ..."éßжЖяقعرعربي日本語한글",
  "🙂",
  "👩‍👩‍👧",
  "\u00a0",
  "\u3000",
  "\ufeff",
  "é",
  "</s>",
  "__label__",
  "__label__a",
].map((piece) => encoder.encode(piece));

/** A random line: pieces of many scripts, separators, marks of fastText's own, and now and then bytes that are no UTF-8. */
function randomLine(random: Random, out: Uint8Array): number {
  let length = 0;
  for (let pieces = random.below(14); pieces > 0; pieces--) {
    const piece = PIECES[random.below(PIECES.length)];
    out.set(piece, length);
    length += piece.length;
    if (random.below(40) === 0) out[length++] = random.below(256) || 1;
    if (out[length - 1] === 10) length--;
  }
  return length;
}

/** What the reference says a line has: rows of a model whose vocabulary is `words`, and its labels. */
function expected(
  line: Uint8Array,
  lineEnd: boolean,
  words: readonly string[],
  labels: readonly string[],
  n: FastTextNgrams,
) {
  const rows: number[] = [];
  const found: number[] = [];
  const hashes: number[] = [];
  for (const token of tokensOf(line, lineEnd)) {
    // Bytes as characters, so that ill-formed text is told apart.
    const name = String.fromCharCode(...token);
    const label = labels.indexOf(name);
    const word = words.indexOf(name);
    if (label >= 0) found.push(label);
    else if (word < 0 && name.startsWith(LABEL_PREFIX)) continue;
    else {
      if (word >= 0) rows.push(word);
      if (n.longest > 0 && name !== "</s>") {
        for (const { bucket } of subwordsOf(token, n.shortest, n.longest, n.buckets)) rows.push(words.length + bucket);
      }
      hashes.push(hashBytes(token));
    }
  }
  for (const bucket of wordNgramsOf(hashes, n.wordNgrams, n.buckets)) rows.push(words.length + bucket);
  return { rows, labels: found };
}

function vocabulary(heap: Heap, words: readonly string[], labels: readonly string[], ngrams: FastTextNgrams) {
  const names = [...words, ...labels].map((name) => Uint8Array.from([...name, "\0"], (c) => c.charCodeAt(0)));
  const pool = heap.allocate(names.reduce((sum, name) => sum + name.length, 0));
  const starts: number[] = [];
  let at = 0;
  for (const name of names) {
    starts.push(at);
    heap.u8.set(name, pool + at);
    at += name.length;
  }
  const counts = new Float64Array(names.length).fill(1);
  const entries = { pool, starts: Uint32Array.from(starts), wordCount: words.length, counts, tokenCount: names.length };
  return new FastTextVocabulary(heap, entries, ngrams, null);
}

const binary = (text: string) => String.fromCharCode(...encoder.encode(text));
const WORDS = ["</s>", "a", "b", "é", "日", "ab", "🙂", "__", "x__label__", "Z0"].map(binary);
const LABELS = ["__label__a", "__label__b", "odd"].map(binary);

test(`tokens, hashes and n-grams of ${STRINGS.toLocaleString("en")} random strings equal the plain reference`, () => {
  const kinds: FastTextNgrams[] = [
    { wordNgrams: 1, shortest: 1, longest: 0, buckets: 0 },
    { wordNgrams: 2, shortest: 1, longest: 0, buckets: 1000 },
    { wordNgrams: 5, shortest: 3, longest: 6, buckets: 2_000_000 },
    { wordNgrams: 1, shortest: 1, longest: 3, buckets: 7 },
    { wordNgrams: 3, shortest: 2, longest: 2, buckets: 2_147_483_647 },
  ];
  const random = new Random(1);
  const buffer = new Uint8Array(512);
  for (const ngrams of kinds) {
    const heap = new Heap(false);
    const { context } = vocabulary(heap, WORDS, LABELS, ngrams);
    const text = new FastTextText(heap);
    const at = heap.allocate(512);
    for (let i = 0; i < STRINGS / kinds.length; i++) {
      const length = randomLine(random, buffer);
      const line = buffer.subarray(0, length);
      const lineEnd = random.below(2) === 1;
      heap.u8.set(line, at);
      text.tokenize(context, at, length, lineEnd);
      heap.kernels.fastTextFind(context, text.tokens, text.tokenCount);
      text.collect(context, ngrams, length, false);
      const want = expected(line, lineEnd, WORDS, LABELS, ngrams);
      const same =
        text.total === want.rows.length &&
        text.count === want.rows.length &&
        text.labelCount === want.labels.length &&
        want.rows.every((row, j) => heap.u32[(text.ids >>> 2) + j] === row) &&
        want.labels.every((label, j) => heap.u32[(text.labels >>> 2) + j] === label);
      // Only a difference is worth the cost of an assertion that can show it.
      if (!same) {
        expect({ line: decoder.decode(line), rows: [...heap.u32At(text.ids, text.count)] }).toEqual({
          line: decoder.decode(line),
          rows: want.rows,
        });
        expect([...heap.u32At(text.labels, text.labelCount)]).toEqual(want.labels);
      }
    }
  }
}, 600_000);

test("hashes are FNV-1a, but with the sign of a byte drawn out", () => {
  // Values of the published FNV-1a for ASCII; "é" (0xc3 0xa9) by hand with sign-extended bytes.
  expect(hashBytes(encoder.encode(""))).toBe(0x811c9dc5);
  expect(hashBytes(encoder.encode("a"))).toBe(0xe40c292c);
  expect(hashBytes(encoder.encode("foobar"))).toBe(0xbf9cf968);
  let hash = Math.imul(0x811c9dc5 ^ 0xffffffc3, 0x01000193);
  hash = Math.imul(hash ^ 0xffffffa9, 0x01000193);
  expect(hashBytes(encoder.encode("é"))).toBe(hash >>> 0);
});

test("n-grams never leave a code point in two, and < and > alone are none", () => {
  const of = (word: string, shortest: number, longest: number) =>
    subwordsOf(encoder.encode(word), shortest, longest, 100).map(({ bytes }) => decoder.decode(bytes));
  expect(of("é日", 1, 2)).toEqual(["<é", "é", "é日", "日", "日>"]);
  expect(of("ab", 3, 6)).toEqual(["<ab", "<ab>", "ab>"]);
  expect(of("ab", 0, 1)).toEqual(["a", "b"]);
  expect(of("", 2, 2)).toEqual(["<>"]);
  expect(of("ab", 2, 3)).toEqual(["<a", "<ab", "ab", "ab>", "b>"]);
});

test("without buckets there are no n-grams, and nothing is divided by zero", () => {
  expect(subwordsOf(encoder.encode("abc"), 1, 3, 0)).toEqual([]);
  expect(wordNgramsOf([1, 2, 3], 3, 0)).toEqual([]);
});

test("keys of a growing vocabulary tell words and buckets apart, and can be read back", () => {
  const random = new Random(5);
  for (let i = 0; i < 10_000; i++) {
    const key = random.uint32();
    // The kernel's `spread`, in TypeScript.
    let h = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    expect(unspread((h ^ (h >>> 16)) >>> 0)).toBe(key);
  }
  const heap = new Heap(false);
  const counter = new FastTextCounter(heap, { wordNgrams: 2, shortest: 1, longest: 0, buckets: 50 });
  const at = heap.allocateCopy(encoder.encode("one two one __label__no"));
  const count = counter.extract(at, 23);
  const features = Array.from(heap.u32At(counter.hashes, count), unspread);
  const counts = Array.from(heap.u8At(counter.counts, count));
  const words = features.filter((feature) => feature < 0x80000000);
  expect(words).toEqual([0, 1, 2]);
  expect(words.map((word) => counts[features.indexOf(word)])).toEqual([2, 1, 1]);
  const hashes = ["one", "two", "one", "</s>"].map((word) => hashBytes(encoder.encode(word)));
  const buckets = features.filter((feature) => feature >= 0x80000000).map((feature) => feature - 0x80000000);
  expect(buckets.sort()).toEqual([...new Set(wordNgramsOf(hashes, 2, 50))].sort());
});
