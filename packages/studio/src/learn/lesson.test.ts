import { cost, gradient } from "bax";
import { describe, expect, it } from "vitest";
import { cellsOf, toTeX } from "./expression.ts";
import { batchExamples } from "./gradientCheck.ts";
import {
  allProbabilities,
  isComputed,
  type Lesson,
  nextPart,
  oneEpoch,
  oneStep,
  PARTS,
  parametersOf,
  SETTINGS,
  startLesson,
  withBatchSize,
  withLearningRate,
} from "./lesson.ts";
import { at } from "./matrix.ts";
import { inNumbers, inSymbols } from "./notation.ts";
import { makeProblem, SENTENCES } from "./problem.ts";
import { asBag, computeStep, MATRIX_NAMES } from "./step.ts";
import { numberAt, retrace, traceOf } from "./trace.ts";

const problem = makeProblem(SENTENCES);

/** A lesson some steps in, with each of the choices that change a formula. */
function lessons(): Lesson[] {
  const choices = [
    { dimension: 2, batchSize: 1 },
    { dimension: 3, batchSize: 4 },
    { dimension: 4, batchSize: 6 },
  ];
  return choices.flatMap(({ dimension, batchSize }, seed) => {
    const fresh = startLesson(problem, { ...SETTINGS, dimension, batchSize, seed });
    return [fresh, oneStep(fresh), nextPart(oneEpoch(fresh))];
  });
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

describe("makeProblem", () => {
  it("counts words: one that occurs twice among four has weight 1/2", () => {
    const { words, labels, examples } = makeProblem([{ text: "Good food, good service!", label: " praise " }]);
    expect(words).toEqual(["good", "food", "service"]);
    expect(labels).toEqual(["praise"]);
    expect(examples[0]).toEqual({ features: { ids: [0, 1, 2], weights: [0.5, 0.25, 0.25] }, target: [1] });
  });

  it("leaves out what has no label, keeps what has no word, and refuses what does not fit", () => {
    const kept = makeProblem([
      { text: "a b", label: "x" },
      { text: "c", label: "  " },
      { text: "…", label: "y" },
    ]);
    expect(kept.words).toEqual(["a", "b"]);
    expect(kept.examples[1].features.ids).toEqual([]);
    expect(() => makeProblem([{ text: "a", label: "" }])).toThrow(/no sentence has a label/);
    const many = Array.from({ length: 5 }, (_, n) => ({ text: "a", label: `label ${n}` }));
    expect(() => makeProblem(many)).toThrow(/5 labels.*room for 4/);
    expect(() => makeProblem([{ text: Array.from({ length: 31 }, (_, n) => `w${n}`).join(" "), label: "x" }])).toThrow(
      /31 different words/,
    );
  });
});

describe("a step", () => {
  it("has the numbers of a case worked by hand: s = (log 3, 0) gives ŷ = (3/4, 1/4)", () => {
    const two = makeProblem([
      { text: "a b", label: "yes" },
      { text: "c", label: "no" },
    ]);
    // Words a, b, c by rows; h = (a + b)/2 = (log 3, 2). B picks h₁ for the first label and nothing for the second.
    const embeddings = { rows: 3, columns: 2, values: Float64Array.of(2 * Math.log(3), 1, 0, 3, 9, 9) };
    const output = { rows: 2, columns: 2, values: Float64Array.of(1, 0, 0, 0) };
    const values = computeStep(two, { embeddings, output }, [0], 2);
    expect(furthest(values.features.values, [0.5, 0.5, 0])).toBe(0);
    expect(furthest(values.hidden.values, [Math.log(3), 2])).toBeLessThan(1e-15);
    expect(furthest(values.logits.values, [Math.log(3), 0])).toBeLessThan(1e-15);
    expect(furthest(values.probabilities.values, [0.75, 0.25])).toBeLessThan(1e-15);
    expect(at(values.loss, 0, 0)).toBeCloseTo(Math.log(4 / 3), 14);
    expect(furthest(values.dLogits.values, [-0.25, 0.25])).toBeLessThan(1e-15);
    const [a, b] = [-0.25 * Math.log(3), -0.5];
    expect(furthest(values.dOutput.values, [a, b, -a, -b])).toBeLessThan(1e-15);
    expect(furthest(values.dHidden.values, [-0.25, 0])).toBeLessThan(1e-15);
    expect(furthest(values.dEmbeddings.values, [-0.125, 0, -0.125, 0, 0, 0])).toBeLessThan(1e-15);
    const moved = [2 * Math.log(3) + 0.25, 1, 0.25, 3, 9, 9];
    expect(furthest(values.newEmbeddings.values, moved)).toBeLessThan(1e-15);
    expect(furthest(values.newOutput.values, [1 - 2 * a, 1, 2 * a, -1])).toBeLessThan(1e-15);
  });

  it("agrees with the library's cost and gradient of its batch to 1e-14", () => {
    for (const { step } of lessons()) {
      const examples = batchExamples(problem, step.batch);
      const bag = asBag(step.values);
      const { dEmbeddings, dOutput } = gradient(bag, examples);
      expect(Math.abs(at(step.values.meanLoss, 0, 0) - cost(bag, examples))).toBeLessThan(1e-14);
      expect(furthest(step.values.dEmbeddings.values, dEmbeddings)).toBeLessThan(1e-14);
      expect(furthest(step.values.dOutput.values, dOutput)).toBeLessThan(1e-14);
    }
  });

  it("survives a sentence without words: h and s are 0, every label is as likely, nothing of A moves", () => {
    const empty = makeProblem([...SENTENCES.slice(0, 2), { text: "?", label: "question" }]);
    const { values } = startLesson(empty, { ...SETTINGS, batchSize: 3 }).step;
    const alone = computeStep(empty, values, [2], 1);
    expect([...alone.hidden.values, ...alone.logits.values].every((value) => value === 0)).toBe(true);
    expect(furthest(alone.probabilities.values, [1 / 3, 1 / 3, 1 / 3])).toBeLessThan(1e-15);
    expect(furthest(alone.newEmbeddings.values, values.embeddings.values)).toBe(0);
  });
});

describe("a trace", () => {
  it("gives its cell's number when worked out again, every cell of every matrix, to 1e-12", () => {
    for (const lesson of lessons()) {
      for (const matrix of MATRIX_NAMES) {
        const { rows, columns } = lesson.step.values[matrix];
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const cell = { matrix, row, column };
            const again = retrace(lesson, traceOf(lesson, cell));
            expect(Math.abs(again - numberAt(lesson, cell)), `${matrix} ${row} ${column}`).toBeLessThan(1e-12);
          }
        }
      }
    }
  });

  it("names the cells that a number was computed from, and no word of weight 0", () => {
    const lesson = startLesson(
      makeProblem([
        { text: "b a b c", label: "x" },
        { text: "d", label: "y" },
      ]),
      SETTINGS,
    );
    const both = computeStep(lesson.problem, lesson.step.values, [0], 1);
    const first = { ...lesson, step: { ...lesson.step, batch: [0], values: both } };
    const hidden = traceOf(first, { matrix: "hidden", row: 1, column: 0 });
    expect(cellsOf(hidden.expression)).toEqual([
      { matrix: "features", row: 0, column: 0 },
      { matrix: "embeddings", row: 0, column: 1 },
      { matrix: "features", row: 1, column: 0 },
      { matrix: "embeddings", row: 1, column: 1 },
      { matrix: "features", row: 2, column: 0 },
      { matrix: "embeddings", row: 2, column: 1 },
    ]);
    expect(toTeX(hidden.expression, inSymbols(first))).toBe(
      "x_{1} \\cdot A_{2,1} + x_{2} \\cdot A_{2,2} + x_{3} \\cdot A_{2,3}",
    );
    const slope = traceOf(first, { matrix: "dOutput", row: 1, column: 0 });
    expect(cellsOf(slope.expression).map(({ matrix }) => matrix)).toEqual(["dLogits", "hidden"]);
  });

  it("is written with numbers, negative ones in brackets", () => {
    const two = makeProblem([
      { text: "a", label: "x" },
      { text: "b", label: "y" },
    ]);
    const embeddings = { rows: 2, columns: 2, values: Float64Array.of(-0.25, 0.5, 1, 1) };
    const output = { rows: 2, columns: 2, values: Float64Array.of(0.5, -1, -2, 0.125) };
    const fresh = startLesson(two, { ...SETTINGS, batchSize: 2 });
    const values = computeStep(two, { embeddings, output }, [0, 1], 1);
    const lesson = { ...fresh, step: { ...fresh.step, batch: [0, 1], values } };
    const written = (matrix: "logits" | "meanLoss" | "newOutput") =>
      toTeX(traceOf(lesson, { matrix, row: 0, column: 0 }).expression, inNumbers(lesson));
    expect(written("logits")).toBe("0.5 \\cdot (-0.25) + (-1) \\cdot 0.5");
    expect(written("meanLoss")).toMatch(/^\\tfrac\{1\}\{2\} \\cdot \(\d\.\d+ \+ \d\.\d+\)$/);
    expect(written("newOutput")).toMatch(/^0\.5 - 1 \\cdot (\(-)?\d\.\d+\)?$/);
  });
});

