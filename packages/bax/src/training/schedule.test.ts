import fc from "fast-check";
import { expect, test } from "vitest";
import { holdOut, linearDecay } from "./schedule.ts";

const all = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

test("the rate falls in one straight line from the first rate to 0, without a step between epochs", () => {
  const [epochs, count] = [5, 40];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const { start, slope } = linearDecay(0.8, epoch, epochs, count);
    for (let i = 0; i <= count; i += 10) {
      const done = (epoch * count + i) / (epochs * count);
      expect(start + slope * i).toBeCloseTo(0.8 * (1 - done), 12);
    }
  }
});

const splits = fc.record({
  labels: fc.array(fc.nat(7), { maxLength: 200 }),
  fraction: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
  seed: fc.nat(),
});

test("a split loses and repeats nothing, keeps the order, and leaves every label in the training part", () => {
  fc.assert(
    fc.property(splits, ({ labels, fraction, seed }) => {
      const { train, valid } = holdOut(Uint32Array.from(labels), all(labels.length), fraction, seed);
      expect([...train, ...valid].sort((a, b) => a - b)).toEqual([...all(labels.length)]);
      for (const part of [train, valid]) expect([...part]).toEqual([...part].sort((a, b) => a - b));
      expect(new Set(Array.from(train, (i) => labels[i]))).toEqual(new Set(labels));
    }),
  );
});

test("a split holds out the fraction of every label within one example, and of all within one where labels are large", () => {
  fc.assert(
    fc.property(splits, ({ labels, fraction, seed }) => {
      const { valid } = holdOut(Uint32Array.from(labels), all(labels.length), fraction, seed);
      for (const label of new Set(labels)) {
        const have = labels.filter((other) => other === label).length;
        const held = [...valid].filter((i) => labels[i] === label).length;
        expect(held).toBeLessThan(Math.min(have, have * fraction + 1));
        expect(held).toBeGreaterThan(Math.min(have * fraction, have - 1) - 1);
      }
    }),
  );
});

test("many small labels together still give the fraction", () => {
  const labels = Array.from({ length: 1000 }, (_, i) => i >> 2);
  expect(holdOut(Uint32Array.from(labels), all(1000), 0.1, 1).valid.length).toBeGreaterThanOrEqual(99);
});

test("only the examples that are given are split", () => {
  const given = all(100).filter((i) => i % 3 === 0);
  const { train, valid } = holdOut(new Uint32Array(100), given, 0.5, 1);
  expect([...train, ...valid].sort((a, b) => a - b)).toEqual([...given]);
});

test("the same seed gives the same split, another one another", () => {
  const labels = Array.from({ length: 200 }, (_, i) => i % 3);
  const of = (seed: number) => [...holdOut(Uint32Array.from(labels), all(200), 0.2, seed).valid].join();
  expect(of(1)).toBe(of(1));
  expect(of(1)).not.toBe(of(2));
});
