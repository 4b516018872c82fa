import { existsSync } from "node:fs";
import type { Command } from "commander";
import { readTexts } from "../input/examples.ts";
import { findSources } from "../input/sources.ts";
import { Console, canColour } from "../output/console.ts";
import { formatExplanation } from "../output/explanation.ts";
import { explanationPage } from "../output/reportExplain.ts";
import { addMannerFlags, type MannerFlags } from "./flags.ts";
import { askLines } from "./interactive.ts";
import { loadModel } from "./models.ts";
import { checkLabel } from "./predictOptions.ts";

interface ExplainFlags extends MannerFlags {
  readonly label?: string;
  readonly html?: string;
}

export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("why this label: the exact contribution of each span of a text")
    .argument("<model>", "a model that bax train wrote")
    .argument("[text...]", "the text, or - for standard input; nothing on a terminal asks for texts")
    .option("--label <name>", "explain this label instead of the likeliest")
    .option("--html <file>", "write the explanations as a page, too")
    .addHelpText("before", 'Example: bax explain model.safetensors "my card never arrived"\n');
  addMannerFlags(command, "print one JSON document for each text");
  command.action((model: string, text: string[], flags: ExplainFlags) => explain(model, text, flags));
}

async function explain(file: string, words: readonly string[], flags: ExplainFlags): Promise<void> {
  const console = new Console(flags);
  const model = await loadModel(file);
  const label = flags.label === undefined ? {} : { label: checkLabel("--label", model, flags.label) };
  const colour = canColour(process.stdout);
  const page = await explanationPage(flags.html, file);
  const answer = (text: string): Promise<void> => {
    const explanation = model.explain(text, label);
    page?.add(text, explanation);
    return console.json
      ? console.write(`${JSON.stringify({ text, ...explanation })}\n`)
      : console.write(formatExplanation(text, explanation, colour));
  };
  if (words.length > 0 && words[0] !== "-") {
    if (words.length === 1 && existsSync(words[0])) {
      console.note(
        `explaining the name "${words[0]}" itself; for the lines of the file: bax explain ${file} - < ${words[0]}`,
      );
    }
    await answer(words.join(" "));
    return page?.write(console);
  }
  if (words.length === 0 && process.stdin.isTTY) {
    await askLines(console, answer);
    return page?.write(console);
  }
  for await (const batch of readTexts(await findSources(["-"]), {}, false, (text) => console.note(text))) {
    if (batch.kind !== "lines") continue;
    const lines = new TextDecoder().decode(batch.lines).split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) await answer(line);
  }
  await page?.write(console);
}