describe("a lesson", () => {
  it("goes through the parts in order, and then begins the next step with the numbers that the update left", () => {
    let lesson = startLesson(problem, SETTINGS);
    const seen = [lesson.part];
    for (let i = 1; i < PARTS.length; i++) {
      expect(isComputed(lesson, PARTS[i])).toBe(false);
      lesson = nextPart(lesson);
      seen.push(lesson.part);
    }
    expect(seen).toEqual([...PARTS]);
    const left = parametersOf(lesson);
    const next = nextPart(lesson);
    expect([next.part, next.step.number]).toEqual(["features", 2]);
    expect(next.step.values.embeddings).toBe(left.embeddings);
    expect(next.step.values.output).toBe(left.output);
    expect(next.costs).toHaveLength(2);
    expect(next.costs[1]).toBe(cost(asBag(left), problem.examples));
  });

  it("takes each sentence once an epoch, whatever the batch size, the last step taking what is left", () => {
    for (const batchSize of [1, 4, 6]) {
      let lesson = startLesson(problem, { ...SETTINGS, batchSize });
      const taken: number[] = [...lesson.step.batch];
      while (lesson.step.epoch === 1) {
        lesson = nextPart(oneStep(lesson));
        if (lesson.step.epoch === 1) taken.push(...lesson.step.batch);
      }
      expect(taken.sort()).toEqual([0, 1, 2, 3, 4, 5]);
      const ended = oneEpoch(startLesson(problem, { ...SETTINGS, batchSize }));
      expect([ended.step.epoch, ended.step.number]).toEqual([1, Math.ceil(6 / batchSize)]);
      expect(oneEpoch(ended).step.epoch).toBe(2);
    }
  });

  it("lowers the cost of all sentences in an epoch, for each batch size, dimension and ten seeds", () => {
    for (let seed = 0; seed < 10; seed++) {
      for (const batchSize of [1, 2, 6]) {
        for (const dimension of [2, 3, 4]) {
          const { costs } = oneEpoch(
            startLesson(problem, { ...SETTINGS, seed, batchSize, dimension, learningRate: 0.5 }),
          );
          expect(costs[costs.length - 1]).toBeLessThan(costs[0]);
        }
      }
    }
  });

  it("learns its sentences in 40 epochs from the settings that the page begins with", () => {
    let lesson = startLesson(problem, SETTINGS);
    for (let epoch = 0; epoch < 40; epoch++) lesson = oneEpoch(lesson);
    const probabilities = allProbabilities(lesson);
    for (const [n, { label }] of problem.sentences.entries()) {
      expect(at(probabilities, problem.labels.indexOf(label), n)).toBeGreaterThan(0.8);
    }
  });

  it("is the same for the same seed and another for another", () => {
    const run = (seed: number) => [
      ...oneEpoch(startLesson(problem, { ...SETTINGS, seed })).step.values.embeddings.values,
    ];
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });

  it("takes another learning rate before the update at once, after it from the next step on", () => {
    const fresh = withLearningRate(startLesson(problem, SETTINGS), 0.25);
    const { embeddings, dEmbeddings, newEmbeddings } = fresh.step.values;
    const moved = embeddings.values.map((value, i) => value - 0.25 * dEmbeddings.values[i]);
    expect(furthest(newEmbeddings.values, moved)).toBe(0);
    const done = oneStep(startLesson(problem, SETTINGS));
    const later = withLearningRate(done, 0.25);
    expect(later.step).toBe(done.step);
    expect(nextPart(later).step.learningRate).toBe(0.25);
  });

  it("takes another batch size at once where nothing is computed, else from the next step on", () => {
    const fresh = startLesson(problem, SETTINGS);
    expect(withBatchSize(fresh, 4).step.batch).toEqual(fresh.order.slice(0, 4));
    const begun = withBatchSize(nextPart(fresh), 4);
    expect(begun.step.batch).toHaveLength(1);
    expect(nextPart(oneStep(begun)).step.batch).toEqual(fresh.order.slice(1, 5));
  });

  it("stays finite after 300 epochs at the highest learning rate that the page offers", () => {
    let lesson = startLesson(problem, { ...SETTINGS, learningRate: 5, dimension: 4, batchSize: 6 });
    for (let epoch = 0; epoch < 300; epoch++) lesson = oneEpoch(lesson);
    for (const matrix of MATRIX_NAMES) expect(lesson.step.values[matrix].values.every(Number.isFinite)).toBe(true);
    const retraced = retrace(lesson, traceOf(lesson, { matrix: "probabilities", row: 0, column: 0 }));
    expect(Math.abs(retraced - at(lesson.step.values.probabilities, 0, 0))).toBeLessThan(1e-12);
  });
});
