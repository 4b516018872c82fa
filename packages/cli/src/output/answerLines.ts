import { createReadStream, createWriteStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { readTexts } from "../input/examples.ts";
import { fileError } from "../input/files.ts";
import { type AnswerJob, answerTexts } from "./answerJob.ts";
import { count as counted } from "./numbers.ts";
import type { Parts } from "./parts.ts";

/** Characters of a part. */
const PART_CHARACTERS = 16 << 20;

/** Writes what standard output would get, a line for each row, in parts and then to `parts.unfinished`. */
export async function writeAnswerLines(
  job: AnswerJob,
  openParts: (layout: unknown) => Promise<Parts>,
): Promise<{ rows: number }> {
  const parts = await openParts("lines");
  let written = 0;
  for (const file of parts.paths) written += countLines(await readFile(file, "utf8"));
  if (written > 0) job.note(`${job.output}: going on after ${counted(parts.count, "part")} of an earlier run`);
  let rows = 0;
  let waiting: string[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    await write(parts.unfinished, waiting.join(""), job.output);
    await parts.add();
    waiting = [];
    characters = 0;
  };
  for await (const batch of readTexts(job.sources, job.flags, job.keep, job.note, job.errors)) {
    const count = batch.kind === "lines" ? countLines(Buffer.from(batch.lines).toString("latin1")) : batch.texts.length;
    if (rows + count > written) {
      const lines =
        batch.kind === "lines"
          ? job.writer.lines(job.model.predictLines(batch.lines, job.options), batch.lines)
          : job.writer.rows(answerTexts(job, batch.texts), batch.rows);
      const left = rows < written ? withoutFirst(lines, written - rows) : lines;
      waiting.push(left);
      characters += left.length;
      if (characters >= PART_CHARACTERS) await flush();
    }
    rows += count;
    job.progress(rows);
  }
  if (characters > 0) await flush();
  await join(parts, job.output);
  return { rows };
}

async function write(path: string, text: string, output: string): Promise<void> {
  try {
    const file = await open(path, "w");
    await file.writeFile(text);
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
function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return text === "" || text.endsWith("\n") ? count : count + 1;
}

function withoutFirst(text: string, lines: number): string {
  let at = 0;
  for (let n = 0; n < lines; n++) at = text.indexOf("\n", at) + 1;
  return text.slice(at);
}
