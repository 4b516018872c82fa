import {
  EXTRACTOR_ASCII_TABLE,
  EXTRACTOR_BYTES,
  EXTRACTOR_CAPACITY,
  EXTRACTOR_CODE_POINTS,
  EXTRACTOR_COUNTS,
  EXTRACTOR_HASHES,
  EXTRACTOR_LONGEST,
  EXTRACTOR_LOWERCASE,
  EXTRACTOR_NEEDED,
  EXTRACTOR_OFFSETS,
  EXTRACTOR_PLAIN,
  EXTRACTOR_ROOM,
  EXTRACTOR_SEGMENT,
  EXTRACTOR_SHORTEST,
  EXTRACTOR_SLOT_COUNT,
  EXTRACTOR_SLOTS,
  EXTRACTOR_STATE,
  EXTRACTOR_TABLES,
  EXTRACTOR_TOKEN_COUNT,
  EXTRACTOR_TOKENS,
  EXTRACTOR_WORD_COUNT,
  EXTRACTOR_WORD_NGRAMS,
  type Heap,
  NO_ROOM,
} from "../kernels/index.ts";
import { asciiTable, Tokenizer, type TokenizerOptions } from "../text/index.ts";
import { Repeats } from "./repeats.ts";

/** How text becomes features; recorded in the model. */
export interface FeatureOptions extends TokenizerOptions {
  /** Longest word n-gram, in tokens. */
  wordNgrams: number;
  /** Shortest and longest character n-gram, in code points of `<token>`; `[0, 0]` for none. */
  charNgrams: readonly [number, number];
}

/**
 * Turns UTF-8 bytes that lie in the heap into the distinct hashes of their features: first words and word n-grams, then character n-grams.
 * The result of the last call stays in `hashes` (u32), `counts` (u8: how often each occurred) until the next.
 */
export class FeatureExtractor {
  hashes = 0;
  counts = 0;
  /** How many of the distinct features are words or word n-grams; they come first. */
  wordCount = 0;
  tokenCount = 0;
  readonly tokenizer: Tokenizer;
  /** Address of what the kernels that extract features by themselves work with: layout.ts, EXTRACTOR_…. */
  readonly context: number;
  private readonly heap: Heap;
  readonly options: FeatureOptions;
  private readonly asciiTable: number;
  private readonly repeats: Repeats;
  /** Features that `hashes` and `counts` have room for. */
  room = 0;

  /** `unicode`: address of Unicode's tables, where they are there already. */
  constructor(heap: Heap, options: FeatureOptions, unicode = 0) {
    this.heap = heap;
    this.options = options;
    this.tokenizer = new Tokenizer(heap, options, unicode);
    this.asciiTable = heap.allocateCopy(asciiTable(options));
    this.repeats = new Repeats(heap);
    this.context = heap.allocateZeroed(EXTRACTOR_BYTES);
    this.layOut();
  }

  /** Extracts the features of `length` bytes at `source`; returns the number of distinct ones. */
  extract(source: number, length: number): number {
    const { heap, context } = this;
    for (;;) {
      const found = heap.kernels.extract(context, source, source + length) >>> 0;
      const words = heap.u32;
      if (found !== NO_ROOM) {
        this.wordCount = words[(context + EXTRACTOR_WORD_COUNT) >>> 2];
        this.tokenCount = words[(context + EXTRACTOR_TOKEN_COUNT) >>> 2];
        return found;
      }
      // What was missing: room for so many features, or, where it says none, for code points.
      const needed = words[(context + EXTRACTOR_NEEDED) >>> 2];
      if (needed > 0) this.reserve(needed);
      else this.tokenizer.grow(length);
      this.layOut();
    }
  }

  /** Room for `count` features, repeats included, in `hashes` and `counts`; what they held is gone where there was less. */
  reserve(count: number): void {
    this.repeats.reserve(count);
    if (this.room >= count && this.hashes !== 0) return;
    this.heap.release(this.hashes);
    this.heap.release(this.counts);
    this.room = Math.floor(count * 1.5) + 64;
    this.hashes = this.heap.allocate(this.room * 4);
    this.counts = this.heap.allocate(this.room);
  }

  /** Folds repeats among `count` hashes that begin at index `from`; `places` as `Repeats.fold` has it. Returns how many are left. */
  fold(from: number, count: number, places: number): number {
    return this.repeats.fold(this.hashes + from * 4, count, this.counts + from, places);
  }

  /** Tells the kernels where everything is. */
  layOut(): void {
    const { tokenizer, options, repeats } = this;
    const fields: [field: number, value: number][] = [
      [EXTRACTOR_PLAIN, options.tokenizer === "whitespace" ? 1 : 0],
      [EXTRACTOR_LOWERCASE, options.lowercase ? 1 : 0],
      [EXTRACTOR_WORD_NGRAMS, options.wordNgrams],
      [EXTRACTOR_SHORTEST, options.charNgrams[0]],
      [EXTRACTOR_LONGEST, options.charNgrams[1]],
      [EXTRACTOR_ASCII_TABLE, this.asciiTable],
      [EXTRACTOR_TABLES, tokenizer.tables],
      [EXTRACTOR_CODE_POINTS, tokenizer.codePoints],
      [EXTRACTOR_OFFSETS, tokenizer.offsets],
      [EXTRACTOR_TOKENS, tokenizer.tokens],
      [EXTRACTOR_CAPACITY, tokenizer.capacity],
      [EXTRACTOR_SEGMENT, tokenizer.scratch],
      [EXTRACTOR_STATE, tokenizer.state],
      [EXTRACTOR_HASHES, this.hashes],
      [EXTRACTOR_COUNTS, this.counts],
      [EXTRACTOR_ROOM, this.room],
      [EXTRACTOR_SLOTS, repeats.table],
      [EXTRACTOR_SLOT_COUNT, repeats.slots],
    ];
    for (const [field, value] of fields) this.heap.u32[(this.context + field) >>> 2] = value;
  }

  /** Gives all memory back. */
  release(): void {
    this.tokenizer.release();
    this.repeats.release();
    for (const at of [this.hashes, this.counts, this.asciiTable, this.context]) this.heap.release(at);
  }
}
