import {
  type Heap,
  LIVE_BUCKETS,
  VOCABULARY_BUCKETS,
  VOCABULARY_BYTES,
  VOCABULARY_HASHES,
  VOCABULARY_LINE_END,
  VOCABULARY_LIVE,
  VOCABULARY_LIVE_COUNTS,
  VOCABULARY_LIVE_ROWS,
  VOCABULARY_LONGEST,
  VOCABULARY_MAP_COUNTS_MISSING,
  VOCABULARY_MASK,
  VOCABULARY_POOL,
  VOCABULARY_PREFIX,
  VOCABULARY_PREFIX_BYTES,
  VOCABULARY_SHORTEST,
  VOCABULARY_SIEVE,
  VOCABULARY_SIEVE_MASK,
  VOCABULARY_SIZE,
  VOCABULARY_STARTS,
  VOCABULARY_TABLE,
  VOCABULARY_WORD_NGRAMS,
  VOCABULARY_WORDS,
} from "../kernels/index.ts";

/** What labels begin with in fastText's lines and files, unless it is told otherwise. */
export const LABEL_PREFIX = "__label__";
/** fastText's token for the end of a line. */
export const LINE_END = "</s>";

/** Which n-grams fastText makes of a line. */
export interface FastTextNgrams {
  /** Longest run of words; 1 for words alone. */
  wordNgrams: number;
  /** Shortest and longest run of code points of `<word>`; a longest of 0 for none. */
  shortest: number;
  longest: number;
  /** Rows that n-grams share, by their hash; 0 for no n-grams. */
  buckets: number;
}

/** The buckets that have a row, where not all have one. */
export interface BucketRows {
  /** (rows behind the words) the bucket of each, less than the n-grams' `buckets`. */
  buckets: Uint32Array;
  /** Whether an n-gram without a row is dropped (fastText's pruning) or counts with a row of zeros (it was never seen in training). */
  missing: "drop" | "count";
}

/** What fastText knows of words and labels. */
export interface FastTextEntries {
  /** Address of their bytes, each entry ended by a zero byte; words first, then labels with their prefix. */
  pool: number;
  /** (entries) where each begins in the pool. */
  starts: Uint32Array;
  wordCount: number;
  /** (entries) how often each occurred in the training text. */
  counts: Float64Array;
  /** Tokens of the training text, labels too. */
  tokenCount: number;
}

/** Bits of the sieve for each slot of the table: of eight or more one is set then. */
const SIEVE_BITS = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Slots of a hash table for `count` entries: a power of two, at most half full. */
export function vocabularySlots(count: number): number {
  let slots = 16;
  while (slots < 2 * count) slots *= 2;
  return slots;
}

/** Lays out the part of a vocabulary's context that does not depend on its entries; returns its address. */
export function vocabularyContext(heap: Heap, ngrams: FastTextNgrams, labelPrefix: string): number {
  const context = heap.allocateZeroed(VOCABULARY_BYTES);
  const prefix = encoder.encode(labelPrefix);
  const fields: [field: number, value: number][] = [
    [VOCABULARY_PREFIX, heap.allocateCopy(prefix)],
    [VOCABULARY_PREFIX_BYTES, prefix.length],
    [VOCABULARY_LINE_END, heap.allocateCopy(encoder.encode(LINE_END))],
    [VOCABULARY_BUCKETS, ngrams.buckets],
    [VOCABULARY_SHORTEST, ngrams.shortest],
    [VOCABULARY_LONGEST, ngrams.longest],
    [VOCABULARY_WORD_NGRAMS, ngrams.wordNgrams],
  ];
  for (const [field, value] of fields) heap.u32[(context + field) >>> 2] = value;
  return context;
}

/** Puts names into a new pool, each ended by a zero byte, and tells where each begins. */
export function placeEntries(heap: Heap, names: readonly Uint8Array[]): Pick<FastTextEntries, "pool" | "starts"> {
  const pool = heap.allocateZeroed(names.reduce((sum, name) => sum + name.length + 1, 0));
  const starts = new Uint32Array(names.length);
  let at = 0;
  for (const [entry, name] of names.entries()) {
    starts[entry] = at;
    heap.u8.set(name, pool + at);
    at += name.length + 1;
  }
  return { pool, starts };
}

/** Bytes as characters: entries need not be UTF-8, and still are told apart. */
function keyOf(bytes: Uint8Array): string {
  let key = "";
  for (const byte of bytes) key += String.fromCharCode(byte);
  return key;
}

