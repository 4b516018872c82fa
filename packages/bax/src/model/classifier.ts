import type { Calibration, Decision } from "../calibration/index.ts";
import type { FeatureOptions, WeightingOptions } from "../features/index.ts";
import { type Heap, LANES, SourceRoom } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import type { Bag } from "./bag.ts";
import { FastTextBags, type FastTextParts } from "./fastTextBags.ts";
import { ForwardPass } from "./forwardPass.ts";
import { HashedBags } from "./hashedBags.ts";
import type { Parameters } from "./parameters.ts";
import type { SharedTables } from "./sharedTables.ts";
import { TextGatherer } from "./textGatherer.ts";

/** Of each label the mean of h = A x over its training examples, and how many these were. */
export interface LabelMeans {
  /** Address of (labelCount, dimension) f32. */
  at: number;
  /** Address of (labelCount) f32. */
  counts: number;
}

/** What a model is made of, laid out in one heap. */
export interface ModelParts {
  heap: Heap;
  options: FeatureOptions & WeightingOptions;
  /** In the order of the rows of B. */
  labels: readonly string[];
  /** Address of (featureCount) u32: hash of the feature of each row of A; 0 where features are fastText's. */
  keys: number;
  /** Address of (featureCount) f32: what its count is multiplied by; 0 where all are 1. */
  featureWeights: number;
  /** Where the weights are kept as one byte a feature: addresses of (featureCount) u8 and of the 256 f32 that they choose among. */
  featureWeightCodes?: { codes: number; levels: number } | undefined;
  parameters: Parameters;
  /** Only where features are fastText's. */
  fastText?: FastTextParts | undefined;
  head: Head;
  /** What a model needs to learn on without forgetting: only where it was trained, or read from its file, and is not compressed. */
  labelMeans?: LabelMeans | undefined;
  /** How scores are corrected before they become probabilities. */
  calibration?: Calibration | undefined;
  /** From which probability on each label is answered. */
  decision?: Decision | undefined;
}

const encoder = new TextEncoder();

/** Answers: text to probabilities. The numbers of a model are not changed by it; scratch memory is its own. */
export class Classifier {
  readonly parts: ModelParts;
  readonly bags: HashedBags | FastTextBags;
  readonly forward: ForwardPass;
  private readonly gatherer: TextGatherer;
  countsUnknown = false;
  private readonly unknownShares = new Float64Array(LANES);
  private readonly source: SourceRoom;

  /** `shared`: tables of another classifier of the same model, in another thread on the same memory. */
  constructor(parts: ModelParts, shared?: SharedTables) {
    const { heap, options, keys, featureWeights, parameters, fastText } = parts;
    this.parts = parts;
    this.source = new SourceRoom(heap);
    const vocabulary = shared?.fastText ?? fastText?.vocabulary;
    this.bags = vocabulary
      ? new FastTextBags(heap, vocabulary, parameters.stored)
      : new HashedBags(heap, options, keys, parameters.featureCount, featureWeights, parameters.stored, shared);
    this.forward = new ForwardPass(heap, parameters, parts.head, parts.calibration, true, shared?.projection);
    this.gatherer = new TextGatherer(heap, this.bags, this.forward, parameters);
  }

  /** What a classifier of the same model in one more thread need not make again. */
  share(): SharedTables {
    const { bags, forward } = this;
    this.gatherer.readAll();
    const projection = forward.sharedProjection;
    if (bags instanceof FastTextBags) {
      const { context, ngrams } = bags.vocabulary;
      return { unicode: 0, features: 0, fastText: { context, ngrams }, projection };
    }
    const features = bags.table.at;
    const unicode = bags.extractor.tokenizer.prepare();
    return { unicode, features, fastText: undefined, projection };
  }

  /** Copies text into the heap as UTF-8; returns its address and length in bytes. Lone surrogates become U+FFFD. */
  place(text: string): { at: number; length: number } {
    const bytes = encoder.encode(text);
    return { at: this.placeBytes(bytes), length: bytes.length };
  }

  /** Copies bytes into the heap; the next call may overwrite them. */
  placeBytes(bytes: Uint8Array): number {
    return this.source.place(bytes);
  }

  /** The bag of the text at an address; valid until the next call. */
  bagOf(at: number, length: number): Bag {
    return this.bags.bagOf(at, length);
  }

  /** Scores of one text in lane 0 of `forward`, in its narrow layout. */
  score(text: string): void {
    const { at, length } = this.place(text);
    this.gather(at, length, 0);
    this.forward.logitsOne();
  }

  /**
   * Scores many texts that lie in the heap: `next` gives the address and length of each into `range` until it returns false;
   * `answered` is called for each batch of up to 16 with the index of its first text, when `forward` holds its logits.
   */
  predictMany(
    next: (range: { at: number; length: number }) => boolean,
    answered: (first: number, count: number) => void,
  ): void {
    const range = { at: 0, length: 0 };
    let first = 0;
    let lane = 0;
    while (next(range)) {
      this.gather(range.at, range.length, lane++);
      if (lane < LANES) continue;
      this.forward.logitsBatch();
      answered(first, lane);
      first += lane;
      lane = 0;
    }
    if (lane === 0) return;
    this.forward.logitsBatch();
    answered(first, lane);
  }

  /** Share of the features of the text in a lane that the model does not know, 0 to 1; counted where `countsUnknown` was set before. */
  unknownShare(lane: number): number {
    return this.unknownShares[lane];
  }

  /**
   * Scores many lines that lie in the heap, bytes [at, end), each with its newline but the last; `answered` is called for each batch of up
   * to 16 with the index of its first line, when `forward` holds its logits.
   */
  predictLines(at: number, end: number, answered: (first: number, count: number) => void): void {
    this.gatherer.lines(at, end, (first, count) => {
      this.forward.logitsBatch();
      answered(first, count);
    });
  }

  /** Puts the text at an address into a lane of `forward`. */
  gather(at: number, length: number, lane: number): void {
    this.gatherer.gather(at, length, lane);
    if (!this.countsUnknown) return;
    this.bags.bagOf(at, length);
    this.unknownShares[lane] = this.bags.unknownShare();
  }
}
