import type { ThresholdFigures } from "../reportData.ts";

/** What is right at a threshold. */
export interface AtThreshold {
  readonly threshold: number;
  readonly answers: number;
  readonly right: number;
  /** Null without answers. */
  readonly precision: number | null;
  readonly recall: number;
  readonly f1: number;
  /** Share of the examples that get an answer. */
  readonly coverage: number;
}

/** What is right at each threshold, of one label or of all (−1). */
export function atThresholds(
  { labels, thresholds, examples, gold, surest }: ThresholdFigures,
  label: number,
): AtThreshold[] {
  const chosen = label < 0 ? labels : labels.filter((one) => one.label === label);
  const right = new Float64Array(thresholds.length);
  const wrong = new Float64Array(thresholds.length);
  const covered = new Float64Array(thresholds.length);
  for (const { answers: bins } of chosen) {
    for (let i = 0; i < bins.length; i += 3) {
      right[bins[i]] += bins[i + 1];
      wrong[bins[i]] += bins[i + 2];
    }
  }
  if (label >= 0) for (let i = 0; i < covered.length; i++) covered[i] = right[i] + wrong[i];
  else for (let i = 0; i < surest.length; i += 2) covered[surest[i]] += surest[i + 1];
  const wanted = label < 0 ? gold : (chosen[0]?.gold ?? 0);
  const found: AtThreshold[] = [];
  let [rightSum, wrongSum, coveredSum] = [0, 0, 0];
  for (let i = thresholds.length - 1; i >= 0; i--) {
    rightSum += right[i];
    wrongSum += wrong[i];
    coveredSum += covered[i];
    const all = rightSum + wrongSum;
    found.push({
      threshold: thresholds[i],
      answers: all,
      right: rightSum,
      precision: all > 0 ? rightSum / all : null,
      recall: wanted > 0 ? rightSum / wanted : 0,
      f1: all + wanted > 0 ? (2 * rightSum) / (all + wanted) : 0,
      coverage: examples > 0 ? coveredSum / examples : 0,
    });
  }
  return found.reverse();
}
