import { exp, log } from "../math/elementary.ts";
import type { Random } from "../math/random.ts";

/**
 * ln n! − ln(√(2πn) (n/e)^n), what Stirling's formula lacks; n ≥ 0 whole, 0 for n = 0 by convention. Within 1e-14 of the true value: from
 * 16 on its asymptotic series, whose next term is below 1e-16 there, and below that a table by the recurrence from 16 down,
 * δ(n) = δ(n + 1) − 1 + (n + ½) ln(1 + 1/n).
 */
function stirlingError(n: number): number {
  if (n < SMALL_ERRORS.length) return SMALL_ERRORS[n];
  const square = n * n;
  const series =
    1 / 12 -
    (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square) / square) / square;
  return series / n;
}

const SMALL_ERRORS: number[] = [];
{
  const errors = new Array<number>(17).fill(0);
  errors[16] = stirlingError(16);
  for (let n = 15; n >= 1; n--) errors[n] = errors[n + 1] - 1 + (n + 0.5) * log(1 + 1 / n);
  SMALL_ERRORS.push(...errors);
}

/** x ln(x / m) + m − x for x, m > 0, without cancellation where they are close: a series in (x − m) / (x + m). */
function deviance(x: number, m: number): number {
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * log(x / m) + m - x;
  const v = difference / (x + m);
  let sum = difference * v;
  let power = 2 * x * v;
  for (let j = 3; ; j += 2) {
    power *= v * v;
    const next = sum + power / j;
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * Probability of k hits in n independent trials with probability p each, 0 ≤ k ≤ n; relative error below 1e-13 where it is above 1e-300.
 * It is taken from Stirling's errors and deviances, in which nothing large is subtracted. Source: C. Loader, Fast and accurate computation
 * of binomial probabilities (2000).
 */
export function binomialProbability(k: number, n: number, p: number): number {
  if (n === 0) return 1;
  const q = 1 - p;
  if (p === 0 || q === 0) return k === (p === 0 ? 0 : n) ? 1 : 0;
  if (k === 0) return exp(q < 0.9 ? n * log(q) : -deviance(n, n * q) - n * p);
  if (k === n) return exp(p < 0.9 ? n * log(p) : -deviance(n, n * p) - n * q);
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p) - deviance(n - k, n * q);
  return exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** Sum of the probabilities of 0 to k hits in n fair trials, 0 ≤ k ≤ n / 2: the largest term first, each next a fraction of it. */
export function lowerTail(k: number, n: number): number {
  let term = 1;
  let sum = 1;
  for (let i = k; i > 0; i--) {
    term *= i / (n - i + 1);
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return sum * binomialProbability(k, n, 0.5);
}

/**
 * A draw from the number of hits in n trials with probability p each: the inverse of the distribution function, its terms taken from the
 * likeliest number outwards, about √(n p (1 − p)) of them. Source: Kemp, Computers and Operations Research 13 (1986).
 */
export function drawBinomial(random: Random, n: number, p: number): number {
  if (p <= 0 || n === 0) return 0;
  if (p >= 1) return n;
  const odds = p / (1 - p);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const peak = binomialProbability(mode, n, p);
  let left = random.uniform() - peak;
  let [low, lowTerm, high, highTerm] = [mode, peak, mode, peak];
  while (left >= 0 && (low > 0 || high < n)) {
    if (low > 0) {
      lowTerm *= low / ((n - low + 1) * odds);
      low--;
      left -= lowTerm;
      if (left < 0) return low;
    }
    if (high < n) {
      highTerm *= ((n - high) * odds) / (high + 1);
      high++;
      left -= highTerm;
      if (left < 0) return high;
    }
    // What rounding left over belongs to no number.
    if (lowTerm + highTerm === 0) break;
  }
  return mode;
}
