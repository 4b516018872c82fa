import type { LengthFigures } from "../reportData.ts";

/** Counts how long texts are; exact, and no larger than the number of different lengths. */
export class Lengths {
  private readonly counts = new Map<number, number>();
  private total = 0;
  private sum = 0;

  add(length: number): void {
    this.counts.set(length, (this.counts.get(length) ?? 0) + 1);
    this.total++;
    this.sum += length;
  }

  /** All 0 without texts. */
  figures(): LengthFigures {
    const sorted = [...this.counts].sort(([a], [b]) => a - b);
    const quantile = (share: number): number => {
      let seen = 0;
      for (const [length, count] of sorted) {
        seen += count;
        if (seen >= share * this.total) return length;
      }
      return 0;
    };
    return {
      least: sorted[0]?.[0] ?? 0,
      quarter: quantile(0.25),
      median: quantile(0.5),
      threeQuarters: quantile(0.75),
      most95: quantile(0.95),
      most: sorted.at(-1)?.[0] ?? 0,
      mean: this.total === 0 ? 0 : this.sum / this.total,
    };
  }
}
