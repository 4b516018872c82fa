// What of the lesson survives a reload, and whether what was found is one: an older version of the page may have kept something else.
import { type Lesson, PARTS, type Settings, type Step } from "./lesson.ts";
import type { Matrix } from "./matrix.ts";
import { LIMITS, makeProblem, type Problem, type Sentence } from "./problem.ts";
import { MATRIX_NAMES, type MatrixName, type StepValues } from "./step.ts";
import type { LearnedSoFar } from "./store.ts";

/** Raised when a lesson has another form, or its numbers would come out otherwise. */
const VERSION = 1;

/** What is kept. */
export interface KeptLesson extends LearnedSoFar {
  readonly version: number;
}

/** The lesson as it is kept; a structured clone of it is the same again. */
export function toKept({ sentences, lesson }: LearnedSoFar): KeptLesson {
  return { version: VERSION, sentences, lesson };
}

/** What was kept, if it is a lesson that this page can go on with; otherwise undefined. */
export function fromKept(found: unknown): LearnedSoFar | undefined {
  if (!isRecord(found) || found.version !== VERSION) return undefined;
  const { sentences, lesson } = found;
  return areSentences(sentences) && isLesson(lesson) ? { sentences, lesson } : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && least <= value && value <= most;
}

function isRate(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function areNumbers(value: unknown, length: number): value is readonly number[] {
  return Array.isArray(value) && value.length === length && value.every((one) => typeof one === "number");
}

function areSentences(value: unknown): value is readonly Sentence[] {
  const isSentence = (one: unknown): boolean =>
    isRecord(one) && typeof one.text === "string" && typeof one.label === "string";
  return Array.isArray(value) && value.length >= 1 && value.length <= LIMITS.sentences && value.every(isSentence);
}

function isLesson(value: unknown): value is Lesson {
  if (!isRecord(value)) return false;
  const { problem, settings, step, part, order, taken, costs, batchLosses } = value;
  if (!isProblem(problem) || !isSettings(settings)) return false;
  const count = problem.sentences.length;
  if (!areNumbers(order, count) || [...order].sort((a, b) => a - b).some((sentence, n) => sentence !== n)) return false;
  if (!isStep(step, problem, settings.dimension)) return false;
  const { batch } = step;
  if (!isCount(taken, batch.length, count)) return false;
  const begun = taken - batch.length;
  if (batch.some((sentence, n) => sentence !== order[begun + n])) return false;
  if (!PARTS.some((name) => name === part)) return false;
  const done = part === "update" ? step.number : step.number - 1;
  return areNumbers(costs, done + 1) && areNumbers(batchLosses, done);
}

/** Whether it is what these sentences give today. */
function isProblem(value: unknown): value is Problem {
  if (!isRecord(value) || !areSentences(value.sentences)) return false;
  try {
    return JSON.stringify(makeProblem(value.sentences)) === JSON.stringify(value);
  } catch {
    return false;
  }
}

function isSettings(value: unknown): value is Settings {
  if (!isRecord(value)) return false;
  const { dimension, learningRate, batchSize, seed } = value;
  return isCount(dimension, 2, 4) && isRate(learningRate) && isCount(batchSize, 1) && Number.isSafeInteger(seed);
}

function isStep(value: unknown, problem: Problem, dimension: number): value is Step {
  if (!isRecord(value)) return false;
  const { number, epoch, batch, learningRate, values, descent } = value;
  if (!isCount(number, 1) || !isCount(epoch, 1, number) || !isRate(learningRate)) return false;
  if (!Array.isArray(batch) || batch.length === 0 || !areNumbers(batch, batch.length)) return false;
  if (!areValues(values, problem, dimension, batch.length)) return false;
  if (number === 1) return descent === undefined;
  if (!isRecord(descent) || !isRate(descent.learningRate) || !isRecord(descent.before)) return false;
  const { features } = descent.before;
  const columns = isRecord(features) ? features.columns : undefined;
  // The step before may have taken more sentences, or fewer.
  return isCount(columns, 1) && areValues(descent.before, problem, dimension, columns);
}

function areValues(value: unknown, problem: Problem, dimension: number, batch: number): value is StepValues {
  if (!isRecord(value)) return false;
  const [words, labels] = [problem.words.length, problem.labels.length];
  const shapes: Readonly<Record<MatrixName, readonly [rows: number, columns: number]>> = {
    features: [words, batch],
    target: [labels, batch],
    embeddings: [words, dimension],
    output: [labels, dimension],
    hidden: [dimension, batch],
    logits: [labels, batch],
    probabilities: [labels, batch],
    loss: [1, batch],
    meanLoss: [1, 1],
    dLogits: [labels, batch],
    dOutput: [labels, dimension],
    dHidden: [dimension, batch],
    dEmbeddings: [words, dimension],
    newEmbeddings: [words, dimension],
    newOutput: [labels, dimension],
  };
  return MATRIX_NAMES.every((name) => isMatrix(value[name], shapes[name]));
}

function isMatrix(value: unknown, [rows, columns]: readonly [rows: number, columns: number]): value is Matrix {
  if (!isRecord(value)) return false;
  const { values } = value;
  return (
    value.rows === rows &&
    value.columns === columns &&
    values instanceof Float64Array &&
    values.length === rows * columns
  );
}
