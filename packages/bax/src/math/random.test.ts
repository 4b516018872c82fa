import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

const take = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw);

describe("Random", () => {
  it("gives these very numbers for these seeds, on every platform", () => {
    const seven = new Random(7);
    const golden = take(4, () => seven.uint32());
    const zero = new Random(0);
    expect({ golden, zero: take(2, () => zero.uniform()) }).toMatchInlineSnapshot(`
      {
        "golden": [
          3717842623,
          3665254222,
          3355698721,
          1178360208,
        ],
        "zero": [
          0.13773293522977814,
          0.025062846479229628,
        ],
      }
    `);
    expect(new Random(7).shuffle(Uint32Array.from({ length: 10 }, (_, i) => i))).toMatchInlineSnapshot(`
      Uint32Array [
        0,
        6,
        2,
        7,
        9,
        5,
        4,
        8,
        1,
        3,
      ]
    `);
  });

  it("gives other numbers for a seed that differs by 1, by 2^32 or in sign", () => {
    const first = (seed: number) => new Random(seed).uint32();
    expect(new Set([0, 1, 2, 2 ** 32, 2 ** 32 + 1, -1, -2].map(first)).size).toBe(7);
  });

  it("keeps uniform in [0, 1), with mean 1/2 and variance 1/12 within five standard errors", () => {
    const random = new Random(1);
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const u = random.uniform();
      if (!(0 <= u && u < 1)) throw new Error(`out of range: ${u}`);
      sum += u;
      squares += (u - 0.5) ** 2;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(squares / n - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  });

  it("draws below n evenly: chi-squared over 10 cells stays under its 0.9999 quantile", () => {
    const random = new Random(2);
    const counts = new Float64Array(10);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]++;
    const chi = counts.reduce((sum, c) => sum + (c - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(33.7);
  });

  it("has no modulo bias where n is close to 2^32", () => {
    const random = new Random(5);
    const n = 3 * 2 ** 30;
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.below(n) < 2 ** 30) low++;
    expect(low / 30_000).toBeCloseTo(1 / 3, 1); // plain modulo would give 1/2
  });

  it("refuses a bound that is no whole number from 1 to 2^32", () => {
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => new Random(1).below(n)).toThrow(RangeError);
  });

  it("shuffles to a permutation", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(200), (seed, n) => {
        const items = new Random(seed).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
        expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it("puts every order of 4 items within five standard errors of 1/24", () => {
    const random = new Random(11);
    const counts = new Map<string, number>();
    const n = 48_000;
    for (let i = 0; i < n; i++) {
      const key = random.shuffle(Uint32Array.of(0, 1, 2, 3)).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) {
      expect(Math.abs(count - n / 24)).toBeLessThan(5 * Math.sqrt((n / 24) * (23 / 24)));
    }
  });
});
