import { cost } from "bax";
import { at, type Matrix, makeMatrix } from "./matrix.ts";
import type { Problem } from "./problem.ts";
import { seededDraws } from "./seededDraws.ts";
import {
  asBag,
  batchFeatures,
  computeStep,
  forward,
  type MatrixName,
  type Parameters,
  type StepValues,
} from "./step.ts";

/** The parts of a step, in order: forward to the loss, backward to both derivatives, and the update. */
export const PARTS = [
  "features",
  "hidden",
  "logits",
  "probabilities",
  "loss",
  "dLogits",
  "dOutput",
  "dHidden",
  "dEmbeddings",
  "update",
] as const;
/** One part of a step. */
export type Part = (typeof PARTS)[number];

/** What the reader chooses. */
export interface Settings {
  readonly dimension: number; // D, 2 to 4
  readonly learningRate: number; // η, above 0
  readonly batchSize: number; // sentences a step, 1 or more
  readonly seed: number; // a whole number
}

/** What the page begins with. */
export const SETTINGS: Settings = { dimension: 2, learningRate: 1, batchSize: 1, seed: 1 };

/** Where the A and B of a step came from: drawn, or from the step before. */
export interface Descent {
  readonly learningRate: number;
  readonly before: StepValues;
}

/** One step of descent. */
export interface Step {
  readonly number: number; // from 1
  readonly epoch: number; // from 1
  readonly batch: readonly number[]; // numbers of sentences, from 0
  readonly learningRate: number;
  readonly values: StepValues;
  readonly descent?: Descent; // of the step before; none for the first
}

/** All that the page shows; each action returns a new one. */
export interface Lesson {
  readonly problem: Problem;
  readonly settings: Settings;
  readonly step: Step;
  readonly part: Part; // the last one that is computed
  readonly order: readonly number[]; // the sentences of this epoch as they come
  readonly taken: number; // how many of them this step and those before it have taken
  readonly costs: readonly number[]; // of all sentences: at the start, then after each step
  readonly batchLosses: readonly number[]; // of each step that is done, before its update
}

/** The start: A and B drawn by the seed, from −0.5 to 0.5 in hundredths, and the first sentences taken. */
export function startLesson(problem: Problem, settings: Settings): Lesson {
  const draw = seededDraws(settings.seed, 0);
  const drawn = (rows: number): Matrix => makeMatrix(rows, settings.dimension, () => (draw(101) - 50) / 100);
  const parameters = { embeddings: drawn(problem.words.length), output: drawn(problem.labels.length) };
  const order = orderOf(problem, settings, 1);
  const batch = order.slice(0, settings.batchSize);
  return {
    problem,
    settings,
    step: makeStep(problem, parameters, batch, settings, 1, 1),
    part: "features",
    order,
    taken: batch.length,
    costs: [cost(asBag(parameters), problem.examples)],
    batchLosses: [],
  };
}

/** One part further; after the update the next step begins. */
export function nextPart(lesson: Lesson): Lesson {
  const { problem, step, part } = lesson;
  if (part === "update") return nextStep(lesson);
  const next = PARTS[PARTS.indexOf(part) + 1];
  if (next !== "update") return { ...lesson, part: next };
  const parameters = updated(step.values);
  return {
    ...lesson,
    part: next,
    costs: [...lesson.costs, cost(asBag(parameters), problem.examples)],
    batchLosses: [...lesson.batchLosses, at(step.values.meanLoss, 0, 0)],
  };
}

/** To the end of this step, or of the next one where this is at its end. */
export function oneStep(lesson: Lesson): Lesson {
  let now = nextPart(lesson);
  while (now.part !== "update") now = nextPart(now);
  return now;
}

/** To the end of this epoch, or of the next one where this is at its end: each sentence has been taken once. */
export function oneEpoch(lesson: Lesson): Lesson {
  let now = oneStep(lesson);
  while (now.taken < now.order.length) now = oneStep(now);
  return now;
}

