import { existsSync } from "node:fs";
import { BaxError, type ExampleIndex, type TextClassifier } from "bax";
import type { Command } from "commander";
import { type DataFlags, readExamples, readTexts } from "../input/examples.ts";
import { findSources } from "../input/sources.ts";
import { Console, canColour } from "../output/console.ts";
import { formatExplanation, formatNearest, formatStrongest } from "../output/explanation.ts";
import { explanationPage } from "../output/reportExplain.ts";
import { addDataFlags, addMannerFlags, type MannerFlags, parseCount } from "./flags.ts";
import { askLines } from "./interactive.ts";
import { loadModel } from "./models.ts";
import { checkLabel } from "./predictOptions.ts";

interface ExplainFlags extends MannerFlags, Omit<DataFlags, "label"> {
  readonly label?: string;
  readonly against?: string;
  readonly examples?: string;
  readonly nearest: string;
  readonly strongest?: string | true;
  readonly html?: string;
}

/** Features of each label that are shown unless a number is given. */
const STRONGEST = 10;

export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("why this label: the exact contribution of each span of a text")
    .argument("<model>", "a model that bax train wrote")
    .argument("[text...]", "the text, or - for standard input; nothing on a terminal asks for texts")
    .option("--label <name>", "explain this label instead of the likeliest")
    .option("--against <name>", "explain how far it is above another label, or above the runner-up")
    .option("--examples <file>", "labelled text, best the training data: show those that the model thinks nearest")
    .option("--nearest <number>", "how many of them", "5")
    .option("--strongest [number]", "with --examples: the strongest features of each label instead, or of --label")
    .option("--html <file>", "write the explanations as a page, too")
    .addHelpText(
      "before",
      'Example: bax explain model.safetensors "my card never arrived" --against runner-up --examples train.txt\n',
    );
  addMannerFlags(addDataFlags(command, false), "print one JSON document for each text");
  command.action((model: string, text: string[], flags: ExplainFlags) => explain(model, text, flags));
}

async function explain(file: string, words: readonly string[], flags: ExplainFlags): Promise<void> {
  const console = new Console(flags);
  const nearest = parseCount("--nearest", flags.nearest, 1);
  checkStrongest(words, flags);
  const model = await loadModel(file);
  const label = flags.label === undefined ? {} : { label: checkLabel("--label", model, flags.label) };
  if (flags.strongest !== undefined) return tellStrongest(model, flags, console);
  const question = { ...label, ...against(model, flags.against) };
  const index = flags.examples === undefined ? undefined : await readIndex(model, flags.examples, flags, console);
  const colour = canColour(process.stdout);
  const page = await explanationPage(flags.html, file);
  const answer = (text: string): Promise<void> => {
    const explanation = model.explain(text, question);
    page?.add(text, explanation);
    const near = index?.nearest(text, nearest);
    if (console.json)
      return console.write(`${JSON.stringify({ text, ...explanation, ...(near && { nearest: near }) })}\n`);
    return console.write(formatExplanation(text, explanation, colour) + (near ? formatNearest(near) : ""));
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

/** "runner-up" is no name of a label, unless the model has such a one. */
function against(model: TextClassifier, name: string | undefined): { against?: string } {
  if (name === undefined) return {};
  return { against: name === "runner-up" ? name : checkLabel("--against", model, name) };
}

/** Features have names only in texts, and are those of a label, not of a text. */
function checkStrongest(words: readonly string[], { strongest, examples, against, html }: ExplainFlags): void {
  if (strongest === undefined) return;
  if (examples === undefined)
    throw new BaxError(
      "usage",
      "--strongest needs --examples: a model keeps no words, so that texts must show what its features are",
      "Add --examples train.txt.",
    );
  if (words.length > 0)
    throw new BaxError(
      "usage",
      `--strongest explains labels, but got the text "${words[0]}"`,
      "Leave one of them out.",
    );
  const other = against !== undefined ? "--against" : html !== undefined ? "--html" : undefined;
  if (other !== undefined)
    throw new BaxError("usage", `--strongest does not go with ${other}`, "Leave one of the two out.");
}

async function tellStrongest(model: TextClassifier, flags: ExplainFlags, console: Console): Promise<void> {
  const count = typeof flags.strongest === "string" ? parseCount("--strongest", flags.strongest, 1) : STRONGEST;
  const labels = flags.label === undefined ? {} : { labels: [flags.label] };
  const examples = await labelledExamples(flags.examples ?? "", flags, console);
  const found = await model.strongestFeatures(examples, { ...labels, count });
  if (console.json) for (const one of found) await console.write(`${JSON.stringify(one)}\n`);
  else await console.write(found.map(formatStrongest).join("\n"));
}

async function labelledExamples(
  file: string,
  flags: ExplainFlags,
  console: Console,
): Promise<ReturnType<typeof readExamples>> {
  // --label is that of the model here; the column of a table is guessed.
  const { label: _, ...rest } = flags;
  return readExamples(await findSources([file], rest), rest, (text) => console.note(text));
}

async function readIndex(
  model: TextClassifier,
  file: string,
  flags: ExplainFlags,
  console: Console,
): Promise<ExampleIndex> {
  return model.indexExamples(await labelledExamples(file, flags, console));
}
