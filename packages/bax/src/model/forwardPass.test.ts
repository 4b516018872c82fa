import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap, LANES } from "../kernels/index.ts";
import {
  type Head,
  hierarchicalSoftmax,
  huffmanTree,
  type Loss,
  type LossName,
  negativeSampling,
  oneVsAll,
  pathOf,
  softmaxLoss,
} from "../losses/index.ts";
import { hidden, type LinearBag, logits } from "../math/linearBag.ts";
import { Random } from "../math/random.ts";
import { ForwardPass } from "./forwardPass.ts";
import { allocateParameters } from "./parameters.ts";

const FEATURES = 20;
const LOSSES = ["softmax", "ova", "hs", "ns"] as const;

interface Setting {
  labels: number;
  dimension: number;
  groups: number;
  scale: number;
  seed: number;
}

const settings: fc.Arbitrary<Setting> = fc.record({
  labels: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 3, max: 60 })),
  dimension: fc.constantFrom(4, 12, 20, 36),
  groups: fc.integer({ min: 1, max: 3 }),
  scale: fc.constantFrom(0, 0.3, 1, 5),
  seed: fc.nat(),
});

/** A random model in a heap and the same in float64, with one bag in each of the 16 lanes. */
function prepare(loss: LossName, { labels, dimension, groups, scale, seed }: Setting, arithmetic: Head["arithmetic"]) {
  const heap = new Heap(false);
  const random = new Random(seed);
  const uniform = (count: number) => Float32Array.from({ length: count }, () => (random.uniform() * 2 - 1) * scale);
  const bag: LinearBag = {
    embeddings: uniform(FEATURES * dimension),
    output: uniform(labels * dimension),
    featureCount: FEATURES,
    labelCount: labels,
    dimension,
  };
  const parameters = allocateParameters(heap, FEATURES, labels, dimension, Math.min(groups, dimension / 4));
  for (const { begin, width, embeddings, output } of parameters.groups) {
    for (const [at, values, rows] of [
      [embeddings, bag.embeddings, FEATURES],
      [output, bag.output, labels],
    ] as const) {
      for (let row = 0; row < rows; row++)
        for (let i = 0; i < width; i++) heap.f32[at / 4 + row * width + i] = values[row * dimension + begin + i];
    }
  }
  const counts = Array.from({ length: labels }, () => 1 + random.below(50)).sort((a, b) => b - a);
  const forward = new ForwardPass(heap, parameters, { loss, labelCounts: loss === "hs" ? counts : [], arithmetic });
  const lanes = Array.from({ length: LANES }, () => {
    const ids = Uint32Array.from({ length: 5 }, () => random.below(FEATURES));
    const weights = Float32Array.from({ length: 5 }, () => random.uniform());
    return { at: [heap.allocateCopy(ids), heap.allocateCopy(weights)], h: hidden(bag, { ids, weights }) };
  });
  const reference: Record<LossName, () => Loss> = {
    softmax: () => softmaxLoss,
    ova: () => oneVsAll,
    hs: () => hierarchicalSoftmax(huffmanTree(counts)),
    ns: () => negativeSampling([]),
  };
  const gatherAll = () => {
    for (const [lane, { at }] of lanes.entries())
      forward.gather({ ids: at[0], weights: at[1], count: 5, scale: 1 }, lane);
  };
  return { bag, counts, forward, lanes, gatherAll, loss: reference[loss]() };
}

/** Largest Σ_i |B_ji h_i| of any label, at least 1: what the rounding of a score is measured by. */
function sizeOf({ output, labelCount, dimension }: LinearBag, h: Float64Array): number {
  let size = 1;
  for (let label = 0; label < labelCount; label++)
    size = Math.max(
      size,
      h.reduce((sum, value, i) => sum + Math.abs(value * output[label * dimension + i]), 0),
    );
  return size;
}

