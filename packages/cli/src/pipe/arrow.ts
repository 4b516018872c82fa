import { isUtf8 } from "node:buffer";
import { BaxError } from "bax";
import { END } from "../arrow/messages.ts";
import { answerBytes } from "../output/answerJob.ts";
import { fileSize } from "../output/numbers.ts";
import { answerEach, predictionsOf, type TextAnswer } from "./answers.ts";
import { answerMessage, answerSchema, type BatchAnswers } from "./arrowAnswers.ts";
import { type ArrowMessage, readMessages } from "./arrowMessages.ts";
import { type TextPlace, textPlace } from "./arrowSchema.ts";
import { textsOf } from "./arrowTexts.ts";
import { Budget } from "./budget.ts";
import { BYTES_UNDER_WAY, MOST_ROW_BYTES, type PipeJob, shortest } from "./job.ts";

/** Bytes of text that a worker is given at a time. */
const PIECE_BYTES = 1 << 18;

const encoder = new TextEncoder();
const NOT_UTF8 = encoder.encode("the text is not UTF-8");
const TOO_LONG = encoder.encode(`the text is longer than ${fileSize(MOST_ROW_BYTES)}`);

/** A batch of rows. */
interface Batch {
  readonly message: ArrowMessage;
  readonly place: TextPlace;
}

/**
 * Answers an Arrow stream by another: for each batch one with the columns of answers alone, as soon as it is there. Throws BaxError "data"
 * before anything is written where there is no column of the text, and where the stream is damaged.
 */
export async function pipeArrow(job: PipeJob): Promise<void> {
  const budget = new Budget(BYTES_UNDER_WAY);
  const labels = new Map(job.model.labels.map((label) => [label, encoder.encode(label)]));
  const batches = batchesOf(job, budget);
  for await (const { answers, bytes } of job.pool.inOrder(batches, async ({ message, place }) => ({
    answers: await answerTexts(job, labels, textsOf(message, place)),
    bytes: message.body.length,
  }))) {
    await job.write(answerMessage(answers, job.columns.areLists));
    budget.give(bytes);
    job.count(answers.counts.length, answers.errors.filter((error) => error !== null).length);
  }
  await job.write(END);
}

async function* batchesOf(job: PipeJob, budget: Budget): AsyncGenerator<Batch> {
  let place: TextPlace | undefined;
  for await (const message of readMessages(job.input)) {
    if (place === undefined) {
      place = textPlace(message, job.text);
      await job.write(answerSchema(job.columns));
      continue;
    }
    await budget.take(message.body.length);
    yield { message, place };
  }
}

async function answerTexts(
  job: PipeJob,
  labels: ReadonlyMap<string, Uint8Array>,
  texts: readonly (Uint8Array | null)[],
): Promise<BatchAnswers> {
  const errors = texts.map((text) => (text === null ? null : problemOf(text)));
  const given = texts.filter((text, n) => text !== null && errors[n] === null) as readonly Uint8Array[];
  const answers = job.pool.inOrder(piecesOf(given), (piece) =>
    answerEach(job.pool, piece, (some) => answersTo(job, some)),
  );
  const counts: (number | null)[] = [];
  const best: Uint8Array[] = [];
  const probabilities: number[] = [];
  for await (const piece of answers) {
    for (const answer of piece) {
      passOver();
      if (answer instanceof BaxError) {
        errors[counts.length] = encoder.encode(answer.message);
        counts.push(null);
        continue;
      }
      for (const { label, probability } of answer) {
        best.push(labels.get(label) as Uint8Array);
        probabilities.push(shortest(probability));
      }
      counts.push(answer.length);
    }
  }
  passOver();
  return { counts, labels: best, probabilities, errors };

  /** Rows that nothing was asked for. */
  function passOver(): void {
    while (counts.length < texts.length && (texts[counts.length] === null || errors[counts.length] !== null))
      counts.push(null);
  }
}

async function answersTo(job: PipeJob, texts: readonly Uint8Array[]): Promise<readonly TextAnswer[]> {
  return predictionsOf(job.model.labels, texts.length, await answerBytes(job, texts));
}

function problemOf(text: Uint8Array): Uint8Array | null {
  if (text.length > MOST_ROW_BYTES) return TOO_LONG;
  return isUtf8(text) ? null : NOT_UTF8;
}

function* piecesOf(texts: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  for (let from = 0; from < texts.length; ) {
    let to = from;
    for (let bytes = 0; to < texts.length && bytes < PIECE_BYTES; to++) bytes += texts[to].length + 1;
    yield texts.slice(from, to);
    from = to;
  }
}
