import { BaxError, FastTextModel, type TextClassifier } from "bax";
import { chunksOf, formatOf, isFastText, loadFastText, loadVectors, type ModelFormat, writeFile } from "bax/node";
import type { Command } from "commander";
import { statFile } from "../input/files.ts";
import { Console } from "../output/console.ts";
import { fileSize } from "../output/numbers.ts";
import { addMannerFlags, type MannerFlags } from "./flags.ts";
import { checkEnding, checkOutput, loadModel, refuseSameFile } from "./models.ts";

const VECTORS_ALONE = "left behind: labels and the output matrix, the rows of n-grams, how often words occurred";

interface ConvertFlags extends MannerFlags {
  readonly output?: string;
}

export function addConvert(program: Command): void {
  const command = program
    .command("convert")
    .description("write a model in another format")
    .argument("<model>", "a .safetensors, .bin or .ftz model, or a .vec file of word vectors")
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
  checkEnding(output);
  const format = formatOf(output);
  const { chunks, left } = /\.vec$/i.test(file) ? await fromVectors(file, format) : await fromModel(file, format);
  const bytes = await writeFile(output, chunks);
  if (console.json) return console.writeJson({ model: { path: output, bytes }, format, left });
  await console.write(`${output}  ${fileSize(bytes)}\n`);
  for (const loss of left) console.note(`note: ${loss}`);
}

/** What is written, and what is left behind. */
interface Conversion {
  readonly chunks: Iterable<Uint8Array>;
  readonly left: readonly string[];
}

/** Vectors of words can become one of fastText's models of word vectors, and nothing else. */
async function fromVectors(file: string, format: ModelFormat): Promise<Conversion> {
  await statFile(file);
  if (format !== "bin") {
    throw new BaxError(
      "model",
      `${file}: vectors of words have no labels and no output matrix, so they make no classifier`,
      "End the output in .bin for a model of word vectors, or train with them: `bax fasttext supervised … -pretrainedVectors`.",
    );
  }
  const model = FastTextModel.fromWordVectors(await loadVectors(file));
  return {
    chunks: model.toFile("bin").chunks(),
    left: [
      "a model of word vectors: it has no labels, and every word counts once, since a .vec does not say how often it occurred",
    ],
  };
}

async function fromModel(file: string, format: ModelFormat): Promise<Conversion> {
  await statFile(file);
  if (format === "vec" && (await isFastText(file))) {
    // A model of word vectors is no classifier, and has vectors all the same.
    const model = await loadFastText(file);
    return { chunks: model.toWordVectors(), left: [VECTORS_ALONE] };
  }
  const model = await loadModel(file);
  const { converted, left } = prepare(model, format);
  return { chunks: chunksOf(converted, format), left };
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
    left.push(VECTORS_ALONE);
    return { converted: model, left };
  }
  if (format === "bin" && view.compressed)
    left.push("the rows are floats again, but with the numbers of the compressed ones");
  if (format === "bin" || view.quantized) return { converted: model, left };
  left.push("an .ftz is product-quantised, here two columns to a byte: bax compress measures what that costs");
  return { converted: model.compress({ rows: "product", subDimension: 2, file: "fasttext" }), left };
}
