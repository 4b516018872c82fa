import { BaxError, type TextClassifier } from "bax";
import { formatOf, type ModelFormat, save } from "bax/node";
import type { Command } from "commander";
import { Console } from "../output/console.ts";
import { fileSize } from "../output/numbers.ts";
import { addMannerFlags, type MannerFlags } from "./flags.ts";
import { checkOutput, loadModel, refuseSameFile } from "./models.ts";

interface ConvertFlags extends MannerFlags {
  readonly output?: string;
}

export function addConvert(program: Command): void {
  const command = program
    .command("convert")
    .description("write a model in another format")
    .argument("<model>", "a .safetensors, .bin or .ftz model")
    .requiredOption("-o, --output <file>", "its ending chooses: .safetensors, .bin, .ftz or .vec")
    .addHelpText("before", "Example: bax convert model.bin -o model.safetensors\n")
    .addHelpText(
      "after",
      "\n.bin and .ftz are fastText's files, .vec its text file of word vectors: they need a model with fastText's features.",
    );
  addMannerFlags(command, "print one JSON document");
  command.action((model: string, flags: ConvertFlags) => convert(model, flags));
}

async function convert(file: string, flags: ConvertFlags): Promise<void> {
  const console = new Console(flags);
  const output = await checkOutput(flags.output);
  refuseSameFile(file, output, "the model to convert");
  if (/\.vec$/i.test(file)) {
    throw new BaxError(
      "model",
      `${file}: a text file of word vectors has no labels and no output matrix, so it makes no classifier`,
      "Train with it: `bax fasttext supervised … -pretrainedVectors`.",
    );
  }
  const model = await loadModel(file);
  const format = formatOf(output);
  const { converted, left } = prepare(model, format);
  const saved = await save(converted, output, format);
  if (console.json) return console.writeJson({ model: saved, format, left });
  await console.write(`${saved.path}  ${fileSize(saved.bytes)}\n`);
  for (const loss of left) console.note(`note: ${loss}`);
}

/** The model as the format can have it, and what that leaves behind. */
function prepare(model: TextClassifier, format: ModelFormat): { converted: TextClassifier; left: string[] } {
  if (format === "safetensors") return { converted: model, left: [] };
  // Refuses a model whose features are not fastText's, with the reason.
  const view = model.toFastTextModel();
  const left: string[] = [];
  if (model.metadata.training["fingerprint"] !== undefined) {
    left.push("left behind: what bax knows of the training run (options, held-out figures, fingerprint of the data)");
  }
  if (format === "vec") {
    left.push("left behind: labels and the output matrix, the rows of n-grams, how often words occurred");
    return { converted: model, left };
  }
  if (format === "bin" && view.compressed)
    left.push("the rows are floats again, but with the numbers of the compressed ones");
  if (format === "bin" || view.quantized) return { converted: model, left };
  left.push(
    "the exact rows: an .ftz is product-quantised, here two columns to a byte (bax compress measures what that costs)",
  );
  return { converted: model.compress({ rows: "product", subDimension: 2, norms: true }), left };
}