/** The words, labels and n-gram buckets of a finished model that uses fastText's features. */
export class FastTextVocabulary {
  readonly heap: Heap;
  readonly entries: FastTextEntries;
  readonly ngrams: FastTextNgrams;
  /** null where every bucket has its row. */
  readonly rows: BucketRows | null;
  private made = 0;
  private names: Map<string, number> | undefined;
  private rowOfBucket: Map<number, number> | undefined;

  constructor(heap: Heap, entries: FastTextEntries, ngrams: FastTextNgrams, rows: BucketRows | null) {
    this.heap = heap;
    this.entries = entries;
    this.ngrams = ngrams;
    this.rows = rows;
  }

  get wordCount(): number {
    return this.entries.wordCount;
  }

  get labelCount(): number {
    return this.entries.starts.length - this.entries.wordCount;
  }

  /** Rows of A: one a word, and one for each bucket that has one. */
  get featureCount(): number {
    return this.wordCount + (this.rows ? this.rows.buckets.length : this.ngrams.buckets);
  }

  /** Address of what the kernels read (layout.ts); its hash tables are made when it is first asked for. */
  get context(): number {
    if (this.made === 0) this.made = this.lay();
    return this.made;
  }

  /** Bytes of an entry, without its zero: a copy. */
  bytesOf(entry: number): Uint8Array {
    const { heap, entries } = this;
    const begin = entries.pool + entries.starts[entry];
    return heap.u8.slice(begin, heap.u8.indexOf(0, begin));
  }

  /** An entry as text; ill-formed UTF-8 becomes U+FFFD. */
  nameOf(entry: number): string {
    return decoder.decode(this.bytesOf(entry));
  }

  /** The same vocabulary in another heap. */
  copyTo(heap: Heap): FastTextVocabulary {
    const names = Array.from(this.entries.starts, (_, entry) => this.bytesOf(entry));
    return new FastTextVocabulary(heap, { ...this.entries, ...placeEntries(heap, names) }, this.ngrams, this.rows);
  }

  /** Index of an entry by its bytes, or −1. */
  entryOf(bytes: Uint8Array): number {
    if (!this.names) {
      this.names = new Map();
      const last = this.entries.starts.length - 1;
      for (let entry = last; entry >= 0; entry--) this.names.set(keyOf(this.bytesOf(entry)), entry);
    }
    return this.names.get(keyOf(bytes)) ?? -1;
  }

  /** Row of A of a bucket, or −1 where it has none. */
  rowOf(bucket: number): number {
    if (!this.rows) return this.wordCount + bucket;
    this.rowOfBucket ??= new Map(Array.from(this.rows.buckets, (of, row) => [of, row]));
    const row = this.rowOfBucket.get(bucket);
    return row === undefined ? -1 : this.wordCount + row;
  }

  private lay(): number {
    const { heap, entries, rows } = this;
    const context = vocabularyContext(heap, this.ngrams, LABEL_PREFIX);
    const size = entries.starts.length;
    const slots = vocabularySlots(size);
    const sieveBits = SIEVE_BITS * slots;
    const fields: [field: number, value: number][] = [
      [VOCABULARY_POOL, entries.pool],
      [VOCABULARY_STARTS, heap.allocateCopy(entries.starts)],
      [VOCABULARY_HASHES, heap.allocate(size * 4)],
      [VOCABULARY_TABLE, heap.allocateZeroed(slots * 4)],
      [VOCABULARY_MASK, slots - 1],
      [VOCABULARY_SIZE, size],
      [VOCABULARY_WORDS, entries.wordCount],
      [VOCABULARY_SIEVE, heap.allocateZeroed(sieveBits / 8)],
      [VOCABULARY_SIEVE_MASK, sieveBits - 1],
    ];
    if (rows) {
      const count = rows.buckets.length;
      const groups = Math.ceil(this.ngrams.buckets / LIVE_BUCKETS);
      fields.push([VOCABULARY_LIVE, heap.allocateZeroed((groups * LIVE_BUCKETS) / 8)]);
      fields.push([VOCABULARY_LIVE_COUNTS, heap.allocate(groups * 4)]);
      fields.push([VOCABULARY_LIVE_ROWS, heap.allocate((count + 1) * 4)]);
      fields.push([VOCABULARY_MAP_COUNTS_MISSING, rows.missing === "count" ? 1 : 0]);
    }
    for (const [field, value] of fields) heap.u32[(context + field) >>> 2] = value;
    if (rows) {
      const buckets = heap.allocateCopy(rows.buckets);
      heap.kernels.indexLiveBuckets(context, buckets, rows.buckets.length);
      heap.release(buckets);
    }
    heap.kernels.fastTextFill(context, 0);
    return context;
  }
}
