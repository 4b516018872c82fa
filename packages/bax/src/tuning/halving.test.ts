import { expect, test } from "vitest";
import { BRACKET, brackets, rungsFor, survivors } from "./halving.ts";

const prices = (examples: number, splits = 5) => rungsFor(examples, splits).map(({ folds, share }) => folds * share);

test("each rung costs about three times the one before, and the last is the full price", () => {
  for (const examples of [9_000, 15_000, 20_000, 1_000_000]) {
    const found = prices(examples);
    expect(found).toHaveLength(3);
    for (const [i, price] of found.slice(1).entries()) {
      expect(price / found[i]).toBeGreaterThan(1.9);
      expect(price / found[i]).toBeLessThan(4.1);
    }
  }
  expect(rungsFor(1_000_000, 5)).toEqual([
    { folds: 1, share: 1 / 9 },
    { folds: 1, share: 1 / 3 },
    { folds: 1, share: 1 },
  ]);
});

test("small data is measured on more folds, and never from so few examples that it says nothing", () => {
  expect(rungsFor(600, 5)).toEqual([
    { folds: 1, share: 1 },
    { folds: 2, share: 1 },
    { folds: 5, share: 1 },
  ]);
  for (const examples of [3_000, 7_000, 12_000]) {
    for (const { share } of rungsFor(examples, 5)) expect(share * examples).toBeGreaterThanOrEqual(2_500);
  }
});

test("where there is one split there are as many rungs as its text can be cut for", () => {
  expect(rungsFor(600, 1)).toEqual([{ folds: 1, share: 1 }]);
  expect(rungsFor(100_000, 1)).toHaveLength(3);
});

test("a third goes on, one at the least", () => {
  expect([1, 2, 3, 4, 9, 10].map(survivors)).toEqual([1, 1, 1, 2, 3, 4]);
});

test("brackets add up to the trials, the defaults aside; without a number they do not end", () => {
  expect([...brackets(1)]).toEqual([]);
  expect([...brackets(8)]).toEqual([7]);
  expect([...brackets(30)]).toEqual([BRACKET, BRACKET, 9]);
  const endless = brackets(Number.POSITIVE_INFINITY);
  expect([endless.next().value, endless.next().value]).toEqual([BRACKET, BRACKET]);
});
