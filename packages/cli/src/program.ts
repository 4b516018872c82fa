import { BaxError } from "bax";
import { Command, CommanderError, Option } from "commander";
import { COMMANDS, type ListedCommand } from "./commands/list.ts";

const EXAMPLES = `bax learns to classify text, and tells you why.

  bax train train.txt -o model.safetensors        learn from labelled text
  bax test model.safetensors test.txt             measure it on other text
  bax predict model.safetensors texts.txt         label new text

bax --help lists all commands; bax train --help all flags of one.
`;

/**
 * The command line as commander knows it. Its errors are thrown, as BaxError "usage", instead of printed. Commands that `args` do not ask
 * for are only listed, which is quicker; without `args` all are whole.
 */
export async function createProgram(version: string, args?: readonly string[]): Promise<Command> {
  const program = new Command("bax")
    .description("text classification: train, test, predict, explain, audit")
    .version(version)
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .addHelpText("after", "\nbax <command> --help shows an example and all flags of a command.");
  // What completes the commands must know them all; `bax help train` is about train.
  const isWhole = args === undefined || args.includes("completion");
  for (const command of COMMANDS) {
    if (isWhole || args.slice(0, 2).includes(command.name)) (await command.load())(program);
    else list(program, command);
  }
  return program;
}

function list(program: Command, { name, description, arguments: names, plain }: ListedCommand): void {
  const command = program.command(name).description(description);
  for (const argument of names) command.argument(argument);
  if (!plain) command.addOption(new Option("--any").hideHelp());
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
