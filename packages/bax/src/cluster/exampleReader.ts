import type { FeatureExtractor, Labels, Vocabulary } from "../features/index.ts";
import { EXAMPLE_IDS, type Heap, SourceRoom } from "../kernels/index.ts";
import { exampleBytes, finishExample, MemoryStore } from "../training/index.ts";
import { knownLabels } from "./featureTally.ts";

/** What examples are read by. */
export interface ReaderSetup {
  readonly extractor: FeatureExtractor;
  readonly vocabulary: Vocabulary;
  readonly labels: Labels;
  /** Whether the targets of an example sum to 1. */
  readonly areShares: boolean;
}

/** Turns texts into examples whose features are rows of A, some of them at a time. */
export class ExampleReader {
  private readonly heap: Heap;
  private readonly setup: ReaderSetup;
  private store: MemoryStore;
  private readonly source: SourceRoom;

  constructor(heap: Heap, setup: ReaderSetup) {
    this.heap = heap;
    this.setup = setup;
    this.store = new MemoryStore(heap);
    this.source = new SourceRoom(heap);
  }

  /** Bytes of the examples that are there. */
  get bytes(): number {
    return this.store.counts.bytes;
  }

  /** Those of an example's labels that the model has; without any it is none to learn from. */
  labelsOf(names: readonly string[]): number[] {
    return knownLabels(this.setup.labels, names);
  }

  /** Adds a text, as UTF-8. */
  add(text: Uint8Array, labels: readonly number[], weight: number): void {
    const { heap, store } = this;
    const { extractor, vocabulary, areShares } = this.setup;
    const distinct = extractor.extract(this.source.place(text), text.length);
    const { hashes, counts, wordCount } = extractor;
    // What is known is written where the example is to be; its counts move up behind its ids once these are known.
    const example = store.reserve(exampleBytes(distinct, labels.length));
    const ids = example + EXAMPLE_IDS;
    const kept = ids + distinct * 4;
    const words = vocabulary.find(hashes, counts, wordCount, ids, kept);
    const characters = vocabulary.find(
      hashes + wordCount * 4,
      counts + wordCount,
      distinct - wordCount,
      ids + words * 4,
      kept + words,
    );
    const count = words + characters;
    heap.u8.copyWithin(ids + count * 4, kept, kept + count);
    const target = areShares ? 1 / labels.length : 1;
    finishExample(
      heap,
      example,
      { count, wordCount: words },
      labels,
      labels.map(() => target),
      weight,
    );
    store.commit(count, labels.length);
  }

  /** Addresses of the examples that are there, in their order. */
  addresses(): Uint32Array {
    const addresses = new Uint32Array(this.store.counts.count);
    this.store.each((at, example) => {
      addresses[example] = at;
    });
    return addresses;
  }

  /** Forgets all examples. */
  clear(): void {
    this.store.release();
    this.store = new MemoryStore(this.heap);
  }
}
