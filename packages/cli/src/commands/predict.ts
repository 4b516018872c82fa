import { BaxError, type TextClassifier } from "bax";
import type { Command } from "commander";
import { type DataFlags, readTexts } from "../input/examples.ts";
import { findSources } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { PredictionWriter } from "../output/predictions.ts";
import { addDataFlags, addMannerFlags, type MannerFlags, parseCount, parseShare } from "./flags.ts";
import { askLines } from "./interactive.ts";
import { loadModel } from "./models.ts";

interface PredictFlags extends MannerFlags, DataFlags {
  readonly k: string;
  readonly threshold: string;
  readonly format?: string;
  readonly keep?: boolean;
}

export function addPredict(program: Command): void {
  const command = program
    .command("predict")
    .description("label text, a line of output for each line or row of input")
    .argument("<model>", "a model that bax train wrote")
    .argument("[data...]", "files, globs, or - for standard input; nothing on a terminal asks for texts")
    .option("-k <number>", "answers for each text", "1")
    .option("--threshold <share>", "leave out answers less likely than this", "0")
    .option("--keep", "add the input's own columns; with --json, one that clashes gets the prefix input.")
    .addHelpText("before", "Example: bax predict model.safetensors texts.txt\n");
  addMannerFlags(addDataFlags(command, false), "print one JSON document a line");
  command.action((model: string, data: string[], flags: PredictFlags) => predict(model, data, flags));
}

async function predict(file: string, data: readonly string[], flags: PredictFlags): Promise<void> {
  const console = new Console(flags);
  const k = parseCount("-k", flags.k, 1);
  const threshold = parseShare("--threshold", flags.threshold);
  const keep = flags.keep === true;
  const model = await loadModel(file);
  const writer = new PredictionWriter(model.labels, { k, threshold, json: console.json, keep });
  if (data.length === 0 && process.stdin.isTTY) {
    await askLines(console, (text) => console.write(writer.rows(model.predictAll([text], { k, threshold }), [])));
    return;
  }
  const sources = await findSources(data.length === 0 ? ["-"] : data, flags.format).catch((error: unknown) => {
    throw isTextItself(data, error) ? notAFile(data[0], file, error) : error;
  });
  for await (const batch of readTexts(sources, flags, keep, (text) => console.note(text))) {
    if (batch.kind === "lines") await console.write(answerLines(model, writer, batch.lines, k, threshold));
    else await console.write(writer.rows(model.predictAll(batch.texts, { k, threshold }), batch.rows));
  }
}

function answerLines(
  model: TextClassifier,
  writer: PredictionWriter,
  lines: Uint8Array,
  k: number,
  threshold: number,
): string {
  return writer.lines(model.predictLines(lines, Math.min(k, model.labels.length), threshold), lines);
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
