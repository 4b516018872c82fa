import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crossEntropy, dLogits, dProbabilities } from "./crossEntropy.ts";
import { logSumExp, softmax, softmaxJacobian } from "./softmax.ts";

const scores = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 8 });

describe("softmax", () => {
  it("sums to 1 within 1e-15 a label and keeps the order of the logits", () => {
    fc.assert(
      fc.property(scores, (s) => {
        const p = softmax(s);
        expect(Math.abs(p.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-15 * (s.length + 1));
        for (let i = 1; i < s.length; i++) if (s[i] > s[i - 1]) expect(p[i]).toBeGreaterThanOrEqual(p[i - 1]);
      }),
    );
  });

  it("agrees with a case worked by hand: logits log 1, log 2, log 5 give 1/8, 2/8, 5/8", () => {
    const p = softmax([0, Math.log(2), Math.log(5)]);
    for (const [j, share] of [0.125, 0.25, 0.625].entries()) expect(p[j]).toBeCloseTo(share, 15);
  });

  it("stays finite for logits of ±1e4 and is 1 for one label", () => {
    expect([...softmax([1e4, -1e4, 1e4])]).toEqual([0.5, 0, 0.5]);
    expect([...softmax([-1e4])]).toEqual([1]);
    expect(logSumExp([1e4, 1e4])).toBeCloseTo(1e4 + Math.LN2, 10);
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("softmaxJacobian", () => {
  it("agrees with central differences of softmax to 1e-8, case i = j and case i ≠ j", () => {
    fc.assert(
      fc.property(scores, (s) => {
        const jacobian = softmaxJacobian(softmax(s));
        const step = 1e-5;
        for (let j = 0; j < s.length; j++) {
          const up = softmax(s.map((v, n) => (n === j ? v + step : v)));
          const down = softmax(s.map((v, n) => (n === j ? v - step : v)));
          for (let i = 0; i < s.length; i++) {
            expect(Math.abs(jacobian[i * s.length + j] - (up[i] - down[i]) / (2 * step))).toBeLessThan(1e-8);
          }
        }
      }),
    );
  });
});

describe("dLogits", () => {
  it("is the chain of the loss by the probabilities and the Jacobian, for targets of any sum", () => {
    fc.assert(
      fc.property(
        scores,
        fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (s, shares) => {
          const y = shares.slice(0, s.length);
          const p = softmax(s);
          const dP = dProbabilities(p, y);
          const jacobian = softmaxJacobian(p);
          const direct = dLogits(p, y);
          for (let j = 0; j < s.length; j++) {
            let chained = 0;
            for (let i = 0; i < s.length; i++) chained += dP[i] * jacobian[i * s.length + j];
            expect(Math.abs(chained - direct[j])).toBeLessThan(1e-12);
          }
        },
      ),
    );
  });

  it("is ŷ − y for a target that sums to 1", () => {
    const p = softmax([1, 2, 3]);
    expect([...dLogits(p, [0, 1, 0])]).toEqual([p[0], p[1] - 1, p[2]]);
  });
});

describe("crossEntropy", () => {
  it("equals −Σ y log ŷ where that is safe", () => {
    fc.assert(
      fc.property(scores, (s) => {
        const p = softmax(s);
        const y = s.map(() => 1 / s.length);
        const naive = -s.reduce((sum, _, j) => sum + y[j] * Math.log(p[j]), 0);
        expect(Math.abs(crossEntropy(s, y) - naive)).toBeLessThan(1e-11);
      }),
    );
  });

  it("is exact for logits of 1e4, where the probability itself is 0", () => {
    expect(crossEntropy([1e4, 0], [0, 1])).toBe(1e4);
    expect(crossEntropy([1e4, -1e4], [1, 0])).toBe(0);
    expect(crossEntropy([1e4, -1e4], [0.5, 0.5])).toBe(1e4);
  });

  it("is 0 for one label whatever its logit", () => {
    expect(crossEntropy([-1e4], [1])).toBe(0);
  });
});
