import type { Evaluation } from "bax";
import type { Command } from "commander";
import { type DataFlags, readExamples } from "../input/examples.ts";
import { requireLabels } from "../input/requireLabels.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { formatEvaluation } from "../output/evaluation.ts";
import { addDataFlags, addMannerFlags, type MannerFlags, parseCount } from "./flags.ts";
import { loadModel } from "./models.ts";

interface TestFlags extends MannerFlags, DataFlags {
  readonly k: string;
}

export function addTest(program: Command): void {
  const command = program
    .command("test")
    .description("measure a model on labelled text")
    .argument("<model>", "a model that bax train wrote")
    .argument("<data...>", "files, folders, globs, SQL in quotes, or - for standard input")
    .option("-k <number>", "answers that count for each example", "1")
    .addHelpText("before", "Example: bax test model.safetensors test.txt\n");
  addMannerFlags(addDataFlags(command, true), "print one JSON document");
  command.action((model: string, data: string[], flags: TestFlags) => test(model, data, flags));
}

async function test(file: string, data: readonly string[], flags: TestFlags): Promise<void> {
  const console = new Console(flags);
  const k = parseCount("-k", flags.k, 1);
  const errors = new RowErrors(flags.onError);
  const note = (text: string): void => console.note(text);
  const model = await loadModel(file);
  const sources = await findSources(data, flags);
  let evaluation: Evaluation;
  try {
    evaluation = await model.evaluateAsync(readExamples(sources, flags, note, undefined, errors), { k });
  } finally {
    errors.finish(note);
  }
  requireLabels(evaluation, sources);
  if (console.json) await console.writeJson({ ...evaluation, skippedRows: errors.count });
  else await console.write(formatEvaluation(evaluation, model.labels));
}
