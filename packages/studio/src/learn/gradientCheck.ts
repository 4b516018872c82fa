import { cost, gradient, type LinearBag, type NumericExample } from "bax";
import { at, largestSize, type Matrix, makeMatrix } from "./matrix.ts";
import type { Problem } from "./problem.ts";
import { asBag, backward, batchFeatures, batchTarget, forward, type Parameters } from "./step.ts";

/** The derivatives by A (words, dimension) and by B (labels, dimension). */
export interface Slopes {
  readonly embeddings: Matrix;
  readonly output: Matrix;
}

/** The two ways to a derivative, and how far apart they are. */
export interface GradientCheck {
  readonly formula: Slopes;
  readonly numerical: Slopes;
  readonly difference: Slopes; // numerical less formula
  readonly largest: number; // the largest size of a difference
  readonly where: { readonly matrix: keyof Slopes; readonly row: number; readonly column: number };
}

/** Mistakes that one makes in a derivation, for seeing that the check finds them. */
export type Mistake = "none" | "target" | "features";

/** One central difference: the cost with one number a little higher and a little lower, and the slope between. */
export interface CentralDifference {
  readonly value: number; // the number itself
  readonly up: number; // L(value + step)
  readonly down: number; // L(value − step)
  readonly slope: number; // (up − down) / (2 step)
}

/** The examples of a batch as the library takes them. */
export function batchExamples(problem: Problem, batch: readonly number[]): NumericExample[] {
  return batch.map((n) => problem.examples[n]);
}

/** The slope of the cost at one number of A or B, from two costs of the library and no formula. `step`: above 0. */
export function centralDifference(
  parameters: Parameters,
  examples: readonly NumericExample[],
  matrix: keyof Slopes,
  index: number,
  step: number,
): CentralDifference {
  const bag = asBag(parameters);
  const value = bag[matrix][index];
  const costAt = (moved: number): number => {
    const numbers = Float64Array.from(bag[matrix]);
    numbers[index] = moved;
    const shifted: LinearBag = { ...bag, [matrix]: numbers };
    return cost(shifted, examples);
  };
  const up = costAt(value + step);
  const down = costAt(value - step);
  return { value, up, down, slope: (up - down) / (2 * step) };
}

/** The library's gradient of the cost of a batch. */
export function formulaSlopes(parameters: Parameters, examples: readonly NumericExample[]): Slopes {
  const { dEmbeddings, dOutput } = gradient(asBag(parameters), examples);
  return shaped(parameters, dEmbeddings, dOutput);
}

/** What one gets who makes the mistake; for "none" the formulas of the page. */
export function mistakenSlopes(
  problem: Problem,
  parameters: Parameters,
  batch: readonly number[],
  mistake: Mistake,
): Slopes {
  const features = batchFeatures(problem, batch);
  const target = batchTarget(problem, batch);
  const { hidden, probabilities } = forward(parameters, features);
  const dLogits = makeMatrix(
    target.rows,
    target.columns,
    (j, n) => at(probabilities, j, n) - (mistake === "target" ? 0 : at(target, j, n)),
  );
  const ones = makeMatrix(features.rows, features.columns, () => 1);
  const { dOutput, dEmbeddings } = backward(parameters, mistake === "features" ? ones : features, hidden, dLogits);
  return { embeddings: dEmbeddings, output: dOutput };
}

/** Compares derivatives with central differences of the cost, number by number. `step`: the little higher and lower, above 0. */
export function checkGradient(
  parameters: Parameters,
  examples: readonly NumericExample[],
  formula: Slopes,
  step: number,
): GradientCheck {
  const measured = (matrix: keyof Slopes): Float64Array =>
    Float64Array.from(
      parameters[matrix].values,
      (_, index) => centralDifference(parameters, examples, matrix, index, step).slope,
    );
  const numerical = shaped(parameters, measured("embeddings"), measured("output"));
  const apart = (matrix: keyof Slopes): Matrix =>
    makeMatrix(
      formula[matrix].rows,
      formula[matrix].columns,
      (row, column) => at(numerical[matrix], row, column) - at(formula[matrix], row, column),
    );
  const difference = { embeddings: apart("embeddings"), output: apart("output") };
  const matrix = largestSize(difference.output) >= largestSize(difference.embeddings) ? "output" : "embeddings";
  const largest = largestSize(difference[matrix]);
  const index = difference[matrix].values.findIndex((value) => Math.abs(value) === largest);
  const { columns } = difference[matrix];
  return {
    formula,
    numerical,
    difference,
    largest,
    where: { matrix, row: Math.floor(index / columns), column: index % columns },
  };
}

function shaped(parameters: Parameters, embeddings: Float64Array, output: Float64Array): Slopes {
  return {
    embeddings: { ...parameters.embeddings, values: embeddings },
    output: { ...parameters.output, values: output },
  };
}
