import { type Classifier, copyRows } from "../model/index.ts";
import type { Occurrence, Trace } from "./trace.ts";
import { traceText } from "./traceText.ts";

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
  /** Other features of the text that share its row of A, so that the model cannot tell them apart; nearly always none. */
  collidesWith: string[];
}

/**
 * Why a text got a label: s_j = Σ_p x_p (B_j · A_p), exact, feature by feature. With hierarchical softmax s_j is the sum of the scores on the
 * label's path through the tree, + where it goes right and − where it goes left: linear in x too, with Σ ±B_node in place of B_j. Calibration
 * multiplies all of it by the same number, which is in the contributions.
 */
export interface Explanation {
  label: string;
  /** The label that it is held against: then the logit is the difference of the two; null for none. */
  against: string | null;
  /** Of `label`. */
  probability: number;
  /** The sum of the contributions, as the model computes it. */
  logit: number;
  /** What calibration adds to it whatever the text: 0, but where each label is judged by itself. */
  bias: number;
  /** Their contributions sum to the logit. */
  spans: ExplanationSpan[];
  /** Their contributions sum to the logit, too. */
  features: ExplanationFeature[];
}

/** What is explained: the logit of a label (index; −1: the best), or how far it is above that of another. */
export interface Question {
  label: number;
  /** Index; −1: the best of the others; undefined: nothing. */
  against?: number | undefined;
}

/** Explains an answer of a classifier. */
export function explain(classifier: Classifier, text: string, question: Question): Explanation {
  const { parts, forward } = classifier;
  const trace = traceText(classifier, text);
  // As it is answered.
  const placed = classifier.place(text);
  classifier.gather(placed.at, placed.length, 0);
  const [label, against] = labelsOf(classifier, question);
  forward.logitsOne();
  const line = (j: number) => forward.lineOf(j);
  const logitOf = (j: number) => forward.logitOf(j) - line(j).offset;
  const logit = logitOf(label) - (against === undefined ? 0 : logitOf(against));
  const bias = line(label).offset - (against === undefined ? 0 : line(against).offset);
  forward.normalizeOne();
  const probability = forward.probabilityOf(label);
  const contributions = contributionsOf(classifier, trace.occurrences, directionOf(classifier, label, against));
  const collisions = collisionsOf(trace.occurrences);
  return {
    label: parts.labels[label],
    against: against === undefined ? null : parts.labels[against],
    probability,
    logit,
    bias,
    spans: spansOf(text, trace, contributions),
    features: trace.occurrences.map(({ kind, name, start, end, row }, i) => ({
      text: text.slice(start, end),
      kind,
      start,
      end,
      contribution: contributions[i],
      known: row >= 0,
      collidesWith: (row >= 0 && collisions.get(row)?.filter((other) => other !== name)) || [],
    })),
  };
}

/** What x_p A_p is multiplied by: (dimension), calibration and all. */
function directionOf({ forward }: Classifier, label: number, against: number | undefined): Float64Array {
  const scaled = (j: number) => {
    const factor = forward.lineOf(j).slope * forward.inverseTemperature;
    return forward.directionOf(j).map((value) => value * factor);
  };
  const direction = scaled(label);
  if (against === undefined) return direction;
  const other = scaled(against);
  return direction.map((value, i) => value - other[i]);
}

/** The names of features that share a row; rows with one name are left out. */
function collisionsOf(occurrences: readonly Occurrence[]): Map<number, string[]> {
  const names = new Map<number, Set<string>>();
  for (const { row, name } of occurrences) {
    if (row < 0) continue;
    const known = names.get(row);
    if (known) known.add(name);
    else names.set(row, new Set([name]));
  }
  return new Map([...names].filter(([, found]) => found.size > 1).map(([row, found]) => [row, [...found]]));
}

/** Indices of the label that is explained and of the one that it is held against. */
function labelsOf(classifier: Classifier, { label, against }: Question): [label: number, against: number | undefined] {
  if (label >= 0 && against !== -1) return [label, against];
  const [first, second] = bestLabels(classifier);
  const explained = label < 0 ? first : label;
  if (against !== -1) return [explained, against];
  const other = explained === first ? second : first;
  return [explained, other < 0 ? undefined : other];
}

/** The two best labels; −1 for a second that there is not. */
function bestLabels({ forward }: Classifier): [first: number, second: number] {
  const best = new Int32Array(2);
  forward.logitsOne();
  forward.normalizeOne();
  forward.top(2, 0, true, best, new Float32Array(2), 0);
  return [Math.max(0, best[0]), best[1]];
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
