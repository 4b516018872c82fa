// Every figure against scikit-learn, SciPy and plain NumPy: test/golden/metrics/make.py made the cases and says how.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { log } from "../math/elementary.ts";
import { exactMcNemar } from "./comparison.ts";
import { Evaluator } from "./evaluator.ts";
import type { Scores } from "./multiLabel.ts";

type Named = Record<string, number | null>;

interface Expected {
  multi: boolean;
  confusionMatrix?: [gold: number, predicted: number, count: number][];
  /** Label, precision, recall, F1, support, average precision, ROC AUC. */
  perLabel: [number, number, number, number, number, number | null, number | null][];
  reliability: [count: number, confidence: number, accuracy: number][];
  coverage: [coverage: number, accuracy: number, confidence: number][];
  interval?: [number, number];
  multiLabel?: Named & Record<"micro" | "macro" | "weighted" | "samples", Scores>;
}

interface Case {
  labels: number;
  unknown: number;
  k: number;
  scale: number;
  ticks: number[][];
  gold: number[][];
  weights?: number[];
  thresholds?: number[];
  expected: Expected & Named;
}

const file = new URL("../../../../test/golden/metrics/cases.json.gz", import.meta.url);
const { cases, mcNemar } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
  cases: Case[];
  mcNemar: [number, number, number][];
};

const nameOf = (labels: number, label: number) => (label < labels ? `l${label}` : `unknown ${label}`);

function evaluate({ labels, k, scale, ticks, gold, weights, thresholds }: Case) {
  const names = Array.from({ length: labels }, (_, label) => nameOf(labels, label));
  const least = thresholds && Float32Array.from(thresholds, (tick) => tick / scale);
  const evaluator = new Evaluator(names, k, least);
  for (const [i, row] of ticks.entries()) {
    const all = Float32Array.from(row, (tick) => tick / scale);
    const order = Array.from(all.keys()).sort((a, b) => all[b] - all[a] || a - b);
    const best = Int32Array.from({ length: k }, (_, n) => order[n] ?? -1);
    const known = gold[i].filter((label) => label < labels);
    const loss = known.reduce((sum, label) => sum - log(all[label]), 0) / known.length;
    const unknown = gold[i].filter((label) => label >= labels).map((label) => nameOf(labels, label));
    const indices = gold[i].map((label) => (label < labels ? label : -1));
    const likely = Float32Array.from(best, (label) => (label < 0 ? 0 : all[label]));
    evaluator.addAll(all, best, likely, indices, loss, unknown, weights?.[i]);
  }
  return evaluator.result(1);
}

function expectClose(found: number | null | undefined, expected: number | null, what: string) {
  if (expected === null) expect(found, what).toBeNull();
  else expect(Math.abs((found ?? Number.NaN) - expected), `${what}: ${found}, not ${expected}`).toBeLessThan(1e-12);
}

const WHOLE = [
  ...["accuracy", "precisionAtK", "recallAtK", "microF1", "macroF1", "weightedF1", "brier", "ece", "aurc"],
  ...["macroAveragePrecision", "microAveragePrecision", "weightedAveragePrecision"],
  ...["macroRocAuc", "microRocAuc", "weightedRocAuc"],
];
const MULTI_LABEL = [
  ...["labelsPerExample", "decisionsPerExample", "subsetAccuracy", "hammingLoss"],
  ...["labelRankingAveragePrecision", "coverageError", "rankingLoss"],
];

