import { stat } from "node:fs/promises";
import { BaxError, type TextClassifier, type TrainingChoices } from "bax";
import type { Command } from "commander";
import { Console } from "../output/console.ts";
import { count, fileSize } from "../output/numbers.ts";
import { shellLine } from "../output/shell.ts";
import { correctionLines } from "./calibrate.ts";
import { addMannerFlags, flagsOf, type MannerFlags } from "./flags.ts";
import { loadModel } from "./models.ts";

const LABELS_SHOWN = 20;

export function addInfo(program: Command): void {
  const command = program
    .command("info")
    .description("what is in a model file")
    .argument("<model>", "a model that bax train wrote")
    .argument("[data...]", "with --reproduce: what the command is to read")
    .option("--reproduce", "print the command that makes the model again, and nothing else")
    .addHelpText("before", "Example: bax info model.safetensors\n");
  addMannerFlags(command, "print one JSON document");
  command.action((model: string, data: string[], flags: InfoFlags) => info(model, data, flags));
}

interface InfoFlags extends MannerFlags {
  readonly reproduce?: boolean;
}

async function info(file: string, data: readonly string[], flags: InfoFlags): Promise<void> {
  const console = new Console(flags);
  if (data.length > 0 && !flags.reproduce) {
    throw new BaxError(
      "usage",
      `too many arguments for info: got ${data.length + 1}, expected one model`,
      "Give one model at a time; see bax info --help.",
    );
  }
  const model = await loadModel(file);
  if (flags.reproduce) return reproduce(file, data, model, console);
  const { size } = await stat(file);
  const facts = {
    path: file,
    bytes: size,
    labels: model.labels.length,
    dimension: model.dimension,
    features: model.featureCount,
    metadata: model.metadata,
    calibration: model.calibration ?? null,
    decision: model.decision ?? null,
    labelNames: model.labels,
  };
  if (console.json) return console.writeJson(facts);
  const shown = model.labels.slice(0, LABELS_SHOWN).join(", ");
  const more = model.labels.length > LABELS_SHOWN ? `, and ${model.labels.length - LABELS_SHOWN} more` : "";
  const lines = [
    ["model", `${file} (${fileSize(size)})`],
    [
      "shape",
      `${model.featureCount.toLocaleString("en-GB")} features × ${model.dimension} × ${model.labels.length} labels`,
    ],
    ["labels", shown + more],
    ...correctionLines(model),
    ...flatten(model.metadata as unknown as Record<string, unknown>),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return console.write(lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(""));
}

/** What stands for files that the model does not know the names of. */
const PLACEHOLDERS: Readonly<Record<string, readonly [flag: string, name: string]>> = {
  validation: ["--valid", "VALIDATION"],
  pretrained: ["--pretrained", "VECTORS"],
  init: ["--init", "MODEL"],
};

/**
 * The command that makes the model again: the same bytes, where data and version are the same. A model does not know the names of files,
 * since the same data give the same model wherever they are; it knows their fingerprint.
 */
async function reproduce(
  file: string,
  data: readonly string[],
  model: TextClassifier,
  console: Console,
): Promise<void> {
  const {
    version,
    given = [],
    choices,
    examples = 0,
    fingerprint,
    calibrated,
  } = model.metadata.training as Partial<TrainingRecord>;
  if (!choices) {
    throw new BaxError(
      "model",
      `${file}: says nothing of how it was trained`,
      "fastText's files have no place for it.",
    );
  }
  const more = given.flatMap((one) => PLACEHOLDERS[one.split(" ")[0]] ?? []);
  // A file to measure on takes the place of a part that is held out.
  const { valid, ...rest } = choices;
  const flags = flagsOf(more.includes("--valid") || valid === undefined ? rest : choices);
  const source = data.length > 0 ? data : ["DATA"];
  const command = shellLine(["bax", "train", ...source, "-o", file, ...more, ...flags]);
  const missing = [...(data.length > 0 ? [] : ["DATA"]), ...more.filter((_, i) => i % 2 === 1)];
  console.note(`trained by bax ${version} on ${count(examples, "example")}; fingerprint of the data ${fingerprint}`);
  if (calibrated) {
    const how = calibrated.wanted ? `, wanted ${JSON.stringify(calibrated.wanted)}` : "";
    console.note(`calibrated since by ${count(calibrated.examples, "text")}${how}: see bax calibrate --help`);
  }
  const cluster = given.find((one) => one.startsWith("cluster"));
  if (cluster !== undefined) console.note(`trained on a ${cluster}: by bax_spark.train, not by this command`);
  if (missing.length > 0) console.note(`${missing.join(", ")}: the files' names, which the model does not know`);
  if (console.json) await console.writeJson({ command, version, examples, fingerprint, given });
  else await console.write(`${command}\n`);
}

/** What a model says of its training. */
interface TrainingRecord {
  version: string;
  given: readonly string[];
  choices: TrainingChoices;
  examples: number;
  fingerprint: string;
  calibrated: { examples: number; wanted?: object };
}

/** Nested facts as lines "outer.inner  value"; long lists are counted, not printed. */
function flatten(facts: Readonly<Record<string, unknown>>, prefix = ""): [string, string][] {
  return Object.entries(facts).flatMap(([name, value]): [string, string][] => {
    const full = prefix + name;
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) {
      return [
        [
          full,
          value.length <= 4 && value.every((item) => typeof item !== "object")
            ? value.join("–")
            : `${value.length} entries`,
        ],
      ];
    }
    if (typeof value === "object") return flatten(value as Record<string, unknown>, `${full}.`);
    return [[full, String(value)]];
  });
}
