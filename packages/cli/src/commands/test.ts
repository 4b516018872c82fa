import { BaxError, type Comparison, compare, type Evaluation, type TextClassifier } from "bax";
import type { Command } from "commander";
import { type DataFlags, readExamples } from "../input/examples.ts";
import { isModelFile } from "../input/files.ts";
import { requireLabels } from "../input/requireLabels.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources, type Source } from "../input/sources.ts";
import { formatComparison } from "../output/comparison.ts";
import { Console } from "../output/console.ts";
import { formatEvaluation } from "../output/evaluation.ts";
import { checkReportFile } from "../output/report.ts";
import { testReport } from "../output/reportTest.ts";
import { addDataFlags, addMannerFlags, type MannerFlags, parseCount } from "./flags.ts";
import { loadModel } from "./models.ts";

interface TestFlags extends MannerFlags, DataFlags {
  readonly k: string;
  readonly raw?: boolean;
  readonly report?: string;
}

/** What one or two models are measured with. */
interface Measured {
  readonly console: Console;
  readonly sources: readonly Source[];
  readonly flags: TestFlags;
  readonly errors: RowErrors;
  readonly k: number;
}

export function addTest(program: Command): void {
  const command = program
    .command("test")
    .description("measure a model on labelled text, or compare two")
    .usage("[options] <model> [model] <data...>")
    .argument("<model>", "a model that bax train wrote, or fastText's")
    .argument("<data...>", "files, folders, globs, SQL in quotes, or - for standard input; a second model before them")
    .option("-k <number>", "answers that count for each example", "1")
    .option("--raw", "the model as it is: no calibration, and not its thresholds")
    .option("--report <file>", "write a page with figures, pictures and mistakes (.html)")
    .addHelpText(
      "before",
      "Example: bax test model.safetensors test.txt\n" +
        "         bax test old.safetensors new.safetensors test.txt    (is the difference real?)\n",
    );
  addMannerFlags(addDataFlags(command, true), "print one JSON document");
  command.action((model: string, data: string[], flags: TestFlags) => test(model, data, flags));
}

async function test(file: string, given: readonly string[], flags: TestFlags): Promise<void> {
  const console = new Console(flags);
  const k = parseCount("-k", flags.k, 1);
  const errors = new RowErrors(flags.onError);
  const { files, data } = await sortArguments(file, given);
  if (flags.report !== undefined && files.length > 1) {
    throw new BaxError("usage", "--report shows one model, and two are given", "Make a report of each by itself.");
  }
  const models: TextClassifier[] = [];
  for (const one of files) models.push(await loadModel(one));
  const sources = await findSources(data, flags);
  if (flags.report !== undefined) {
    await checkReportFile("--report", flags.report, [...files, ...sources.map((source) => source.path)]);
  }
  const measured = { console, sources, flags, errors, k };
  if (models.length > 1) await testTwo(models, files, measured);
  else await testOne(models[0], file, measured);
}

/** Tells models from data: one or two models, then what they are measured on. Throws BaxError "usage" for any other order. */
async function sortArguments(first: string, given: readonly string[]): Promise<{ files: string[]; data: string[] }> {
  const isModel: boolean[] = [];
  for (const argument of given) isModel.push(await isModelFile(argument));
  const models = given.filter((_, i) => isModel[i]);
  if (models.length > 0 && !(await isModelFile(first))) {
    throw new BaxError(
      "usage",
      `test: ${first} stands where the model should, and ${models[0]} is a model`,
      `Models come first: bax test ${models[0]} ${first}`,
    );
  }
  if (models.length > 1) {
    throw new BaxError(
      "usage",
      `test: got ${models.length + 1} models (${[first, ...models].join(", ")})`,
      "It measures one, or compares two: bax test a.safetensors b.safetensors test.txt",
    );
  }
  if (models.length === given.length) {
    throw new BaxError(
      "usage",
      `test: got two models (${first}, ${models[0]}) and nothing to measure them on`,
      `Add labelled text: bax test ${first} ${models[0]} test.txt`,
    );
  }
  return { files: [first, ...models], data: given.filter((_, i) => !isModel[i]) };
}

async function testOne(model: TextClassifier, file: string, measured: Measured): Promise<void> {
  const { console, sources, flags, errors, k } = measured;
  const note = (text: string): void => console.note(text);
  const of = { path: file, data: sources.map((source) => source.name), raw: flags.raw === true };
  const report = flags.report === undefined ? undefined : await testReport(flags.report, model, of);
  let evaluation: Evaluation;
  try {
    evaluation = await model.evaluateAsync(readExamples(sources, flags, note, undefined, errors), {
      k,
      raw: flags.raw,
      each: report?.each,
    });
  } finally {
    errors.finish(note);
  }
  requireLabels(evaluation, sources);
  if (console.json) await console.writeJson({ ...evaluation, skippedRows: errors.count });
  else await console.write(formatEvaluation(evaluation, model.labels));
  await report?.write(evaluation, console);
}

async function testTwo([a, b]: readonly TextClassifier[], files: readonly string[], measured: Measured): Promise<void> {
  const { console, sources, flags, errors, k } = measured;
  const note = (text: string): void => console.note(text);
  let comparison: Comparison;
  try {
    comparison = await compare(a, b, readExamples(sources, flags, note, undefined, errors), { k, raw: flags.raw });
  } finally {
    errors.finish(note);
  }
  requireLabels(comparison.a, sources);
  const [fileA, fileB] = files;
  if (console.json) {
    await console.writeJson({
      ...comparison,
      a: { model: fileA, ...comparison.a },
      b: { model: fileB, ...comparison.b },
      skippedRows: errors.count,
    });
  } else await console.write(formatComparison(comparison, [fileA, fileB]));
}
