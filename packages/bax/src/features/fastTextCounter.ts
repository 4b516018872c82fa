import {
  ENTRY_SKIPPED,
  type Heap,
  VOCABULARY_COUNTS,
  VOCABULARY_HASHES,
  VOCABULARY_MASK,
  VOCABULARY_POOL,
  VOCABULARY_POOL_BYTES,
  VOCABULARY_SIZE,
  VOCABULARY_STARTS,
  VOCABULARY_TABLE,
} from "../kernels/index.ts";
import { type Dictionary, NO_ROW } from "./dictionary.ts";
import { FastTextText } from "./fastTextText.ts";
import {
  type FastTextNgrams,
  FastTextVocabulary,
  LABEL_PREFIX,
  vocabularyContext,
  vocabularySlots,
} from "./fastTextVocabulary.ts";
import type { FeatureOptions } from "./featureExtractor.ts";
import { Repeats } from "./repeats.ts";

/** Highest bit of a feature's key before it is spread: set for a bucket, clear for a word. */
const BUCKET = 0x80000000;
const FIRST_SLOTS = 1 << 16;
/** Where a token has its entry, behind its bounds and its hash. */
const TOKEN_ENTRY = 12;

/** The inverse of `spread` in assembly/fastText.ts. */
export function unspread(key: number): number {
  let h = key ^ (key >>> 16);
  h = Math.imul(h, 0x7ed1b41d);
  h ^= (h >>> 13) ^ (h >>> 26);
  h = Math.imul(h, 0xa5cb9243);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A label of the training data, prefix and all, and how many examples have it. */
export interface CountedLabel {
  name: string;
  count: number;
}

/** Which n-grams the options ask for. */
export function fastTextNgrams({ wordNgrams, charNgrams }: FeatureOptions, buckets: number): FastTextNgrams {
  const [shortest, longest] = charNgrams;
  // Without n-grams no row is wanted for them.
  return { wordNgrams, shortest, longest, buckets: wordNgrams > 1 || longest > 0 ? buckets : 0 };
}

/**
 * Turns training text into the keys of its fastText features while the vocabulary grows: every word is added, and counted, as it
 * comes. The result of the last call stays in `hashes` (u32) and `counts` (u8) until the next.
 */
export class FastTextCounter {
  hashes = 0;
  counts = 0;
  wordCount = 0;
  private readonly heap: Heap;
  private readonly ngrams: FastTextNgrams;
  private readonly context: number;
  private readonly text: FastTextText;
  private readonly repeats: Repeats;
  private slots = FIRST_SLOTS;
  /** Words that stay however rare they are. */
  private readonly kept = new Set<number>();

  constructor(heap: Heap, ngrams: FastTextNgrams) {
    this.heap = heap;
    this.ngrams = ngrams;
    this.text = new FastTextText(heap);
    this.repeats = new Repeats(heap);
    this.context = vocabularyContext(heap, ngrams, LABEL_PREFIX);
    this.set(VOCABULARY_TABLE, heap.allocateZeroed(this.slots * 4));
    this.set(VOCABULARY_MASK, this.slots - 1);
    for (const field of [VOCABULARY_POOL, VOCABULARY_STARTS, VOCABULARY_HASHES, VOCABULARY_COUNTS])
      this.set(field, heap.allocate(1 << 16));
  }

  /** Reads the features of one training text, a line of `length` bytes; returns the number of distinct ones. */
  extract(source: number, length: number): number {
    const { heap, context, text } = this;
    text.tokenize(context, source, length, true);
    this.reserve(text.tokenCount, length);
    heap.kernels.fastTextAdd(context, text.tokens, text.tokenCount);
    text.collect(context, this.ngrams, length, true);
    this.hashes = text.ids;
    this.counts = heap.scratch(this.counts, text.count);
    this.wordCount = this.repeats.fold(this.hashes, text.count, this.counts);
    return this.wordCount;
  }

  /** Counts words once more, without a text; those that are new are added, and all stay however rare. What is not one word is left out. */
  addWords(words: readonly string[]): void {
    const { heap, context, text } = this;
    const encoder = new TextEncoder();
    for (const word of words) {
      const bytes = encoder.encode(word);
      const at = heap.allocateCopy(bytes);
      text.tokenize(context, at, bytes.length, false);
      if (text.tokenCount === 1) {
        this.reserve(1, bytes.length);
        heap.kernels.fastTextAdd(context, text.tokens, 1);
        const entry = heap.u32[(text.tokens + TOKEN_ENTRY) >>> 2];
        if (entry !== ENTRY_SKIPPED) this.kept.add(entry);
      }
      heap.release(at);
    }
  }

  /**
   * Ends counting: words that occur `minCount` times become the first rows of A, the most frequent first, then the buckets that were seen, in the order
   * of their first occurrence. Writes the row of each feature to the dictionary; returns the vocabulary.
   */
  finish(dictionary: Dictionary, minCount: number, labels: readonly CountedLabel[]): FastTextVocabulary {
    const { heap } = this;
    const size = this.get(VOCABULARY_SIZE);
    const counts = heap.u32At(this.get(VOCABULARY_COUNTS), size).slice();
    const words = counts.map((_, word) => word).filter((word) => counts[word] >= minCount || this.kept.has(word));
    // Sorting is stable: equals stay in the order in which they were first seen.
    words.sort((a, b) => counts[b] - counts[a]);
    const wordRows = new Uint32Array(size).fill(NO_ROW);
    for (const [row, word] of words.entries()) wordRows[word] = row;
    const buckets: number[] = [];
    dictionary.assign((key) => {
      const feature = unspread(key);
      if (feature < BUCKET) return wordRows[feature];
      return words.length + buckets.push(feature - BUCKET) - 1;
    });
    const entries = this.sortedEntries(words, labels);
    const sorted = new Float64Array(words.length + labels.length);
    for (const [row, word] of words.entries()) sorted[row] = counts[word];
    for (const [label, { count }] of labels.entries()) sorted[words.length + label] = count;
    let tokenCount = 0;
    for (const count of counts) tokenCount += count;
    for (const { count } of labels) tokenCount += count;
    return new FastTextVocabulary(
      heap,
      { ...entries, wordCount: words.length, counts: sorted, tokenCount },
      this.ngrams,
      { buckets: Uint32Array.from(buckets), missing: "count" },
    );
  }

  /** Gives all memory back. */
  release(): void {
    this.text.release();
    this.repeats.release();
    const fields = [VOCABULARY_POOL, VOCABULARY_STARTS, VOCABULARY_HASHES, VOCABULARY_COUNTS, VOCABULARY_TABLE];
    for (const at of [...fields.map((field) => this.get(field)), this.counts, this.context]) this.heap.release(at);
  }

  // The entries in their final order in a pool of their own.
  private sortedEntries(words: Uint32Array, labels: readonly CountedLabel[]): { pool: number; starts: Uint32Array } {
    const { heap } = this;
    const old = this.get(VOCABULARY_POOL);
    const oldStarts = heap.u32At(this.get(VOCABULARY_STARTS), this.get(VOCABULARY_SIZE)).slice();
    const encoder = new TextEncoder();
    const names = labels.map(({ name }) => encoder.encode(`${name}\0`));
    const nameBytes = names.reduce((sum, name) => sum + name.length, 0);
    const pool = heap.allocate(this.get(VOCABULARY_POOL_BYTES) + nameBytes);
    const bytes = heap.u8;
    const starts = new Uint32Array(words.length + labels.length);
    let at = pool;
    for (const [row, word] of words.entries()) {
      const begin = old + oldStarts[word];
      const end = bytes.indexOf(0, begin) + 1;
      bytes.copyWithin(at, begin, end);
      starts[row] = at - pool;
      at += end - begin;
    }
    for (const [label, name] of names.entries()) {
      starts[words.length + label] = at - pool;
      bytes.set(name, at);
      at += name.length;
    }
    return { pool, starts };
  }

  // Room for every token of a text to be new.
  private reserve(tokens: number, length: number): void {
    const { heap } = this;
    const bound = this.get(VOCABULARY_SIZE) + tokens;
    // The token of a line's end is not among the text's bytes.
    this.set(
      VOCABULARY_POOL,
      heap.ensure(this.get(VOCABULARY_POOL), this.get(VOCABULARY_POOL_BYTES) + length + tokens + 8),
    );
    for (const field of [VOCABULARY_STARTS, VOCABULARY_HASHES, VOCABULARY_COUNTS])
      this.set(field, heap.ensure(this.get(field), bound * 4));
    if (2 * bound <= this.slots) return;
    heap.release(this.get(VOCABULARY_TABLE));
    this.slots = vocabularySlots(bound * 2);
    this.set(VOCABULARY_TABLE, heap.allocateZeroed(this.slots * 4));
    this.set(VOCABULARY_MASK, this.slots - 1);
    heap.kernels.fastTextFill(this.context, 0);
  }

  private get(field: number): number {
    return this.heap.u32[(this.context + field) >>> 2];
  }

  private set(field: number, value: number): void {
    this.heap.u32[(this.context + field) >>> 2] = value;
  }
}
