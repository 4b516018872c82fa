import { BaxError } from "bax";
import { Command, CommanderError } from "commander";
import { addAudit } from "./commands/audit.ts";
import { addCalibrate } from "./commands/calibrate.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCompress } from "./commands/compress.ts";
import { addConvert } from "./commands/convert.ts";
import { addExplain } from "./commands/explain.ts";
import { addFastText } from "./commands/fasttext.ts";
import { addInfo } from "./commands/info.ts";
import { addPredict } from "./commands/predict.ts";
import { addTest } from "./commands/test.ts";
import { addTrain } from "./commands/train.ts";
import { addTune } from "./commands/tune.ts";

const EXAMPLES = `bax learns to classify text, and tells you why.

  bax train train.txt -o model.safetensors        learn from labelled text
  bax test model.safetensors test.txt             measure it on other text
  bax predict model.safetensors texts.txt         label new text

bax --help lists all commands; bax train --help all flags of one.
`;

/** The command line as commander knows it. Its errors are thrown, as BaxError "usage", instead of printed. */
export function createProgram(version: string): Command {
  const program = new Command("bax")
    .description("text classification: train, test, predict, explain, audit")
    .version(version)
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .addHelpText("after", "\nbax <command> --help shows an example and all flags of a command.");
  addTrain(program);
  addTest(program);
  addPredict(program);
  addExplain(program);
  addInfo(program);
  addTune(program);
  addAudit(program);
  addCalibrate(program);
  addCompress(program);
  addConvert(program);
  addFastText(program);
  addCompletion(program);
  return program;
}

/** Runs the command line; gives the exit status when the work is done. Throws BaxError, or whatever else went wrong. */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    process.stdout.write(EXAMPLES);
    return 0;
  }
  if (args[0] === "fasttext") {
    // Its flags are fastText's (-input, -wordNgrams): commander would read them as clusters of short ones.
    const { runFastText } = await import("./fasttext/index.ts");
    return runFastText(args.slice(1));
  }
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, args[0]); // otherwise help or version has been printed
  }
  return 0;
}

/** Commander's message in our two lines; its nearest neighbour stays. */
function usageError(error: CommanderError, first: string): BaxError {
  const [what, ...more] = error.message.replace(/^error: /, "").split("\n");
  if (error.code === "commander.help") {
    return new BaxError("usage", "no command given", "bax --help lists all commands.");
  }
  const near = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(more.join(" "))?.[1];
  const help =
    first.startsWith("-") || error.code === "commander.unknownCommand" ? "bax --help" : `bax ${first} --help`;
  const advice = near === undefined ? `See ${help}.` : `Did you mean ${near}? See ${help}.`;
  return new BaxError("usage", what, advice);
}
