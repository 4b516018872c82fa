import { type Line, LineReader } from "@bax/tables";
import { BaxError } from "bax";
import { LineBuffer } from "../output/lineBuffer.ts";
import { answerEach, predictionsOf, type TextAnswer } from "./answers.ts";
import { Budget } from "./budget.ts";
import { BYTES_UNDER_WAY, MOST_ROW_BYTES, type PipeJob } from "./job.ts";
import { type Row, RowReader, refusedRow } from "./rows.ts";
import { RowWriter } from "./rowWriter.ts";

/** Bytes that an answer adds to a row, about. */
const ANSWER_BYTES = 64;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Lines that came together. */
interface Batch {
  /** Number of the first, from 1. */
  readonly first: number;
  readonly lines: readonly Line[];
  readonly bytes: number;
}

/** What is written for a batch. */
interface Written {
  readonly out: Uint8Array;
  readonly rows: number;
  readonly errors: number;
  /** Of the batch. */
  readonly bytes: number;
}

/**
 * Answers lines of JSON by lines of JSON, one for one, in their order. A batch is what came together, so that a row that comes alone is
 * answered before the next one comes. While nobody reads the answers no more than some batches are read.
 */
export async function pipeLines(job: PipeJob): Promise<void> {
  const budget = new Budget(BYTES_UNDER_WAY);
  const reader = new RowReader(job.text, job.columns);
  const writer = new RowWriter(job.text, job.columns, job.model.labels);
  const batches = batchesOf(job.input, budget);
  for await (const { out, rows, errors, bytes } of job.pool.inOrder(batches, (batch) =>
    answerBatch(job, reader, writer, batch),
  )) {
    await job.write(out);
    budget.give(bytes);
    job.count(rows, errors);
  }
}

async function* batchesOf(input: AsyncIterable<Uint8Array>, budget: Budget): AsyncGenerator<Batch> {
  const reader = new LineReader(MOST_ROW_BYTES);
  let first = 1;
  const batch = async (lines: readonly Line[]): Promise<Batch> => {
    const bytes = lines.reduce((sum, line) => sum + (line?.length ?? 0) + 1, 0);
    await budget.take(bytes);
    const made = { first, lines, bytes };
    first += lines.length;
    return made;
  };
  for await (const piece of input) {
    const lines: Line[] = [...reader.push(piece)];
    if (lines.length === 0) continue;
    if (first === 1) lines[0] = withoutMark(lines[0]);
    yield await batch(lines);
  }
  const last = [...reader.end()];
  if (last.length > 0) yield await batch(first === 1 ? last.map(withoutMark) : last);
}

/** The first line of a stream without a byte order mark. */
function withoutMark(line: Line): Line {
  const isMarked = line !== null && BYTE_ORDER_MARK.every((byte, i) => line[i] === byte);
  return isMarked ? line.subarray(BYTE_ORDER_MARK.length) : line;
}

async function answerBatch(job: PipeJob, reader: RowReader, writer: RowWriter, batch: Batch): Promise<Written> {
  const rows = batch.lines.map((line): Row => reader.read(line));
  const texts = rows.flatMap((row) => (row.kind === "text" && row.text !== null ? [row.text] : []));
  const answers = await answerEach(job.pool, texts, (some) => answersTo(job, some));
  const out = new LineBuffer(batch.bytes + rows.length * ANSWER_BYTES);
  let errors = 0;
  let next = 0;
  for (const [n, row] of rows.entries()) {
    if (row.kind === "text") {
      const answer = row.text === null ? null : answers[next++];
      if (!(answer instanceof BaxError)) {
        writer.answered(out, row, answer);
        continue;
      }
      writer.refused(out, refusedRow(row, answer), batch.first + n);
    } else writer.refused(out, row, batch.first + n);
    errors++;
    if (row.kind === "clash")
      job.note(`rows with a column "${row.column}" of their own are not answered; --prefix bax_ tells them apart`);
  }
  return { out: out.take(), rows: rows.length, errors, bytes: batch.bytes };
}

/** As lines, which is the fast way, unless one of them has line breaks of its own. */
async function answersTo({ model, pool, options }: PipeJob, texts: readonly string[]): Promise<readonly TextAnswer[]> {
  const lines = texts.join("\n");
  if (lines.includes("\r") || occurrences(lines, "\n") >= texts.length) return pool.predictAll(texts, options);
  const answers = await pool.predictBlock(Buffer.from(`${lines}\n`), options);
  return predictionsOf(model.labels, texts.length, answers);
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
