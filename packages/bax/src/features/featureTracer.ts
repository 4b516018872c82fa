import { CLASS_DIGIT, CLASS_LETTER, type Heap } from "../kernels/index.ts";
import type { FeatureExtractor } from "./featureExtractor.ts";

/** Where each feature of a text came from. */
export interface FeatureTrace {
  /** For each occurrence, in order: index of its feature among the distinct ones. */
  places: number[];
  /** For each occurrence: first code point and the one after the last. */
  spans: [begin: number, end: number][];
  /** For each occurrence: whether it takes in the beginning of its word (1), the end (2) or both (3); of character n-grams alone, else 0. */
  edges: number[];
}

/** Where the class of a code point begins. */
const CLASS_SHIFT = 24;

/** Bits of `FeatureTrace.edges`. */
export const WORD_BEGIN = 1;
export const WORD_END = 2;

/**
 * What `extractor.extract` does, a step at a time, noting where each feature stands; the extractor holds the same as after that, and its
 * tokenizer the text's code points and tokens. Returns the number of distinct features.
 */
export function traceFeatures(
  heap: Heap,
  extractor: FeatureExtractor,
  source: number,
  length: number,
  trace: FeatureTrace,
): number {
  const { kernels } = heap;
  const { tokenizer, options } = extractor;
  const [shortest, longest] = options.charNgrams;
  const tokens = tokenizer.run(source, length);
  const characterBound =
    longest > 0 ? kernels.characterFeatureBound(tokenizer.tokens, tokens, shortest, longest) >>> 0 : 0;
  const bound = tokens * options.wordNgrams + characterBound;
  extractor.reserve(bound);
  const spans = heap.allocate(bound * 8);
  const places = heap.allocate(bound * 4);
  const note = (count: number, from: number) => {
    const bounds = heap.u32At(spans, 2 * count);
    const indices = heap.u32At(places, count);
    for (let i = 0; i < count; i++) {
      trace.places.push(from + indices[i]);
      trace.spans.push([bounds[2 * i], bounds[2 * i + 1]]);
      if (from === 0) trace.edges.push(0);
    }
  };
  kernels.wordHashes(tokenizer.codePoints, tokenizer.tokens, tokens, extractor.hashes, spans);
  const words = kernels.wordNgrams(tokenizer.tokens, tokens, options.wordNgrams, extractor.hashes, spans);
  extractor.tokenCount = tokens;
  extractor.wordCount = extractor.fold(0, words, places);
  note(words, 0);
  let distinct = extractor.wordCount;
  if (longest > 0) {
    const hashes = extractor.hashes + distinct * 4;
    const { codePoints } = tokenizer;
    const found = kernels.characterFeatures(codePoints, tokenizer.tokens, tokens, shortest, longest, hashes, spans);
    distinct += extractor.fold(distinct, found, places);
    note(found, extractor.wordCount);
    noteEdges(heap, extractor, trace.edges);
  }
  heap.release(spans);
  heap.release(places);
  extractor.layOut();
  return distinct;
}

/** The edges of character n-grams, in the order in which the kernel `characterFeatures` goes through `<token>`. */
function noteEdges(heap: Heap, { tokenizer, tokenCount, options }: FeatureExtractor, edges: number[]): void {
  const [shortest, longest] = options.charNgrams;
  const bounds = heap.u32At(tokenizer.tokens, 2 * tokenCount);
  const codePoints = heap.u32At(tokenizer.codePoints, tokenizer.codePointCount);
  for (let token = 0; token < tokenCount; token++) {
    const padded = bounds[2 * token + 1] - bounds[2 * token] + 2;
    const kind = codePoints[bounds[2 * token]] >>> CLASS_SHIFT;
    if (padded === 3 && kind !== CLASS_LETTER && kind !== CLASS_DIGIT) continue;
    for (let from = 0; from < padded; from++) {
      for (let length = shortest; length <= Math.min(longest, padded - from); length++) {
        const edge = (from === 0 ? WORD_BEGIN : 0) | (from + length === padded ? WORD_END : 0);
        if (length > 1 || edge === 0) edges.push(edge);
      }
    }
  }
}
