import type { Answers } from "./calibration.ts";
import { ratio } from "./ratio.ts";

/** Points of the curve at the most. */
const POINTS = 100;

/** What a model that answers only where it is confident enough gets right. */
export interface CoveragePoint {
  /** Share of examples whose confidence is at least `confidence`. */
  readonly coverage: number;
  /** Share of those whose first answer is right. */
  readonly accuracy: number;
  /** The least confidence that is answered: a threshold for `predict`. */
  readonly confidence: number;
}

/**
 * Accuracy by coverage, from the most confident answers to all: at most 100 points, the first at or past each hundredth of the examples;
 * equal confidences are never parted. Source: El-Yaniv and Wiener, JMLR 11 (2010), where it is called the risk-coverage curve.
 */
export function coverageCurve({ confidences, right }: Answers): CoveragePoint[] {
  const count = confidences.length;
  const points: CoveragePoint[] = [];
  let hits = 0;
  for (let i = count - 1, taken = 1, wanted = 1; i >= 0; i--, taken++) {
    hits += right[i];
    if (taken * POINTS < wanted * count || (i > 0 && confidences[i - 1] === confidences[i])) continue;
    points.push({ coverage: taken / count, accuracy: hits / taken, confidence: confidences[i] });
    wanted = Math.floor((taken * POINTS) / count) + 1;
  }
  return points;
}

/**
 * Area under the risk-coverage curve: (1/N) Σ_n (wrong among the n most confident) / n; 0 is best. The wrong ones among equal confidences
 * count as if evenly spread, so that the order of the examples never matters. Source: Geifman, Uziel and El-Yaniv, ICLR 2019.
 */
export function areaUnderRiskCoverage({ confidences, right }: Answers): number {
  const count = confidences.length;
  let sum = 0;
  let wrong = 0;
  for (let end = count; end > 0; ) {
    let begin = end - 1;
    while (begin > 0 && confidences[begin - 1] === confidences[begin]) begin--;
    let tied = 0;
    for (let i = begin; i < end; i++) tied += 1 - right[i];
    for (let i = 1; i <= end - begin; i++) sum += (wrong + (tied * i) / (end - begin)) / (count - end + i);
    wrong += tied;
    end = begin;
  }
  return ratio(sum, count);
}
