import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CalibrationError } from "./calibration.ts";
import { RatioInterval, wilsonInterval } from "./intervals.ts";

describe("wilsonInterval", () => {
  it("agrees with published values to four places", () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    const published: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [right, count, low, high] of published) {
      const interval = wilsonInterval(right / count, count);
      expect(interval[0]).toBeCloseTo(low, 4);
      expect(interval[1]).toBeCloseTo(high, 4);
    }
  });

  it("solves |p − π| = z √(π(1−π)/n) at both ends", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, at) => {
        const p = Math.round(at * n) / n;
        for (const end of wilsonInterval(p, n)) {
          const gap = Math.abs(p - end) - 1.959963984540054 * Math.sqrt((end * (1 - end)) / n);
          expect(Math.abs(gap)).toBeLessThan(1e-7);
        }
      }),
    );
  });
});

describe("RatioInterval", () => {
  it("is Wilson's interval where every example has one try", () => {
    const ratio = new RatioInterval();
    for (let n = 0; n < 50; n++) ratio.add(n % 5 === 0 ? 1 : 0, 1);
    const [low, high] = wilsonInterval(0.2, 50);
    expect(ratio.interval()[0]).toBeCloseTo(low, 12);
    expect(ratio.interval()[1]).toBeCloseTo(high, 12);
  });

  it("is wider than Wilson's over all tries where the tries of an example agree", () => {
    const ratio = new RatioInterval();
    for (let n = 0; n < 50; n++) ratio.add(n % 2 === 0 ? 3 : 0, 3);
    const [low] = wilsonInterval(0.5, 50);
    expect(ratio.interval()[0]).toBeCloseTo(low, 12);
  });

  it("keeps a width where every try hits", () => {
    const ratio = new RatioInterval();
    for (let n = 0; n < 10; n++) ratio.add(2, 2);
    expect(ratio.interval()).toEqual(wilsonInterval(1, 10));
  });
});

describe("CalibrationError", () => {
  const errorOf = (pairs: [number, boolean][]): number => {
    const calibration = new CalibrationError();
    for (const [confidence, right] of pairs) calibration.add(confidence, right);
    return calibration.result();
  };

  it("is |accuracy − confidence| where all confidences are equal", () => {
    const pairs = Array.from({ length: 100 }, (_, n): [number, boolean] => [0.75, n < 60]);
    expect(errorOf(pairs)).toBeCloseTo(0.15, 12);
  });

  it("agrees with bins worked by hand: 15 groups of distinct confidence, 2 examples each", () => {
    const pairs: [number, boolean][] = [];
    let expected = 0;
    for (let bin = 0; bin < 15; bin++) {
      const confidence = Math.fround((bin + 0.5) / 15);
      pairs.push([confidence, true], [confidence, bin % 2 === 0]);
      expected += Math.abs((bin % 2 === 0 ? 1 : 0.5) - confidence) / 15;
    }
    expect(errorOf(pairs)).toBeCloseTo(expected, 12);
  });

  it("does not depend on the order and stays in [0, 1] for random input, ties included", () => {
    const pair = fc.tuple(fc.constantFrom(0, 0.25, 0.5, 0.9, 1), fc.boolean());
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 3000 }), (pairs) => {
        const error = errorOf(pairs);
        expect(error).toBeCloseTo(errorOf([...pairs].reverse()), 12);
        expect(0 <= error && error <= 1).toBe(true);
      }),
    );
  });

  it("is below 0.02 for 20,000 calibrated answers", () => {
    const pairs = Array.from({ length: 20_000 }, (_, n): [number, boolean] => {
      const confidence = ((n * 7919) % 20_000) / 20_000;
      return [confidence, (n * 0.6180339887) % 1 < confidence];
    });
    expect(errorOf(pairs)).toBeLessThan(0.02);
  });
});
