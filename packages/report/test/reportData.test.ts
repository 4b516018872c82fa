import { TextClassifier } from "bax";
import { describe, expect, it } from "vitest";
import { CurveCounter } from "../src/collect/rankingCurve.ts";
import { reliabilityOf, withoutCalibration } from "../src/collect/uncalibrated.ts";
import { atThresholds } from "../src/components/atThresholds.ts";
import {
  cutText,
  LabelNumbers,
  MeasuredCollector,
  measuredFromEvaluation,
  shownExplanation,
  TextBudget,
} from "../src/index.ts";
import type { ReportData } from "../src/reportData.ts";
import { HOSTILE, measuredSample, sampleExamples } from "./samples.ts";

const [single, several] = [await measuredSample(), await measuredSample(true)];
const measuredOf = ({ data }: { data: ReportData }) => data.measured as NonNullable<ReportData["measured"]>;

describe.each([
  ["one label a text", single],
  ["several labels a text", several],
])("curves of data with %s", (_, sample) => {
  const { evaluation, curves } = measuredOf(sample);

  it("have the average precision and the area of the evaluation, label by label and over all pairs", () => {
    for (const { label, averagePrecision, rocAuc } of evaluation.perLabel) {
      const curve = curves?.find((one) => one.label === sample.model.labels.indexOf(label));
      expect(curve?.averagePrecision).toBeCloseTo(averagePrecision ?? Number.NaN, 9);
      expect(curve?.rocAuc).toBeCloseTo(rocAuc ?? Number.NaN, 9);
    }
    expect(curves?.[0].averagePrecision).toBeCloseTo(evaluation.microAveragePrecision ?? Number.NaN, 9);
    expect(curves?.[0].rocAuc).toBeCloseTo(evaluation.microRocAuc ?? Number.NaN, 9);
  });

  it("are exact at each of their points, and have 200 at most", () => {
    const gold = sample.examples.map((example) => ("labels" in example ? example.labels : []) as string[]);
    for (const curve of curves ?? []) {
      expect(curve.thresholds.length).toBeLessThanOrEqual(200);
      for (const [i, threshold] of curve.thresholds.entries()) {
        let [found, wrong] = [0, 0];
        for (const [example, row] of sample.rows.entries()) {
          for (const [label, probability] of row.entries()) {
            if (curve.label >= 0 && label !== curve.label) continue;
            if (probability < Math.fround(threshold)) continue;
            if (gold[example].includes(sample.model.labels[label])) found++;
            else wrong++;
          }
        }
        expect([curve.found[i], curve.wrong[i]]).toEqual([found, wrong]);
      }
    }
  });

  it("leave nothing of the evaluation changed", () => {
    const { seconds: _, examplesPerSecond: __, ...again } = sample.model.evaluate(sample.examples);
    expect(evaluation).toMatchObject(again);
  });
});

describe("the curve of many scores", () => {
  it("keeps its figures, its ends and 200 points", () => {
    const scores = Float32Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 5003) / 5003);
    const isPositive = (i: number) => (i * 31) % 7 < 2 || scores[i] > 0.9;
    const counters = [200, 10_000].map((most) => {
      const counter = new CurveCounter(scores.filter((__, i) => isPositive(i)));
      for (const [i, score] of scores.entries()) counter.count(score, isPositive(i), 1);
      return counter.curve(0, most);
    });
    const [few, all] = counters;
    expect(few.thresholds.length).toBeLessThanOrEqual(200);
    expect(few.thresholds.length).toBeGreaterThan(150);
    expect([few.averagePrecision, few.rocAuc]).toEqual([all.averagePrecision, all.rocAuc]);
    expect([few.found[0], few.wrong[0]]).toEqual([all.found[0], all.wrong[0]]);
    expect([few.found.at(-1), few.wrong.at(-1)]).toEqual([few.positives, few.negatives]);
  });
});

