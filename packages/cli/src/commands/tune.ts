import path from "node:path";
import { didYouMean } from "@bax/tables";
import {
  BaxError,
  type Example,
  type Examples,
  type LineBlock,
  METRICS,
  parseMetric,
  TextClassifier,
  type TrainingChoices,
  type TrainingReport,
  type TuneResult,
  tune,
} from "bax";
import { formatOf, save } from "bax/node";
import type { Command } from "commander";
import { readExamples } from "../input/examples.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources, type Source } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { count, duration } from "../output/numbers.ts";
import { ProgressLine } from "../output/progress.ts";
import { shellLine } from "../output/shell.ts";
import { difference, trialHead, trialLine } from "../output/trials.ts";
import { TuneLog } from "../output/tuneLog.ts";
import {
  addDataFlags,
  addMannerFlags,
  addTrainingFlags,
  dataArguments,
  flagsOf,
  parseByteSize,
  parseCount,
  parseMicroseconds,
  parseSeconds,
  trainingChoices,
} from "./flags.ts";
import { STOPPING, stopOnInterrupt } from "./interrupt.ts";
import { checkOutput } from "./models.ts";
import {
  nameData,
  refuseOverwriting,
  separateValidation,
  summary,
  type TrainFlags,
  withLabelWeights,
} from "./train.ts";

interface TuneFlags extends TrainFlags {
  readonly trials?: string;
  readonly seconds?: string;
  readonly metric: string;
  readonly size?: string;
  readonly latency?: string;
  readonly log?: string;
}

/** Compressed to so much of its size a model keeps its accuracy as a rule (docs/decisions/0006-compression.md). */
const COMPRESSIBLE = 50;

export function addTune(program: Command): void {
  const command = program
    .command("tune")
    .description("search options that do better than the defaults, and train with them")
    .argument("<data...>", "files, globs, or - for standard input")
    .option("-o, --output <file>", "where to write the model (.safetensors)")
    .option("--trials <number>", "how many to make; then the result is the same on every machine")
    .option("--seconds <number>", "how long to search (default: 300); the final training comes on top")
    .option("--metric <name>", `what is to be best: ${METRICS.join(", ")}`, "accuracy")
    .option("--size <bytes>", "the model's file is to have no more, as 2MB or 500k; it is compressed if need be")
    .option("--latency <time>", "labelling a text may take no longer, as 20us: counted, not clocked (docs/tuning.md)")
    .option("--log <file>", "keeps what is measured; with the same file the search goes on where it ended")
    .addHelpText("before", "Example: bax tune train.txt -o model.safetensors --trials 30\n")
    .addHelpText("after", "\nAn option of training that is given is settled: the search leaves it as it is.");
  addMannerFlags(addTrainingFlags(addDataFlags(command, true)), "print one JSON document");
  command.action((data: string[], flags: TuneFlags) => run(data, flags));
}

async function run(data: readonly string[], flags: TuneFlags): Promise<void> {
  const console = new Console(flags);
  const output = await checkOutput(flags.output);
  checkEnding(output);
  const { validationFile, ...rest } = separateValidation(flags) as TuneFlags & { validationFile?: string };
  const given = trainingChoices(await withLabelWeights(rest as TuneFlags));
  const size = flags.size === undefined ? undefined : parseByteSize("--size", flags.size);
  const settings = {
    ...budget(flags),
    metric: metricOf(flags.metric),
    bytes: size === undefined ? undefined : size * COMPRESSIBLE,
    microseconds: flags.latency === undefined ? undefined : parseMicroseconds("--latency", flags.latency),
  };
  const sources = await findSources(data, flags);
  const errors = new RowErrors(flags.onError);
  const validation = validationFile === undefined ? undefined : await findSources([validationFile]);
  const log = flags.log === undefined ? undefined : logOf(flags.log, output, [...sources, ...(validation ?? [])]);
  refuseOverwriting([...sources, ...(validation ?? [])], output);
  const note = (text: string): void => console.note(text);
  // What is wrong with rows is told when they are read first.
  let told: RowErrors | undefined = errors;
  const read = replayable(sources, () => {
    const of = told ?? new RowErrors(flags.onError);
    told = undefined;
    return readExamples(sources, { ...flags, sharesSum: given.loss !== "ova" }, note, undefined, of);
  });
  const readValidation = validation && replayable(validation, () => readExamples(validation, flags, note));

  const stop = stopOnInterrupt(() =>
    note("stopping the search: the best options so far are trained; Ctrl-C again to leave without a model"),
  );
  let found: TuneResult;
  try {
    found = await tune(read, {
      ...given,
      ...settings,
      validation: readValidation,
      results: log?.measurements,
      onStart: (description) => {
        log?.begin(description);
        if (!console.json) void console.write(trialHead(settings));
      },
      onStep: ({ trial, rung, rungs, seconds }) =>
        console.progress(`trial ${trial}, measurement ${rung + 1} of ${rungs}  ${duration(seconds)}`),
      onMeasurement: (measurement) => log?.add(measurement),
      onTrial: (trial) => {
        console.endProgress();
        if (!console.json) void console.write(trialLine(settings, trial));
      },
      stopSignal: stop.signal,
    });
  } catch (error) {
    throw nameLimit(nameData(error, sources), flags);
  } finally {
    console.endProgress();
    log?.close();
    stop.release();
  }
  if (!console.json) await console.write(verdict(found));
  if (!found.interrupted && found.trials.length < (settings.trials ?? 0)) {
    note("the search ended early: of the options that were not given nothing is left to try");
  }

  // A search that was interrupted is over; what follows is short, and a second Ctrl-C leaves at once.
  const trainingStop = found.interrupted ? undefined : stopOnInterrupt(() => console.note(STOPPING));
  const progress = new ProgressLine(console, () => 0);
  let model: TextClassifier;
  try {
    model = await TextClassifier.train(read(), {
      ...found.options,
      ...(readValidation && { validation: readValidation() }),
      onProgress: (step) => progress.show(step),
      stopSignal: trainingStop?.signal,
    });
  } catch (error) {
    throw nameData(error, sources);
  } finally {
    progress.end();
    trainingStop?.release();
    errors.finish(note);
  }
  const report = model.report as TrainingReport;
  const isLarge = size !== undefined && model.toFile().byteLength > size;
  const commands = commandsOf(
    [...data, ...dataArguments({ ...flags }), ...(validationFile === undefined ? [] : ["--valid", validationFile])],
    flags,
    found,
    output,
    isLarge,
  );
  const saved = await save(isLarge ? compress(model, size, commands[0], console) : model, output);
  if (console.json) {
    await console.writeJson({ model: saved, ...report, tuning: found, commands });
    return;
  }
  await console.write(`${summary(model, report, saved, data)}the same  ${commands.join("\n          ")}\n`);
}

