import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OutputLayer } from "../math/linearBag.ts";
import { Random } from "../math/random.ts";
import {
  drawNegatives,
  hierarchicalSoftmax,
  huffmanTree,
  type Loss,
  type LossName,
  negativeBounds,
  negativeSampling,
  oneVsAll,
  softmaxLoss,
} from "./index.ts";

/** What holds of every loss. A loss is made for label counts in descending order and for the labels of one example. */
const MAKERS: Record<LossName, (counts: readonly number[], targets: readonly number[], seed: number) => Loss> = {
  softmax: () => softmaxLoss,
  ova: () => oneVsAll,
  hs: (counts) => hierarchicalSoftmax(huffmanTree(counts)),
  ns: (counts, targets, seed) => negativeSampling(drawNegatives(negativeBounds(counts), targets, seed, 7, 5)),
};

interface Case {
  layer: { dimension: number; labelCount: number; output: Float64Array };
  hidden: Float64Array;
  target: Float64Array;
  targets: number[];
  counts: number[];
}

/** A random example; `scale` is about that of its scores. */
function caseOf(labelCount: number, dimension: number, share: number, scale: number, seed: number): Case {
  const random = new Random(seed);
  const uniform = (size: number) => random.uniform() * 2 * size - size;
  const output = Float64Array.from({ length: labelCount * dimension }, () => uniform(scale));
  const hidden = Float64Array.from({ length: dimension }, () => uniform(1));
  const targets = Array.from({ length: labelCount }, (_, label) => label).filter(() => random.uniform() < share);
  if (targets.length === 0) targets.push(random.below(labelCount));
  const target = new Float64Array(labelCount);
  for (const label of targets) target[label] = 1 / targets.length;
  const counts = Array.from({ length: labelCount }, () => 1 + random.below(1000)).sort((a, b) => b - a);
  return { layer: { dimension, labelCount, output }, hidden, target, targets, counts };
}

const shapes = fc.record({
  labels: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 3, max: 12 })),
  dimension: fc.integer({ min: 1, max: 6 }),
  share: fc.constantFrom(0, 0.3, 1),
  seed: fc.nat(),
});

/** (f(x + d) − f(x − d)) / 2d for one number of an array. */
function slope(values: Float64Array, at: number, f: () => number): number {
  const kept = values[at];
  const d = 1e-5 * Math.max(1, Math.abs(kept));
  values[at] = kept + d;
  const up = f();
  values[at] = kept - d;
  const down = f();
  values[at] = kept;
  return (up - down) / (2 * d);
}

function expectClose(got: number, expected: number, bound: number): void {
  expect(Math.abs(got - expected)).toBeLessThan(bound * Math.max(1, Math.abs(expected)));
}

describe.each(["softmax", "ova", "hs", "ns"] as const)("%s", (name) => {
  const make = MAKERS[name];

  test("says its name", () => {
    expect(make([3, 2], [0], 1).name).toBe(name);
  });

  test("has the gradients of central differences to 1e-7, for one label, for two, and for several targets", () => {
    fc.assert(
      fc.property(shapes, ({ labels, dimension, share, seed }) => {
        const { layer, hidden, target, targets, counts } = caseOf(labels, dimension, share, 2, seed);
        const loss = make(counts, targets, seed);
        const value = () => loss.gradient(layer, hidden, target).loss;
        const { dOutput, dHidden } = loss.gradient(layer, hidden, target);
        expect([dOutput.length, dHidden.length]).toEqual([labels * dimension, dimension]);
        for (let at = 0; at < dOutput.length; at++) expectClose(dOutput[at], slope(layer.output, at, value), 1e-7);
        for (let at = 0; at < dHidden.length; at++) expectClose(dHidden[at], slope(hidden, at, value), 1e-7);
      }),
      { numRuns: 150 },
    );
  });

  test("is finite, and not negative, with scores of ±1e4", () => {
    fc.assert(
      fc.property(shapes, ({ labels, dimension, share, seed }) => {
        const { layer, hidden, target, targets, counts } = caseOf(labels, dimension, share, 1e4, seed);
        const loss = make(counts, targets, seed);
        const { loss: value, dOutput, dHidden } = loss.gradient(layer, hidden, target);
        expect(value).toBeGreaterThanOrEqual(0);
        for (const number of [value, ...dOutput, ...dHidden, ...loss.logProbabilities(layer, hidden)])
          expect(Number.isFinite(number)).toBe(true);
      }),
    );
  });

  test("has probabilities from 0 to 1, those of its own logarithms, and of sum 1 where labels exclude each other", () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(1, 30, 1e4), ({ labels, dimension, share, seed }, scale) => {
        const { layer, hidden, targets, counts } = caseOf(labels, dimension, share, scale, seed);
        const loss = make(counts, targets, seed);
        const probabilities = loss.probabilities(layer, hidden);
        const logs = loss.logProbabilities(layer, hidden);
        expect(probabilities).toHaveLength(labels);
        for (const [label, p] of probabilities.entries()) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
          if (p > 1e-300) expectClose(Math.log(p), logs[label], 1e-12);
        }
        if (name === "softmax" || name === "hs")
          expectClose(
            probabilities.reduce((a, b) => a + b),
            1,
            1e-12,
          );
      }),
    );
  });

  test("falls along its own gradient", () => {
    fc.assert(
      fc.property(shapes, ({ labels, dimension, share, seed }) => {
        const { layer, hidden, target, targets, counts } = caseOf(labels, dimension, share, 1, seed);
        const loss = make(counts, targets, seed);
        const { loss: before, dOutput } = loss.gradient(layer, hidden, target);
        const length = dOutput.reduce((sum, d) => sum + d * d, 0);
        if (length < 1e-12) return;
        const moved: OutputLayer = { ...layer, output: layer.output.map((b, at) => b - 1e-3 * dOutput[at]) };
        expect(loss.gradient(moved, hidden, target).loss).toBeLessThan(before);
      }),
    );
  });
});

test("one-vs-all asks for each label alone: targets are 1 for each of several labels, or what each is by itself", () => {
  const layer = { dimension: 1, labelCount: 3, output: Float64Array.from([0.5, -1, 2]) };
  const sigma = (s: number) => 1 / (1 + Math.exp(-s));
  const several = oneVsAll.gradient(layer, [1], [1, 1, 0]).loss;
  expectClose(several, -Math.log(sigma(0.5)) - Math.log(sigma(-1)) - Math.log(sigma(-2)), 1e-12);
  const soft = oneVsAll.gradient(layer, [1], [0.9, 0.6, 0.25]).loss;
  const decision = (s: number, y: number) => -y * Math.log(sigma(s)) - (1 - y) * Math.log(sigma(-s));
  expectClose(soft, decision(0.5, 0.9) + decision(-1, 0.6) + decision(2, 0.25), 1e-12);
});

test("hierarchical softmax never touches the last row of B", () => {
  const { layer, hidden, target } = caseOf(9, 4, 1, 1, 5);
  const { dOutput } = hierarchicalSoftmax(huffmanTree([9, 8, 7, 6, 5, 4, 3, 2, 1])).gradient(layer, hidden, target);
  expect(dOutput.subarray(8 * 4).every((d) => d === 0)).toBe(true);
  expect(dOutput.subarray(0, 8 * 4).every((d) => d !== 0)).toBe(true);
});
