import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../math/random.ts";
import { type ComparedAnswers, compareAnswers, exactMcNemar } from "./comparison.ts";

/** Single-label answers: rows of gold, answer of a, answer of b. */
function answersOf(labels: number, rows: readonly (readonly [number, number, number])[]): ComparedAnswers {
  return {
    labels,
    gold: rows.map(([gold]) => [gold]),
    a: rows.map(([, a]) => [a]),
    b: rows.map(([, , b]) => [b]),
    weights: rows.map(() => 1),
  };
}

/** Both right, only a, only b, neither, so often each. */
function counts(both: number, onlyA: number, onlyB: number, neither: number): ComparedAnswers {
  const rows = (count: number, a: number, b: number) =>
    Array.from({ length: count }, () => [0, a, b] as [number, number, number]);
  return answersOf(2, [...rows(both, 0, 0), ...rows(onlyA, 0, 1), ...rows(onlyB, 1, 0), ...rows(neither, 1, 1)]);
}

describe("compareAnswers", () => {
  it("says which model is better where the difference is real, and null where it may be chance", () => {
    expect(compareAnswers(counts(80, 2, 15, 3), 1)).toMatchObject({
      better: "b",
      mcNemar: { onlyA: 2, onlyB: 15 },
      difference: { accuracy: { value: 0.13, resamples: 10_000 }, macroF1: { resamples: 2000 } },
    });
    expect(compareAnswers(counts(80, 15, 2, 3), 1).better).toBe("a");
    expect(compareAnswers(counts(80, 7, 9, 4), 1).better).toBeNull();
  });

  it("finds no difference between a model and itself", () => {
    const same = compareAnswers(counts(80, 0, 0, 20), 1);
    expect(same.mcNemar).toEqual({ onlyA: 0, onlyB: 0, pValue: 1 });
    for (const { value, interval } of Object.values(same.difference)) expect([value, interval]).toEqual([0, [0, 0]]);
  });

  it("has the interval that the normal distribution gives many examples, within 5 % of its width", () => {
    const { accuracy } = compareAnswers(counts(3000, 400, 500, 1100), 3).difference;
    const variance = (900 / 5000 - (100 / 5000) ** 2) / 5000;
    const half = 1.96 * Math.sqrt(variance);
    expect(accuracy.value).toBeCloseTo(0.02, 12);
    expect(Math.abs(accuracy.interval[0] - (0.02 - half))).toBeLessThan(0.1 * half);
    expect(Math.abs(accuracy.interval[1] - (0.02 + half))).toBeLessThan(0.1 * half);
  });

  it("has the same interval from drawing examples as from drawing binomial numbers", () => {
    const plain = counts(300, 30, 50, 120);
    const one = compareAnswers(plain, 1).difference.accuracy;
    // Weights that differ by next to nothing: then examples are drawn one by one.
    const weights = plain.weights.map((_, i) => 1 + (i % 2) * 1e-9);
    const other = compareAnswers({ ...plain, weights }, 1).difference.accuracy;
    expect([one.resamples, other.resamples]).toEqual([10_000, 2000]);
    expect(other.value).toBeCloseTo(one.value, 6);
    for (const end of [0, 1]) expect(Math.abs(other.interval[end] - one.interval[end])).toBeLessThan(0.006);
  });

  it("weighs examples: one of weight 3 counts as three", () => {
    const rows: [number, number, number][] = [
      [0, 0, 1],
      [1, 0, 1],
      [1, 1, 1],
    ];
    const weighted = compareAnswers({ ...answersOf(2, rows), weights: [1, 3, 1] }, 1).difference;
    const repeated = compareAnswers(answersOf(2, [rows[0], rows[1], rows[1], rows[1], rows[2]]), 1).difference;
    expect(weighted.accuracy.value).toBeCloseTo(repeated.accuracy.value, 12);
    expect(weighted.macroF1.value).toBeCloseTo(repeated.macroF1.value, 12);
  });

  it("is the same for the same seed, mirrored for a and b exchanged in all but the draws, and inside [−1, 1]", () => {
    const label = fc.nat(3);
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label, label), { minLength: 1, maxLength: 40 }), (rows) => {
        const tests = compareAnswers(answersOf(4, rows), 5);
        expect(compareAnswers(answersOf(4, rows), 5)).toEqual(tests);
        const exchanged = compareAnswers(
          answersOf(
            4,
            rows.map(([gold, a, b]) => [gold, b, a] as const),
          ),
          5,
        );
        expect(exchanged.mcNemar.pValue).toBe(tests.mcNemar.pValue);
        expect(exchanged.difference.accuracy.value).toBeCloseTo(-tests.difference.accuracy.value, 12);
        expect(exchanged.difference.macroF1.value).toBeCloseTo(-tests.difference.macroF1.value, 12);
        for (const { interval } of Object.values(tests.difference))
          expect(-1 <= interval[0] && interval[0] <= interval[1] && interval[1] <= 1).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it("covers no difference in about 95 of 100 samples of two equally good models", () => {
    const random = new Random(11);
    let covered = 0;
    let called = 0;
    for (let sample = 0; sample < 150; sample++) {
      const rows = Array.from({ length: 100 }, (): [number, number, number] => {
        const [a, b] = [random.uniform() < 0.8 ? 0 : 1, random.uniform() < 0.8 ? 0 : 1];
        return [0, a, b];
      });
      const small = answersOf(2, rows);
      const { difference, better } = compareAnswers(small, sample);
      const [low, high] = difference.accuracy.interval;
      if (low <= 0 && 0 <= high) covered++;
      if (better !== null) called++;
    }
    expect(covered / 150).toBeGreaterThan(0.9);
    expect(called / 150).toBeLessThan(0.08);
  }, 60_000);

  it("takes examples without an answer, and none at all", () => {
    const nothing = compareAnswers({ labels: 0, gold: [], a: [], b: [], weights: [] }, 1);
    expect(nothing).toMatchObject({ better: null, mcNemar: { pValue: 1 } });
    expect(JSON.stringify(nothing)).not.toContain("null,null");
    const silent = compareAnswers({ labels: 1, gold: [[0]], a: [[]], b: [[0]], weights: [1] }, 1);
    expect(silent).toMatchObject({
      mcNemar: { onlyA: 0, onlyB: 1, pValue: 1 },
      difference: { accuracy: { value: 1 } },
    });
  });
});

describe("exactMcNemar", () => {
  it("agrees with sums worked by hand", () => {
    expect(exactMcNemar(0, 5)).toBeCloseTo(2 / 32, 15);
    expect(exactMcNemar(1, 5)).toBeCloseTo((2 * 7) / 64, 14);
    expect(exactMcNemar(5, 1)).toBeCloseTo((2 * 7) / 64, 14);
    expect(exactMcNemar(3, 4)).toBeCloseTo(1, 14);
  });

  it("never leaves [0, 1], and falls as the split grows more uneven", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (n, at) => {
        const k = at % (Math.floor(n / 2) + 1);
        const p = exactMcNemar(k, n - k);
        expect(0 <= p && p <= 1).toBe(true);
        if (k > 0) expect(exactMcNemar(k - 1, n - k + 1)).toBeLessThanOrEqual(p);
      }),
    );
  });
});
