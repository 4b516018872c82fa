import type { FeatureTrace } from "../features/index.ts";
import { type Classifier, HashedBags } from "../model/index.ts";

/** What a stretch of the text adds to the logit of the label. Stretches do not overlap and are in order. */
export interface ExplanationSpan {
  /** UTF-16 indices into the text, as for `slice`. */
  start: number;
  end: number;
  text: string;
  contribution: number;
}

/** One feature occurrence and what it adds to the logit. */
export interface ExplanationFeature {
  text: string;
  kind: "word" | "word n-gram" | "character n-gram";
  start: number;
  end: number;
  contribution: number;
  /** Whether training saw the feature; if not, its contribution is 0. */
  known: boolean;
}

/**
 * Why a text got a label: s_j = Σ_p x_p (B_j · A_p), exact, feature by feature. With hierarchical softmax s_j is the sum of the scores on the
 * label's path through the tree, + where it goes right and − where it goes left: linear in x too, with Σ ±B_node in place of B_j.
 */
export interface Explanation {
  label: string;
  probability: number;
  /** s_j as the model computes it. */
  logit: number;
  /** Their contributions sum to the logit. */
  spans: ExplanationSpan[];
  /** Their contributions sum to the logit, too. */
  features: ExplanationFeature[];
}

/** UTF-16 index of every UTF-8 byte offset at which a character begins, and of the end. */
function utf16Offsets(text: string, bytes: number): Uint32Array {
  const offsets = new Uint32Array(bytes + 1);
  let at = 0;
  for (let i = 0; i < text.length; ) {
    const cp = text.codePointAt(i)!;
    const units = cp > 0xffff ? 2 : 1;
    const width = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (let b = 0; b < width; b++) offsets[at + b] = i;
    at += width;
    i += units;
  }
  offsets[at] = text.length;
  return offsets;
}

/** Explains the logit of label index `label`, or of the best label for −1. */
export function explain(classifier: Classifier, text: string, label: number): Explanation {
  const { parts, forward, bags } = classifier;
  if (!(bags instanceof HashedBags)) throw new Error("later");
  const { extractor } = bags;
  const { heap, labels } = parts;
  const { at, length } = classifier.place(text);
  const trace: FeatureTrace = { places: [], spans: [] };
  const distinct = extractor.extract(at, length, trace);
  const wordCount = extractor.wordCount;
  const tokenCount = extractor.tokenCount;
  const { tokenizer } = extractor;
  const offsets = heap.u32At(tokenizer.offsets, tokenizer.codePointCount + 1).slice();
  const tokenBounds = heap.u32At(tokenizer.tokens, 2 * tokenCount).slice();
  const counts = countOccurrences(trace, distinct);

  const placesAt = heap.allocate(distinct * 4);
  const bag = bags.bagOf(at, length, placesAt);
  const places = heap.u32At(placesAt, distinct).slice();
  heap.release(placesAt);
  const ids = heap.u32At(bag.ids, bag.count).slice();
  const weights = heap.f32At(bag.weights, bag.count).slice();
  forward.gather(bag, 0);
  let target = label;
  if (target < 0) {
    const best = new Int32Array(1);
    forward.logitsOne();
    forward.normalizeOne();
    forward.top(1, 0, true, best, new Float32Array(1), 0);
    target = Math.max(0, best[0]);
  }
  forward.logitsOne();
  const logit = forward.logitOf(target);
  forward.normalizeOne();
  const probability = forward.probabilityOf(target);
  const direction = forward.directionOf(target);

  // What each distinct feature adds, in float64; each of its occurrences gets an equal share.
  const contributions = new Float64Array(distinct);
  for (let feature = 0; feature < distinct; feature++) {
    const place = places[feature];
    if (place === 0xffffffff) continue;
    contributions[feature] = (weights[place] * product(classifier, ids[place], direction)) / counts[feature];
  }
  const utf16 = utf16Offsets(text, length);
  const position = (codePoint: number) => utf16[offsets[codePoint]];
  // A character may have become several code points ("ﬁ" is f, i): a part of it is shown as the whole.
  const endPosition = (begin: number, end: number) => {
    let last = end;
    while (last < offsets.length - 1 && offsets[last] === offsets[begin]) last++;
    return position(last);
  };
  const features: ExplanationFeature[] = [];
  const perCharacter = new Float64Array(Math.max(1, text.length));
  for (const [occurrence, [begin, end]] of trace.spans.entries()) {
    const feature = trace.places[occurrence];
    const [start, stop] = [position(begin), endPosition(begin, end)];
    const contribution = contributions[feature];
    const kind = feature >= wordCount ? "character n-gram" : occurrence < tokenCount ? "word" : "word n-gram";
    features.push({
      text: text.slice(start, stop),
      kind,
      start,
      end: stop,
      contribution,
      known: places[feature] !== 0xffffffff,
    });
    for (let i = start; i < stop; i++) perCharacter[i] += contribution / (stop - start);
  }
  return {
    label: labels[target],
    probability,
    logit,
    spans: spansOf(text, tokenBounds, position, endPosition, perCharacter),
    features,
  };
}

// How often each distinct feature occurs: the model's own counts stop at 255.
function countOccurrences(trace: FeatureTrace, distinct: number): Uint32Array {
  const counts = new Uint32Array(distinct);
  for (const place of trace.places) counts[place]++;
  return counts;
}

// direction · A_p in float64 over the stored f32.
function product(classifier: Classifier, row: number, direction: Float64Array): number {
  const { heap, parameters } = classifier.parts;
  let sum = 0;
  for (const { width, begin, embeddings } of parameters.groups) {
    const a = heap.f32At(embeddings + row * width * 4, width);
    for (let i = 0; i < width; i++) sum += a[i] * direction[begin + i];
  }
  return sum;
}

// One span a token; what word n-grams put on the space between tokens goes to the token before it, and what stands before the first
// token to the first. Tokens that came of one character ("½" is 1, ⁄, 2) share its span.
function spansOf(
  text: string,
  tokenBounds: Uint32Array,
  position: (codePoint: number) => number,
  endPosition: (begin: number, end: number) => number,
  perCharacter: Float64Array,
): ExplanationSpan[] {
  const bounds: { start: number; end: number }[] = [];
  for (let token = 0; token < tokenBounds.length; token += 2) {
    const start = position(tokenBounds[token]);
    const end = endPosition(tokenBounds[token], tokenBounds[token + 1]);
    const last = bounds.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else bounds.push({ start, end });
  }
  return bounds.map(({ start, end }, index) => {
    const next = bounds[index + 1]?.start ?? text.length;
    let contribution = 0;
    for (let i = index === 0 ? 0 : start; i < next; i++) contribution += perCharacter[i];
    return { start, end, text: text.slice(start, end), contribution };
  });
}
