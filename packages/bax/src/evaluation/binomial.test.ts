import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../math/random.ts";
import { binomialProbability, drawBinomial, lowerTail } from "./binomial.ts";

/** Σ_{i ≤ k} C(n, i) and C(n, k), exactly. */
function chosen(k: number, n: number): { sum: bigint; last: bigint } {
  let last = 1n;
  let sum = 1n;
  for (let i = 1; i <= k; i++) {
    last = (last * BigInt(n - i + 1)) / BigInt(i);
    sum += last;
  }
  return { sum, last };
}

/** a / 2^n, to a float's precision. */
function over2(a: bigint, n: number): number {
  const shift = Math.max(0, a.toString(2).length - 64);
  return Number(a >> BigInt(shift)) * 2 ** (shift - n);
}

describe("binomial numbers", () => {
  it("have the probabilities and the lower tail of exact whole numbers, within 1e-12 of them", () => {
    for (const [k, n] of [
      ...[0, 1, 2, 5].map((k) => [k, 10]),
      ...[0, 3, 10, 20, 25].map((k) => [k, 51]),
      ...[300, 400, 450, 499].map((k) => [k, 1000]),
      [2400, 5000],
      [9900, 20000],
    ]) {
      const { sum, last } = chosen(k, n);
      expect(Math.abs(binomialProbability(k, n, 0.5) / over2(last, n) - 1), `P(${k} of ${n})`).toBeLessThan(1e-12);
      expect(Math.abs(lowerTail(k, n) / over2(sum, n) - 1), `P(≤ ${k} of ${n})`).toBeLessThan(1e-12);
    }
  });

  it("have probabilities that sum to 1, to 1e-12, whatever n and p", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, p) => {
        let sum = 0;
        for (let k = 0; k <= n; k++) sum += binomialProbability(k, n, p);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it("are drawn with the mean and the variance that they should have", () => {
    const random = new Random(7);
    for (const [n, p] of [
      [1, 0.5],
      [12, 0.9],
      [1000, 0.003],
      [100_000, 0.2],
    ]) {
      const draws = Array.from({ length: 20_000 }, () => drawBinomial(random, n, p));
      const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
      const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
      const expected = n * p * (1 - p);
      expect(Math.abs(mean - n * p)).toBeLessThan(4 * Math.sqrt(expected / draws.length));
      expect(variance / expected).toBeGreaterThan(0.95);
      expect(variance / expected).toBeLessThan(1.05);
      expect(draws.every((k) => Number.isInteger(k) && 0 <= k && k <= n)).toBe(true);
    }
  });

  it("are drawn as often as they are likely: 0 to 4 of 4, within 4 standard errors", () => {
    const random = new Random(3);
    const counts = new Float64Array(5);
    for (let i = 0; i < 50_000; i++) counts[drawBinomial(random, 4, 0.3)]++;
    for (const [k, count] of counts.entries()) {
      const p = binomialProbability(k, 4, 0.3);
      expect(Math.abs(count / 50_000 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 50_000));
    }
  });

  it("are 0 or n where p is 0 or 1", () => {
    const random = new Random(1);
    expect([drawBinomial(random, 9, 0), drawBinomial(random, 9, 1), drawBinomial(random, 0, 0.5)]).toEqual([0, 9, 0]);
  });
});
