import { BaxError } from "../errors.ts";
import {
  Dictionary,
  FastTextCounter,
  type FastTextVocabulary,
  FeatureExtractor,
  type FeatureOptions,
  fastTextNgrams,
  LABEL_PREFIX,
  Labels,
} from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import { type RowBags, RowSource } from "./rowSource.ts";

/** Bags are kept in blocks of this many bytes, so that more text never means copying what is there. */
const BLOCK_BYTES = 4 << 20;
/** Bytes of a feature in a bag: its id and its count. */
const FEATURE_BYTES = 5;

/** Bytes of a bag of `count` features: the next one begins at a multiple of 4. */
function bagBytes(count: number): number {
  return (count * FEATURE_BYTES + 3) & ~3;
}

/** Text to the keys of its features, in the heap: distinct hashes (u32) or whatever stands for them, and their counts (u8). */
export interface FeatureSource {
  readonly hashes: number;
  readonly counts: number;
  /** How many are of the word block; they come first. */
  readonly wordCount: number;
  /** Extracts the features of `length` bytes at an address; returns the number of distinct ones. */
  extract(at: number, length: number): number;
  release(): void;
}

/** A growing list of u32 outside the heap. */
class Numbers {
  length = 0;
  private values = new Uint32Array(1024);
  push(value: number): void {
    if (this.length === this.values.length) {
      const more = new Uint32Array(this.values.length * 2);
      more.set(this.values);
      this.values = more;
    }
    this.values[this.length++] = value;
  }
  /** The entry at an index. */
  at(index: number): number {
    return this.values[index];
  }
  /** Entries [from, to): a view. */
  slice(from: number, to: number): Uint32Array {
    return this.values.subarray(from, to);
  }
  /** What is in it: a view that later pushes may leave behind. */
  get all(): Uint32Array {
    return this.values.subarray(0, this.length);
  }
}

/**
 * The training text, touched once: each example is tokenised and hashed when it is added and kept as a bag of ids (u32) and
 * counts (u8), in blocks of the heap. `renumber` turns indices of first occurrence into rows of A, most frequent first.
 */
export class Corpus {
  readonly heap: Heap;
  labels: Labels = new Labels();
  readonly dictionary: Dictionary;
  /** Per example: address of its ids; how many features; how many of them are of the word block. */
  private readonly addresses = new Numbers();
  private readonly sizes = new Numbers();
  private readonly wordCounts = new Numbers();
  private readonly targetStarts = new Numbers();
  private readonly targets = new Numbers();
  private readonly extractor: FeatureSource;
  private readonly blocks: number[] = [];
  /** What labels began with in the text, where it was not fastText's own prefix. */
  labelPrefix: string | undefined;
  /** Whether labels that are not known are left out. */
  fixedLabels = false;
  private blockEnd = 0;
  private write = 0;
  private source = 0;
  /** Address of a u64: what `fingerprint` tells. */
  private readonly stirred: number;

  constructor(heap: Heap, extractor: FeatureSource) {
    this.heap = heap;
    this.extractor = extractor;
    this.dictionary = new Dictionary(heap);
    this.stirred = heap.allocateZeroed(8);
    this.targetStarts.push(0);
  }

  /** For features as the options say; `buckets`: rows that n-grams share, which only fastText's features know while text is read. */
  static of(heap: Heap, options: FeatureOptions, buckets: number): Corpus {
    const extractor =
      options.tokenizer === "fasttext"
        ? new FastTextCounter(heap, fastTextNgrams(options, buckets))
        : new FeatureExtractor(heap, options);
    return new Corpus(heap, extractor);
  }

  /** For a model that is there: its rows are the features' keys, and its labels are all that there are. */
  static ofRows(heap: Heap, bags: RowBags, labels: readonly string[]): Corpus {
    const corpus = new Corpus(heap, new RowSource(heap, bags));
    corpus.labels = new Labels(labels);
    corpus.fixedLabels = true;
    return corpus;
  }

  get exampleCount(): number {
    return this.addresses.length;
  }

  /** Copies bytes into the heap for `addBytes`; the next call may overwrite them. Returns their address. */
  place(bytes: Uint8Array): number {
    const { heap } = this;
    if (heap.sizeOf(this.source) < bytes.length || this.source === 0) {
      heap.release(this.source);
      this.source = heap.allocate(bytes.length + 1024);
    }
    heap.u8.set(bytes, this.source);
    return this.source;
  }

  /** Adds one example whose text lies elsewhere, while a larger text is in place. */
  addCopy(bytes: Uint8Array, labels: readonly string[]): void {
    const at = this.heap.allocateCopy(bytes);
    this.addBytes(at, bytes.length, labels);
    this.heap.release(at);
  }

