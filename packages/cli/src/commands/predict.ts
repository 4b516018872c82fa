import { BaxError } from "bax";
import type { Command } from "commander";
import { type DataFlags, readTexts } from "../input/examples.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources } from "../input/sources.ts";
import { writeAnswers } from "../output/answerFile.ts";
import type { AnswerJob } from "../output/answerJob.ts";
import { answerBatch } from "../output/answerLines.ts";
import { Console } from "../output/console.ts";
import { count, duration, fileSize } from "../output/numbers.ts";
import { checkOutputFile, outputFormat } from "../output/outputFile.ts";
import { PredictionWriter } from "../output/predictions.ts";
import { addDataFlags, addMannerFlags, type MannerFlags } from "./flags.ts";
import { askLines } from "./interactive.ts";
import { loadModel, refuseReadFiles } from "./models.ts";
import { type AnswerFlags, addAnswerFlags, checkedOptions, poolOptions, predictOptions } from "./predictOptions.ts";

interface PredictFlags extends MannerFlags, DataFlags, AnswerFlags {
  readonly keep?: boolean;
  readonly output?: string;
}

export function addPredict(program: Command): void {
  const command = program
    .command("predict")
    .description("label text, a line of output for each line or row of input")
    .argument("<model>", "a model that bax train wrote")
    .argument(
      "[data...]",
      "files, folders, globs, SQL in quotes, or - for standard input; nothing on a terminal asks for texts",
    )
    .option(
      "-o, --output <file>",
      "write there instead: .parquet, .csv, .tsv, .json, .jsonl keep all columns, .txt is lines",
    )
    .option("--keep", "add the input's own columns; with --json, one that clashes gets the prefix input.")
    .addHelpText("before", "Example: bax predict model.safetensors texts.txt\n");
  addMannerFlags(
    addDataFlags(addAnswerFlags(command, "answers for each text, or all"), false),
    "print one JSON document a line",
  );
  command.action((model: string, data: string[], flags: PredictFlags) => predict(model, data, flags));
}

async function predict(file: string, data: readonly string[], flags: PredictFlags): Promise<void> {
  const console = new Console(flags);
  const given = predictOptions(flags);
  const keep = flags.keep === true;
  const workers = poolOptions(flags);
  if (flags.output !== undefined) outputFormat(flags.output);
  const model = await loadModel(file);
  const options = checkedOptions(model, given);
  const writer = new PredictionWriter(model.labels, { log: flags.log === true, json: console.json, keep });
  if (data.length === 0 && process.stdin.isTTY) {
    await askLines(console, (text) => console.write(writer.rows(model.predictAll([text], options), [])));
    return;
  }
  const sources = await findSources(data.length === 0 ? ["-"] : data, flags).catch((error: unknown) => {
    throw isTextItself(data, error) ? notAFile(data[0], file, error) : error;
  });
  const errors = new RowErrors(flags.onError);
  const note = (text: string): void => console.note(text);
  const pool = model.pool(workers);
  const job = { model, pool, modelFile: file, sources, flags, options, keep, writer, errors, note };
  try {
    if (flags.output !== undefined) {
      await writeFile(console, { ...job, output: flags.output });
      return;
    }
    const batches = readTexts(sources, flags, keep, note, errors, pool.jobsAtOnce);
    for await (const lines of pool.inOrder(batches, (batch) => answerBatch(job, batch))) await console.write(lines);
  } finally {
    errors.finish(note);
    await pool.close();
  }
}

async function writeFile(console: Console, job: Omit<AnswerJob, "progress">): Promise<void> {
  const { output, sources, errors } = job;
  await checkOutputFile(output);
  refuseReadFiles(sources, output);
  const began = performance.now();
  const rate = (rows: number): number => (rows / (performance.now() - began)) * 1000;
  const written = await writeAnswers({
    ...job,
    progress: (rows) =>
      console.progress(`${count(rows, "row")}  ${Math.round(rate(rows)).toLocaleString("en-GB")} rows/s`),
  }).finally(() => console.endProgress());
  const seconds = (performance.now() - began) / 1000;
  if (console.json) {
    const { rows, ...file } = written;
    await console.writeJson({ output: file, rows, skippedRows: errors.count, seconds, rowsPerSecond: rate(rows) });
  } else {
    await console.write(
      `wrote ${written.path}: ${count(written.rows, "row")}, ${fileSize(written.bytes)}, in ${duration(seconds)}\n`,
    );
  }
}

/** Whether the user gave a text where a file belongs: one argument of several words that names no file. */
function isTextItself(data: readonly string[], error: unknown): boolean {
  return data.length === 1 && /\s/.test(data[0]) && error instanceof BaxError && error.code === "file";
}

function notAFile(text: string, model: string, error: unknown): BaxError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new BaxError(
    "file",
    `${shown}: no such file`,
    `To label a text itself: echo "${shown}" | bax predict ${model}`,
    { cause: error },
  );
}
