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
import { EXAMPLE_IDS, type Heap, SourceRoom } from "../kernels/index.ts";
import { bytesOf, exampleBytes, finishExample, readExample } from "./exampleRecord.ts";
import { type ExampleStore, MemoryStore } from "./exampleStore.ts";
import { Fingerprint } from "./fingerprint.ts";
import { LineReader, type OddLine } from "./lineReader.ts";
import {
  DICTIONARY_GROWTH,
  DICTIONARY_SHARE,
  type MemoryLimit,
  pauseAt,
  refuseMore,
  SPILL_SHARE,
  WINDOW_SHARE,
} from "./memoryLimit.ts";
import type { Part } from "./part.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { type FeatureSource, type RowBags, RowSource } from "./rowSource.ts";
import { type ScratchFile, SpilledStore } from "./spilledStore.ts";
import { labelWeights, relabel, sortTargets, type Target, toShares } from "./targets.ts";

/**
 * The training text, touched once: each example is tokenised and hashed when it is added, and kept as a bag of ids (u32) and counts (u8)
 * with its labels. Ids are indices of first occurrence, or the features' keys once examples lie in a file; `settle` turns them into rows
 * of A.
 */
export class Corpus {
  readonly heap: Heap;
  labels: Labels = new Labels();
  readonly dictionary: Dictionary;
  /** Examples that were added. */
  exampleCount = 0;
  /** What labels began with in the text, where it was not fastText's own prefix. */
  labelPrefix: string | undefined;
  /** Whether an example has another weight than 1. */
  isWeighted = false;
  private store: ExampleStore;
  private readonly extractor: FeatureSource;
  readonly limit: MemoryLimit | undefined;
  private isSpilled = false;
  /** Whether the targets of an example sum to 1, as with every loss but one-vs-all. */
  readonly areShares: boolean;
  /** How many examples have each label. */
  private counts: number[] = [];
  /** Whether labels that are not known are left out. */
  private fixedLabels = false;
  private isHeldOut = false;
  private readonly source: SourceRoom;
  private lineReader: LineReader | undefined;
  /** Of the examples that are read now. */
  private stirred: Fingerprint;
  private readonly learned: Fingerprint;

  constructor(heap: Heap, extractor: FeatureSource, areShares: boolean, limit?: MemoryLimit) {
    this.heap = heap;
    this.extractor = extractor;
    this.areShares = areShares;
    this.limit = limit;
    this.dictionary = new Dictionary(heap);
    this.store = new MemoryStore(heap);
    this.source = new SourceRoom(heap);
    this.learned = new Fingerprint(heap);
    this.stirred = this.learned;
  }

  /** For features as the options say; `buckets`: rows that n-grams share, which only fastText's features know while text is read. */
  static of(heap: Heap, options: FeatureOptions, buckets: number, areShares = true, limit?: MemoryLimit): Corpus {
    const extractor =
      options.tokenizer === "fasttext"
        ? new FastTextCounter(heap, fastTextNgrams(options, buckets))
        : new FeatureExtractor(heap, options);
    return new Corpus(heap, extractor, areShares, limit);
  }

  /** For a model that is there: its rows are the features' keys, and its labels are all that there are. */
  static ofRows(heap: Heap, bags: RowBags, labels: readonly string[], areShares = true): Corpus {
    const corpus = new Corpus(heap, new RowSource(heap, bags), areShares);
    corpus.addLabels(labels);
    corpus.fixedLabels = true;
    return corpus;
  }

  /** Gives labels the first places, whether an example has them or not. */
  addLabels(names: readonly string[]): void {
    for (const name of names) this.labels.add(name);
    this.counts = this.labels.names.map((_, label) => this.counts[label] ?? 0);
  }

  /** Copies bytes into the heap for `addBytes`; the next call may overwrite them. Returns their address. */
  place(bytes: Uint8Array): number {
    return this.source.place(bytes);
  }

  /** Adds one example whose text lies elsewhere, while a larger text is in place. */
  addCopy(bytes: Uint8Array, target: Target): void {
    const at = this.heap.allocateCopy(bytes);
    this.addBytes(at, bytes.length, target);
    this.heap.release(at);
  }

  /**
   * From now on examples are only measured on: they are in no count and add no feature and no label. Not for fastText's features, whose
   * words are counted as they are met.
   */
  beginHeldOut(): void {
    this.isHeldOut = true;
    this.fixedLabels = true;
    this.stirred = new Fingerprint(this.heap);
  }

  /** Adds one example whose text lies in the heap. */
  addBytes(at: number, length: number, target: Target): void {
    const { heap, extractor } = this;
    this.stirred.stir(at, length);
    if (!this.isHeldOut) this.exampleCount++;
    const { labels, targets } = this.targetsOf(target);
    const count = extractor.extract(at, length);
    const { hashes, counts, wordCount } = extractor;
    const example = this.store.reserve(exampleBytes(count, labels.length));
    const ids = example + EXAMPLE_IDS;
    if (!this.isHeldOut) this.dictionary.add(hashes, wordCount, count, ids);
    // What is measured on counts as missed where the model has none of its labels.
    if (labels.length === 0 && !this.isHeldOut) return;
    if (this.isSpilled || this.isHeldOut) heap.u8.copyWithin(ids, hashes, hashes + count * 4);
    if (this.isHeldOut && !this.isSpilled) this.dictionary.indexKeys(ids, count);
    heap.u8.copyWithin(ids + count * 4, counts, counts + count);
    const weight = target.weight ?? 1;
    if (weight !== 1) this.isWeighted = true;
    finishExample(heap, example, { count, wordCount }, labels, targets, weight);
    this.store.commit(count, labels.length);
    if (this.limit && !this.isHeldOut) this.keepWithin(this.limit);
  }

