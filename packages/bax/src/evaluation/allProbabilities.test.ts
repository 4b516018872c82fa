import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CalibrationError } from "./calibration.ts";
import { areaUnderRiskCoverage, coverageCurve } from "./coverage.ts";
import { Evaluator } from "./evaluator.ts";
import { MultiLabel } from "./multiLabel.ts";
import { RankingStore } from "./ranking.ts";

const LABELS = ["a", "b", "c", "d"];
// Few different values: ties everywhere.
const probability = fc.constantFrom(0, 0.125, 0.25, 0.5, 0.75, 1);
const example = fc.record({
  all: fc.tuple(probability, probability, probability, probability).map((all) => Float32Array.from(all)),
  gold: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }),
});
type Row = { all: Float32Array; gold: number[] };

function evaluate(rows: readonly Row[]) {
  const evaluator = new Evaluator(LABELS, 2);
  for (const { all, gold } of rows) {
    const best = Int32Array.from([0, 1, 2, 3].sort((a, b) => all[b] - all[a] || a - b).slice(0, 2));
    const likely = Float32Array.from(best, (label) => all[label]);
    evaluator.addAll(all, best, likely, gold, 1);
  }
  return evaluator.result(1);
}

describe("figures of all probabilities", () => {
  it("do not depend on the order of the examples, ties included", () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 200 }), (rows) => {
        const { samples: one, ...rest } = evaluate(rows).multiLabel ?? {};
        const { samples: other, ...more } = evaluate([...rows].reverse()).multiLabel ?? {};
        for (const name of ["precision", "recall", "f1"] as const) {
          if (one) expect(one[name]).toBeCloseTo(other?.[name] ?? Number.NaN, 12);
        }
        for (const [name, value] of Object.entries(rest))
          if (typeof value === "number") expect(value).toBeCloseTo((more as Record<string, number>)[name], 12);
        const [whole, reversed] = [rows, [...rows].reverse()].map((all) => ({ ...evaluate(all), multiLabel: null }));
        expect(whole).toEqual(reversed);
      }),
    );
  });

  it("have a ROC AUC that counts pairs of a positive and a negative, ties as half", () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 40 }), (rows) => {
        for (const { label, rocAuc } of evaluate(rows).perLabel) {
          const j = LABELS.indexOf(label);
          const scores = (has: boolean) => rows.filter((r) => r.gold.includes(j) === has).map((r) => r.all[j]);
          const pairs = scores(true).flatMap((p) => scores(false).map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
          if (pairs.length === 0) expect(rocAuc).toBeNull();
          else expect(rocAuc).toBeCloseTo(pairs.reduce((a: number, b) => a + b, 0) / pairs.length, 12);
        }
      }),
    );
  });

  it("are null, and the rest is as it was, where not all examples came with all probabilities", () => {
    const evaluator = new Evaluator(LABELS, 1);
    evaluator.addAll(Float32Array.of(1, 0, 0, 0), Int32Array.of(0), Float32Array.of(1), [0], 0);
    evaluator.add(Int32Array.of(0), Float32Array.of(1), [1], 1);
    expect(evaluator.result(1)).toMatchObject({
      ...{ accuracy: 0.5, brier: null, macroRocAuc: null, coverage: null, aurc: null, reliability: null },
      ...{ confusionMatrix: null, multiLabel: null },
      perLabel: [{ averagePrecision: null }, { averagePrecision: null }],
    });
  });

  it("have an empty result without NaN before the first example", () => {
    const found = new Evaluator(LABELS, 1).result(0);
    expect(found).toMatchObject({ brier: null, macroAveragePrecision: null, coverage: null, weightedF1: 0 });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it("skip an example without labels", () => {
    const evaluator = new Evaluator(LABELS, 1);
    evaluator.addAll(Float32Array.of(1, 0, 0, 0), Int32Array.of(0), Float32Array.of(1), [], 0);
    evaluator.addAll(Float32Array.of(1, 0, 0, 0), Int32Array.of(0), Float32Array.of(1), [0], 0);
    expect(evaluator.result(1)).toMatchObject({ examples: 1, brier: 0, aurc: 0 });
  });

  it("refuse probabilities or thresholds of another number of labels", () => {
    const evaluator = new Evaluator(LABELS, 1);
    const [best, likely] = [Int32Array.of(0), Float32Array.of(1)];
    expect(() => evaluator.addAll(Float32Array.of(1), best, likely, [0], 0)).toThrow(RangeError);
    expect(() => new Evaluator(LABELS, 1, Float32Array.of(0.5))).toThrow(RangeError);
    expect(() => new MultiLabel(4, Float32Array.of(0.5))).toThrow(RangeError);
  });
});

describe("RankingStore", () => {
  it("gives up past its bound, and keeps blocks of rows apart below it", () => {
    const store = new RankingStore(2, 6);
    for (let i = 0; i < 3; i++) store.add(Float32Array.of(i, 2 - i), new Set([i % 2]), 1);
    expect(store.result()?.perLabel.length).toBe(2);
    store.add(Float32Array.of(0, 0), new Set([0]), 1);
    expect(store.result()).toBeNull();
    // 100,000 rows of 2 are several blocks, and 500 different positives have a table.
    const large = new RankingStore(2);
    for (let i = 0; i < 100_000; i++)
      large.add(Float32Array.of((i % 1000) / 1000, 0), new Set([i % 1000 >= 500 ? 0 : 1]), 1);
    expect(large.result()?.perLabel).toEqual([
      { averagePrecision: 1, rocAuc: 1 },
      { averagePrecision: 0.5, rocAuc: 0.5 },
    ]);
  });
});

describe("coverage", () => {
  const answersOf = (pairs: readonly (readonly [number, boolean])[]) => {
    const calibration = new CalibrationError();
    for (const [confidence, right] of pairs) calibration.add(confidence, right);
    return calibration.answers();
  };

  it("has at most 100 points that rise to all examples, never between equal confidences", () => {
    const pair = fc.tuple(
      fc.nat(300).map((n) => Math.fround(n / 300)),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 1000 }), (pairs) => {
        const curve = coverageCurve(answersOf(pairs));
        expect(curve.length).toBeLessThanOrEqual(100);
        expect(curve.at(-1)?.coverage).toBe(1);
        for (const [i, { coverage, accuracy, confidence }] of curve.entries()) {
          if (i > 0) expect(coverage).toBeGreaterThan(curve[i - 1].coverage);
          const taken = pairs.filter(([own]) => own >= confidence);
          expect(coverage).toBeCloseTo(taken.length / pairs.length, 12);
          expect(accuracy).toBeCloseTo(taken.filter(([, right]) => right).length / taken.length, 12);
        }
        const area = areaUnderRiskCoverage(answersOf(pairs));
        expect(0 <= area && area <= 1).toBe(true);
      }),
    );
  });

  it("has an area that agrees with one worked by hand, and 0 for a model that is always right", () => {
    // Right, wrong, right: risks 0, 1/2, 1/3.
    const answers = answersOf([
      [0.9, true],
      [0.8, false],
      [0.7, true],
    ]);
    expect(areaUnderRiskCoverage(answers)).toBeCloseTo((0 + 1 / 2 + 1 / 3) / 3, 15);
    expect(areaUnderRiskCoverage(answersOf([[0.5, true]]))).toBe(0);
    expect(areaUnderRiskCoverage(answersOf([]))).toBe(0);
  });
});
