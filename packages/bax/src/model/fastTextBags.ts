import { FastTextText, type FastTextVocabulary } from "../features/index.ts";
import { ENTRY_NONE, ENTRY_SKIPPED, type Heap, TOKEN_BYTES } from "../kernels/index.ts";
import type { Bag } from "./bag.ts";
import type { StoredModel } from "./storedModel.ts";

/** Where a token's record says which entry of the vocabulary it is. */
const TOKEN_ENTRY = 3;

/** What fastText writes into its files about how a model was made. */
export interface FastTextArguments {
  readonly dim: number;
  /** Window of the unsupervised models. */
  readonly ws: number;
  readonly epoch: number;
  readonly minCount: number;
  /** Negatives of negative sampling. */
  readonly neg: number;
  readonly wordNgrams: number;
  readonly loss: "hs" | "ns" | "softmax" | "ova";
  /** Supervised, or one of the two unsupervised kinds. */
  readonly model: "cbow" | "sg" | "sup";
  readonly bucket: number;
  readonly minn: number;
  readonly maxn: number;
  readonly lrUpdateRate: number;
  /** Sampling threshold of the unsupervised models. */
  readonly t: number;
}

/** What a model has whose features are fastText's. */
export interface FastTextParts {
  readonly vocabulary: FastTextVocabulary;
  readonly arguments: FastTextArguments;
}

/** What reading a line takes of a vocabulary. */
export type PlacedVocabulary = Pick<FastTextVocabulary, "context" | "ngrams">;

/** Text to bags by fastText's rules: every feature as often as it occurs, each with the weight 1 / (number of features). */
export class FastTextBags {
  readonly text: FastTextText;
  private readonly heap: Heap;
  readonly vocabulary: PlacedVocabulary;
  private readonly stored: StoredModel | undefined;
  private lineEnd = true;
  private readonly bag: Bag = { ids: 0, weights: 0, count: 0, scale: 1 };

  /** `stored`: where rows of A are still in the file. */
  constructor(heap: Heap, vocabulary: PlacedVocabulary, stored?: StoredModel) {
    this.heap = heap;
    this.stored = stored;
    this.vocabulary = vocabulary;
    this.text = new FastTextText(heap);
  }

  /**
   * The bag of the line at an address; valid until the next call. `lineEnd`: whether fastText's token for the end of a line follows;
   * `withSpans` asks `text` for where each feature stands.
   */
  bagOf(at: number, length: number, lineEnd = true, withSpans = false): Bag {
    const { heap, text, bag, vocabulary } = this;
    const { context } = vocabulary;
    this.lineEnd = lineEnd;
    text.tokenize(context, at, length, lineEnd);
    heap.kernels.fastTextFind(context, text.tokens, text.tokenCount);
    text.collect(context, vocabulary.ngrams, length, false, withSpans);
    bag.ids = text.ids;
    bag.count = text.count;
    this.stored?.need(bag.ids, bag.count);
    bag.weights = heap.scratch(bag.weights, bag.count * 4);
    // As fastText does it, bit for bit: the rows are summed, and the sum is multiplied by 1 / n.
    heap.f32At(bag.weights, bag.count).fill(1);
    bag.scale = text.total > 0 ? Math.fround(1 / text.total) : 0;
    return bag;
  }

  /** Share of the last line's words that the vocabulary lacks, 0 to 1; its end is no word. 1 for a line without any. */
  unknownShare(): number {
    const { heap, text } = this;
    const entries = heap.u32At(text.tokens, (text.tokenCount * TOKEN_BYTES) / 4);
    // The last token is the line's end.
    const end = entries.length - (this.lineEnd ? TOKEN_BYTES / 4 : 0);
    let words = 0;
    let unknown = 0;
    for (let token = 0; token < end; token += TOKEN_BYTES / 4) {
      const entry = entries[token + TOKEN_ENTRY];
      if (entry === ENTRY_SKIPPED) continue;
      words++;
      if (entry === ENTRY_NONE) unknown++;
    }
    return words === 0 ? 1 : unknown / words;
  }
}