  /** Whether `addLines` can be used: where examples are learned from and their features are hashes. */
  get readsLines(): boolean {
    return !this.fixedLabels && this.extractor instanceof FeatureExtractor;
  }

  /**
   * Adds the examples of labelled lines that lie in the heap, by a kernel. `handle` is called for every line that wants another way: one
   * without a label, or one that is to be added by `addBytes`.
   */
  addLines(at: number, length: number, firstLine: number, prefix: Uint8Array, handle: (line: OddLine) => void): void {
    this.lineReader ??= new LineReader(this.heap);
    const target = () => ({
      // As `readsLines` has made sure.
      extractor: this.extractor as FeatureExtractor,
      dictionary: this.dictionary,
      store: this.store,
      labels: this.labels.names,
      counts: this.counts,
      fingerprint: this.stirred.at,
      areShares: this.areShares,
      keepsKeys: this.isSpilled,
      limit: pauseAt(this.limit, this.isSpilled, this.store.counts.bytes, this.dictionary),
    });
    this.lineReader.read(at, at + length, firstLine, prefix, target, (line) => {
      this.exampleCount += line.count;
      if (line.kind !== "limit") handle(line);
      else if (this.limit) this.keepWithin(this.limit);
    });
  }

  /** Adds an example that another corpus has read, with the same labels and features: its record. */
  addRecord(record: Uint8Array): void {
    const at = this.store.reserve(record.length);
    this.heap.u8.set(record, at);
    const { count, labels, weight } = readExample(this.heap, at);
    if (!this.isHeldOut) {
      this.exampleCount++;
      for (const label of labels) this.counts[label]++;
    }
    if (weight !== 1) this.isWeighted = true;
    this.store.commit(count, labels.length);
  }

  /** Looks at the record of each example that has a label; the bytes are good until the next. */
  eachRecord(look: (record: Uint8Array) => void): void {
    this.store.each((at) => look(this.heap.u8At(at, bytesOf(this.heap, at))));
  }

  // Labels become indices, each once; new ones are added.
  private targetsOf({ labels: names, shares, weight = 1 }: Target): { labels: number[]; targets: number[] } {
    const { stirred } = this;
    const labels: number[] = [];
    const targets: number[] = [];
    for (const [i, name] of names.entries()) {
      if (this.fixedLabels && this.labels.indexOf(name) < 0) continue;
      const known = this.labels.names.length;
      const index = this.labels.add(name);
      if (labels.includes(index)) continue;
      if (index === known) {
        // A label is told apart by its index from then on.
        stirred.stirName(name);
        this.counts.push(0);
      }
      if (!this.isHeldOut) this.counts[index]++;
      labels.push(index);
      targets.push(shares?.[i] ?? 1);
      stirred.stirIndex(index);
      if (shares) stirred.stirNumber(shares[i]);
    }
    if (weight !== 1) stirred.stirNumber(weight);
    return { labels, targets: this.areShares ? toShares(targets) : targets };
  }

  /** Examples go to a file, and rare features are forgotten, where memory would not hold them. */
  private keepWithin({ bytes, openScratch }: MemoryLimit): void {
    const { dictionary } = this;
    if (!this.isSpilled && this.store.counts.bytes + DICTIONARY_GROWTH * dictionary.bytes > SPILL_SHARE * bytes)
      this.spill(openScratch(), WINDOW_SHARE * bytes);
    if (this.isSpilled && dictionary.bytesOfNext > DICTIONARY_SHARE * bytes) {
      if (this.extractor instanceof FeatureExtractor) dictionary.forgetRare(DICTIONARY_SHARE * bytes);
      else refuseMore(dictionary.size, bytes);
    }
  }

  // In the file ids are the keys of the features: indices end when rare ones are forgotten.
  private spill(file: ScratchFile, windowBytes: number): void {
    const { heap, store: old } = this;
    const store = new SpilledStore(heap, file, Math.floor(windowBytes));
    this.store = store;
    this.isSpilled = true;
    store.takeOver(old, this.dictionary.keysAt);
    old.release();
  }

  /** Whether the examples lie in a file. */
  get inFile(): boolean {
    return this.isSpilled;
  }

  /** A number of all texts, labels, shares and weights in their order, as 16 hexadecimal digits: the same for the same data in any file format. */
  get fingerprint(): string {
    return this.learned.digits;
  }

  /** The same of what is only measured on. */
  get heldOutFingerprint(): string {
    return this.stirred.digits;
  }

