import { expect, test } from "vitest";
import { logSigmoid, sigmoid } from "./logistic.ts";

test("σ and its logarithm agree with the runtime's own to 1e-15 and 1e-14", () => {
  for (let s = -30; s <= 30; s += 0.37) {
    expect(Math.abs(sigmoid(s) - 1 / (1 + Math.exp(-s)))).toBeLessThan(1e-15);
    expect(Math.abs(logSigmoid(s) + Math.log1p(Math.exp(-s)))).toBeLessThan(1e-14 * Math.max(1, -s));
  }
});

test("σ(s) + σ(−s) is 1, and both are finite with their logarithms up to ±1e4", () => {
  for (const s of [0, 1e-9, 0.5, 36, 700, 1e4]) {
    expect(sigmoid(s) + sigmoid(-s)).toBeCloseTo(1, 15);
    expect(sigmoid(-s)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(logSigmoid(-s) - (logSigmoid(s) - s))).toBeLessThan(1e-12 * Math.max(1, s));
  }
  expect([sigmoid(1e4), sigmoid(-1e4), logSigmoid(1e4), logSigmoid(-1e4)]).toEqual([1, 0, -0, -1e4]);
});
