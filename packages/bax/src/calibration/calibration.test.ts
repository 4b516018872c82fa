import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../math/random.ts";
import {
  AnswerSample,
  chooseThresholds,
  plattScaling,
  type ScoredExamples,
  softmaxTemperature,
  treeTemperature,
} from "./index.ts";

/** Σ −log softmax(s / T)_y of single-label examples. */
function crossEntropy({ labelCount, scores, targets }: ScoredExamples, temperature: number): number {
  return targets.reduce((sum, { labels: [gold], weight = 1 }, row) => {
    const s = Array.from(scores.subarray(row * labelCount, (row + 1) * labelCount), (value) => value / temperature);
    const most = Math.max(...s);
    const total = s.reduce((all, value) => all + Math.exp(value - most), 0);
    return sum + weight * (Math.log(total) + most - s[gold]);
  }, 0);
}

/** Examples whose labels are drawn from softmax(s / temperature). */
function drawn(count: number, labelCount: number, temperature: number, seed: number): ScoredExamples {
  const random = new Random(seed);
  const scores = Float32Array.from({ length: count * labelCount }, () => 8 * random.uniform() - 4);
  const targets = Array.from({ length: count }, (_, row) => {
    const likely = Array.from(scores.subarray(row * labelCount, (row + 1) * labelCount), (s) =>
      Math.exp(s / temperature),
    );
    let left = random.uniform() * likely.reduce((a, b) => a + b, 0);
    let label = 0;
    while (label < labelCount - 1 && left >= likely[label]) left -= likely[label++];
    return { labels: [label] };
  });
  return { labelCount, scores, targets };
}

