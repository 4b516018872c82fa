import type { Heap } from "../kernels/index.ts";
import { asciiTable, Tokenizer, type TokenizerOptions } from "../text/index.ts";
import { Repeats } from "./repeats.ts";

/** How text becomes features; recorded in the model. */
export interface FeatureOptions extends TokenizerOptions {
  /** Longest word n-gram, in tokens. */
  wordNgrams: number;
  /** Shortest and longest character n-gram, in code points of `<token>`; `[0, 0]` for none. */
  charNgrams: readonly [number, number];
}

/** Where each feature of a text came from: only asked for when an answer is explained. */
export interface FeatureTrace {
  /** For each occurrence, in order: index of its feature among the distinct ones. */
  places: number[];
  /** For each occurrence: first code point and the one after the last. */
  spans: [begin: number, end: number][];
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
  private readonly heap: Heap;
  private readonly options: FeatureOptions;
  private readonly asciiTable: number;
  private readonly repeats: Repeats;

  constructor(heap: Heap, options: FeatureOptions) {
    this.heap = heap;
    this.options = options;
    this.tokenizer = new Tokenizer(heap, options);
    this.asciiTable = heap.allocateCopy(asciiTable(options));
    this.repeats = new Repeats(heap);
  }

  /** Extracts the features of `length` bytes at `source`; returns the number of distinct ones. */
  extract(source: number, length: number, trace?: FeatureTrace): number {
    if (!trace && this.options.charNgrams[1] === 0) {
      const words = this.extractAscii(source, length);
      if (words >= 0) return words;
    }
    const { heap, tokenizer, options } = this;
    const { kernels } = heap;
    const [shortest, longest] = options.charNgrams;
    const tokens = tokenizer.run(source, length);
    const characterBound =
      longest > 0 ? kernels.characterFeatureBound(tokenizer.tokens, tokens, shortest, longest) >>> 0 : 0;
    this.tokenCount = tokens;
    const bound = tokens * options.wordNgrams + characterBound;
    this.reserve(bound);
    const spans = trace ? heap.allocate(bound * 8) : 0;
    const places = trace ? heap.allocate(bound * 4) : 0;
    kernels.wordHashes(tokenizer.codePoints, tokenizer.tokens, tokens, this.hashes, spans);
    const words = kernels.wordNgrams(tokenizer.tokens, tokens, options.wordNgrams, this.hashes, spans);
    this.wordCount = this.fold(0, words, places);
    if (trace) this.note(trace, spans, places, words, 0);
    let distinct = this.wordCount;
    if (longest > 0) {
      const hashes = this.hashes + distinct * 4;
      const { codePoints } = tokenizer;
      const found = kernels.characterFeatures(codePoints, tokenizer.tokens, tokens, shortest, longest, hashes, spans);
      distinct += this.fold(distinct, found, places);
      if (trace) this.note(trace, spans, places, found, this.wordCount);
    }
    heap.release(spans);
    heap.release(places);
    return distinct;
  }

  // The short way for ASCII text without character n-grams: the same features; −1 where the text is not ASCII.
  private extractAscii(source: number, length: number): number {
    const { kernels } = this.heap;
    const { wordNgrams } = this.options;
    this.reserve(length * wordNgrams);
    const words = kernels.asciiWordHashes(source, source + length, this.asciiTable, this.hashes) | 0;
    if (words < 0) return -1;
    this.wordCount = this.fold(0, kernels.wordNgrams(0, words, wordNgrams, this.hashes, 0), 0);
    return this.wordCount;
  }

  /** Gives all memory back. */
  release(): void {
    this.tokenizer.release();
    this.repeats.release();
    for (const at of [this.hashes, this.counts, this.asciiTable]) this.heap.release(at);
  }

  // Folds repeats among `count` hashes that begin at index `from`.
  private fold(from: number, count: number, places: number): number {
    return this.repeats.fold(this.hashes + from * 4, count, this.counts + from, places);
  }

  private note(trace: FeatureTrace, spans: number, places: number, count: number, from: number): void {
    const bounds = this.heap.u32At(spans, 2 * count);
    const indices = this.heap.u32At(places, count);
    for (let i = 0; i < count; i++) {
      trace.places.push(from + indices[i]);
      trace.spans.push([bounds[2 * i], bounds[2 * i + 1]]);
    }
  }

  private reserve(count: number): void {
    const bytes = count * 4 + 64;
    if (this.heap.sizeOf(this.hashes) >= bytes) return;
    this.heap.release(this.hashes);
    this.heap.release(this.counts);
    this.hashes = this.heap.allocate(Math.floor(bytes * 1.5));
    this.counts = this.heap.allocate(Math.floor(bytes * 0.375) + 64);
  }
}
