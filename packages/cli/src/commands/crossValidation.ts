import {
  BaxError,
  type CrossValidation,
  type Examples,
  TextClassifier,
  type TrainingChoices,
  type TrainingHooks,
} from "bax";
import { writeFile } from "bax/node";
import { count, duration, percent } from "../output/numbers.ts";
import { formatTable } from "../output/table.ts";
import { parseCount } from "./flags.ts";

/** What the flags of cross-validation say. */
export interface FoldFlags {
  readonly folds?: string;
  readonly outOfFold?: string;
}

/** How many folds are asked for; undefined for none. */
export function foldCount({ folds, outOfFold }: FoldFlags): number | undefined {
  if (folds !== undefined) return parseCount("--folds", folds, 2);
  if (outOfFold === undefined) return undefined;
  throw new BaxError("usage", "--out-of-fold needs --folds", "Add --folds 5.");
}

/** Cross-validates, writes the probabilities where they are asked for, and tells what came out. */
export async function crossValidate(
  examples: Examples,
  folds: number,
  outOfFold: string | undefined,
  options: TrainingChoices & TrainingHooks,
): Promise<CrossValidation> {
  const found = await TextClassifier.crossValidate(examples, {
    ...options,
    folds,
    keepProbabilities: outOfFold !== undefined,
  });
  if (outOfFold !== undefined) await writeFile(outOfFold, rowsOf(found, outOfFold));
  return found;
}

/** What cross-validation found, as JSON has it: the probabilities are in their own file. */
export function foldsAsJson({ outOfFold: _, ...found }: CrossValidation): object {
  return found;
}

const SHOWN = [
  ["accuracy", "accuracy"],
  ["macroF1", "macro F1"],
  ["microF1", "micro F1"],
  ["logLoss", "log loss"],
] as const;

/** The figures of cross-validation as text. */
export function foldSummary(found: CrossValidation, outOfFold: string | undefined): string {
  const isShare = (metric: string) => metric !== "logLoss";
  const shown = (metric: string, value: number) => (isShare(metric) ? percent(value) : value.toFixed(3));
  const rows = SHOWN.map(([metric, name]) => {
    const { mean, interval } = found.metrics[metric];
    const half = (interval[1] - interval[0]) / 2;
    return [
      name,
      `${shown(metric, mean)} ± ${shown(metric, half)}`,
      ...found.folds.map((fold) => shown(metric, fold[metric] ?? Number.NaN)),
    ];
  });
  const heads = ["", "mean ± 95 %", ...found.folds.map((_, fold) => `fold ${fold + 1}`)];
  const columns = heads.map((head, column) => ({ head, align: column === 0 ? ("left" as const) : ("right" as const) }));
  const lines = [
    `learned   ${count(found.folds.length, "time")} from ${count(found.examples, "example")}, ${count(found.labels, "label")}, in ${duration(found.seconds)}`,
    ...found.notes.map((note) => `note      ${note}`),
    "",
    formatTable(columns, rows).trimEnd(),
  ];
  if (outOfFold !== undefined)
    lines.push("", `written   ${outOfFold}: the probabilities of every example, by a model that had not seen it`);
  return `${lines.join("\n")}\n`;
}

/** A row for each example: JSON lines, or a table with a column for each label where the ending is .csv or .tsv. */
function* rowsOf({ outOfFold }: CrossValidation, file: string): Generator<Uint8Array> {
  if (!outOfFold) return;
  const { labels, examples, probabilities, own } = outOfFold;
  const encoder = new TextEncoder();
  const delimiter = /\.csv$/i.test(file) ? "," : /\.(tsv|tab)$/i.test(file) ? "\t" : undefined;
  const cell = (text: string) => (/["\n\r\t,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  if (delimiter !== undefined)
    yield encoder.encode(`${["example", "label", "predicted", "probability", ...labels].map(cell).join(delimiter)}\n`);
  for (const [row, example] of examples.entries()) {
    const likely = probabilities.subarray(row * labels.length, (row + 1) * labels.length);
    let best = 0;
    for (let label = 1; label < likely.length; label++) if (likely[label] > likely[best]) best = label;
    const shown = { example: example + 1, label: labels[own[row]], predicted: labels[best], probability: likely[best] };
    const line =
      delimiter === undefined
        ? JSON.stringify({ ...shown, probabilities: Object.fromEntries(labels.map((label, i) => [label, likely[i]])) })
        : [...Object.values(shown).map(String), ...Array.from(likely, String)].map(cell).join(delimiter);
    yield encoder.encode(`${line}\n`);
  }
}
