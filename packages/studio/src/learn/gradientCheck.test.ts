import { expect, test } from "vitest";
import {
  batchExamples,
  centralDifference,
  checkGradient,
  formulaSlopes,
  type Mistake,
  mistakenSlopes,
} from "./gradientCheck.ts";
import { nextPart, oneEpoch, SETTINGS, startLesson } from "./lesson.ts";
import { at } from "./matrix.ts";
import { makeProblem, SENTENCES } from "./problem.ts";

const problem = makeProblem(SENTENCES);

function lessonAt(dimension: number, batchSize: number, epochs: number) {
  let lesson = startLesson(problem, { ...SETTINGS, dimension, batchSize, seed: 7 });
  for (let epoch = 0; epoch < epochs; epoch++) lesson = nextPart(oneEpoch(lesson));
  return lesson;
}

test("the library's gradient agrees with central differences of its cost to 1e-6, at the start and after descent", () => {
  for (const [dimension, batchSize, epochs] of [
    [2, 1, 0],
    [3, 4, 2],
    [4, 6, 20],
  ]) {
    const { step } = lessonAt(dimension, batchSize, epochs);
    const examples = batchExamples(problem, step.batch);
    const { largest, numerical } = checkGradient(step.values, examples, formulaSlopes(step.values, examples), 1e-4);
    expect(largest).toBeLessThan(1e-6);
    expect(largest).toBeGreaterThan(0); // two ways, not one
    expect(numerical.embeddings.values).toHaveLength(problem.words.length * dimension);
  }
});

test("the formulas of the page agree with central differences to 1e-6", () => {
  const { step } = lessonAt(2, 4, 1);
  const formula = mistakenSlopes(problem, step.values, step.batch, "none");
  expect(checkGradient(step.values, batchExamples(problem, step.batch), formula, 1e-4).largest).toBeLessThan(1e-6);
});

test("a derivation that forgets y, or x, is found: the largest difference is above 0.01", () => {
  const { step } = lessonAt(2, 1, 0);
  const examples = batchExamples(problem, step.batch);
  for (const mistake of ["target", "features"] satisfies Mistake[]) {
    const wrong = mistakenSlopes(problem, step.values, step.batch, mistake);
    expect(checkGradient(step.values, examples, wrong, 1e-4).largest).toBeGreaterThan(0.01);
  }
});

test("one wrong number among all is found, and named", () => {
  const { step } = lessonAt(3, 6, 1);
  const examples = batchExamples(problem, step.batch);
  const right = formulaSlopes(step.values, examples);
  const values = Float64Array.from(right.embeddings.values);
  values[4 * 3 + 2] += 0.001;
  const wrong = { ...right, embeddings: { ...right.embeddings, values } };
  const { largest, where } = checkGradient(step.values, examples, wrong, 1e-4);
  expect(largest).toBeCloseTo(0.001, 6);
  expect(where).toEqual({ matrix: "embeddings", row: 4, column: 2 });
});

test("a step that is too long and one that is too short are both worse than one between", () => {
  const { step } = lessonAt(2, 6, 1);
  const examples = batchExamples(problem, step.batch);
  const right = formulaSlopes(step.values, examples);
  const [long, between, short] = [1e-1, 1e-5, 1e-12].map((h) => checkGradient(step.values, examples, right, h).largest);
  expect(long).toBeGreaterThan(100 * between);
  expect(short).toBeGreaterThan(100 * between);
});

test("a central difference leaves the parameters as they were", () => {
  const { step } = lessonAt(2, 1, 0);
  const before = Float64Array.from(step.values.output.values);
  const { value, up, down, slope } = centralDifference(
    step.values,
    batchExamples(problem, step.batch),
    "output",
    3,
    1e-4,
  );
  expect(step.values.output.values).toEqual(before);
  expect(value).toBe(at(step.values.output, 1, 1));
  expect(slope).toBe((up - down) / 2e-4);
});
