import { describe, expect, it } from "vitest";
import { exp, log } from "./elementary.ts";
import { Random } from "./random.ts";

const view = new DataView(new ArrayBuffer(8));

/** The float64 as an integer whose steps are units in the last place. */
function ordinal(x: number): bigint {
  view.setFloat64(0, x);
  const n = view.getBigInt64(0);
  return n < 0n ? -(n & 0x7fffffffffffffffn) : n;
}

function ulps(a: number, b: number): number {
  const d = ordinal(a) - ordinal(b);
  return Number(d < 0n ? -d : d);
}

function worst(of: (x: number) => number, truth: (x: number) => number, sample: (r: Random) => number): number {
  const random = new Random(20);
  let most = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = sample(random);
    most = Math.max(most, ulps(of(x), truth(x)));
  }
  return most;
}

describe("exp", () => {
  it("is within 2 ulp of Math.exp over the whole range, subnormal results included", () => {
    expect(worst(exp, Math.exp, (r) => r.uniform() * 1456 - 746)).toBeLessThanOrEqual(2);
    expect(worst(exp, Math.exp, (r) => r.uniform() * 40 - 40)).toBeLessThanOrEqual(2);
    expect(worst(exp, Math.exp, (r) => (r.uniform() - 0.5) * 1e-3)).toBeLessThanOrEqual(2);
  });

  it("is exact at 0, the infinities, NaN and past both ends of the range", () => {
    expect([0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 710, -746].map(exp)).toEqual([
      1,
      1,
      Number.POSITIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
      0,
    ]);
    expect(exp(Number.NaN)).toBeNaN();
    expect(exp(709.782712893384)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(exp(-745.1332191019411)).toBe(Number.MIN_VALUE);
  });

  it("has golden bits, the same on every platform", () => {
    expect([-1, 0.5, 10, -700.25].map(exp)).toEqual([
      0.36787944117144233, 1.6487212707001282, 22026.465794806718, 7.678723813110872e-305,
    ]);
  });
});

describe("log", () => {
  it("is within 2 ulp of Math.log from the smallest subnormal to the largest number, and near 1", () => {
    expect(worst(log, Math.log, (r) => 2 ** (r.uniform() * 2098 - 1074))).toBeLessThanOrEqual(2);
    expect(worst(log, Math.log, (r) => 0.5 + r.uniform())).toBeLessThanOrEqual(2);
    expect(worst(log, Math.log, (r) => 1 + (r.uniform() - 0.5) * 1e-6)).toBeLessThanOrEqual(2);
  });

  it("is exact at 1, 0, infinity, and NaN below 0", () => {
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(-0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(log(-1)).toBeNaN();
    expect(log(Number.NaN)).toBeNaN();
  });

  it("undoes exp within 4e-16 relative plus the conditioning of exp", () => {
    const random = new Random(3);
    for (let i = 0; i < 10_000; i++) {
      const x = random.uniform() * 1400 - 700;
      expect(Math.abs(log(exp(x)) - x)).toBeLessThanOrEqual(5e-16 + 4e-16 * Math.abs(x));
    }
  });
});
