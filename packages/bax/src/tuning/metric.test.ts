import { expect, test } from "vitest";
import { expectRefusal, thrown } from "../../test/samples.ts";
import { Evaluator } from "../evaluation/index.ts";
import { parseMetric } from "./metric.ts";
import { gainOver } from "./scoring.ts";

function evaluation(k: number) {
  const evaluator = new Evaluator(["a", "b", "c"], k);
  const answers: [best: number[], gold: number[]][] = [
    [[0, 1], [0]],
    [[0, 2], [1]],
    [[2, 1], [1]],
  ];
  for (const [best, gold] of answers)
    evaluator.add(Int32Array.from(best.slice(0, k)), Float32Array.of(0.6, 0.3).subarray(0, k), gold, 0.5);
  return evaluator.result(1);
}

test("every metric is the figure of the evaluation that it is called after", () => {
  const one = evaluation(1);
  const figures = ["accuracy", "macro-f1", "micro-f1", "log-loss", "ece", "f1:a", "precision:a", "recall:b"];
  expect(figures.map((name) => parseMetric(name).of(one))).toEqual([
    one.accuracy,
    one.macroF1,
    one.microF1,
    0.5,
    one.ece,
    2 / 3,
    0.5,
    0,
  ]);
  const top = parseMetric("recall-at-2");
  expect(top).toMatchObject({ k: 2, higherIsBetter: true, label: undefined });
  expect(top.of(evaluation(2))).toBe(2 / 3);
  expect(parseMetric("f1:a:b")).toMatchObject({ label: "a:b" });
});

test("what is no metric is refused with the names of those that are", () => {
  for (const name of ["", "acuracy", "f1", "f1score", "precision-at-0", "precision-at-", "recall-at-1e3", "toString"]) {
    const error = thrown(() => parseMetric(name));
    expectRefusal(error, "usage", /--metric/);
    expect((error as { advice: string }).advice).toMatch(/macro-f1.*f1:LABEL/);
  }
});

test("a gain is positive where a trial is better, also where less is better, with the error of the paired parts", () => {
  const parts = (from: number) => Array.from({ length: 10 }, (_, i) => from + i / 100);
  const [low, high] = [0.5, 0.6].map((from) => ({ score: from, parts: parts(from) }));
  expect(gainOver(parseMetric("accuracy"), high, low)!.gain).toBeCloseTo(0.1, 12);
  expect(gainOver(parseMetric("log-loss"), low, high)!.gain).toBeCloseTo(0.1, 12);
  // All parts differ by the same: there is no chance in it.
  expect(gainOver(parseMetric("accuracy"), high, low)!.error).toBeCloseTo(0, 12);
  const shaken = { score: 0.6, parts: high.parts.map((part, i) => part + (i % 2 ? 0.03 : -0.03)) };
  expect(gainOver(parseMetric("accuracy"), shaken, low)!.error).toBeCloseTo(0.01, 12);
  expect(gainOver(parseMetric("accuracy"), { score: null, parts: [] }, low)).toBeNull();
});