/** Another learning rate, from the next update on. */
export function withLearningRate(lesson: Lesson, learningRate: number): Lesson {
  const settings = { ...lesson.settings, learningRate };
  if (lesson.part === "update") return { ...lesson, settings };
  const { values, batch } = lesson.step;
  const step = { ...lesson.step, learningRate, values: computeStep(lesson.problem, values, batch, learningRate) };
  return { ...lesson, settings, step };
}

/** Another batch size: at once where nothing of the step is computed yet, else from the next step on. */
export function withBatchSize(lesson: Lesson, batchSize: number): Lesson {
  const settings = { ...lesson.settings, batchSize };
  if (lesson.part !== "features") return { ...lesson, settings };
  const { problem, order, step } = lesson;
  const begun = lesson.taken - step.batch.length;
  const batch = order.slice(begun, begun + batchSize);
  const values = computeStep(problem, step.values, batch, step.learningRate);
  return { ...lesson, settings, taken: begun + batch.length, step: { ...step, batch, values } };
}

/** The A and B that are in force: those of the step, or after its update the new ones. */
export function parametersOf({ step, part }: Lesson): Parameters {
  return part === "update" ? updated(step.values) : step.values;
}

/** ŷ of every sentence by the A and B in force, (labels, sentences). */
export function allProbabilities(lesson: Lesson): Matrix {
  return everything(lesson).probabilities;
}

/** h of every sentence by the A in force, (dimension, sentences). */
export function allHidden(lesson: Lesson): Matrix {
  return everything(lesson).hidden;
}

function everything(lesson: Lesson): Pick<StepValues, "hidden" | "probabilities"> {
  const all = lesson.problem.sentences.map((_, n) => n);
  return forward(parametersOf(lesson), batchFeatures(lesson.problem, all));
}

const SHOWN_FROM: Readonly<Record<MatrixName, Part>> = {
  features: "features",
  target: "features",
  embeddings: "features",
  output: "features",
  hidden: "hidden",
  logits: "logits",
  probabilities: "probabilities",
  loss: "loss",
  meanLoss: "loss",
  dLogits: "dLogits",
  dOutput: "dOutput",
  dHidden: "dHidden",
  dEmbeddings: "dEmbeddings",
  newEmbeddings: "update",
  newOutput: "update",
};

/** The part of a step that computes a matrix. */
export function partOf(matrix: MatrixName): Part {
  return SHOWN_FROM[matrix];
}

/** Whether a part is computed already in this step. */
export function isComputed(lesson: Lesson, part: Part): boolean {
  return PARTS.indexOf(part) <= PARTS.indexOf(lesson.part);
}

function updated({ newEmbeddings, newOutput }: StepValues): Parameters {
  return { embeddings: newEmbeddings, output: newOutput };
}

function nextStep(lesson: Lesson): Lesson {
  const { problem, settings, step } = lesson;
  const over = lesson.taken >= lesson.order.length;
  const epoch = over ? step.epoch + 1 : step.epoch;
  const order = over ? orderOf(problem, settings, epoch) : lesson.order;
  const begun = over ? 0 : lesson.taken;
  const batch = order.slice(begun, begun + settings.batchSize);
  // Only the numbers of the step before are kept, not what was before them.
  const descent = { learningRate: step.learningRate, before: step.values };
  const next = makeStep(problem, updated(step.values), batch, settings, step.number + 1, epoch);
  return { ...lesson, step: { ...next, descent }, part: "features", order, taken: begun + batch.length };
}

function makeStep(
  problem: Problem,
  parameters: Parameters,
  batch: readonly number[],
  { learningRate }: Settings,
  number: number,
  epoch: number,
): Step {
  return { number, epoch, batch, learningRate, values: computeStep(problem, parameters, batch, learningRate) };
}

/** The sentences in an order that the seed and the epoch decide (Fisher and Yates). */
function orderOf(problem: Problem, { seed }: Settings, epoch: number): number[] {
  const draw = seededDraws(seed, epoch);
  const order = problem.sentences.map((_, n) => n);
  for (let i = order.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
