import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BaxError } from "../errors.ts";
import { cost, gradient, type NumericExample } from "./cost.ts";
import type { LinearBag } from "./linearBag.ts";
import { Random } from "./random.ts";

interface Shape {
  seed: number;
  features: number;
  dimension: number;
  labels: number;
  examples: number;
  soft: boolean;
  scale: number;
}

const shapes = fc.record({
  seed: fc.nat(),
  features: fc.integer({ min: 1, max: 7 }),
  dimension: fc.integer({ min: 1, max: 6 }),
  labels: fc.integer({ min: 1, max: 6 }),
  examples: fc.integer({ min: 1, max: 5 }),
  soft: fc.boolean(),
  scale: fc.constantFrom(0.1, 1, 2),
});

/** Random parameters and examples; ids repeat often since there are few features, and about one example in five is empty. */
function problem(shape: Shape): { bag: LinearBag; examples: NumericExample[] } {
  const random = new Random(shape.seed);
  const numbers = (n: number) => Float64Array.from({ length: n }, () => (random.uniform() * 2 - 1) * shape.scale);
  const bag = {
    featureCount: shape.features,
    dimension: shape.dimension,
    labelCount: shape.labels,
    embeddings: numbers(shape.features * shape.dimension),
    output: numbers(shape.labels * shape.dimension),
  };
  const examples = Array.from({ length: shape.examples }, () => {
    const m = random.below(5) === 0 ? 0 : 1 + random.below(6);
    const target = new Float64Array(shape.labels);
    if (shape.soft) for (let j = 0; j < target.length; j++) target[j] = random.uniform() + 0.01;
    else target[random.below(shape.labels)] = 1;
    return {
      features: {
        ids: Uint32Array.from({ length: m }, () => random.below(shape.features)),
        weights: new Float64Array(m).fill(1 / m),
      },
      target,
    };
  });
  return { bag, examples };
}

/** Central differences of the cost over five points: the error of the formula is step⁴, so the step can be large. */
function differences(bag: LinearBag, examples: NumericExample[], which: "embeddings" | "output"): Float64Array {
  const parameters = bag[which] as Float64Array;
  const step = 2 ** -11;
  return parameters.map((kept, i) => {
    const at = (shift: number): number => {
      parameters[i] = kept + shift;
      const value = cost(bag, examples);
      parameters[i] = kept;
      return value;
    };
    return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  });
}

function relativeError(found: Float64Array, expected: Float64Array): number {
  let error = 0;
  let size = 1e-3; // below this the gradient counts as zero
  for (let i = 0; i < found.length; i++) {
    error = Math.max(error, Math.abs(found[i] - expected[i]));
    size = Math.max(size, Math.abs(expected[i]));
  }
  return error / size;
}

function expectGradientToMatchDifferences(bag: LinearBag, examples: NumericExample[]): void {
  const { dEmbeddings, dOutput } = gradient(bag, examples);
  expect(relativeError(dOutput, differences(bag, examples, "output"))).toBeLessThan(1e-7);
  expect(relativeError(dEmbeddings, differences(bag, examples, "embeddings"))).toBeLessThan(1e-7);
}