describe("temperature", () => {
  test.each([0.3, 0.7, 1, 2, 5])("is found again where labels were drawn at %d", (temperature) => {
    expect(softmaxTemperature(drawn(20_000, 4, temperature, 1))).toBeCloseTo(temperature, temperature > 3 ? 0 : 1);
  });

  test("is the minimum of the cross-entropy, up to the one even example that is spread over it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 2, max: 9 }), (seed, labels) => {
        const examples = drawn(400, labels, 1.5, seed);
        const found = softmaxTemperature(examples);
        const at = (temperature: number) => crossEntropy(examples, temperature);
        for (const factor of [0.8, 1.25]) expect(at(found)).toBeLessThan(at(found * factor) + 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  test("an example of weight 2 is one that is there twice", () => {
    const { labelCount, scores, targets } = drawn(50, 3, 1, 3);
    const twice = {
      labelCount,
      scores: Float32Array.from([...scores, ...scores.subarray(0, 3)]),
      targets: [...targets, targets[0]],
    };
    const weighted = { labelCount, scores, targets: targets.map((one, i) => (i === 0 ? { ...one, weight: 2 } : one)) };
    expect(softmaxTemperature(weighted)).toBeCloseTo(softmaxTemperature(twice), 6);
  });

  test("a model without a mistake is not told to be certain", () => {
    const scores = Float32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const targets = Array.from({ length: 100 }, () => ({ labels: [0] }));
    const found = softmaxTemperature({ labelCount: 2, scores, targets });
    const probability = 1 / (1 + Math.exp(-2 / found));
    expect(probability).toBeGreaterThan(0.98);
    expect(probability).toBeLessThan(0.999);
  });

  test("scores that say nothing, or say it wrong, end at a bound and not in a number that is none", () => {
    const targets = Array.from({ length: 40 }, () => ({ labels: [0] }));
    for (const scores of [new Float32Array(80), Float32Array.from({ length: 80 }, (_, i) => (i % 2) * 9)]) {
      const found = softmaxTemperature({ labelCount: 2, scores, targets });
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThanOrEqual(50.001);
    }
  });

  test("of a tree is found again from turns that were drawn", () => {
    const random = new Random(5);
    const scores = Array.from({ length: 40_000 }, () => {
      const score = 6 * random.uniform() - 3;
      return random.uniform() < 1 / (1 + Math.exp(-score / 2)) ? score : -score;
    });
    expect(treeTemperature({ scores, weights: scores.map(() => 1) })).toBeCloseTo(2, 1);
  });
});

describe("Platt's lines", () => {
  test("are found again where each label was drawn by its own", () => {
    const random = new Random(7);
    const lines = [
      { a: 2, b: -1 },
      { a: 0.5, b: 1 },
    ];
    const scores = new Float32Array(2 * 60_000);
    const targets = Array.from({ length: 60_000 }, (_, row) => {
      const labels = lines.flatMap(({ a, b }, label) => {
        const s = 4 * random.uniform() - 2;
        scores[2 * row + label] = s;
        return random.uniform() < 1 / (1 + Math.exp(-(a * s + b))) ? [label] : [];
      });
      return { labels };
    });
    const { slopes, offsets } = plattScaling({ labelCount: 2, scores, targets });
    for (const [label, { a, b }] of lines.entries()) {
      expect(slopes[label]).toBeCloseTo(a, 0);
      expect(Math.abs(offsets[label] - b)).toBeLessThan(0.1);
    }
  });

  test("a label that was never right has a line near the common one, and never a slope below 0", () => {
    const random = new Random(9);
    const scores = Float32Array.from({ length: 3 * 200 }, () => 4 * random.uniform() - 2);
    const targets = Array.from({ length: 200 }, (_, row) => ({
      labels: [0, 1].filter((j) => scores[3 * row + j] > 0.3),
    }));
    const { slopes, offsets } = plattScaling({ labelCount: 3, scores, targets });
    for (const slope of slopes) expect(slope).toBeGreaterThan(0);
    expect(Math.abs(slopes[2] - slopes[0])).toBeLessThan(slopes[0]);
    expect([...slopes, ...offsets].every(Number.isFinite)).toBe(true);
  });
});

describe("thresholds", () => {
  const answers = (rights: readonly boolean[], label = 0) =>
    rights.map((isRight, i) => ({ label, probability: 1 - i / rights.length, isRight, weight: 1 }));
  // 40 answers, likeliest first: the first 20 right, then every other one.
  const mixed = answers(Array.from({ length: 40 }, (_, i) => i < 20 || i % 2 === 0));

  test("for a precision: the lowest from which on that share is right", () => {
    const { thresholds } = chooseThresholds(mixed, 1, { precision: 0.9 });
    const kept = mixed.filter(({ probability }) => probability >= thresholds[0]);
    const precision = kept.filter(({ isRight }) => isRight).length / kept.length;
    expect(precision).toBeGreaterThanOrEqual(0.9);
    const below = mixed.filter(({ probability }) => probability < thresholds[0]);
    for (let more = 1; more <= below.length; more++) {
      const wider = [...kept, ...below.slice(0, more)];
      expect(wider.filter(({ isRight }) => isRight).length / wider.length).toBeLessThan(0.9);
    }
  });

  test("for a recall: the highest that finds that share of the right ones", () => {
    const { thresholds } = chooseThresholds(mixed, 1, { recall: 0.8 });
    const right = mixed.filter(({ isRight }) => isRight);
    const found = right.filter(({ probability }) => probability >= thresholds[0]).length / right.length;
    expect(found).toBeGreaterThanOrEqual(0.8);
    expect(found - 1 / right.length).toBeLessThan(0.8);
  });

  test("for a share: the quantile of each label", () => {
    const two = [...mixed, ...answers(Array<boolean>(100).fill(true), 1)];
    const { thresholds } = chooseThresholds(two, 2, { share: 0.25 });
    for (const [label, total] of [40, 100].entries()) {
      const kept = two.filter((one) => one.label === label && one.probability >= thresholds[label]);
      expect(kept.length).toBe(total / 4);
    }
  });

  test("equally likely answers are kept or left out together", () => {
    const equal = mixed.map((answer) => ({ ...answer, probability: 0.5 }));
    expect(chooseThresholds(equal, 1, { share: 0.1 }).thresholds).toEqual([0.5]);
    expect(chooseThresholds(equal, 1, { precision: 0.7 }).thresholds).toEqual([0.5]);
    expect(chooseThresholds(equal, 1, { precision: 0.99 }).thresholds).toEqual([2]);
  });

  test("a label with few answers is judged with all together, and without any answer nothing is answered", () => {
    const few = [...mixed, ...answers([false, false], 1)];
    const { thresholds } = chooseThresholds(few, 3, { precision: 0.9 });
    expect(thresholds[1]).toBe(thresholds[2]);
    expect(chooseThresholds([], 2, { precision: 0.5 }).thresholds).toEqual([2, 2]);
  });

  test("where labels are judged each by itself all of them count, but what is wrong and unlikely", () => {
    const sample = new AnswerSample(2, true);
    for (let i = 0; i < 30; i++) sample.add(Int32Array.of(0, 1), Float32Array.of(0.9, i < 15 ? 0.6 : 1e-4), [0, 1]);
    const { thresholds } = sample.choose({ recall: 1 });
    expect(thresholds).toEqual([Math.fround(0.9), Math.fround(1e-4)]);
  });
});
