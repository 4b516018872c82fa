import type { Heap } from "../kernels/index.ts";
import type { FeatureExtractor } from "./featureExtractor.ts";

/** Where each feature of a text came from. */
export interface FeatureTrace {
  /** For each occurrence, in order: index of its feature among the distinct ones. */
  places: number[];
  /** For each occurrence: first code point and the one after the last. */
  spans: [begin: number, end: number][];
}

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
  }
  heap.release(spans);
  heap.release(places);
  extractor.layOut();
  return distinct;
}