  /** Adds one example whose text lies in the heap. */
  addBytes(at: number, length: number, labels: readonly string[]): void {
    const { heap, extractor } = this;
    heap.kernels.fingerprint(at, length, this.stirred);
    const count = extractor.extract(at, length);
    const bag = this.addRoom(count, extractor.wordCount);
    this.dictionary.add(extractor.hashes, extractor.wordCount, count, bag);
    heap.u8.copyWithin(bag + count * 4, extractor.counts, extractor.counts + count);
    for (const label of labels.length > 1 ? new Set(labels) : labels) {
      if (this.fixedLabels && this.labels.indexOf(label) < 0) continue;
      const known = this.labels.names.length;
      const index = this.labels.add(label);
      if (index === known) this.stirName(label);
      this.targets.push(index);
      heap.u32[this.stirred >>> 2] ^= index + 1;
    }
    this.targetStarts.push(this.targets.length);
  }

  /** Adds one example that another corpus has read: its bag as ids (u32), then counts (u8); and its labels as indices. */
  addBag(ids: Uint32Array, counts: Uint8Array, wordCount: number, labels: Uint32Array): void {
    const bag = this.addRoom(ids.length, wordCount);
    this.heap.u32.set(ids, bag >>> 2);
    this.heap.u8.set(counts, bag + ids.length * 4);
    for (const label of labels) this.targets.push(label);
    this.targetStarts.push(this.targets.length);
  }

  // Where the next bag goes.
  private addRoom(count: number, wordCount: number): number {
    const bytes = bagBytes(count);
    if (this.write + bytes > this.blockEnd) {
      const size = Math.max(BLOCK_BYTES, bytes);
      this.write = this.heap.allocate(size);
      this.blockEnd = this.write + size;
      this.blocks.push(this.write);
    }
    const at = this.write;
    this.addresses.push(at);
    this.sizes.push(count);
    this.wordCounts.push(wordCount);
    this.write += bytes;
    return at;
  }

  // A label is told apart by its index from then on.
  private stirName(label: string): void {
    const bytes = new TextEncoder().encode(label);
    const at = this.heap.allocateCopy(bytes);
    this.heap.kernels.fingerprint(at, bytes.length, this.stirred);
    this.heap.release(at);
  }

  /** A number of all texts and labels in their order, as 16 hexadecimal digits: the same for the same data in any file format. */
  get fingerprint(): string {
    const [low, high] = this.heap.u32At(this.stirred, 2);
    return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
  }

  /** How many labels an example has. */
  targetCount(example: number): number {
    return this.targetStarts.at(example + 1) - this.targetStarts.at(example);
  }

  /** The first label of an example, as an index. */
  firstTarget(example: number): number {
    return this.targets.at(this.targetStarts.at(example));
  }

  /** Labels of all examples, one after another, and where each example's begin (one more entry for the end): views. */
  get allTargets(): { labels: Uint32Array; starts: Uint32Array } {
    return { labels: this.targets.all, starts: this.targetStarts.all };
  }

  /** Labels of an example, as indices. */
  targetsOf(example: number): Uint32Array {
    return this.targets.slice(this.targetStarts.at(example), this.targetStarts.at(example + 1));
  }

  /** The examples that have a label. */
  labelled(): Uint32Array {
    const examples = Uint32Array.from({ length: this.exampleCount }, (_, example) => example);
    return examples.filter((example) => this.targetCount(example) > 0);
  }

  /** Features of all bags together. */
  get featureTotal(): number {
    return this.sizes.all.reduce((sum, size) => sum + size, 0);
  }

  /** How many examples have each label: (labels). */
  labelCounts(): Uint32Array {
    const counts = new Uint32Array(this.labels.names.length);
    for (const target of this.targets.all) counts[target]++;
    return counts;
  }

