import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import { reportFailure } from "../output/failure.ts";
import { parseFlags, type TrainingCommand } from "./arguments.ts";
import { DUMPS, dump } from "./dump.ts";
import { predict, test } from "./predict.ts";
import { quantize } from "./quantize.ts";
import { supervised } from "./supervised.ts";
import { COMMANDS, commandsUsage, flagsUsage, positionalUsage } from "./usage.ts";
import { analogies, nearestNeighbours, printNgrams, printSentenceVectors, printWordVectors } from "./vectors.ts";

/** A command without flags: how many arguments it takes, and what it does. */
interface Positional {
  readonly least: number;
  readonly most: number;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const POSITIONAL: Readonly<Record<string, Positional>> = {
  test: { least: 2, most: 4, run: (args) => test(args, false) },
  "test-label": { least: 2, most: 4, run: (args) => test(args, true) },
  predict: { least: 2, most: 4, run: (args) => predict(args, false) },
  "predict-prob": { least: 2, most: 4, run: (args) => predict(args, true) },
  "print-word-vectors": { least: 1, most: 1, run: printWordVectors },
  "print-sentence-vectors": { least: 1, most: 1, run: printSentenceVectors },
  "print-ngrams": { least: 2, most: 2, run: printNgrams },
  nn: { least: 1, most: 2, run: nearestNeighbours },
  analogies: { least: 1, most: 2, run: analogies },
  dump: { least: 2, most: 2, run: dump },
};

/**
 * Runs fastText's command line, given what stands behind `bax fasttext`, and returns the exit status: as with fastText, 1 for whatever
 * goes wrong.
 */
export async function runFastText(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === "--help" || command === "-h") return say("stdout", commandsUsage(), 0);
  if (command === undefined) return say("stderr", commandsUsage(), 1);
  if (!Object.hasOwn(COMMANDS, command)) {
    const near = didYouMean(command, Object.keys(COMMANDS));
    return say("stderr", `Unknown command: ${command}.${near}\n\n${commandsUsage()}`, 1);
  }
  try {
    return Object.hasOwn(POSITIONAL, command)
      ? await runPositional(command, rest)
      : await runTraining(command as TrainingCommand, rest);
  } catch (error) {
    return Math.min(1, reportFailure(error, false));
  }
}

async function runPositional(command: string, args: readonly string[]): Promise<number> {
  const { least, most, run } = POSITIONAL[command];
  const { text, stream } = positionalUsage(command);
  if (args.includes("--help")) return say("stdout", text, 0);
  const unknownDump = command === "dump" && !(DUMPS as readonly string[]).includes(args[1]);
  if (args.length < least || args.length > most || unknownDump) return say(stream, text, 1);
  await run(args);
  return 0;
}

async function runTraining(command: TrainingCommand, args: readonly string[]): Promise<number> {
  if (command === "skipgram" || command === "cbow") {
    throw new BaxError(
      "usage",
      `${command}: bax trains classifiers only, not word vectors`,
      "Train word vectors with fastText; bax reads them (-pretrainedVectors, nn, analogies, print-word-vectors).",
    );
  }
  const parsed = parseFlags(command, args);
  const help = flagsUsage(parsed.flags);
  if (args.includes("--help")) return say("stdout", help, 0);
  if (command === "quantize" && args.length === 0)
    return say("stderr", `usage: bax fasttext quantize <args>\n${help}`, 1);
  if (parsed.problem !== undefined) return say("stderr", `${parsed.problem}\n${help}`, 1);
  await (command === "supervised" ? supervised(parsed) : quantize(parsed.flags));
  return 0;
}

function say(stream: "stdout" | "stderr", text: string, status: number): number {
  process[stream].write(text);
  return status;
}
