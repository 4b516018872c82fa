import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import type { Command } from "commander";
import { fileError } from "../input/files.ts";
import { Console } from "../output/console.ts";
import { count } from "../output/numbers.ts";
import { answerColumns, PIPE_FORMATS, type PipeFormat, type PipeJob } from "../pipe/job.ts";
import { loadModel } from "./models.ts";
import { type AnswerFlags, addAnswerFlags, checkedOptions, poolOptions, predictOptions } from "./predictOptions.ts";

interface PipeFlags extends AnswerFlags {
  readonly format: string;
  readonly text: string;
  readonly prefix?: string;
  readonly quiet?: boolean;
}

export function addPipe(program: Command): void {
  const command = program
    .command("pipe")
    .description("rows of JSON, or of Arrow, in and out: for Spark, Ray, xargs and other programs")
    .argument("<model>", "a model that bax train wrote")
    .option("--format <name>", `${PIPE_FORMATS.join(", ")}: of input and output`, "jsonl")
    .option("--text <column>", "column of the text", "text")
    .option("--prefix <name>", "stands before the names of the columns that are added");
  addAnswerFlags(command, "answers for each text, or all; lists, unless it is 1")
    .option("-q, --quiet", "say nothing but results and errors")
    .option("--debug", "add the stack trace to an error")
    .addHelpText("before", "Example: bax pipe model.safetensors < rows.jsonl > answers.jsonl\n")
    .addHelpText(
      "after",
      "\nA row out for each row in, in their order: the row itself with label and probability, or with error.",
    )
    .action((model: string, flags: PipeFlags) => pipe(model, flags));
}

async function pipe(file: string, flags: PipeFlags): Promise<void> {
  const console = new Console(flags);
  const format = parseFormat(flags.format);
  const given = predictOptions(flags);
  const columns = answerColumns(format, flags.text, {
    k: given.k,
    log: flags.log === true,
    prefix: flags.prefix ?? "",
  });
  const workers = poolOptions(flags);
  const model = await loadModel(file);
  const options = checkedOptions(model, given);
  const pool = model.pool(workers);
  if (process.stdin.isTTY) console.note("Type rows, and press Enter after each; Ctrl-D ends.");
  const began = performance.now();
  let rows = 0;
  let errors = 0;
  const job: PipeJob = {
    ...{ model, pool, options, columns, text: flags.text },
    input: standardInput(),
    write: (bytes) => console.write(bytes),
    note: (text) => console.note(text),
    count(more, failed) {
      rows += more;
      errors += failed;
    },
  };
  try {
    await (await pipeOf(format))(job);
  } finally {
    await pool.close();
  }
  const rate = Math.round((rows / (performance.now() - began)) * 1000).toLocaleString("en-GB");
  console.note(`${count(rows, "row")}, ${count(errors, "error")}, ${rate} texts/s`);
}

/** Arrow is loaded by those alone who want it. */
async function pipeOf(format: PipeFormat): Promise<(job: PipeJob) => Promise<void>> {
  return format === "jsonl"
    ? (await import("../pipe/lines.ts")).pipeLines
    : (await import("../pipe/arrow.ts")).pipeArrow;
}

function parseFormat(name: string): PipeFormat {
  const format = PIPE_FORMATS.find((one) => one === name);
  if (format !== undefined) return format;
  throw new BaxError(
    "usage",
    `--format: got "${name}", expected ${PIPE_FORMATS.join(" or ")}`,
    `Leave it out for lines of JSON.${didYouMean(name, PIPE_FORMATS)}`,
  );
}

async function* standardInput(): AsyncGenerator<Uint8Array> {
  try {
    yield* process.stdin;
  } catch (error) {
    throw fileError("(standard input)", error);
  }
}
