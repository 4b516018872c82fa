import { type FeatureTrace, traceFeatures, WORD_BEGIN, WORD_END } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { HashedBags } from "../model/index.ts";
import { type Trace, utf16Offsets } from "./trace.ts";

const UNKNOWN = 0xffffffff;
/** The bits of a code point below its class. */
const CODE_POINT = 0x1fffff;

/** Traces bax's own features: a weight of x is shared equally by the occurrences of its feature. */
export function traceHashed(heap: Heap, bags: HashedBags, text: string, at: number, length: number): Trace {
  const { extractor } = bags;
  const trace: FeatureTrace = { places: [], spans: [], edges: [] };
  const distinct = traceFeatures(heap, extractor, at, length, trace);
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
  const normalised = heap.u32At(tokenizer.codePoints, tokenizer.codePointCount).map((value) => value & CODE_POINT);
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
      name: withEdges(nameOf(normalised, tokenBounds, kind, begin, end), trace.edges[occurrence]),
      ...span(begin, end),
      row: known ? ids[place] : -1,
      weight: known ? weights[place] / counts[feature] : 0,
    } as const;
  });
  const tokens = Array.from({ length: tokenCount }, (_, i) => span(tokenBounds[2 * i], tokenBounds[2 * i + 1]));
  return { bag, occurrences, tokens };
}

// The characters of a feature as they were hashed; those between words are none of it.
function nameOf(
  normalised: Uint32Array,
  tokenBounds: Uint32Array,
  kind: Trace["occurrences"][number]["kind"],
  begin: number,
  end: number,
): string {
  const read = (from: number, to: number) => String.fromCodePoint(...normalised.subarray(from, to));
  if (kind !== "word n-gram") return read(begin, end);
  const words: string[] = [];
  let [low, high] = [0, tokenBounds.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokenBounds[2 * middle] < begin) low = middle + 1;
    else high = middle;
  }
  for (let token = low; 2 * token < tokenBounds.length && tokenBounds[2 * token] < end; token++)
    words.push(read(tokenBounds[2 * token], tokenBounds[2 * token + 1]));
  return words.join(" ");
}

// As fastText writes them: <ca, cat, at>. The tokenizer leaves neither sign within a word.
function withEdges(name: string, edge: number): string {
  return `${edge & WORD_BEGIN ? "<" : ""}${name}${edge & WORD_END ? ">" : ""}`;
}

// How often each distinct feature occurs: the model's own counts stop at 255.
function countOccurrences(trace: FeatureTrace, distinct: number): Uint32Array {
  const counts = new Uint32Array(distinct);
  for (const place of trace.places) counts[place]++;
  return counts;
}
