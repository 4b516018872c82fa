import type { LabelledText } from "../data/index.ts";
import { type Classifier, copyRows } from "../model/index.ts";
import { traceText } from "./traceText.ts";

/** What a feature does for a label, over the examples of that label. */
export interface FeatureInfluence {
  /** As the model reads it: normalised. */
  feature: string;
  kind: "word" | "word n-gram" | "character n-gram";
  /**
   * What it adds, on the average over the label's examples, to the label's logit beyond what it adds to the mean logit of all labels:
   * x̄_p (B_j − B̄) · A_p. How strong it is times how often it is there.
   */
  influence: number;
  /** Examples of the label that have it. */
  examples: number;
  /** Other features, met in the same examples, that share its row of A. */
  collidesWith: string[];
}

/** The features that speak loudest for a label. */
export interface LabelFeatures {
  label: string;
  /** Examples of the label that were looked at. */
  examples: number;
  /** Strongest first. */
  features: FeatureInfluence[];
}

/** A row of A in the texts of a label. */
interface RowUse {
  sum: number;
  examples: number;
  /** The last example that has it. */
  last: number;
  /** The first ones: they know its name. */
  first: number[];
}

/** Examples whose texts are asked for the name of a row. */
const NAMING = 3;

/**
 * The `count` strongest features of each label (indices), as `examples` show them: the model itself keeps no words. Not for hierarchical
 * softmax, where labels have no rows of B.
 */
export function strongestFeatures(
  classifier: Classifier,
  examples: readonly LabelledText[],
  labels: readonly number[],
  count: number,
): LabelFeatures[] {
  const { parts } = classifier;
  const uses = usesOf(classifier, examples, labels);
  const directions = directionsOf(classifier);
  const row = new Float32Array(parts.parameters.dimension);
  return labels.map((label) => {
    const { rows, total } = uses.get(label) ?? { rows: new Map<number, RowUse>(), total: 0 };
    const direction = directions(label);
    const ranked = [...rows]
      .map(([p, use]) => {
        copyRows(parts.heap, parts.parameters, "embeddings", p, 1, row);
        let product = 0;
        for (let i = 0; i < row.length; i++) product += row[i] * direction[i];
        return { p, use, influence: (use.sum / total) * product };
      })
      .filter(({ influence }) => influence > 0)
      .sort((a, b) => b.influence - a.influence || a.p - b.p);
    return { label: parts.labels[label], examples: total, features: named(classifier, examples, ranked, count) };
  });
}

/** Sums of the weights of each row over the examples of each label. */
function usesOf(
  classifier: Classifier,
  examples: readonly LabelledText[],
  labels: readonly number[],
): Map<number, { rows: Map<number, RowUse>; total: number }> {
  const { parts } = classifier;
  const { heap } = parts;
  const indices = new Map(labels.map((label) => [parts.labels[label], label]));
  const uses = new Map(labels.map((label) => [label, { rows: new Map<number, RowUse>(), total: 0 }]));
  for (const [example, { text, labels: own }] of examples.entries()) {
    const asked = own.map((name) => indices.get(name)).filter((label) => label !== undefined);
    if (asked.length === 0) continue;
    const { at, length } = classifier.place(text);
    const { ids, weights, count, scale } = classifier.bagOf(at, length);
    const rows = heap.u32At(ids, count);
    const values = heap.f32At(weights, count);
    for (const label of asked) {
      const use = uses.get(label);
      if (!use) continue;
      use.total++;
      for (const [i, p] of rows.entries()) {
        const known = use.rows.get(p) ?? { sum: 0, examples: 0, last: -1, first: [] };
        if (known.examples === 0) use.rows.set(p, known);
        known.sum += values[i] * scale;
        if (known.last === example) continue;
        known.last = example;
        known.examples++;
        if (known.first.length < NAMING) known.first.push(example);
      }
    }
  }
  return uses;
}

/** B_j − B̄, calibration and all, for each label j. */
function directionsOf({ forward, parts }: Classifier): (label: number) => Float64Array {
  const { labels } = parts;
  const scaled = (label: number) => {
    const factor = forward.lineOf(label).slope * forward.inverseTemperature;
    return forward.directionOf(label).map((value) => value * factor);
  };
  const mean = new Float64Array(parts.parameters.dimension);
  for (const [label] of labels.entries())
    for (const [i, value] of scaled(label).entries()) mean[i] += value / labels.length;
  return (label) => scaled(label).map((value, i) => value - mean[i]);
}

/** The first `count` rows under their names. */
function named(
  classifier: Classifier,
  examples: readonly LabelledText[],
  ranked: readonly { p: number; use: RowUse; influence: number }[],
  count: number,
): FeatureInfluence[] {
  const found: FeatureInfluence[] = [];
  for (const { p, use, influence } of ranked) {
    if (found.length === count) break;
    const names = new Set<string>();
    let kind: FeatureInfluence["kind"] = "word";
    for (const example of use.first) {
      for (const occurrence of traceText(classifier, examples[example].text).occurrences) {
        if (occurrence.row !== p) continue;
        if (names.size === 0) kind = occurrence.kind;
        names.add(occurrence.name);
      }
    }
    const [feature, ...collidesWith] = names;
    if (feature === undefined) continue;
    found.push({ feature, kind, influence, examples: use.examples, collidesWith });
  }
  return found;
}
