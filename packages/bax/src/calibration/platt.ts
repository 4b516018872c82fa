import { sigmoid } from "../math/logistic.ts";
import type { Platt, ScoredExamples } from "./calibration.ts";

const MOST_STEPS = 50;
/** Strength of the pull of each label's line towards that of all labels: a label that is rare has the common one, and the order of labels stays nearly as it is. */
const PULL = 256;
/** A slope stays above it: more score is never less probability. */
const LEAST_SLOPE = 0.05;

/** A line a · s + b. */
interface Line {
  a: number;
  b: number;
}

/** One label's scores, and how much of each is right (0 to 1). */
interface Column {
  scores: Float64Array;
  rights: Float64Array;
  weights: Float64Array;
}

/**
 * Platt scaling for labels that are judged each by itself: for every label the line a · s + b that minimises the cross-entropy of
 * σ(a · s + b), with targets (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2) in place of 1 and 0. First one line for all labels; then each label's own,
 * drawn to it by PULL/2 · ((a − a₀)² + (b − b₀)²), so that labels with few examples do not invent one. Source: Platt 1999, §2.2.
 */
export function plattScaling({ labelCount, scores, targets }: ScoredExamples, pull: number = PULL): Platt {
  const count = targets.length;
  const rights = new Float32Array(count * labelCount);
  const weights = Float64Array.from(targets, ({ weight = 1 }) => weight);
  for (const [row, { labels, shares }] of targets.entries())
    for (const [i, label] of labels.entries())
      rights[row * labelCount + label] = Math.min(1, shares === undefined ? 1 : shares[i]);
  const spread = spreadOf(rights, weights);
  const column = (label: number): Column => ({
    scores: Float64Array.from({ length: count }, (_, row) => scores[row * labelCount + label]),
    rights: Float64Array.from({ length: count }, (_, row) => spread(rights[row * labelCount + label])),
    weights,
  });
  const columns = Array.from({ length: labelCount }, (_, label) => column(label));
  const common = fitLine(columns, { a: 1, b: 0 }, 1e-3);
  const lines = columns.map((one) => fitLine([one], common, pull));
  return {
    slopes: lines.map(({ a }) => Math.fround(a)),
    offsets: lines.map(({ b }) => Math.fround(b)),
  };
}

// Platt's targets: as if each side had been seen once more, undecided. Counted over all labels: of a rare one alone the few examples would
// say that nothing is ever sure.
function spreadOf(rights: Float32Array, weights: Float64Array): (right: number) => number {
  const labelCount = rights.length / weights.length;
  let positive = 0;
  let negative = 0;
  for (const [i, right] of rights.entries()) {
    const weight = weights[Math.floor(i / labelCount)];
    positive += right * weight;
    negative += (1 - right) * weight;
  }
  const high = (positive + 1) / (positive + 2);
  const low = 1 / (negative + 2);
  return (right) => low + right * (high - low);
}

/** Newton's method in two variables, from `start`, with the pull towards it; a step that makes it worse is halved. */
function fitLine(columns: readonly Column[], start: Line, pull: number): Line {
  let line = start;
  let derivatives = derive(columns, line, start, pull);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slopeA, slopeB, aa, ab, bb } = derivatives;
    const determinant = aa * bb - ab * ab;
    if (!(determinant > 0)) return line;
    const moveA = (bb * slopeA - ab * slopeB) / determinant;
    const moveB = (aa * slopeB - ab * slopeA) / determinant;
    const length = slopeA * slopeA + slopeB * slopeB;
    let rate = 1;
    let next = line;
    // The slope shrinks towards the minimum of a convex function: no logarithm is needed to see that a step was good.
    for (; rate > 1e-6; rate /= 2) {
      next = { a: Math.max(LEAST_SLOPE, line.a - rate * moveA), b: line.b - rate * moveB };
      derivatives = derive(columns, next, start, pull);
      if (derivatives.slopeA ** 2 + derivatives.slopeB ** 2 <= length) break;
    }
    const moved = Math.abs(next.a - line.a) + Math.abs(next.b - line.b);
    line = next;
    if (moved < 1e-7) break;
  }
  return line;
}

interface LineDerivatives {
  slopeA: number;
  slopeB: number;
  aa: number;
  ab: number;
  bb: number;
}

function derive(columns: readonly Column[], { a, b }: Line, towards: Line, pull: number): LineDerivatives {
  let [slopeA, slopeB] = [pull * (a - towards.a), pull * (b - towards.b)];
  let [aa, ab, bb] = [pull, 0, pull];
  for (const { scores, rights, weights } of columns) {
    for (let i = 0; i < scores.length; i++) {
      const s = scores[i];
      const p = sigmoid(a * s + b);
      const error = weights[i] * (p - rights[i]);
      const curve = weights[i] * p * (1 - p);
      slopeA += error * s;
      slopeB += error;
      aa += curve * s * s;
      ab += curve * s;
      bb += curve;
    }
  }
  return { slopeA, slopeB, aa, ab, bb };
}
