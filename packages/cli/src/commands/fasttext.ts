import type { Command } from "commander";

/** Lists the command in the help; what stands behind it is read by `fasttext/`, not by commander. */
export function addFastText(program: Command): void {
  program
    .command("fasttext")
    .description("fastText's own command line, flag for flag: supervised, predict, test, quantize, …")
    .argument("[command...]", "as fastText takes it; bax fasttext --help lists the commands")
    .allowUnknownOption()
    .addHelpText("before", "Example: bax fasttext supervised -input train.txt -output model\n");
}