describe("figures at a threshold", () => {
  it("are those of the first answers that reach it, of all labels and of each", () => {
    const { thresholds } = measuredOf(single);
    if (!thresholds) throw new Error("no thresholds");
    expect(thresholds.answers).toBe("first");
    expect(thresholds.thresholds.length).toBeGreaterThan(1000);
    const answers = single.rows.map((row, i) => {
      let first = 0;
      for (let label = 1; label < row.length; label++) if (row[label] > row[first]) first = label;
      const example = single.examples[i] as { labels: readonly string[] };
      return { first, sure: row[first], isRight: example.labels.includes(single.model.labels[first]), example };
    });
    for (const label of [-1, 0, 1, 2, 3]) {
      const points = atThresholds(thresholds, label);
      const wanted = answers.filter(
        ({ example }) => label < 0 || example.labels[0] === single.model.labels[label],
      ).length;
      for (const point of points.filter((_, i) => i % 37 === 0 || i > points.length - 5)) {
        const kept = answers.filter(({ first, sure }) => sure >= point.threshold && (label < 0 || first === label));
        const right = kept.filter(({ isRight }) => isRight).length;
        expect(point.answers).toBe(kept.length);
        expect(point.right).toBe(right);
        expect(point.precision).toBe(kept.length === 0 ? null : right / kept.length);
        expect(point.recall).toBe(right / wanted);
        expect(point.coverage).toBeCloseTo(kept.length / answers.length, 12);
        expect(point.f1).toBeCloseTo((2 * right) / (kept.length + wanted), 12);
      }
    }
  });

  it("are those of every label that reaches it, where a text may have several", () => {
    const { thresholds, evaluation } = measuredOf(several);
    if (!thresholds) throw new Error("no thresholds");
    expect(thresholds.answers).toBe("each");
    const half = atThresholds(thresholds, -1).find(({ threshold }) => threshold === 0.5);
    expect(half?.precision).toBeCloseTo(evaluation.multiLabel?.micro.precision ?? Number.NaN, 12);
    expect(half?.recall).toBeCloseTo(evaluation.multiLabel?.micro.recall ?? Number.NaN, 12);
    expect(half?.f1).toBeCloseTo(evaluation.multiLabel?.micro.f1 ?? Number.NaN, 12);
  });
});

describe("probabilities before calibration", () => {
  it.each([
    ["softmax", single],
    ["one-vs-all", several],
  ])("are what the model says when it is measured as it is, with %s", (_, { model, examples, rows }) => {
    const raw: Float32Array[] = [];
    const { reliability, ece } = model.evaluate(examples, {
      raw: true,
      each: ({ all }) => raw.push(all?.slice() ?? new Float32Array()),
    });
    const { calibration } = model;
    if (!calibration) throw new Error("not calibrated");
    for (const [i, row] of rows.entries()) {
      for (const [label, p] of withoutCalibration(row, calibration).entries()) expect(p).toBeCloseTo(raw[i][label], 4);
    }
    expect(reliability).not.toBeNull();
    const { uncalibrated } = measuredOf({ data: { ...(model === single.model ? single : several).data } });
    expect(uncalibrated?.ece).toBeCloseTo(ece, 3);
  });

  it("fall into the same groups as in the evaluation", () => {
    const answers: { confidence: number; isRight: boolean }[] = [];
    const { reliability, ece } = single.model.evaluate(single.examples, {
      each: ({ gold, answers: [first], probabilities: [confidence] }) =>
        answers.push({ confidence, isRight: gold.includes(single.model.labels[first]) }),
    });
    const found = reliabilityOf(answers);
    expect(found.ece).toBeCloseTo(ece, 12);
    expect(found.reliability.map(({ count }) => count)).toEqual(reliability?.map(({ count }) => count));
  });
});

