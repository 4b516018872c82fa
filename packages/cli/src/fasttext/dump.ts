import type { FastTextModel } from "bax";
import { lossName } from "./arguments.ts";
import { loadModel, Output } from "./asked.ts";
import { general } from "./numbers.ts";

export const DUMPS = ["args", "dict", "input", "output"] as const;

/** `dump`: prints what is in a model. */
export async function dump([file, what]: readonly string[]): Promise<void> {
  const model = await loadModel(file);
  const output = new Output();
  switch (what) {
    case "args":
      await output.add(argumentLines(model));
      break;
    case "dict": {
      const entries = model.entries();
      await output.add(`${entries.length}\n`);
      for (const { word, count, type } of entries) await output.add(`${word} ${count} ${type}\n`);
      break;
    }
    default:
      // fastText says so too, and does not take it for a failure.
      if (model.quantized) process.stderr.write("Not supported for quantized models.\n");
      else await dumpMatrix(model, what === "input", output);
  }
  await output.flush();
}

async function dumpMatrix(model: FastTextModel, isInput: boolean, output: Output): Promise<void> {
  const rows = isInput ? model.inputRows : model.outputRows;
  await output.add(`${rows} ${model.dimension}\n`);
  for (let row = 0; row < rows; row++) {
    const vector = isInput ? model.inputRow(row) : model.outputRow(row);
    await output.add(`${Array.from(vector, (value) => general(value)).join(" ")}\n`);
  }
}

function argumentLines({ arguments: args }: FastTextModel): string {
  const lines: readonly (readonly [string, string | number])[] = [
    ["dim", args.dim],
    ["ws", args.ws],
    ["epoch", args.epoch],
    ["minCount", args.minCount],
    ["neg", args.neg],
    ["wordNgrams", args.wordNgrams],
    ["loss", lossName(args.loss)],
    ["model", args.model],
    ["bucket", args.bucket],
    ["minn", args.minn],
    ["maxn", args.maxn],
    ["lrUpdateRate", args.lrUpdateRate],
    ["t", general(args.t)],
  ];
  return lines.map(([name, value]) => `${name} ${value}\n`).join("");
}
