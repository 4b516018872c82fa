import path from "node:path";
import { BaxError, checkOptions, TextClassifier, type TrainingChoices, type TrainingReport } from "bax";
import { formatOf, save } from "bax/node";
import type { Command } from "commander";
import { type DataFlags, readExamples } from "../input/examples.ts";
import { ReadMeter } from "../input/readMeter.ts";
import { findSources, type Source } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { count, duration, fileSize, percent, percentRange } from "../output/numbers.ts";
import { ProgressLine } from "../output/progress.ts";
import { addDataFlags, addMannerFlags, addTrainingFlags, type MannerFlags, trainingChoices } from "./flags.ts";
import { checkOutput } from "./models.ts";

export interface TrainFlags extends MannerFlags, DataFlags {
  readonly output?: string;
  readonly format?: string;
}

export function addTrain(program: Command): void {
  const command = program
    .command("train")
    .description("learn from labelled text; prints what it learned and how good it is")
    .argument("<data...>", "files, globs, or - for standard input")
    .option("-o, --output <file>", "where to write the model (.safetensors)")
    .addHelpText("before", "Example: bax train train.txt -o model.safetensors\n");
  addMannerFlags(addTrainingFlags(addDataFlags(command, true)), "print one JSON document");
  command.action((data: string[], flags: TrainFlags) => train(data, flags));
}

async function train(data: readonly string[], flags: TrainFlags): Promise<void> {
  const console = new Console(flags);
  const output = await checkOutput(flags.output);
  const { validationFile, ...rest } = separateValidation(flags);
  const choices = trainingChoices(rest as Readonly<Record<string, unknown>>);
  checkOptions({ ...choices });
  checkFormat(output, choices);
  const sources = await findSources(data, flags.format);
  const validation = validationFile === undefined ? undefined : await findSources([validationFile]);
  refuseOverwriting(sources, output);
  const meter = new ReadMeter(sources);
  const progress = new ProgressLine(console, () => meter.fraction);
  const stop = stopOnInterrupt(console);
  let model: TextClassifier;
  let saved: Awaited<ReturnType<typeof save>>;
  try {
    model = await TextClassifier.train(
      readExamples(sources, flags, (text) => console.note(text), meter),
      {
        ...choices,
        ...(validation && { validation: readExamples(validation, flags, (text) => console.note(text)) }),
        onProgress: (step) => progress.show(step),
        stopSignal: stop.signal,
      },
    );
    progress.end();
    saved = await save(model, output);
  } catch (error) {
    throw nameData(error, sources);
  } finally {
    progress.end();
    stop.release();
  }
  const report = model.report;
  if (report === null) return;
  if (console.json) {
    await console.writeJson({ model: saved, ...report });
    return;
  }
  await console.write(summary(report, saved, data));
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

/**
 * The first Ctrl-C asks training to stop and keep what it has; the second leaves at once. The signal of a service manager (SIGTERM)
 * counts as the first.
 */
export function stopOnInterrupt(console: Pick<Console, "note">): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    console.note("stopping: the best model so far is kept; Ctrl-C again to leave without it");
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    release: () => {
      // Once it was interrupted the process is about to end: a second Ctrl-C in its last moments must still be the one that says 130.
      if (controller.signal.aborted) return;
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** What is printed of a model that was trained and saved. `data`: the arguments that named the text. */
export function summary(
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
