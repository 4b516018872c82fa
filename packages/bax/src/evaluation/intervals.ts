/** An interval of 95 % confidence, both ends in [0, 1]. */
export type Interval = readonly [low: number, high: number];

/** The 0.975 quantile of the normal distribution: 2.5 % lie above. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % interval for a proportion `share` (0 to 1) seen in `count` (> 0, may be fractional) independent trials:
 *
 *     (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
 *
 * Unlike p ± z·√(p(1−p)/n) it stays inside [0, 1] and keeps a width at p = 0 and p = 1. [0, 1] for no trials.
 * Source: E. B. Wilson, JASA 22 (1927) 209–212.
 */
export function wilsonInterval(share: number, count: number): Interval {
  if (!(count > 0)) return [0, 1];
  const shrink = (Z * Z) / count;
  const centre = share + shrink / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / count + shrink / (4 * count));
  return [Math.max(0, (centre - half) / (1 + shrink)), Math.min(1, (centre + half) / (1 + shrink))];
}

/**
 * Running sums of a ratio Σ hits / Σ tries over examples that have several tries each, such as recall over gold labels.
 *
 * The tries of one example are not independent, so Wilson's formula may not count each of them as a trial. The variance is that of the
 * ratio estimator, Σ (hits − R·tries)² / (Σ tries)², and Wilson's formula is given the number of trials that a plain proportion would
 * need for the same variance. Sources: Cochran, Sampling Techniques (1977) §2.11; Korn and Graubard, Survey Methodology 24 (1998).
 */
export class RatioInterval {
  hits = 0;
  tries = 0;
  #examples = 0;
  #hitsSquared = 0;
  #hitsTries = 0;
  #triesSquared = 0;

  /** `weight`: how often the example is there. */
  add(hits: number, tries: number, weight = 1): void {
    this.hits += weight * hits;
    this.tries += weight * tries;
    this.#examples += weight;
    this.#hitsSquared += weight * hits * hits;
    this.#hitsTries += weight * hits * tries;
    this.#triesSquared += weight * tries * tries;
  }

  /** Σ hits / Σ tries; 0 without tries. */
  ratio(): number {
    return this.tries === 0 ? 0 : this.hits / this.tries;
  }

  interval(): Interval {
    const ratio = this.ratio();
    const squares = this.#hitsSquared - 2 * ratio * this.#hitsTries + ratio * ratio * this.#triesSquared;
    const variance = squares / (this.tries * this.tries);
    // No spread at all (all right, or all wrong) says nothing about the number of trials: then each example is one.
    const trials = variance > 1e-12 ? (ratio * (1 - ratio)) / variance : this.#examples;
    return wilsonInterval(ratio, trials);
  }
}

/** The 0.975 quantile of Student's distribution with 1, 2, … 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * Mean of `values` (2 or more) by their `weights`, and Student's 95 % interval for it, m ± t √((1/k + overlap) s²), with s² the variance
 * between the values. `overlap`: what values have in common, 0 where they are independent (Nadeau and Bengio 2003).
 */
export function meanInterval(
  values: readonly number[],
  weights: readonly number[],
  overlap: number,
): { mean: number; interval: Interval } {
  const k = values.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, i) => sum + value * (weights[i] / total), 0);
  const plain = values.reduce((sum, value) => sum + value, 0) / k;
  const variance = values.reduce((sum, value) => sum + (value - plain) ** 2, 0) / (k - 1);
  const half = (T[k - 2] ?? Z) * Math.sqrt((1 / k + overlap) * variance);
  return { mean, interval: [mean - half, mean + half] };
}
