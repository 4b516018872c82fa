import type { FeatureTrace } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { HashedBags } from "../model/index.ts";
import { type Trace, utf16Offsets } from "./trace.ts";

const UNKNOWN = 0xffffffff;

/** Traces bax's own features: a weight of x is shared equally by the occurrences of its feature. */
export function traceHashed(heap: Heap, bags: HashedBags, text: string, at: number, length: number): Trace {
  const { extractor } = bags;
  const trace: FeatureTrace = { places: [], spans: [] };
  const distinct = extractor.extract(at, length, trace);
  const { wordCount, tokenCount, tokenizer } = extractor;
  const offsets = heap.u32At(tokenizer.offsets, tokenizer.codePointCount + 1).slice();
  const tokenBounds = heap.u32At(tokenizer.tokens, 2 * tokenCount).slice();
  const counts = countOccurrences(trace, distinct);
  const placesAt = heap.allocate(distinct * 4);
  const bag = bags.bagOf(at, length, placesAt);
  const places = heap.u32At(placesAt, distinct).slice();
  heap.release(placesAt);
  const ids = heap.u32At(bag.ids, bag.count).slice();
  const weights = heap.f32At(bag.weights, bag.count).slice();
  const utf16 = utf16Offsets(text, length);
  // A character may have become several code points ("ﬁ" is f, i): a part of it is shown as the whole.
  const span = (begin: number, end: number) => {
    let last = end;
    while (last < offsets.length - 1 && offsets[last] === offsets[begin]) last++;
    return { start: utf16[offsets[begin]], end: utf16[offsets[last]] };
  };
  const occurrences = trace.spans.map(([begin, end], occurrence) => {
    const feature = trace.places[occurrence];
    const place = places[feature];
    const kind = feature >= wordCount ? "character n-gram" : occurrence < tokenCount ? "word" : "word n-gram";
    const known = place !== UNKNOWN;
    return {
      kind,
      ...span(begin, end),
      row: known ? ids[place] : -1,
      weight: known ? weights[place] / counts[feature] : 0,
    } as const;
  });
  const tokens = Array.from({ length: tokenCount }, (_, i) => span(tokenBounds[2 * i], tokenBounds[2 * i + 1]));
  return { bag, occurrences, tokens };
}

// How often each distinct feature occurs: the model's own counts stop at 255.
function countOccurrences(trace: FeatureTrace, distinct: number): Uint32Array {
  const counts = new Uint32Array(distinct);
  for (const place of trace.places) counts[place]++;
  return counts;
}