  /** Examples that have a label. */
  get labelledCount(): number {
    return this.store.counts.count;
  }

  /** Bytes of all examples. */
  get storedBytes(): number {
    return this.store.counts.bytes;
  }

  /** Features of all bags together. */
  get featureTotal(): number {
    return this.store.counts.featureTotal;
  }

  /** Features of the largest bag. */
  get largestBag(): number {
    return this.store.counts.largestBag;
  }

  /** The most labels of an example. */
  get mostTargets(): number {
    return this.store.counts.mostTargets;
  }

  /** How many examples have each label: (labels). */
  labelCounts(): Uint32Array {
    return Uint32Array.from(this.counts);
  }

  /** The first label of each example that has one: (labelledCount). */
  firstLabels(): Uint32Array {
    const first = new Uint32Array(this.store.counts.count);
    this.store.each((at, example) => {
      first[example] = readExample(this.heap, at).labels[0];
    });
    return first;
  }

  /** Numbers the labels anew, the most frequent first; of equally frequent ones the one that was first stays first. */
  sortLabels(): void {
    const { counts } = this;
    const order = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
    const map = new Int32Array(order.length);
    for (const [index, label] of order.entries()) map[label] = index;
    this.relabel(map, order);
  }

  /** Forgets labels with fewer than `least` examples, on every example, but not the first `known`; returns how many labels went. */
  dropLabels(least: number, known = 0): number {
    const kept = Array.from(this.counts.keys()).filter((label) => label < known || this.counts[label] >= least);
    const dropped = this.counts.length - kept.length;
    if (dropped === 0) return 0;
    const map = new Int32Array(this.counts.length).fill(-1);
    for (const [index, label] of kept.entries()) map[label] = index;
    this.relabel(map, kept);
    return dropped;
  }

  // `order`: the old label of each new one.
  private relabel(map: Int32Array, order: readonly number[]): void {
    const { heap, labels, counts } = this;
    this.labels = new Labels(order.map((label) => labels.names[label]));
    this.counts = order.map((label) => counts[label]);
    relabel(heap, this.store, map, this.areShares);
  }

  /** How much the examples with each label weigh: Σ weight · target, (labels). */
  labelWeights(): Float64Array {
    return labelWeights(this.heap, this.store, this.counts.length);
  }

  /** Lists the labels of every example in ascending order. */
  sortTargets(): void {
    sortTargets(this.heap, this.store);
  }

  /** Ends reading: gives back what only reading needed. */
  close(): void {
    if (!this.isSpilled) this.dictionary.close();
    // fastText's words are still needed: `chooseFastText` gives their memory back.
    if (!(this.extractor instanceof FastTextCounter)) this.extractor.release();
    this.lineReader?.release();
    this.lineReader = undefined;
    this.source.release();
  }

  /** Gives words a row that may not occur in any text; only where features are fastText's. */
  addWords(words: readonly string[]): void {
    if (this.extractor instanceof FastTextCounter) this.extractor.addWords(words);
  }

  /** Chooses the rows of A where features are fastText's: words that occur `minCount` times, and every bucket that was seen. */
  chooseFastText(minCount: number): FastTextVocabulary {
    const { extractor, counts } = this;
    if (!(extractor instanceof FastTextCounter)) throw new Error("the features of this corpus are not fastText's");
    const prefix = this.labelPrefix ?? LABEL_PREFIX;
    const labels = this.labels.names.map((name, label) => ({ name: prefix + name, count: counts[label] }));
    const vocabulary = extractor.finish(this.dictionary, minCount, labels);
    extractor.release();
    return vocabulary;
  }

  /**
   * Replaces ids by the rows that the dictionary chose; features without one are left out, and memory of what was left out is given back.
   * Returns `partCount` parts of the examples, each in the one that `partOf` its index names. `rehearse` may answer with vectors that are
   * rows of A from `firstRow` on, each the only feature of an example of the first part.
   */
  settle(
    partCount = 1,
    partOf: (example: number) => number = () => 0,
    firstRow = 0,
    rehearse?: (store: ExampleStore) => Rehearsal,
  ): Part[] {
    const { heap, dictionary } = this;
    const { rows } = dictionary;
    const finish = this.store.settle(
      (from, to) => {
        if (this.isSpilled) dictionary.indexKeys(from + EXAMPLE_IDS, readExample(heap, from).count);
        heap.kernels.settleExample(from, to, rows);
        return true;
      },
      partCount,
      partOf,
    );
    dictionary.release();
    if (rehearse) this.addRows(rehearse(this.store).labels, firstRow);
    return finish();
  }

  private addRows(labels: Uint32Array, firstRow: number): void {
    const { heap, store } = this;
    for (const [row, label] of labels.entries()) {
      const example = store.reserve(exampleBytes(1, 1));
      heap.u32[(example + EXAMPLE_IDS) >>> 2] = firstRow + row;
      heap.u8[example + EXAMPLE_IDS + 4] = 1;
      finishExample(heap, example, { count: 1, wordCount: 1 }, [label], [1], 1);
      store.commit(1, 1);
    }
  }

  /** Gives the file back, where there is one. */
  release(): void {
    this.store.release();
  }
}
