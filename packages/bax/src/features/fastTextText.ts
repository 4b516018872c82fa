import { type Heap, TOKEN_BYTES } from "../kernels/index.ts";
import type { FastTextNgrams } from "./fastTextVocabulary.ts";

/** The most features that a line of `length` bytes can have. */
function featureBound(length: number, { wordNgrams, shortest, longest }: FastTextNgrams): number {
  const tokens = tokenBound(length);
  // Every token adds < and > to its characters, and itself.
  const subwords = longest > 0 ? (length + 2 * tokens) * Math.max(0, longest - Math.max(shortest, 1) + 1) : 0;
  return tokens * wordNgrams + subwords;
}

/** The most tokens that a line of `length` bytes can have, with that of its end. */
export function tokenBound(length: number): number {
  return Math.floor((length + 3) / 2);
}

/** Scratch for reading lines by fastText's rules, and what was found in the last one. */
export class FastTextText {
  /** Address of (ids) u32. */
  ids = 0;
  count = 0;
  /** Features of the line, with those that have no row but count. */
  total = 0;
  /** Address of the labels that were met (u32), and how many. */
  labels = 0;
  labelCount = 0;
  /** Address of (ids) pairs of u32: address of the first byte of each feature and of the one after its last; 0 unless asked for. */
  spans = 0;
  tokens = 0;
  tokenCount = 0;
  private scratch = 0;
  private readonly out: number;
  private readonly heap: Heap;

  constructor(heap: Heap) {
    this.heap = heap;
    this.out = heap.allocate(8);
  }

  /** Cuts a line into tokens. `lineEnd`: whether the token of a line's end follows. */
  tokenize(context: number, at: number, length: number, lineEnd: boolean): void {
    this.tokens = this.heap.scratch(this.tokens, tokenBound(length) * TOKEN_BYTES);
    this.tokenCount = this.heap.kernels.fastTextTokens(context, at, at + length, lineEnd ? 1 : 0, this.tokens);
  }

  /** Makes the features of the tokens, whose entries are set. `keys`: keys instead of rows, while a vocabulary grows. */
  collect(context: number, ngrams: FastTextNgrams, length: number, keys: boolean, withSpans = false): void {
    const { heap, tokens, tokenCount, out } = this;
    const bound = featureBound(length, ngrams);
    this.ids = heap.scratch(this.ids, bound * 4);
    this.labels = heap.scratch(this.labels, tokenCount * 4);
    this.scratch = heap.scratch(this.scratch, tokenCount * 4);
    if (withSpans) this.spans = heap.scratch(this.spans, bound * 8);
    this.count = heap.kernels.fastTextFeatures(
      context,
      tokens,
      tokenCount,
      keys ? 1 : 0,
      this.ids,
      this.labels,
      withSpans ? this.spans : 0,
      this.scratch,
      out,
    );
    [this.total, this.labelCount] = heap.u32At(out, 2);
  }

  release(): void {
    for (const at of [this.ids, this.labels, this.spans, this.tokens, this.scratch, this.out]) this.heap.release(at);
  }
}
