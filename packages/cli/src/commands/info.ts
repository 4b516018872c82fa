import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { Console } from "../output/console.ts";
import { fileSize } from "../output/numbers.ts";
import { addMannerFlags, type MannerFlags } from "./flags.ts";
import { loadModel } from "./models.ts";

const LABELS_SHOWN = 20;

export function addInfo(program: Command): void {
  const command = program
    .command("info")
    .description("what is in a model file")
    .argument("<model>", "a model that bax train wrote")
    .addHelpText("before", "Example: bax info model.safetensors\n");
  addMannerFlags(command, "print one JSON document");
  command.action((model: string, flags: MannerFlags) => info(model, flags));
}

async function info(file: string, flags: MannerFlags): Promise<void> {
  const console = new Console(flags);
  const model = await loadModel(file);
  const { size } = await stat(file);
  const facts = {
    path: file,
    bytes: size,
    labels: model.labels.length,
    dimension: model.dimension,
    features: model.featureCount,
    metadata: model.metadata,
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
    ...flatten(model.metadata as unknown as Record<string, unknown>),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return console.write(lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(""));
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
