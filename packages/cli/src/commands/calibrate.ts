import { BaxError, type TextClassifier, type Wanted } from "bax";
import { save } from "bax/node";
import type { Command } from "commander";
import { type DataFlags, readExamples } from "../input/examples.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { fileSize, percent } from "../output/numbers.ts";
import { addDataFlags, addMannerFlags, type MannerFlags, parseShare } from "./flags.ts";
import { checkOutput, loadModel, refuseReadFiles, refuseSameFile } from "./models.ts";

interface CalibrateFlags extends MannerFlags, DataFlags {
  readonly output?: string;
  readonly targetPrecision?: string;
  readonly targetRecall?: string;
  readonly targetShare?: string;
}

export function addCalibrate(program: Command): void {
  const command = program
    .command("calibrate")
    .description("correct a model's probabilities by other labelled text, and choose from where on it answers")
    .argument("<model>", "a model that bax train wrote")
    .argument("<data...>", "labelled text that the model has not learned from: files, folders, globs, SQL, or -")
    .option("-o, --output <file>", "where to write the calibrated model (.safetensors)")
    .option("--target-precision <share>", "answer a label only where so many of its answers are right")
    .option("--target-recall <share>", "answer a label as rarely as still finds so many of its right answers")
    .option("--target-share <share>", "keep so many of the answers, the surest of each label")
    .addHelpText(
      "before",
      "Example: bax calibrate model.safetensors recent.csv -o careful.safetensors --target-precision 0.95\n",
    );
  addMannerFlags(addDataFlags(command, true), "print one JSON document");
  command.action((model: string, data: string[], flags: CalibrateFlags) => calibrate(model, data, flags));
}

async function calibrate(file: string, data: readonly string[], flags: CalibrateFlags): Promise<void> {
  const console = new Console(flags);
  const output = await checkOutput(flags.output);
  if (!output.toLowerCase().endsWith(".safetensors"))
    throw new BaxError(
      "usage",
      `-o: ${output} does not end in .safetensors, the only format with a place for calibration`,
      "Add -o model.safetensors.",
    );
  const wanted = wantedBy(flags);
  const model = await loadModel(file);
  refuseSameFile(file, output, "the model to be calibrated");
  const sources = await findSources(data, flags);
  refuseReadFiles(sources, output);
  const errors = new RowErrors(flags.onError);
  const note = (text: string): void => console.note(text);
  try {
    const calibrated = await model.calibrate(readExamples(sources, flags, note, undefined, errors), { wanted });
    const saved = await save(calibrated, output);
    if (console.json)
      await console.writeJson({
        model: saved,
        calibration: calibrated.calibration,
        decision: calibrated.decision ?? null,
        skippedRows: errors.count,
      });
    else {
      const lines = [...correctionLines(calibrated), ["model", `${saved.path} (${fileSize(saved.bytes)})`]];
      await console.write(lines.map(([name, text]) => `${name.padEnd(10)}  ${text}\n`).join(""));
    }
  } finally {
    errors.finish(note);
  }
}

/** What the flags want of the answers; at most one thing. */
export function wantedBy(
  flags: Pick<CalibrateFlags, "targetPrecision" | "targetRecall" | "targetShare">,
): Wanted | undefined {
  const wishes: [flag: string, kind: "precision" | "recall" | "share", value: string | undefined][] = [
    ["--target-precision", "precision", flags.targetPrecision],
    ["--target-recall", "recall", flags.targetRecall],
    ["--target-share", "share", flags.targetShare],
  ];
  const given = wishes.filter(([, , value]) => value !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1)
    throw new BaxError("usage", `${given[0][0]} does not go with ${given[1][0]}`, "Leave one of the two out.");
  const [flag, kind, value = ""] = given[0];
  return { [kind]: parseShare(flag, value) } as unknown as Wanted;
}

const WISHES = {
  precision: (share: number) => `${percent(share)} of a label's answers right`,
  recall: (share: number) => `${percent(share)} of a label's right answers given`,
  share: (share: number) => `${percent(share)} of a label's answers kept`,
};

/** How probabilities are corrected and from where on labels are answered: a name and what there is to say; nothing for a model without. */
export function correctionLines({ calibration, decision, labels }: TextClassifier): [name: string, text: string][] {
  const lines: [string, string][] = [];
  if (calibration?.platt) lines.push(["calibrated", "a line for each label, after Platt"]);
  else if (calibration) lines.push(["calibrated", `temperature ${calibration.temperature.toPrecision(4)}`]);
  if (!decision) return lines;
  const [[kind, share]] = Object.entries(decision.wanted) as [keyof typeof WISHES, number][];
  const reached = decision.thresholds.filter((threshold) => threshold <= 1).sort((a, b) => a - b);
  const never = labels.length - reached.length;
  const range =
    reached.length === 0 ? "" : `; thresholds ${reached[0].toFixed(3)} to ${reached[reached.length - 1].toFixed(3)}`;
  const missing = never === 0 ? "" : `; ${never} of ${labels.length} labels never reach it and are not answered`;
  lines.push(["answers", `${WISHES[kind](share)}${range}${missing}`]);
  return lines;
}
