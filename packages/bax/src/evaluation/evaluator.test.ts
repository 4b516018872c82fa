import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Evaluator } from "./evaluator.ts";

interface Row {
  predicted: number[];
  gold: number[];
  probability?: number;
  loss?: number;
}

function evaluate(labels: string[], k: number, rows: Row[]) {
  const evaluator = new Evaluator(labels, k);
  for (const { predicted, gold, probability = 0.5, loss = 1 } of rows) {
    evaluator.add(Int32Array.from(predicted), new Float32Array(predicted.length).fill(probability), gold, loss);
  }
  return evaluator.result(2);
}

/** Without the probabilities of all labels. */
const unranked = { averagePrecision: null, rocAuc: null };

describe("Evaluator, single-label", () => {
  // Gold a a a b b c; answers a a b b a b.
  const rows = ["aa", "aa", "ab", "bb", "ba", "cb"].map(([gold, first]) => ({
    predicted: ["abc".indexOf(first)],
    gold: ["abc".indexOf(gold)],
  }));
  const evaluation = evaluate(["a", "b", "c", "d"], 1, rows);

  it("agrees with a table worked by hand", () => {
    expect(evaluation).toMatchObject({ examples: 6, labels: 4, k: 1, seconds: 2, examplesPerSecond: 3, logLoss: 1 });
    expect(evaluation.accuracy).toBeCloseTo(3 / 6, 15);
    expect(evaluation.perLabel).toEqual([
      { label: "a", precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3, predicted: 3, ...unranked },
      { label: "b", precision: 1 / 3, recall: 1 / 2, f1: 2 / 5, support: 2, predicted: 3, ...unranked },
      { label: "c", precision: 0, recall: 0, f1: 0, support: 1, predicted: 0, ...unranked },
    ]);
    expect(evaluation.macroF1).toBeCloseTo((2 / 3 + 2 / 5 + 0) / 3, 15);
  });

  it("has accuracy, P@1, R@1 and micro F1 all equal", () => {
    for (const value of [evaluation.precisionAtK, evaluation.recallAtK, evaluation.microF1]) expect(value).toBe(0.5);
  });

  it("lists confusions, the most frequent first and ties in label order", () => {
    expect(evaluation.confusions).toEqual([
      { gold: "a", predicted: "b", count: 1 },
      { gold: "b", predicted: "a", count: 1 },
      { gold: "c", predicted: "b", count: 1 },
    ]);
  });

  it("keeps micro and macro F1 on the first answer when k is larger", () => {
    const wider = evaluate(
      ["a", "b", "c", "d"],
      2,
      rows.map((row) => ({ ...row, predicted: [...row.predicted, 3] })),
    );
    expect([wider.microF1, wider.macroF1]).toEqual([evaluation.microF1, evaluation.macroF1]);
    expect([wider.precisionAtK, wider.recallAtK]).toEqual([3 / 12, 3 / 6]);
  });
});

describe("Evaluator, multi-label", () => {
  it("agrees with brute force over random data: P@k, R@k, accuracy, micro and macro F1", () => {
    const label = fc.nat(4);
    const row = fc.record({
      predicted: fc.uniqueArray(label, { minLength: 1, maxLength: 4 }),
      gold: fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
    });
    const names = ["a", "b", "c", "d", "e"];
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (rows, k) => {
        const found = evaluate(names, k, rows);
        const multi = rows.some((r) => r.gold.length > 1);
        const cut = (r: Row, n: number) => r.predicted.slice(0, n);
        const hits = (n: number) =>
          rows.reduce((sum, r) => sum + cut(r, n).filter((j) => r.gold.includes(j)).length, 0);
        const answers = (n: number) => rows.reduce((sum, r) => sum + cut(r, n).length, 0);
        const golds = rows.reduce((sum, r) => sum + r.gold.length, 0);
        expect(found.precisionAtK).toBeCloseTo(hits(k) / answers(k), 12);
        expect(found.recallAtK).toBeCloseTo(hits(k) / golds, 12);
        expect(found.accuracy).toBeCloseTo(hits(1) / rows.length, 12);
        const n = multi ? k : 1;
        expect(found.microF1).toBeCloseTo((2 * hits(n)) / (answers(n) + golds), 12);
        const f1s = names.flatMap((_, j) => {
          const tp = rows.filter((r) => r.gold.includes(j) && cut(r, n).includes(j)).length;
          const all = rows.filter((r) => r.gold.includes(j)).length + rows.filter((r) => cut(r, n).includes(j)).length;
          return all === 0 ? [] : [(2 * tp) / all];
        });
        expect(found.macroF1).toBeCloseTo(f1s.reduce((a, b) => a + b, 0) / f1s.length, 12);
        for (const [low, high] of Object.values(found.intervals))
          expect(0 <= low && low <= high && high <= 1).toBe(true);
      }),
    );
  });

  it("counts a label that repeats within one example once", () => {
    const evaluation = evaluate(["a", "b"], 1, [{ predicted: [0], gold: [0, 0] }]);
    expect([evaluation.recallAtK, evaluation.perLabel[0].support]).toEqual([1, 1]);
  });
});

describe("Evaluator, odd input", () => {
  it("counts labels that the model lacks as missed, and names them", () => {
    const evaluator = new Evaluator(["a"], 1);
    evaluator.add(Int32Array.of(0), Float32Array.of(1), [0], 0.5);
    evaluator.add(Int32Array.of(0), Float32Array.of(1), [-1], Number.POSITIVE_INFINITY, ["new"]);
    const evaluation = evaluator.result(0);
    expect(evaluation).toMatchObject({
      examples: 2,
      accuracy: 0.5,
      recallAtK: 0.5,
      logLoss: 0.5,
      examplesPerSecond: 0,
    });
    expect(evaluation.unknownLabels).toEqual([{ label: "new", count: 1 }]);
    expect(evaluation.macroF1).toBeCloseTo((2 / 3 + 0) / 2, 15);
  });

  it("skips an example without labels and takes an answer of −1 for none", () => {
    const evaluation = evaluate(["a"], 2, [
      { predicted: [0], gold: [] },
      { predicted: [-1, -1], gold: [0] },
    ]);
    expect(evaluation).toMatchObject({
      examples: 1,
      accuracy: 0,
      precisionAtK: 0,
      recallAtK: 0,
      microF1: 0,
      macroF1: 0,
    });
  });

  it("gives zeros and null, and no NaN, before the first example", () => {
    const evaluation = evaluate(["a", "b"], 1, []);
    expect(evaluation).toMatchObject({ examples: 0, accuracy: 0, microF1: 0, macroF1: 0, logLoss: null, ece: 0 });
    expect(JSON.stringify(evaluation)).not.toContain("NaN");
    expect(evaluation.intervals.accuracy).toEqual([0, 1]);
  });

  it("refuses a k below 1", () => {
    for (const k of [0, -1, 1.5, Number.NaN]) expect(() => new Evaluator(["a"], k)).toThrow(RangeError);
  });

  it("gives the same metrics whatever the order of the examples", () => {
    const rows = Array.from({ length: 40 }, (_, n) => ({
      predicted: [n % 3],
      gold: [(n * n) % 3],
      probability: Math.fround((n % 5) / 5),
      loss: 1,
    }));
    expect(evaluate(["a", "b", "c"], 1, [...rows].reverse())).toEqual(evaluate(["a", "b", "c"], 1, rows));
  });
});