describe("texts in a report", () => {
  it("are counted in the cells as in the confusion matrix, and the surest mistakes come first", () => {
    const { cells, evaluation, mistakes } = measuredOf(single);
    const { labels } = single.data;
    const counted = new Map(cells.map((cell) => [`${labels[cell.gold]} → ${labels[cell.predicted]}`, cell.count]));
    for (const { gold, predicted, count } of evaluation.confusionMatrix ?? [])
      expect(counted.get(`${gold} → ${predicted}`)).toBe(count);
    expect(counted.size).toBe(evaluation.confusionMatrix?.length);
    expect(mistakes.length).toBeGreaterThan(3);
    for (let i = 1; i < mistakes.length; i++)
      expect(mistakes[i].confidence).toBeLessThanOrEqual(mistakes[i - 1].confidence);
    for (const { explanation, predicted } of mistakes) expect(explanation?.label).toBe(labels[predicted]);
  });

  it("stay within what was allowed, and every cell has one before another has two", () => {
    const numbers = new LabelNumbers(["a", "b"]);
    const collector = new MeasuredCollector(numbers, 2);
    for (let i = 0; i < 300; i++) {
      const gold = i % 3 === 0 ? "a" : i % 50 === 1 ? "c" : "b";
      const text = `${"long ".repeat(200)}${i}`;
      collector.add({
        gold: [gold],
        first: i % 2,
        confidence: 0.5,
        all: new Float32Array([0.5, 0.5]),
        text,
        weight: 1,
      });
    }
    const { evaluation } = measuredOf(single);
    const facts = { name: "", evaluation, calibration: undefined, model: undefined, notes: [] };
    const { cells, mistakes } = collector.result(facts, new TextBudget(60, 1_000_000));
    const shown = cells.flatMap(({ texts }) => texts);
    expect(shown.length + mistakes.length).toBe(60);
    for (const { text, cut } of shown) expect([text.length, cut]).toEqual([500, true]);
    for (const { gold, predicted, texts } of cells) if (gold !== predicted) expect(texts.length).toBeGreaterThan(0);
    expect(numbers.names).toEqual(["a", "b", "c"]);
  });

  it("are cut between characters, never within one", () => {
    expect(cutText("abc", 3)).toEqual({ text: "abc", cut: false });
    expect(cutText("ab😀", 3)).toEqual({ text: "ab", cut: true });
  });

  it("give way to figures alone where the probabilities are too many", () => {
    const collector = new MeasuredCollector(new LabelNumbers(["a", "b"]), 2, 100);
    for (let i = 0; i < 60; i++)
      collector.add({ gold: ["a"], first: 0, confidence: 0.5, all: new Float32Array(2), text: undefined, weight: 1 });
    const { evaluation } = measuredOf(single);
    const facts = { name: "", evaluation, calibration: undefined, model: undefined, notes: [] };
    const measured = collector.result(facts, new TextBudget());
    expect(measured.curves).toBeNull();
    expect(measured.thresholds?.answers).toBe("first");
    expect(measured.notes).toHaveLength(2);
  });
});

describe("a report of figures alone", () => {
  it("has the matrix of the evaluation, the mistakes first", () => {
    const { evaluation } = measuredOf(single);
    const numbers = new LabelNumbers(single.model.labels);
    const measured = measuredFromEvaluation("figures", evaluation, numbers, ["no texts"]);
    expect(measured.cells.map(({ count }) => count).sort()).toEqual(
      evaluation.confusionMatrix?.map(({ count }) => count).sort(),
    );
    const right = measured.cells.map(({ gold, predicted }) => gold === predicted);
    expect(right).toEqual([...right].sort((a, b) => Number(a) - Number(b)));
    expect(measured).toMatchObject({ thresholds: null, curves: null, mistakes: [], notes: ["no texts"] });
  });

  it("is what is left of a training whose held-out answers are more than may be kept", async () => {
    const options = { epochs: 1, dim: 4, valid: 0.25, threads: 1 };
    const examples = sampleExamples(80);
    const few = await TextClassifier.train(examples, { ...options, keepHeldOut: 20 * 4 - 1 });
    expect(few.report?.valid?.examples).toBe(20);
    expect(few.report?.heldOut).toBeUndefined();
    const all = await TextClassifier.train(examples, { ...options, keepHeldOut: 20 * 4 });
    expect(all.report?.heldOut?.examples.length).toBe(20);
    expect(all.toBytes()).toEqual(few.toBytes());
  });
});

describe("an explanation that is shown in part", () => {
  it("says what the rest adds", () => {
    const text = `${"win a prize ".repeat(30)}${HOSTILE}`;
    const explanation = single.model.explain(text);
    const shown = shownExplanation(text, explanation, { characters: 100, features: 5 });
    const sum = shown.spans.reduce((total, { contribution }) => total + contribution, shown.beyond);
    expect(sum).toBeCloseTo(explanation.logit, 3);
    expect(shown.features).toHaveLength(5);
    expect(shown.moreFeatures).toBe(explanation.features.length - 5);
  });
});