describe("Evaluator on 200 random cases of make.py, to 1e-12", () => {
  const evaluations = cases.map((one) => ({ one, found: evaluate(one) as ReturnType<typeof evaluate> }));
  const figure = (found: object, name: string) => (found as Named)[name];

  it("has cases of every kind", () => {
    const having = (test: (one: Case) => boolean) => cases.filter(test).length;
    expect(cases.length).toBe(200);
    expect(having(({ expected }) => expected.multi)).toBeGreaterThan(50);
    expect(having(({ labels }) => labels === 1)).toBeGreaterThan(5);
    expect(having(({ k, labels }) => k > labels)).toBeGreaterThan(10);
    expect(having(({ weights }) => weights !== undefined)).toBeGreaterThan(50);
    expect(having(({ unknown }) => unknown > 0)).toBeGreaterThan(20);
    expect(having(({ thresholds }) => thresholds !== undefined)).toBeGreaterThan(20);
    expect(having(({ expected }) => expected.macroRocAuc === null)).toBeGreaterThan(5);
    expect(having(({ expected }) => expected.perLabel.some((row) => row[5] === null))).toBeGreaterThan(50);
  });

  for (const name of WHOLE) {
    it(`tells the same ${name}`, () => {
      for (const [n, { one, found }] of evaluations.entries())
        expectClose(figure(found, name), one.expected[name], `case ${n}`);
    });
  }

  it("tells the same log loss", () => {
    for (const [n, { one, found }] of evaluations.entries())
      if (one.expected.logLoss !== undefined) expectClose(found.logLoss, one.expected.logLoss, `case ${n}`);
  });

  it("tells the same of every label", () => {
    for (const [n, { one, found }] of evaluations.entries()) {
      const rows = found.perLabel.map((row) => [
        ...[Number(row.label.slice(1)), row.precision, row.recall, row.f1, row.support],
        ...[row.averagePrecision, row.rocAuc],
      ]);
      expect(rows.length).toBe(one.expected.perLabel.length);
      for (const [r, row] of one.expected.perLabel.entries())
        for (const [c, value] of row.entries()) expectClose(rows[r][c], value, `case ${n}, row ${r}, column ${c}`);
    }
  });

  it("tells the same confusion matrix of single-label data", () => {
    for (const { one, found } of evaluations) {
      const { confusionMatrix } = one.expected;
      if (!confusionMatrix) continue;
      const named = (label: number) => nameOf(one.labels, label);
      expect(found.confusionMatrix).toEqual(
        confusionMatrix.map(([gold, predicted, count]) => ({ gold: named(gold), predicted: named(predicted), count })),
      );
    }
  });

  it("tells the same bins and the same coverage-accuracy curve", () => {
    for (const [n, { one, found }] of evaluations.entries()) {
      const bins = (found.reliability ?? []).map(({ count, confidence, accuracy }) => [count, confidence, accuracy]);
      const curve = (found.coverage ?? []).map(({ coverage, accuracy, confidence }) => [
        coverage,
        accuracy,
        confidence,
      ]);
      for (const [rows, expected] of [
        [bins, one.expected.reliability],
        [curve, one.expected.coverage],
      ]) {
        expect(rows.length, `case ${n}`).toBe(expected.length);
        for (const [r, row] of expected.entries())
          for (const [c, value] of row.entries()) expectClose(rows[r][c], value, `case ${n}, row ${r}, column ${c}`);
      }
    }
  });

  it("tells the same Wilson interval of the accuracy", () => {
    for (const [n, { one, found }] of evaluations.entries())
      for (const [i, end] of (one.expected.interval ?? []).entries())
        expectClose(found.intervals.accuracy[i], end, `case ${n}`);
  });

  it("tells the same of several labels an example, and null where each has one", () => {
    for (const [n, { one, found }] of evaluations.entries()) {
      const { multiLabel } = one.expected;
      if (!multiLabel) {
        expect(found.multiLabel).toBeNull();
        continue;
      }
      for (const name of MULTI_LABEL)
        expectClose(figure(found.multiLabel ?? {}, name), multiLabel[name], `case ${n}, ${name}`);
      for (const average of ["micro", "macro", "weighted", "samples"] as const)
        for (const name of ["precision", "recall", "f1"] as const)
          expectClose(found.multiLabel?.[average][name], multiLabel[average][name], `case ${n}, ${average} ${name}`);
    }
  });

  it("is plain data without NaN", () => {
    for (const { found } of evaluations) expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });
});

describe("exactMcNemar", () => {
  it("tells the p-values of SciPy's binomtest, to 1e-9 of them, up to a million examples", () => {
    for (const [onlyA, onlyB, pValue] of mcNemar) {
      const found = exactMcNemar(onlyA, onlyB);
      expect(Math.abs(found / pValue - 1), `${onlyA} and ${onlyB}: ${found}, not ${pValue}`).toBeLessThan(1e-9);
    }
  });
});
