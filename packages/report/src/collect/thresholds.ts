import type { ThresholdFigures } from "../reportData.ts";

/** Thousandths, and ten-thousandths above 0.99, where most answers of a good model are. */
export const THRESHOLDS: readonly number[] = [
  ...Array.from({ length: 990 }, (_, i) => i / 1000),
  ...Array.from({ length: 101 }, (_, i) => (9900 + i) / 10_000),
];

/** Number of the highest threshold that a probability reaches. */
export function thresholdOf(probability: number): number {
  let low = 0;
  let high = THRESHOLDS.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (probability >= THRESHOLDS[middle]) low = middle;
    else high = middle;
  }
  return low;
}

/** Counts answers by how sure they are, label by label. */
export class ThresholdCounter {
  private readonly answers: ThresholdFigures["answers"];
  private readonly byLabel = new Map<number, Map<number, { right: number; wrong: number }>>();
  private readonly gold = new Map<number, number>();
  private readonly surest = new Float64Array(THRESHOLDS.length);
  private examples = 0;

  constructor(answers: ThresholdFigures["answers"]) {
    this.answers = answers;
  }

  example(gold: readonly number[], surest: number, weight: number): void {
    this.examples += weight;
    this.surest[thresholdOf(surest)] += weight;
    for (const label of gold) this.gold.set(label, (this.gold.get(label) ?? 0) + weight);
  }

  answer(label: number, probability: number, isRight: boolean, weight: number): void {
    let bins = this.byLabel.get(label);
    if (!bins) {
      bins = new Map();
      this.byLabel.set(label, bins);
    }
    const threshold = thresholdOf(probability);
    const bin = bins.get(threshold);
    if (!bin) bins.set(threshold, { right: isRight ? weight : 0, wrong: isRight ? 0 : weight });
    else if (isRight) bin.right += weight;
    else bin.wrong += weight;
  }

  figures(): ThresholdFigures {
    const labels = [...new Set([...this.gold.keys(), ...this.byLabel.keys()])].sort((a, b) => a - b);
    return {
      answers: this.answers,
      thresholds: THRESHOLDS,
      examples: this.examples,
      gold: [...this.gold.values()].reduce((sum, count) => sum + count, 0),
      surest: [...this.surest].flatMap((weight, threshold) => (weight > 0 ? [threshold, weight] : [])),
      labels: labels.map((label) => ({
        label,
        gold: this.gold.get(label) ?? 0,
        answers: [...(this.byLabel.get(label) ?? [])]
          .sort(([a], [b]) => a - b)
          .flatMap(([threshold, { right, wrong }]) => [threshold, right, wrong]),
      })),
    };
  }
}