  /** Numbers the labels anew, the most frequent first; of equally frequent ones the one that was first stays first. */
  sortLabels(): void {
    const counts = this.labelCounts();
    const { names } = this.labels;
    const order = Array.from(names.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
    const renumbered = new Uint32Array(order.length);
    for (const [index, label] of order.entries()) renumbered[label] = index;
    const targets = this.targets.all;
    for (let i = 0; i < targets.length; i++) targets[i] = renumbered[targets[i]];
    this.labels = new Labels(order.map((label) => names[label]));
  }

  /** Forgets labels with fewer than `least` examples, on every example; returns how many labels went. */
  dropLabels(least: number): number {
    const { names } = this.labels;
    if (least <= 1) return 0;
    const counts = this.labelCounts();
    const kept = names.filter((_, label) => counts[label] >= least);
    const dropped = names.length - kept.length;
    if (dropped === 0) return 0;
    const renumbered = new Labels(kept);
    const starts = this.targetStarts.all;
    const targets = this.targets.all;
    let write = 0;
    for (let example = 0, from = 0; example < this.exampleCount; example++) {
      const to = starts[example + 1];
      for (let i = from; i < to; i++) {
        if (counts[targets[i]] >= least) targets[write++] = renumbered.indexOf(names[targets[i]]);
      }
      from = to;
      starts[example + 1] = write;
    }
    this.targets.length = write;
    this.labels = renumbered;
    return dropped;
  }

  /** An example's bag in the heap: `count` ids at `ids`, their counts at `counts`, the first `wordCount` of the word block. */
  bagOf(example: number): { ids: number; counts: number; wordCount: number; count: number } {
    const ids = this.addresses.at(example);
    const count = this.sizes.at(example);
    return { ids, counts: ids + count * 4, wordCount: this.wordCounts.at(example), count };
  }

  /** Features of the largest bag. */
  get largestBag(): number {
    return this.sizes.all.reduce((most, size) => Math.max(most, size), 0);
  }

  /** Ends reading: gives back what only reading needed. */
  close(): void {
    this.dictionary.close();
    // fastText's words are still needed: `chooseFastText` gives their memory back.
    if (!(this.extractor instanceof FastTextCounter)) this.extractor.release();
    this.heap.release(this.source);
    this.source = 0;
  }

  /** Gives words a row that may not occur in any text; only where features are fastText's. */
  addWords(words: readonly string[]): void {
    if (this.extractor instanceof FastTextCounter) this.extractor.addWords(words);
  }

  /** Chooses the rows of A where features are fastText's: words that occur `minCount` times, and every bucket that was seen. */
  chooseFastText(minCount: number): FastTextVocabulary {
    const { extractor } = this;
    if (!(extractor instanceof FastTextCounter)) throw new Error("the features of this corpus are not fastText's");
    const counts = new Uint32Array(this.labels.names.length);
    for (const target of this.targets.all) counts[target]++;
    const prefix = this.labelPrefix ?? LABEL_PREFIX;
    const labels = this.labels.names.map((name, label) => ({ name: prefix + name, count: counts[label] }));
    const vocabulary = extractor.finish(this.dictionary, minCount, labels);
    extractor.release();
    return vocabulary;
  }

  /**
   * Replaces indices by the rows that the dictionary chose (features without one are left out) and moves the bags together, so that
   * memory of what was left out is given back.
   */
  renumber(): void {
    const { heap } = this;
    const { rows } = this.dictionary;
    const addresses = this.addresses.all;
    const sizes = this.sizes.all;
    const words = this.wordCounts.all;
    const capacities = this.blocks.map((at) => heap.sizeOf(at));
    let block = 0;
    let write = this.blocks[0] ?? 0;
    for (let example = 0; example < addresses.length; example++) {
      const from = addresses[example];
      const size = sizes[example];
      const counts = from + size * 4;
      const kept = heap.kernels.keepRows(from, counts, words[example], rows);
      const rest = size - words[example];
      const keptRest = heap.kernels.keepRows(from + words[example] * 4, counts + words[example], rest, rows);
      const total = kept + keptRest;
      // A bag never grows, so a bag that follows in order finds room at or before where it lies.
      while (write + bagBytes(total) > this.blocks[block] + capacities[block]) write = this.blocks[++block];
      const bytes = heap.u8;
      const move = (to: number, at: number, length: number) => bytes.copyWithin(to, at, at + length);
      move(write, from, kept * 4);
      move(write + kept * 4, from + words[example] * 4, keptRest * 4);
      // The ids moved first end at or before where the ids ended, so the counts are still whole.
      move(write + total * 4, counts, kept);
      move(write + total * 4 + kept, counts + words[example], keptRest);
      addresses[example] = write;
      sizes[example] = total;
      words[example] = kept;
      write += bagBytes(total);
    }
    for (const unused of this.blocks.splice(block + 1)) heap.release(unused);
    this.write = this.blockEnd = 0;
  }

  /**
   * Moves whole blocks of bags down into memory that was given back meanwhile, so that the parameters find room behind them instead of
   * making the memory larger.
   */
  compact(): void {
    const { heap } = this;
    const addresses = this.addresses.all;
    const moves: { from: number; end: number; by: number }[] = [];
    for (const from of [...this.blocks].sort((a, b) => b - a)) {
      const bytes = heap.sizeOf(from);
      const to = heap.allocate(bytes);
      if (to > from) {
        heap.release(to);
        continue;
      }
      heap.u8.copyWithin(to, from, from + bytes);
      heap.release(from);
      this.blocks[this.blocks.indexOf(from)] = to;
      moves.push({ from, end: from + bytes, by: to - from });
    }
    // Bags follow each other within a block, so the block of one is most likely that of the next.
    let last = moves[0];
    for (let example = 0; example < addresses.length && last; example++) {
      const at = addresses[example];
      if (!(last.from <= at && at < last.end)) last = moves.find(({ from, end }) => from <= at && at < end) ?? last;
      if (last.from <= at && at < last.end) addresses[example] = at + last.by;
    }
  }

  /** Refuses what nothing can be learned from. */
  check(source: string): void {
    if (this.exampleCount === 0) {
      throw new BaxError(
        "data",
        `${source}: no labelled example`,
        "Give lines such as `__label__spam Win a prize now`, or a table with a text and a label column.",
      );
    }
    if (this.labels.names.length < 2) {
      throw new BaxError(
        "data",
        `${source}: only one label, "${this.labels.names[0]}"`,
        "A classifier needs examples of two labels or more; check --label.",
      );
    }
    if (this.dictionary.size === 0) {
      throw new BaxError(
        "data",
        `${source}: no text in any of the ${this.exampleCount} examples`,
        "Check that --text names the column with the text.",
      );
    }
  }
}
