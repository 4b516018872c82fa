import { BaxError, type TextClassifier } from "bax";
import { canRead, isSeparator, readRawLines } from "../lines.ts";
import { Meter } from "../meter.ts";
import type { Metric } from "./metric.ts";
import { score } from "./metric.ts";

const NEWLINE = 10;
const SPACE = 32;

/** Labelled text to measure on, read once: the names of each line's labels, and the lines without them. */
export class Validation {
  readonly #labels: readonly (readonly string[])[];
  readonly #lines: Uint8Array;

  constructor(labels: readonly (readonly string[])[], lines: Uint8Array) {
    this.#labels = labels;
    this.#lines = lines;
  }

  /** Reads a file of labelled lines. Throws BaxError "file" or "data". */
  static async read(path: string, prefix: string): Promise<Validation> {
    if (!(await canRead(path)) || path === "-") {
      throw new BaxError(
        "file",
        "Validation file cannot be opened!",
        `Check the path ${path} of -autotune-validation.`,
      );
    }
    const labels: string[][] = [];
    const texts: Uint8Array[] = [];
    for await (const lines of readRawLines(path, true)) {
      for (const { bytes } of lines) {
        const parted = partLabels(bytes, prefix);
        if (parted.labels.length === 0) continue;
        labels.push(parted.labels);
        texts.push(parted.text, Uint8Array.of(NEWLINE));
      }
    }
    if (labels.length > 0) return new Validation(labels, Buffer.concat(texts));
    throw new BaxError("data", `${path}: no line has a label`, `Labels start with ${prefix}; -label changes that.`);
  }

  /** How good a model's `k` best answers are (−1 for all). Throws BaxError "usage" for a metric of a label it does not know. */
  score(model: TextClassifier, metric: Metric, k: number, prefix: string): number {
    const numbers = new Map(model.labels.map((name, label) => [name, label]));
    const label = labelOf(metric, numbers, prefix);
    const meter = new Meter(metric.kind !== "f1");
    const answers = model.predictLines(this.#lines, { k: k < 1 ? model.labels.length : k });
    for (const [row, names] of this.#labels.entries()) {
      const gold = names.map((name) => numbers.get(name) ?? -1).filter((number) => number >= 0);
      if (gold.length === 0) continue;
      const begin = row * answers.k;
      const found = Array.from(answers.labels.subarray(begin, begin + answers.k), (number, i) => ({
        label: number,
        probability: answers.probabilities[begin + i],
      }));
      meter.add(
        gold,
        found.filter((answer) => answer.label >= 0),
      );
    }
    return score(metric, meter, label);
  }
}

function labelOf(metric: Metric, numbers: ReadonlyMap<string, number>, prefix: string): number | undefined {
  if (metric.label === undefined) return undefined;
  const name = metric.label.startsWith(prefix) ? metric.label.slice(prefix.length) : metric.label;
  const number = numbers.get(name) ?? numbers.get(metric.label);
  if (number !== undefined) return number;
  throw new BaxError(
    "usage",
    `Unknown autotune metric label: ${metric.label}`,
    "Give a label of the training text to -autotune-metric.",
  );
}

/** Takes the labels out of a line: their names without the prefix, and the rest. */
export function partLabels(line: Uint8Array, prefix: string): { labels: string[]; text: Uint8Array } {
  const labels: string[] = [];
  const text = Buffer.from(line);
  const marker = Buffer.from(prefix);
  for (let at = text.indexOf(marker); at >= 0 && marker.length > 0; at = text.indexOf(marker, at + 1)) {
    if (at > 0 && !isSeparator(text[at - 1])) continue;
    let end = at;
    while (end < text.length && !isSeparator(text[end])) end++;
    labels.push(text.toString("utf8", at + marker.length, end));
    text.fill(SPACE, at, end);
  }
  return { labels, text };
}
