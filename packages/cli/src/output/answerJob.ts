import type { BatchPredictions, Prediction, PredictionPool, PredictOptions, TextClassifier } from "bax";
import type { DataFlags } from "../input/examples.ts";
import type { RowErrors } from "../input/rowErrors.ts";
import type { Source } from "../input/sources.ts";
import type { PredictionWriter } from "./predictions.ts";

/** All that writing answers to a file needs. */
export interface AnswerJob {
  readonly model: TextClassifier;
  /** Answers for the model. */
  readonly pool: PredictionPool;
  readonly modelFile: string;
  readonly sources: readonly Source[];
  readonly flags: DataFlags;
  readonly output: string;
  readonly options: PredictOptions & { readonly k: number };
  /** Add the input's own columns to lines; tables keep them anyway. */
  readonly keep: boolean;
  readonly writer: PredictionWriter;
  readonly errors: RowErrors;
  note(text: string): void;
  /** Told how many rows are answered so far. */
  progress(rows: number): void;
}

/** Answers to texts; none for a row without one. */
export async function answerTexts(
  { pool, options }: Pick<AnswerJob, "pool" | "options">,
  texts: readonly (string | null)[],
): Promise<Prediction[][]> {
  if (!texts.includes(null)) return pool.predictAll(texts as readonly string[], options);
  const found = await pool.predictAll(
    texts.filter((text) => text !== null),
    options,
  );
  let next = 0;
  return texts.map((text) => (text === null ? [] : found[next++]));
}

/** The k best labels of each row as their numbers, −1 for none, and their probabilities, row by row. */
export type Answers = Omit<BatchPredictions, "count">;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/**
 * Answers to texts as UTF-8; none for a row without one. They go to the library as lines, the fast way, unless one of them has line breaks of
 * its own.
 */
export async function answerBytes(
  job: Pick<AnswerJob, "model" | "pool" | "options">,
  texts: readonly (Uint8Array | null)[],
): Promise<Answers> {
  let length = 0;
  let given = 0;
  for (const text of texts) {
    if (text === null) continue;
    if (text[text.length - 1] === CARRIAGE_RETURN) return answerStrings(job, texts);
    length += text.length + 1;
    given++;
  }
  const lines = Buffer.allocUnsafe(length);
  let at = 0;
  for (const text of texts) {
    if (text === null) continue;
    lines.set(text, at);
    at += text.length;
    lines[at++] = NEWLINE;
  }
  const { count, k, labels, probabilities } = await job.pool.predictBlock(lines, job.options);
  if (count !== given) return answerStrings(job, texts);
  if (!texts.includes(null)) return { k, labels, probabilities };
  return spread(texts, k, (row, i) => [labels[row * k + i], probabilities[row * k + i]]);
}

async function answerStrings(
  job: Pick<AnswerJob, "model" | "pool" | "options">,
  texts: readonly (Uint8Array | null)[],
): Promise<Answers> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const given = texts.filter((text) => text !== null);
  const found = await answerTexts(
    job,
    given.map((text) => decoder.decode(text)),
  );
  const numbers = new Map(job.model.labels.map((label, j) => [label, j]));
  return spread(texts, Math.min(job.options.k, job.model.labels.length), (row, i) => {
    const answer = found[row][i];
    return answer ? [numbers.get(answer.label) ?? -1, answer.probability] : [-1, 0];
  });
}

/** Answers of the rows that have a text, at the places of those rows. */
function spread(
  texts: readonly (Uint8Array | null)[],
  k: number,
  answerOf: (row: number, i: number) => readonly [label: number, probability: number],
): Answers {
  const labels = new Int32Array(texts.length * k).fill(-1);
  const probabilities = new Float32Array(texts.length * k);
  let row = 0;
  for (const [n, text] of texts.entries()) {
    if (text === null) continue;
    for (let i = 0; i < k; i++) [labels[n * k + i], probabilities[n * k + i]] = answerOf(row, i);
    row++;
  }
  return { k, labels, probabilities };
}
