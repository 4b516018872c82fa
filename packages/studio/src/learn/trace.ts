import { type Cell, type Expression, evaluate } from "./expression.ts";
import type { Lesson } from "./lesson.ts";
import { at } from "./matrix.ts";
import { embeddingSymbol, outputSymbol } from "./notation.ts";
import { wordsOf } from "./problem.ts";
import type { MatrixName } from "./step.ts";

/** Where a number came from. */
export interface Trace {
  readonly cell: Cell;
  readonly expression: Expression;
  /** What the formula cannot say, in words. */
  readonly note: string;
}

/** The number in a cell of the present step. */
export function numberAt(lesson: Lesson, { matrix, row, column }: Cell): number {
  return at(lesson.step.values[matrix], row, column);
}

/** A number worked out again from its trace. */
export function retrace(lesson: Lesson, trace: Trace): number {
  return evaluate(trace.expression, (cell) => numberAt(lesson, cell));
}

/** Where the number in a cell came from. The cell must be one of the step's. */
export function traceOf(lesson: Lesson, cell: Cell): Trace {
  const { expression, note = "" } = TRACES[cell.matrix](lesson, cell.row, cell.column);
  return { cell, expression, note };
}

interface Origin {
  readonly expression: Expression;
  readonly note?: string;
}

const TRACES: Readonly<Record<MatrixName, (lesson: Lesson, row: number, column: number) => Origin>> = {
  features: (lesson, word, n) => {
    const found = wordsOf(sentenceText(lesson, n));
    const name = lesson.problem.words[word];
    const count = found.filter((other) => other === name).length;
    const note = `“${name}” occurs ${times(count)} among the ${found.length} words of sentence ${sentenceNumber(lesson, n)}.`;
    return { expression: quotient(number(count), number(Math.max(1, found.length))), note };
  },
  target: ({ problem, step }, label, n) => {
    const own = problem.sentences[step.batch[n]].label;
    const share = problem.labels[label] === own ? 1 : 0;
    return { expression: number(share), note: `The label of sentence ${step.batch[n] + 1} is “${own}”.` };
  },
  embeddings: (lesson, word, i) => parameterOrigin(lesson, "embeddings", word, i),
  output: (lesson, label, i) => parameterOrigin(lesson, "output", label, i),
  hidden: (lesson, i, n) => {
    const { features } = lesson.step.values;
    // Words of weight 0 add nothing, and are most of the vocabulary.
    const words = indices(features.rows).filter((p) => at(features, p, n) !== 0);
    if (words.length === 0)
      return { expression: number(0), note: "The sentence has no words, so there is nothing to add up." };
    const terms = words.map((p) => product(ref("features", p, n), ref("embeddings", p, i)));
    const names = words.map((p) => `${p + 1} “${lesson.problem.words[p]}”`).join(", ");
    return { expression: sum(terms), note: `Words: ${names}. All others have weight 0 and add nothing.` };
  },
  logits: ({ settings }, j, n) => ({
    expression: sum(indices(settings.dimension).map((i) => product(ref("output", j, i), ref("hidden", i, n)))),
  }),
  probabilities: ({ problem }, j, n) => ({
    expression: quotient(
      exponential(ref("logits", j, n)),
      sum(problem.labels.map((_, c) => exponential(ref("logits", c, n)))),
    ),
  }),
  loss: ({ step }, _row, n) => {
    const { target } = step.values;
    const labels = indices(target.rows).filter((j) => at(target, j, n) !== 0);
    const terms = labels.map((j) => product(ref("target", j, n), logarithm(ref("probabilities", j, n))));
    return { expression: { kind: "negative", of: sum(terms) }, note: "Labels with y = 0 add nothing." };
  },
  meanLoss: (lesson) => ({ expression: mean(lesson, (n) => ref("loss", 0, n)) }),
  dLogits: (_lesson, j, n) => ({ expression: difference(ref("probabilities", j, n), ref("target", j, n)) }),
  dOutput: (lesson, j, i) => ({
    expression: mean(lesson, (n) => product(ref("dLogits", j, n), ref("hidden", i, n))),
  }),
  dHidden: ({ problem }, i, n) => ({
    expression: sum(problem.labels.map((_, j) => product(ref("output", j, i), ref("dLogits", j, n)))),
  }),
  dEmbeddings: (lesson, p, i) => {
    const { features } = lesson.step.values;
    const word = lesson.problem.words[p];
    const absent = indices(features.columns).every((n) => at(features, p, n) === 0);
    return {
      expression: mean(lesson, (n) => product(ref("dHidden", i, n), ref("features", p, n))),
      note: absent ? `“${word}” does not occur in this step, so its numbers stay as they are.` : "",
    };
  },
  newEmbeddings: (lesson, p, i) => descent(lesson, "embeddings", "dEmbeddings", p, i),
  newOutput: (lesson, j, i) => descent(lesson, "output", "dOutput", j, i),
};

/** A number of A or B: drawn by the seed, or left by the step before. */
function parameterOrigin(lesson: Lesson, matrix: "embeddings" | "output", row: number, column: number): Origin {
  const { step, settings } = lesson;
  if (!step.descent) {
    return {
      expression: number(at(step.values[matrix], row, column)),
      note: `Drawn at random from −0.5 to 0.5; the seed is ${settings.seed}.`,
    };
  }
  const { before, learningRate } = step.descent;
  const symbol = matrix === "embeddings" ? embeddingSymbol(row, column) : outputSymbol(row, column);
  const slope = at(before[matrix === "embeddings" ? "dEmbeddings" : "dOutput"], row, column);
  return {
    expression: difference(
      number(at(before[matrix], row, column), `${symbol}^{\\text{before}}`),
      product(number(learningRate, "\\eta"), number(slope, `\\frac{\\partial L}{\\partial ${symbol}}`)),
    ),
    note: `What step ${step.number - 1} left: its number less the learning rate times its derivative.`,
  };
}

function descent(
  { step }: Lesson,
  matrix: "embeddings" | "output",
  slope: "dEmbeddings" | "dOutput",
  row: number,
  column: number,
): Origin {
  return {
    expression: difference(
      ref(matrix, row, column),
      product(number(step.learningRate, "\\eta"), ref(slope, row, column)),
    ),
  };
}

/** (1/n) Σ over the sentences of the batch; the term itself where there is one. */
function mean({ step }: Lesson, term: (n: number) => Expression): Expression {
  const count = step.batch.length;
  if (count === 1) return term(0);
  return product(number(1 / count, `\\tfrac{1}{${count}}`), sum(indices(count).map(term)));
}

const ref = (matrix: MatrixName, row: number, column: number): Expression => ({
  kind: "cell",
  cell: { matrix, row, column },
});
const number = (value: number, symbol?: string): Expression =>
  symbol === undefined ? { kind: "number", value } : { kind: "number", value, symbol };
/** A sum of one is its term: no brackets are needed around it. */
const sum = (terms: readonly Expression[]): Expression => (terms.length === 1 ? terms[0] : { kind: "sum", terms });
const product = (...factors: Expression[]): Expression => ({ kind: "product", factors });
const difference = (left: Expression, right: Expression): Expression => ({ kind: "difference", left, right });
const quotient = (above: Expression, below: Expression): Expression => ({ kind: "quotient", above, below });
const exponential = (of: Expression): Expression => ({ kind: "exp", of });
const logarithm = (of: Expression): Expression => ({ kind: "log", of });

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function sentenceText({ problem, step }: Lesson, n: number): string {
  return problem.sentences[step.batch[n]].text;
}

function sentenceNumber({ step }: Lesson, n: number): number {
  return step.batch[n] + 1;
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}
