import fc from "fast-check";
import { expect, test } from "vitest";
import { decisions, drawNegatives, negativeBounds, objectiveAtStart } from "./index.ts";

test("a draw is never a target or a label that does not occur, whatever the counts", () => {
  const counts = fc
    .array(fc.constantFrom(0, 1, 2, 100, 1e6), { minLength: 1, maxLength: 12 })
    .filter((c) => c.some(Boolean));
  fc.assert(
    fc.property(counts, fc.nat(), fc.nat(1000), (counts, seed, position) => {
      const targets = counts.map((_, label) => label).filter((label) => (seed >> label) & 1 && counts[label] > 0);
      const drawn = drawNegatives(negativeBounds(counts), targets, seed, position, 6);
      const others = counts.filter((count, label) => count > 0 && !targets.includes(label)).length;
      expect(drawn).toHaveLength(others === 0 ? 0 : 6);
      for (const label of drawn) expect([counts[label] > 0, targets.includes(label)]).toEqual([true, false]);
    }),
  );
});

test("labels are drawn as often as the square roots of their counts say, to four standard errors", () => {
  const counts = [900, 400, 100, 25, 1];
  const bounds = negativeBounds(counts);
  const seen = [0, 0, 0, 0, 0];
  for (let position = 0; position < 20_000; position++)
    for (const label of drawNegatives(bounds, [1], 12345, position, 2)) seen[label]++;
  const sum = 30 + 10 + 5 + 1;
  for (const [label, weight] of [30, 0, 10, 5, 1].entries()) {
    const p = weight / sum;
    expect(Math.abs(seen[label] - 40_000 * p)).toBeLessThanOrEqual(4 * Math.sqrt(40_000 * p * (1 - p)));
  }
});

test("a million labels still have a stretch each", () => {
  const counts = new Float64Array(1_000_000).fill(1);
  counts[0] = 1e9;
  const bounds = negativeBounds(counts);
  for (let label = 0; label < counts.length; label++) if (!(bounds[label + 1] > bounds[label])) expect(label).toBe(-1);
});

test("the objective of a model that knows nothing is ln 2 a decision, and the log of the labels for softmax", () => {
  expect(objectiveAtStart("softmax", [5, 5, 5], 5)).toBeCloseTo(Math.log(3), 12);
  expect(objectiveAtStart("ova", [5, 5, 5], 5)).toBeCloseTo(3 * Math.LN2, 12);
  expect(objectiveAtStart("ns", [5, 5, 5], 5)).toBeCloseTo(6 * Math.LN2, 12);
  // Paths of 1, 2, 3 and 3 steps.
  expect(objectiveAtStart("hs", [8, 4, 2, 1], 5)).toBeCloseTo(((8 + 8 + 6 + 3) / 15) * Math.LN2, 12);
  expect(decisions("hs", [1, 1, 1, 1], 5)).toBe(2);
});
