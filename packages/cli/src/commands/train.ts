import path from "node:path";
import {
  BaxError,
  checkOptions,
  TextClassifier,
  type TrainingChoices,
  type TrainingProgress,
  type TrainingReport,
} from "bax";
import { formatOf, save } from "bax/node";
import type { Command } from "commander";
import { type DataFlags, readExamples } from "../input/examples.ts";
import { ReadMeter } from "../input/readMeter.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources, type Source } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { count, duration, fileSize, percent, percentRange } from "../output/numbers.ts";
import { ProgressLine } from "../output/progress.ts";
import { checkReportFile } from "../output/report.ts";
import { trainReport } from "../output/reportTrain.ts";
import { correctionLines } from "./calibrate.ts";
import { crossValidate, type FoldFlags, foldCount, foldSummary, foldsAsJson } from "./crossValidation.ts";
import { addDataFlags, addMannerFlags, addTrainingFlags, type MannerFlags, trainingChoices } from "./flags.ts";
import { checkpointing, loadPretrained, readLabelWeights } from "./givenModels.ts";
import { STOPPING, stopOnInterrupt } from "./interrupt.ts";
import { checkOutput, loadModel } from "./models.ts";

/** Probabilities of held-out texts that are kept for a report, 128 MiB: where there are more, the page does without these texts. */
const MOST_KEPT = 1 << 25;

export interface TrainFlags extends MannerFlags, DataFlags, FoldFlags {
  readonly output?: string;
  readonly init?: string;
  readonly pretrained?: string;
  readonly checkpoint?: string;
  readonly checkpointEvery?: string;
  readonly classWeights?: string;
  readonly report?: string;
}

export function addTrain(program: Command): void {
  const command = program
    .command("train")
    .description("learn from labelled text; prints what it learned and how good it is")
    .argument("<data...>", "files, folders, globs, SQL in quotes, or - for standard input")
    .option("-o, --output <file>", "where to write the model (.safetensors)")
    .option(
      "--folds <number>",
      "cross-validate: learn as often, each time from all but one part, and measure on that one",
    )
    .option("--out-of-fold <file>", "with --folds: write the probabilities of every example (.jsonl, .csv, .tsv)")
    .option("--init <model>", "a model that learns on, with new words and labels, and forgets little")
    .option("--pretrained <file>", "vectors to begin with: .vec, or a model")
    .option(
      "--checkpoint <folder>",
      "write there what a run that is cut off goes on from, and go on from what is there",
    )
    .option("--checkpoint-every <number|time>", "how often: examples, or a time as 30s (default: 60s)")
    .option("--report <file>", "write a page with figures, pictures and mistakes (.html)")
    .addHelpText("before", "Example: bax train train.txt -o model.safetensors\n");
  addMannerFlags(addTrainingFlags(addDataFlags(command, true)), "print one JSON document");
  command.action((data: string[], flags: TrainFlags) => train(data, flags));
}