/** The model in a size; where that cannot be met the search was not for nothing. */
function compress(model: TextClassifier, size: number, line: string, console: Console): TextClassifier {
  try {
    return model.compress({ size });
  } catch (error) {
    console.note(`the best options: ${line}`);
    throw error;
  }
}

/** The library knows the limit before compression. */
function nameLimit(error: unknown, { size }: TuneFlags): unknown {
  if (!(error instanceof BaxError && error.message.startsWith("no trial keeps to a file"))) return error;
  const what = `--size ${size}: with what compression can do, ${error.message}`;
  return new BaxError(error.code, what, error.advice, { cause: error });
}

function checkEnding(output: string): void {
  const format = formatOf(output);
  if (format === "safetensors") return;
  throw new BaxError(
    "usage",
    `-o: ${output} asks for a .${format}, fastText's file, but tune searches for bax's own features`,
    "Write .safetensors; bax fasttext supervised -autotune-validation FILE searches for fastText's.",
  );
}

function budget({ trials, seconds }: TuneFlags): { trials?: number; seconds?: number } {
  if (trials !== undefined && seconds !== undefined) {
    throw new BaxError("usage", "--trials and --seconds: two budgets are given", "Give one of them.");
  }
  if (trials !== undefined) return { trials: parseCount("--trials", trials, 1) };
  return seconds === undefined ? {} : { seconds: parseSeconds("--seconds", seconds) };
}

/** A metric's name, once it is known to be one. */
function metricOf(name: string): string {
  try {
    return parseMetric(name).name;
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
    throw new BaxError(error.code, error.message, `${error.advice}${didYouMean(name, METRICS)}`);
  }
}

function logOf(file: string, output: string, sources: readonly Source[]): TuneLog {
  const same = (other: string): boolean => path.resolve(other) === path.resolve(file);
  if (same(output) || sources.some((source) => same(source.path))) {
    throw new BaxError("usage", `--log: ${file} is a file of this command already`, "Name another file for the log.");
  }
  return TuneLog.read(file);
}

/** Examples that can be read again and again: what comes through a pipe is kept. */
function replayable(sources: readonly Source[], read: () => AsyncGenerator<Example | LineBlock>): () => Examples {
  if (sources.every((source) => source.seekable)) return read;
  let kept: (Example | LineBlock)[] | undefined;
  async function* keep(): AsyncGenerator<Example | LineBlock> {
    const all: (Example | LineBlock)[] = [];
    for await (const example of read()) {
      all.push(example);
      yield example;
    }
    kept = all;
  }
  return () => kept ?? keep();
}

function verdict({ best, defaults, metric, trials, seconds, interrupted }: TuneResult): string {
  const made = `${count(trials.length, "trial")} in ${duration(seconds)}${interrupted ? ", stopped early" : ""}`;
  if (defaults.score === null && trials.length === 0) {
    return `\nbest      the defaults: no trial could be finished (${duration(seconds)})\n`;
  }
  if (best.number === defaults.number) return `\nbest      the defaults: no trial was clearly better (${made})\n`;
  const beside =
    best.gain === null || best.error === null ? "" : `, ${difference(metric, best.gain, best.error)} to the defaults`;
  return `\nbest      trial ${best.number}${beside} (${made})\n`;
}

/** What gives the same model again: one line, or two where it was compressed. */
function commandsOf(
  source: readonly string[],
  flags: TuneFlags,
  { options }: TuneResult,
  output: string,
  isLarge: boolean,
): string[] {
  const trained = isLarge ? output.replace(/(\.safetensors)?$/, ".whole.safetensors") : output;
  const { valid, ...rest } = options;
  const fraction = source.includes("--valid") ? {} : { valid };
  const line = ["bax", "train", ...source, "-o", trained, ...flagsOf({ ...rest, ...fraction } as TrainingChoices)];
  const small = ["bax", "compress", trained, "-o", output, "--size", flags.size ?? ""];
  return [shellLine(line), ...(isLarge ? [shellLine(small)] : [])];
}
