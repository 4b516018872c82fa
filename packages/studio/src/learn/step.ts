import { exp, type LinearBag, log } from "bax";
import { at, type Matrix, makeMatrix } from "./matrix.ts";
import type { Problem } from "./problem.ts";

/**
 * What a step has to show, by the names of docs/maths.md, in the order in which it is computed.
 *
 * Columns of x, y, h, s, ŷ, L and of the derivatives by s and h are the sentences of the batch. A and its derivative are kept
 * transposed, a row a word, as the library keeps them.
 */
export const MATRIX_NAMES = [
  "features",
  "target",
  "embeddings",
  "output",
  "hidden",
  "logits",
  "probabilities",
  "loss",
  "meanLoss",
  "dLogits",
  "dOutput",
  "dHidden",
  "dEmbeddings",
  "newEmbeddings",
  "newOutput",
] as const;
/** One of the matrices of a step. */
export type MatrixName = (typeof MATRIX_NAMES)[number];
/** All numbers of a step. */
export type StepValues = Readonly<Record<MatrixName, Matrix>>;

/** What is learned: A transposed (words, dimension) and B (labels, dimension). */
export interface Parameters {
  readonly embeddings: Matrix;
  readonly output: Matrix;
}

/** A and B as the library takes them. */
export function asBag({ embeddings, output }: Parameters): LinearBag {
  return {
    featureCount: embeddings.rows,
    dimension: output.columns,
    labelCount: output.rows,
    embeddings: embeddings.values,
    output: output.values,
  };
}

/** x of the sentences of a batch, (words, batch). */
export function batchFeatures(problem: Problem, batch: readonly number[]): Matrix {
  return makeMatrix(problem.words.length, batch.length, (word, n) => {
    const { ids, weights } = problem.examples[batch[n]].features;
    for (let k = 0; k < ids.length; k++) if (ids[k] === word) return weights[k];
    return 0;
  });
}

/** y of the sentences of a batch, (labels, batch). */
export function batchTarget(problem: Problem, batch: readonly number[]): Matrix {
  return makeMatrix(problem.labels.length, batch.length, (label, n) => problem.examples[batch[n]].target[label]);
}

/** Forward, backward and the update of one step, all its numbers. `batch`: numbers of sentences, at least one. */
export function computeStep(
  problem: Problem,
  parameters: Parameters,
  batch: readonly number[],
  learningRate: number,
): StepValues {
  const { embeddings, output } = parameters;
  const features = batchFeatures(problem, batch);
  const target = batchTarget(problem, batch);
  const scored = forward(parameters, features);
  const loss = lossOf(scored.logits, target);
  const meanLoss = makeMatrix(1, 1, () => sum(batch.length, (n) => at(loss, 0, n)) / batch.length);
  const dLogits = makeMatrix(target.rows, target.columns, (j, n) => at(scored.probabilities, j, n) - at(target, j, n));
  const slopes = backward(parameters, features, scored.hidden, dLogits);
  return {
    features,
    target,
    embeddings,
    output,
    ...scored,
    loss,
    meanLoss,
    dLogits,
    ...slopes,
    newEmbeddings: descend(embeddings, slopes.dEmbeddings, learningRate),
    newOutput: descend(output, slopes.dOutput, learningRate),
  };
}

/** h = A x, s = B h and ŷ = softmax(s), a column a sentence. */
export function forward(
  { embeddings, output }: Parameters,
  features: Matrix,
): Pick<StepValues, "hidden" | "logits" | "probabilities"> {
  const batch = features.columns;
  const dimension = output.columns;
  const hidden = makeMatrix(dimension, batch, (i, n) =>
    sum(features.rows, (p) => at(embeddings, p, i) * at(features, p, n)),
  );
  const logits = makeMatrix(output.rows, batch, (j, n) => sum(dimension, (i) => at(output, j, i) * at(hidden, i, n)));
  const probabilities = makeMatrix(output.rows, batch, (j, n) => {
    const top = columnTop(logits, n);
    return exp(at(logits, j, n) - top) / sum(logits.rows, (c) => exp(at(logits, c, n) - top));
  });
  return { hidden, logits, probabilities };
}

/** The derivatives of the mean loss by B, h and A, from those by s (`dLogits`). That by h is of each sentence's own loss. */
export function backward(
  { output }: Parameters,
  features: Matrix,
  hidden: Matrix,
  dLogits: Matrix,
): Pick<StepValues, "dOutput" | "dHidden" | "dEmbeddings"> {
  const batch = features.columns;
  const dOutput = makeMatrix(
    output.rows,
    output.columns,
    (j, i) => sum(batch, (n) => at(dLogits, j, n) * at(hidden, i, n)) / batch,
  );
  const dHidden = makeMatrix(output.columns, batch, (i, n) =>
    sum(output.rows, (j) => at(output, j, i) * at(dLogits, j, n)),
  );
  const dEmbeddings = makeMatrix(
    features.rows,
    output.columns,
    (p, i) => sum(batch, (n) => at(dHidden, i, n) * at(features, p, n)) / batch,
  );
  return { dOutput, dHidden, dEmbeddings };
}

/** L of each sentence, (1, batch), as logsumexp(s) − Σ y s: never the log of a rounded probability. */
function lossOf(logits: Matrix, target: Matrix): Matrix {
  return makeMatrix(1, logits.columns, (_, n) => {
    const top = columnTop(logits, n);
    const total = top + log(sum(logits.rows, (c) => exp(at(logits, c, n) - top)));
    return sum(logits.rows, (j) => at(target, j, n) * (total - at(logits, j, n)));
  });
}

function descend(parameters: Matrix, slope: Matrix, learningRate: number): Matrix {
  return makeMatrix(
    parameters.rows,
    parameters.columns,
    (row, column) => at(parameters, row, column) - learningRate * at(slope, row, column),
  );
}

function columnTop(matrix: Matrix, column: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < matrix.rows; row++) top = Math.max(top, at(matrix, row, column));
  return top;
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += term(index);
  return total;
}