async function train(data: readonly string[], flags: TrainFlags): Promise<void> {
  const console = new Console(flags);
  const folds = foldCount(flags);
  const output = folds !== undefined && flags.output === undefined ? undefined : await checkOutput(flags.output);
  const { validationFile, ...rest } = separateValidation(flags);
  const choices = trainingChoices(await withLabelWeights(rest));
  checkOptions({ ...choices });
  if (output !== undefined) checkFormat(output, choices);
  const checkpoints = checkpointing(flags.checkpoint, flags.checkpointEvery);
  if (folds !== undefined) refuseWithFolds(flags, validationFile);
  const sources = await findSources(data, flags);
  const validation = validationFile === undefined ? undefined : await findSources([validationFile]);
  if (output !== undefined) refuseOverwriting(sources, output);
  if (folds !== undefined && output !== undefined) refuseReadingTwice(sources);
  if (flags.report !== undefined) await checkReport(flags.report, [...sources, ...(validation ?? [])], flags);
  const report = flags.report === undefined ? undefined : await trainReport(flags.report);
  const init = flags.init === undefined ? undefined : await loadModel(flags.init);
  const pretrained = flags.pretrained === undefined ? undefined : await loadPretrained(flags.pretrained);
  const errors = new RowErrors(flags.onError);
  const note = (text: string): void => console.note(text);
  const meter = new ReadMeter(sources);
  const progress = new ProgressLine(console, () => meter.fraction);
  const stop = stopOnInterrupt(() => console.note(STOPPING));
  const hooks = { onProgress: (step: TrainingProgress) => progress.show(step), stopSignal: stop.signal };
  try {
    const reading = { ...flags, sharesSum: choices.loss !== "ova" };
    const read = (from: readonly Source[], of: RowErrors) => readExamples(from, reading, note, meter, of, 0);
    if (folds !== undefined) {
      const found = await crossValidate(read(sources, errors), folds, flags.outOfFold, { ...choices, ...hooks });
      progress.end();
      if (console.json) await console.writeJson(foldsAsJson(found));
      else await console.write(foldSummary(found, flags.outOfFold));
      if (output === undefined) return;
    }
    // What is wrong with rows was told when they were read first.
    const told = folds === undefined ? errors : new RowErrors(flags.onError);
    const examples = read(sources, told);
    const model = await TextClassifier.train(report?.watch(examples) ?? examples, {
      ...choices,
      ...hooks,
      ...(report && { keepHeldOut: MOST_KEPT }),
      ...(validation && { validation: readExamples(validation, flags, note, undefined, errors) }),
      init,
      pretrained,
      checkpoint: checkpoints?.checkpointing,
    });
    progress.end();
    const saved = await save(model, output ?? "");
    const done = model.report;
    // A Ctrl-C that came when all was learned stopped nothing.
    if (!done?.interrupted) await checkpoints?.store.remove();
    if (done === null) return;
    if (console.json)
      await console.writeJson({
        model: saved,
        ...done,
        heldOut: undefined,
        calibration: model.calibration ?? null,
        decision: model.decision ?? null,
        skippedRows: errors.count,
      });
    else await console.write(summary(model, done, saved, data));
    const again = validation?.every((source) => source.seekable)
      ? readExamples(validation, flags, () => {}, undefined, new RowErrors("skip"))
      : undefined;
    const measuredOn = validationFile === undefined ? undefined : { name: validationFile, examples: again };
    const names = sources.map((source) => source.name);
    await report?.write({ model, report: done, saved, data: names, validation: measuredOn, console });
  } catch (error) {
    throw nameData(error, sources);
  } finally {
    progress.end();
    stop.release();
    errors.finish(note);
  }
}

/** A report is of one model, and no file of the command may be lost to it. */
async function checkReport(file: string, sources: readonly Source[], flags: TrainFlags): Promise<void> {
  if (flags.folds !== undefined) {
    throw new BaxError("usage", "--folds does not go with --report", "Leave one of the two out.");
  }
  const others = [flags.output, flags.init, flags.pretrained].filter((other) => other !== undefined);
  await checkReportFile("--report", file, [...sources.map((source) => source.path), ...others]);
}

/** Folds read the data once, and the model behind `-o` once more. */
function refuseReadingTwice(sources: readonly Source[]): void {
  const stream = sources.find((source) => !source.seekable);
  if (!stream) return;
  throw new BaxError(
    "usage",
    `${stream.name}: cannot be read twice, for --folds and for the model of -o`,
    "Leave -o out, or write the data to a file first.",
  );
}

/** The file that `--class-weights` names, where it is none of the words. */
function weightsFile({ classWeights }: TrainFlags): string | undefined {
  return classWeights === undefined || ["none", "balanced"].includes(classWeights) ? undefined : classWeights;
}

/** Flags whose `--class-weights` is what the file says, where it names one. */
export async function withLabelWeights(flags: TrainFlags): Promise<Readonly<Record<string, unknown>>> {
  const file = weightsFile(flags);
  return file === undefined ? { ...flags } : { ...flags, classWeights: await readLabelWeights(file) };
}

/** Cross-validation learns from the start, on all of the data, and writes no model of its own. */
function refuseWithFolds(flags: TrainFlags, validationFile: string | undefined): void {
  const refused: [flag: string, value: string | undefined][] = [
    ["--valid FILE", validationFile],
    ["--init", flags.init],
    ["--pretrained", flags.pretrained],
    ["--checkpoint", flags.checkpoint],
  ];
  const found = refused.find(([, value]) => value !== undefined);
  if (found) throw new BaxError("usage", `--folds does not go with ${found[0]}`, "Leave one of the two out.");
}

