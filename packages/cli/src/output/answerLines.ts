import { createReadStream, createWriteStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { readTexts, type TextBatch } from "../input/examples.ts";
import { fileError } from "../input/files.ts";
import { type AnswerJob, answerTexts } from "./answerJob.ts";
import { count as counted } from "./numbers.ts";
import type { Parts } from "./parts.ts";

/** Bytes of a part. */
const PART_BYTES = 16 << 20;
const NEWLINE = 10;

/** Writes what standard output would get, a line for each row, in parts and then to `parts.unfinished`. */
export async function writeAnswerLines(
  job: AnswerJob,
  openParts: (layout: unknown) => Promise<Parts>,
): Promise<{ rows: number }> {
  const parts = await openParts("lines");
  let written = 0;
  for (const file of parts.paths) written += countLines(await readFile(file));
  if (written > 0) job.note(`${job.output}: going on after ${counted(parts.count, "part")} of an earlier run`);
  let rows = 0;
  let asked = 0;
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    await write(parts.unfinished, waiting, job.output);
    await parts.add();
    waiting = [];
    bytes = 0;
  };
  const answered = async (batch: TextBatch): Promise<{ count: number; lines: Uint8Array | null }> => {
    const count = batch.kind === "lines" ? countLines(batch.lines) : batch.texts.length;
    asked += count;
    return { count, lines: asked > written ? await answerBatch(job, batch) : null };
  };
  const batches = readTexts(job.sources, job.flags, job.keep, job.note, job.errors, job.pool.jobsAtOnce);
  for await (const { count, lines } of job.pool.inOrder(batches, answered)) {
    if (lines) {
      const left = rows < written ? withoutFirst(lines, written - rows) : lines;
      waiting.push(left);
      bytes += left.length;
      if (bytes >= PART_BYTES) await flush();
    }
    rows += count;
    job.progress(rows);
  }
  if (bytes > 0) await flush();
  await join(parts, job.output);
  return { rows };
}

/** The lines of output for some texts. */
export async function answerBatch(
  job: Pick<AnswerJob, "pool" | "options" | "writer">,
  batch: TextBatch,
): Promise<Uint8Array> {
  return batch.kind === "lines"
    ? job.writer.lines(await job.pool.predictBlock(batch.lines, job.options), batch.lines)
    : Buffer.from(job.writer.rows(await answerTexts(job, batch.texts), batch.rows));
}

async function write(path: string, pieces: readonly Uint8Array[], output: string): Promise<void> {
  try {
    const file = await open(path, "w");
    for (const piece of pieces) await file.writeFile(piece);
    await file.close();
  } catch (error) {
    throw fileError(output, error);
  }
}

async function join(parts: Parts, output: string): Promise<void> {
  async function* all(): AsyncGenerator<Uint8Array> {
    for (const path of parts.paths) yield* createReadStream(path);
  }
  await pipeline(all(), createWriteStream(parts.unfinished)).catch((error: unknown) => {
    throw fileError(output, error);
  });
}

/** Lines of a text; the last may lack its newline. */
function countLines(text: Uint8Array): number {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) count++;
  return text.length === 0 || text[text.length - 1] === NEWLINE ? count : count + 1;
}

function withoutFirst(text: Uint8Array, lines: number): Uint8Array {
  let at = 0;
  for (let n = 0; n < lines; n++) at = text.indexOf(NEWLINE, at) + 1;
  return text.subarray(at);
}