describe("gradient", () => {
  it("agrees with central differences of cost to 1e-7 relative: random shapes, one-hot and soft, repeats, empty examples", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { bag, examples } = problem(shape);
        expectGradientToMatchDifferences(bag, examples);
      }),
      { numRuns: 150 },
    );
  });

  it("agrees with central differences for two labels, one-hot and soft", () => {
    const shape = { seed: 4, features: 5, dimension: 3, labels: 2, examples: 6, scale: 1 };
    for (const soft of [false, true]) {
      const { bag, examples } = problem({ ...shape, soft });
      expectGradientToMatchDifferences(bag, examples);
    }
  });

  it("agrees with central differences where logits reach 1e4", () => {
    const bag = {
      featureCount: 2,
      dimension: 2,
      labelCount: 3,
      embeddings: Float64Array.of(100, 1, -3, 50),
      output: Float64Array.of(100, 1, -100, 2, 7, 90),
    };
    // The targets are not the winners: both gradients are large, the loss is about 1e4.
    const examples = [
      { features: { ids: [0], weights: [1] }, target: [0, 1, 0] },
      { features: { ids: [1, 0], weights: [0.5, 0.5] }, target: [0.25, 0.5, 0.25] },
    ];
    expect(cost(bag, examples)).toBeGreaterThan(5000);
    expectGradientToMatchDifferences(bag, examples);
  });

  it("is zero when there is one label only, and the cost is too", () => {
    const { bag, examples } = problem({
      seed: 9,
      features: 4,
      dimension: 3,
      labels: 1,
      examples: 4,
      soft: true,
      scale: 2,
    });
    expect(cost(bag, examples)).toBe(0);
    const { dEmbeddings, dOutput } = gradient(bag, examples);
    expect([...dEmbeddings, ...dOutput].every((g) => Math.abs(g) === 0)).toBe(true);
  });

  it("is exactly zero for an empty example, whose loss is log C", () => {
    const { bag } = problem({ seed: 1, features: 3, dimension: 4, labels: 5, examples: 1, soft: false, scale: 1 });
    const empty = [{ features: { ids: [], weights: [] }, target: [0, 0, 1, 0, 0] }];
    expect(cost(bag, empty)).toBeCloseTo(Math.log(5), 15);
    const { dEmbeddings, dOutput } = gradient(bag, empty);
    expect([...dEmbeddings, ...dOutput].every((g) => Math.abs(g) === 0)).toBe(true);
  });

  it("gives a repeated feature what it gives one occurrence with the summed weight", () => {
    const { bag } = problem({ seed: 2, features: 3, dimension: 4, labels: 3, examples: 1, soft: false, scale: 1 });
    const twice = gradient(bag, [{ features: { ids: [1, 2, 1], weights: [0.25, 0.5, 0.25] }, target: [1, 0, 0] }]);
    const once = gradient(bag, [{ features: { ids: [1, 2], weights: [0.5, 0.5] }, target: [1, 0, 0] }]);
    expect(relativeError(twice.dEmbeddings, once.dEmbeddings)).toBeLessThan(1e-15);
    expect(relativeError(twice.dOutput, once.dOutput)).toBeLessThan(1e-15);
  });

  it("touches only the rows of features that occur", () => {
    const { bag } = problem({ seed: 3, features: 5, dimension: 2, labels: 3, examples: 1, soft: false, scale: 1 });
    const { dEmbeddings } = gradient(bag, [{ features: { ids: [3], weights: [1] }, target: [0, 1, 0] }]);
    expect([...dEmbeddings].map((g, i) => g !== 0 && Math.floor(i / 2)).filter((row) => row !== false)).toEqual([3, 3]);
  });

  it("lowers the cost when followed downhill, every one of 50 steps", () => {
    const { bag, examples } = problem({
      seed: 6,
      features: 6,
      dimension: 4,
      labels: 4,
      examples: 8,
      soft: false,
      scale: 1,
    });
    const embeddings = bag.embeddings as Float64Array;
    const output = bag.output as Float64Array;
    let last = cost(bag, examples);
    for (let step = 0; step < 50; step++) {
      const { dEmbeddings, dOutput } = gradient(bag, examples);
      dEmbeddings.forEach((g, i) => {
        embeddings[i] -= 0.2 * g;
      });
      dOutput.forEach((g, i) => {
        output[i] -= 0.2 * g;
      });
      const now = cost(bag, examples);
      expect(now).toBeLessThan(last);
      last = now;
    }
  });
});

describe("cost", () => {
  it("does not depend on the scale of a target, which is normalised at the door", () => {
    const { bag, examples } = problem({
      seed: 5,
      features: 4,
      dimension: 3,
      labels: 3,
      examples: 3,
      soft: true,
      scale: 1,
    });
    const scaled = examples.map((e) => ({ ...e, target: Array.from(e.target, (share) => share * 8) }));
    expect(cost(bag, scaled)).toBeCloseTo(cost(bag, examples), 14);
  });

  it("refuses targets that are negative, NaN or all zero, ids out of range, wrong lengths and no examples", () => {
    const { bag } = problem({ seed: 5, features: 2, dimension: 2, labels: 2, examples: 1, soft: true, scale: 1 });
    const features = { ids: [0], weights: [1] };
    const bad: NumericExample[][] = [
      [{ features, target: [-1, 2] }],
      [{ features, target: [Number.NaN, 1] }],
      [{ features, target: [0, 0] }],
      [{ features, target: [1] }],
      [{ features: { ids: [2], weights: [1] }, target: [1, 0] }],
      [{ features: { ids: [0.5], weights: [1] }, target: [1, 0] }],
      [{ features: { ids: [0], weights: [Number.NaN] }, target: [1, 0] }],
      [{ features: { ids: [0, 1], weights: [1] }, target: [1, 0] }],
      [],
    ];
    for (const examples of bad) {
      expect(() => cost(bag, examples)).toThrow(BaxError);
      expect(() => gradient(bag, examples)).toThrow(BaxError);
    }
    expect(() => cost({ ...bag, dimension: 3 }, [{ features, target: [1, 0] }])).toThrow(/expected 6 and 6/);
  });
});
