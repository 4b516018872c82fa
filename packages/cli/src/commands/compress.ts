import { stat } from "node:fs/promises";
import { BaxError, type CompressionChoices, type Evaluation, ROW_KINDS, type RowKind, type TextClassifier } from "bax";
import { formatOf, load, save } from "bax/node";
import { type Command, Option } from "commander";
import { type DataFlags, readExamples } from "../input/examples.ts";
import { requireLabels } from "../input/requireLabels.ts";
import { findSources, type Source } from "../input/sources.ts";
import { Console } from "../output/console.ts";
import { count, fileSize, percent, percentRange } from "../output/numbers.ts";
import { formatTable } from "../output/table.ts";
import { addDataFlags, addMannerFlags, type MannerFlags, parseByteSize, parseCount } from "./flags.ts";
import { checkOutput, loadModel, refuseSameFile } from "./models.ts";

interface CompressFlags extends MannerFlags, DataFlags {
  readonly output?: string;
  readonly size?: string;
  readonly rows?: RowKind;
  readonly outputRows?: RowKind;
  readonly columns?: string;
  readonly norms: boolean;
  readonly features?: string;
  readonly seed: string;
  readonly format?: string;
}

export function addCompress(program: Command): void {
  const command = program
    .command("compress")
    .description("make a model smaller, and tell what that costs")
    .argument("<model>", "a model that bax train wrote, or fastText")
    .argument("[data...]", "labelled text to measure both models on; best text that the model has not seen")
    .requiredOption("-o, --output <file>", "the smaller model: .safetensors, or .ftz for fastText")
    .option("--size <bytes>", "as large as this at the most, as 2MB or 500k; chooses everything below")
    .addOption(new Option("--rows <kind>", "how features are kept (default: product)").choices(ROW_KINDS))
    .addOption(new Option("--output-rows <kind>", "how labels are kept (default: f32)").choices(ROW_KINDS))
    .option("--columns <number>", "columns that share a byte, with --rows product (default: 4)")
    .option("--no-norms", "one byte a feature less: lengths are not kept apart from directions")
    .option("--features <number>", "most features to keep, those with the most to say (default: all)")
    .option("--seed <number>", "start of all random numbers", "1")
    .addHelpText("before", "Example: bax compress model.safetensors test.txt -o small.safetensors --size 2MB\n")
    .addHelpText(
      "after",
      "\nKinds, from large to small: f32 as trained; f16 half; int8 a quarter; product one byte for --columns columns.",
    );
  addMannerFlags(addDataFlags(command, true), "print one JSON document");
  command.action((model: string, data: string[], flags: CompressFlags) => compress(model, data, flags));
}

async function compress(file: string, data: readonly string[], flags: CompressFlags): Promise<void> {
  const console = new Console(flags);
  const output = await checkOutput(flags.output);
  refuseSameFile(file, output, "the model to compress");
  const format = formatOf(output);
  if (format !== "safetensors" && format !== "ftz") {
    throw new BaxError(
      "usage",
      `-o: ${output} is a .${format}, which is not compressed`,
      "End it in .safetensors or .ftz.",
    );
  }
  const choices = choicesOf(flags, format === "ftz");
  const model = await loadModel(file);
  const sources = data.length > 0 ? await findSources(data, flags) : [];
  // First, so that data without a label are refused before anything is written.
  const before = await measure(model, sources, flags, console);
  const small = model.compress(choices);
  const { size } = await stat(file);
  const { byteLength } = format === "ftz" ? small.toFastText("ftz") : small.toFile();
  if (byteLength > size) {
    throw new BaxError(
      "usage",
      `${file} has ${fileSize(size)} already; it would have ${fileSize(byteLength)}`,
      "Choose a coarser --rows, fewer --features, or a --size.",
    );
  }
  const saved = await save(small, output);
  // What was written is what is measured.
  const after = await measure(await load(output), sources, flags, console);
  if (console.json) {
    await console.writeJson({
      before: { path: file, bytes: size, features: model.featureCount, accuracy: before?.accuracy ?? null },
      after: { path: output, bytes: saved.bytes, features: small.featureCount, accuracy: after?.accuracy ?? null },
      ratio: saved.bytes / size,
      evaluation: after,
    });
    return;
  }
  await console.write(
    formatTable(
      [{ head: "" }, { head: "size", align: "right" }, { head: "features", align: "right" }, { head: "accuracy" }],
      [
        ["before", fileSize(size), String(model.featureCount), shown(before)],
        ["after", fileSize(saved.bytes), String(small.featureCount), shown(after)],
        [
          "",
          percent(saved.bytes / size, 2),
          percent(small.featureCount / model.featureCount),
          difference(before, after),
        ],
      ],
      60,
    ),
  );
  if (before === null) console.note(withoutData(model));
}

function choicesOf(flags: CompressFlags, fastText: boolean): CompressionChoices {
  const { rows, outputRows, norms } = flags;
  if (fastText && rows !== undefined && rows !== "product") {
    throw new BaxError(
      "usage",
      `--rows ${rows}: a .ftz has product-quantised rows`,
      "Leave --rows out, or write .safetensors.",
    );
  }
  // A size decides over these; in a .ftz over the first and the last.
  const decided = { "--rows": rows, "--features": flags.features };
  const decidedToo = fastText ? {} : { "--output-rows": outputRows, "--columns": flags.columns };
  const [useless] = Object.entries({ ...decided, ...decidedToo }).find(([, value]) => value !== undefined) ?? [];
  if (flags.size !== undefined && useless !== undefined) {
    throw new BaxError("usage", `${useless} does not go with --size, which chooses it`, "Leave one of the two out.");
  }
  return {
    norms,
    seed: parseCount("--seed", flags.seed, 0),
    file: fastText ? "fasttext" : "safetensors",
    ...(flags.size !== undefined && { size: parseByteSize("--size", flags.size) }),
    ...(rows && { rows }),
    ...(outputRows && { output: outputRows }),
    ...(flags.columns !== undefined && { subDimension: parseCount("--columns", flags.columns, 1) }),
    ...(flags.features !== undefined && { features: parseCount("--features", flags.features, 1) }),
  };
}

async function measure(
  model: TextClassifier,
  sources: readonly Source[],
  flags: CompressFlags,
  console: Console,
): Promise<Evaluation | null> {
  if (sources.length === 0) return null;
  const evaluation = await model.evaluateAsync(readExamples(sources, flags, (text) => console.note(text)));
  requireLabels(evaluation, sources);
  return evaluation;
}

function shown(evaluation: Evaluation | null): string {
  if (evaluation === null) return "not measured";
  const { accuracy, intervals, examples } = evaluation;
  return `${percent(accuracy, 2)} (95 %: ${percentRange(intervals.accuracy)}) on ${count(examples, "example")}`;
}

function difference(before: Evaluation | null, after: Evaluation | null): string {
  if (before === null || after === null) return "";
  const points = (after.accuracy - before.accuracy) * 100;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(2)} points`;
}

function withoutData(model: TextClassifier): string {
  const { valid } = model.metadata.training as { valid?: { accuracy?: unknown } };
  const known =
    typeof valid?.accuracy === "number"
      ? `When it was trained the model had ${percent(valid.accuracy)} on held-out text. `
      : "";
  return `${known}To see what compression costs, name labelled text: bax compress <model> test.txt -o <file>`;
}
