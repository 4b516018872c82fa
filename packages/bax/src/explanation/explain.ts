import { type Classifier, copyRows, HashedBags } from "../model/index.ts";
import type { Occurrence, Trace } from "./trace.ts";
import { traceFastText } from "./traceFastText.ts";
import { traceHashed } from "./traceHashed.ts";

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

/** Explains the logit of label index `label`, or of the best label for −1. */
export function explain(classifier: Classifier, text: string, label: number): Explanation {
  const { parts, forward, bags } = classifier;
  const { at, length } = classifier.place(text);
  const trace =
    bags instanceof HashedBags
      ? traceHashed(parts.heap, bags, text, at, length)
      : traceFastText(parts.heap, bags, text, at, length, parts.fastText?.vocabulary.wordCount ?? 0);
  forward.gather(trace.bag, 0);
  const target = label < 0 ? bestLabel(classifier) : label;
  forward.logitsOne();
  const logit = forward.logitOf(target);
  forward.normalizeOne();
  const probability = forward.probabilityOf(target);
  const contributions = contributionsOf(classifier, trace.occurrences, forward.directionOf(target));
  return {
    label: parts.labels[target],
    probability,
    logit,
    spans: spansOf(text, trace, contributions),
    features: trace.occurrences.map(({ kind, start, end, row }, i) => ({
      text: text.slice(start, end),
      kind,
      start,
      end,
      contribution: contributions[i],
      known: row >= 0,
    })),
  };
}

function bestLabel({ forward }: Classifier): number {
  const best = new Int32Array(1);
  forward.logitsOne();
  forward.normalizeOne();
  forward.top(1, 0, true, best, new Float32Array(1), 0);
  return Math.max(0, best[0]);
}

// What each occurrence adds: its weight times direction · A_p, in float64 over the stored numbers.
function contributionsOf(
  { parts: { heap, parameters } }: Classifier,
  occurrences: readonly Occurrence[],
  direction: Float64Array,
): Float64Array {
  const row = new Float32Array(parameters.dimension);
  const products = new Map<number, number>();
  return Float64Array.from(occurrences, ({ row: p, weight }) => {
    if (p < 0) return 0;
    let product = products.get(p);
    if (product === undefined) {
      copyRows(heap, parameters, "embeddings", p, 1, row);
      product = 0;
      for (let i = 0; i < row.length; i++) product += row[i] * direction[i];
      products.set(p, product);
    }
    return weight * product;
  });
}

// One span a token; what word n-grams put on the space between tokens goes to the token before it, and what stands before the first
// token to the first. Tokens that came of one character ("½" is 1, ⁄, 2) share its span. What has no width (the end of the line) stands
// for itself at the end.
function spansOf(text: string, { occurrences, tokens }: Trace, contributions: Float64Array): ExplanationSpan[] {
  const perCharacter = new Float64Array(text.length + 1);
  for (const [i, { start, end }] of occurrences.entries()) {
    if (start === end) perCharacter[text.length] += contributions[i];
    else for (let at = start; at < end; at++) perCharacter[at] += contributions[i] / (end - start);
  }
  const bounds: { start: number; end: number }[] = [];
  for (const { start, end } of tokens) {
    const last = bounds.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else bounds.push({ start, end });
  }
  return bounds.map(({ start, end }, index) => {
    const next = bounds[index + 1]?.start ?? text.length + 1;
    let contribution = 0;
    for (let i = index === 0 ? 0 : start; i < next; i++) contribution += perCharacter[i];
    return { start, end, text: text.slice(start, end), contribution };
  });
}