/** The best labels of a lane, as pairs. */
function answersOf(forward: ForwardPass, k: number, lane: number, one: boolean, threshold = 0): [number, number][] {
  const labels = new Int32Array(k);
  const probabilities = new Float32Array(k);
  forward.top(k, lane, one, labels, probabilities, 0, threshold);
  const answers = Array.from(labels, (label, i): [number, number] => [label, probabilities[i]]);
  const end = answers.findIndex(([label]) => label < 0);
  if (end < 0) return answers;
  expect(answers.slice(end).every(([label, p]) => label === -1 && p === 0)).toBe(true);
  return answers.slice(0, end);
}

describe.each(LOSSES)("%s", (name) => {
  test("the probabilities of all labels agree with the reference to 2e-6 of the scores' parts, best first", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const { bag, forward, lanes, gatherAll, loss } = prepare(name, setting, "exact");
        gatherAll();
        forward.logitsBatch();
        forward.normalizeBatch();
        for (const [lane, { h }] of lanes.entries()) {
          const answers = answersOf(forward, setting.labels, lane, false);
          const expected = loss.probabilities(bag, h);
          expect(answers.map(([label]) => label).sort((a, b) => a - b)).toEqual([...expected.keys()]);
          for (const [i, [label, p]] of answers.entries()) {
            expect(Math.abs(p - expected[label])).toBeLessThan(2e-6 * sizeOf(bag, h));
            if (i > 0) expect(p).toBeLessThanOrEqual(answers[i - 1][1]);
          }
        }
      }),
    );
  });

  test("the first k are the head of all, from a threshold on, and one alone has the same bits as one of sixteen", () => {
    fc.assert(
      fc.property(
        settings,
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(0, 0.02, 0.3, 1),
        (setting, k, threshold) => {
          const { forward, lanes, gatherAll } = prepare(name, setting, "exact");
          gatherAll();
          forward.logitsBatch();
          forward.normalizeBatch();
          const many = lanes.map((_, lane) => answersOf(forward, k, lane, false, threshold));
          for (const [lane, got] of many.entries()) {
            const all = answersOf(forward, setting.labels, lane, false);
            expect(got).toEqual(all.slice(0, k).filter(([, p]) => p >= threshold));
          }
          for (const [lane, { at }] of lanes.entries()) {
            forward.gather({ ids: at[0], weights: at[1], count: 5, scale: 1 }, 0);
            forward.logitsOne();
            forward.normalizeOne();
            expect(answersOf(forward, k, 0, true, threshold)).toEqual(many[lane]);
            for (const [label, p] of many[lane]) expect(forward.probabilityOf(label)).toBe(p);
          }
        },
      ),
    );
  });

  test("the cross-entropy of a lane is −Σ y log p of the reference to 5e-6 of the scores' parts; NaN without a known label", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const { bag, forward, lanes, gatherAll, loss } = prepare(name, setting, "exact");
        gatherAll();
        forward.logitsBatch();
        const gold = lanes.map((_, lane) => [[lane % setting.labels], [-1], [0, setting.labels - 1, -1]][lane % 3]);
        for (const [lane, got] of forward.measureBatch(gold.map((labels) => ({ labels }))).entries()) {
          const known = gold[lane].filter((label) => label >= 0);
          const logs = loss.logProbabilities(bag, lanes[lane].h);
          const expected = -known.reduce((sum, label) => sum + logs[label] / known.length, 0);
          if (known.length === 0) expect(got).toBeNaN();
          else expect(Math.abs(got - expected)).toBeLessThan(5e-6 * sizeOf(bag, lanes[lane].h));
        }
      }),
    );
  });

  test("a label's logit is its direction times h, to 1e-5", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const { forward, lanes } = prepare(name, setting, "exact");
        const { at, h } = lanes[0];
        forward.gather({ ids: at[0], weights: at[1], count: 5, scale: 1 }, 0);
        forward.logitsOne();
        for (let label = 0; label < setting.labels; label++) {
          const direction = forward.directionOf(label);
          const expected = direction.reduce((sum, d, i) => sum + d * h[i], 0);
          const size = direction.reduce((sum, d, i) => sum + Math.abs(d * h[i]), 1);
          expect(Math.abs(forward.logitOf(label) - expected)).toBeLessThan(1e-5 * size);
        }
      }),
    );
  });

  test("equal probabilities are answered in the order of the labels", () => {
    const { forward, gatherAll } = prepare(name, { labels: 40, dimension: 8, groups: 2, scale: 0, seed: 3 }, "exact");
    gatherAll();
    forward.logitsBatch();
    forward.normalizeBatch();
    const answers = answersOf(forward, 40, 0, false);
    for (const [i, [label, p]] of answers.entries()) {
      const [before, larger] = i > 0 ? answers[i - 1] : [-1, 1];
      expect(p < larger || label > before || i === 0).toBe(true);
    }
    // The search must not leave a branch that could still hold an equal label of a lower number.
    for (let k = 1; k < 40; k++) expect(answersOf(forward, k, 0, false)).toEqual(answers.slice(0, k));
  });
});