/** An ending that asks for one of fastText's files needs fastText's features: said before any time is spent. */
function checkFormat(output: string, { tokenizer }: TrainingChoices): void {
  const format = formatOf(output);
  if (format === "safetensors" || (format === "bin" && tokenizer === "fasttext")) return;
  throw new BaxError(
    "usage",
    `-o: ${output} asks for a .${format}, fastText's file, which ${format === "bin" ? "has no place for bax's own features" : "training does not write"}`,
    format === "bin"
      ? "Add --tokenizer fasttext, or write .safetensors."
      : `Write .safetensors or, with --tokenizer fasttext, .bin; then ${format === "ftz" ? "bax compress" : "bax convert"}.`,
  );
}

/** `--valid` takes a fraction, which is the library's, or a file to measure on, which is read here. */
export function separateValidation(flags: TrainFlags): TrainFlags & { validationFile?: string } {
  const { valid, ...rest } = flags as TrainFlags & { valid?: string };
  if (valid === undefined) return rest;
  const isNumber = valid.trim() === "" || valid === "NaN" || !Number.isNaN(Number(valid));
  return isNumber ? flags : { ...rest, validationFile: valid };
}

/** The library speaks of "training data"; here they have names. */
export function nameData(error: unknown, sources: readonly Source[]): unknown {
  const prefix = "training data: ";
  if (!(error instanceof BaxError && error.message.startsWith(prefix))) return error;
  const [first, ...others] = sources.map((source) => source.name);
  const names = others.length === 0 ? first : `${first} and ${count(others.length, "other file")}`;
  return new BaxError(error.code, `${names}: ${error.message.slice(prefix.length)}`, error.advice, { cause: error });
}

/** A slip such as `-o train.txt` may not cost anybody their data. */
export function refuseOverwriting(sources: readonly Source[], output: string): void {
  const target = path.resolve(output);
  if (sources.every((source) => path.resolve(source.path) !== target)) return;
  throw new BaxError("usage", `-o: ${output} is one of the files to learn from`, "Write the model to another file.");
}

export function summary(
  model: TextClassifier,
  report: TrainingReport,
  saved: { path: string; bytes: number },
  data: readonly string[],
): string {
  const { valid } = report;
  const heldOut = valid
    ? `${percent(valid.accuracy)} accuracy (95 %: ${percentRange(valid.intervals.accuracy)}) on ${count(valid.examples, "held-out example")}`
    : "not measured; use bax test on other data";
  const lines = [
    `learned   ${count(report.examples, "example")}, ${count(report.labels, "label")}, ${count(report.features, "feature")} in ${duration(report.seconds.total)}`,
    `options   ${describeOptions(report)}`,
    `held out  ${heldOut}`,
    ...correctionLines(model).map(([name, text]) =>
      name === "answers"
        ? `answers   ${text}`
        : `trust     probabilities calibrated (${text})${valid ? `, off by ${percent(valid.ece)} on average` : ""}`,
    ),
    ...report.notes.map((note) => `note      ${note}`),
    `model     ${saved.path} (${fileSize(saved.bytes)})`,
    `next      ${nextCommand(saved.path, data)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function describeOptions({ options }: TrainingReport): string {
  const [shortest, longest] = options.charNgrams;
  return [
    options.tokenizer,
    `words 1–${options.wordNgrams}`,
    longest > 0 ? `characters ${shortest}–${longest}` : "no character n-grams",
    options.weighting,
    ...(options.loss === "softmax" ? [] : [`loss ${options.loss}`]),
    `dim ${options.dim}`,
    `${options.optimizer} ${Number(options.lr.toPrecision(3))}`,
    count(options.epochs, "epoch"),
    `seed ${options.seed}`,
  ].join(", ");
}

function nextCommand(file: string, data: readonly string[]): string {
  const quoted = /^[\w./-]+$/.test(file) ? file : JSON.stringify(file);
  return data.length === 1 && data[0] === "-" ? `bax predict ${quoted} texts.txt` : `bax predict ${quoted}`;
}