describe("as fastText computes", () => {
  const setting: Setting = { labels: 12, dimension: 12, groups: 2, scale: 1.5, seed: 11 };
  const told = (p: number) => Math.fround(Math.min(1, Math.fround(p) + 1e-5));

  test("softmax tells the probability plus 1e-5, and the threshold is met by the probability itself", () => {
    const [exact, imitated] = (["exact", "fasttext"] as const).map((arithmetic) => {
      const made = prepare("softmax", setting, arithmetic);
      made.gatherAll();
      made.forward.logitsBatch();
      made.forward.normalizeBatch();
      return made.forward;
    });
    const plain = answersOf(exact, 12, 0, false);
    expect(answersOf(imitated, 12, 0, false)).toEqual(plain.map(([label, p]) => [label, told(p)]));
    // 5e-6 more than the second probability: what is told of it is beyond the threshold, the probability is not.
    expect(answersOf(imitated, 12, 0, false, plain[1][1] + 5e-6)).toHaveLength(1);
  });

  test.each(["ova", "ns"] as const)("%s takes σ from a table of 512 steps, plus 1e-5", (name) => {
    const { bag, forward, lanes, gatherAll } = prepare(name, setting, "fasttext");
    gatherAll();
    forward.logitsBatch();
    forward.normalizeBatch();
    let inside = 0;
    for (const [lane, { h }] of lanes.entries()) {
      const scores = logits(bag, h);
      for (const [label, p] of answersOf(forward, 12, lane, false)) {
        const s = scores[label];
        const step = Math.floor((s + 8) * 32);
        // A score on the border of two steps may have been rounded to the other one.
        if (Math.abs((s + 8) * 32 - Math.round((s + 8) * 32)) < 1e-3) continue;
        if (Math.abs(s) < 8) inside++;
        const entry = s < -8 ? 0 : s > 8 ? 1 : 1 / (1 + Math.exp(-(step / 32 - 8)));
        expect(p).toBe(told(entry));
      }
    }
    expect(inside).toBeGreaterThan(100);
  });

  test("hs multiplies σ + 1e-5 along the path, caps what it tells at 1, and compares with the threshold plus 1e-5", () => {
    const { bag, counts, forward, lanes, gatherAll } = prepare("hs", setting, "fasttext");
    const tree = huffmanTree(counts);
    gatherAll();
    for (const [lane, { h }] of lanes.entries()) {
      const scores = logits(bag, h);
      const product = (label: number) =>
        pathOf(tree, label).reduce(
          (p, { row, right }) => p * (1 / (1 + Math.exp(right ? -scores[row] : scores[row])) + 1e-5),
          1,
        );
      const answers = answersOf(forward, 12, lane, false);
      for (const [label, p] of answers) expect(Math.abs(p - Math.min(1, product(label)))).toBeLessThan(2e-6);
      expect(answers.length).toBe(Array.from(counts.keys(), product).filter((p) => p >= 1e-5).length);
      const threshold = answers[1][1] - 5e-6;
      expect(answersOf(forward, 12, lane, false, threshold).map(([label]) => label)).toEqual([answers[0][0]]);
    }
  });
});
