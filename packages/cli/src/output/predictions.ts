import type { BatchPredictions, Prediction } from "bax";
import { probability } from "./numbers.ts";

export interface PredictionFormat {
  /** Whether logarithms stand where probabilities would. */
  readonly log: boolean;
  readonly json: boolean;
  /** Add the input's own columns, or the line itself. */
  readonly keep: boolean;
}

/**
 * Turns answers into lines of output, one for each input: `label<TAB>probability` k times, or one JSON document.
 *
 * The names of the labels are escaped once, since the same few are written millions of times.
 */
export class PredictionWriter {
  readonly #format: PredictionFormat;
  readonly #plain: readonly string[];
  readonly #quoted: readonly string[];
  readonly #labels: ReadonlyMap<string, number>;

  constructor(labels: readonly string[], format: PredictionFormat) {
    this.#format = format;
    this.#plain = labels.map(onOneLine);
    this.#quoted = labels.map((label) => JSON.stringify(label));
    this.#labels = new Map(labels.map((label, j) => [label, j]));
  }

  /** Answers for lines of text, from the fast path; `lines` are the bytes they answer. */
  lines({ count, k, labels, probabilities }: BatchPredictions, lines: Uint8Array): string {
    const kept = this.#format.keep ? new TextDecoder().decode(lines).split("\n") : null;
    let out = "";
    const answers: [number, number][] = [];
    for (let n = 0; n < count; n++) {
      answers.length = 0;
      for (let i = n * k; i < (n + 1) * k; i++) {
        if (labels[i] >= 0) answers.push([labels[i], probabilities[i]]);
      }
      const line = kept?.[n]?.replace(/\r$/, "");
      out += this.#format.json
        ? this.#document(answers, line === undefined ? "" : `"text":${JSON.stringify(line)},`)
        : this.#columns(answers, line);
    }
    return out;
  }

  /** Answers for texts of a table; `rows`: each row as JSON, or none. */
  rows(predictions: readonly (readonly Prediction[])[], rows: readonly string[]): string {
    return predictions
      .map((answers, n) => {
        const pairs = answers.map((answer): [number, number] => [
          this.#labels.get(answer.label) ?? -1,
          answer.probability,
        ]);
        if (this.#format.json) return this.#document(pairs, rows.length > 0 ? ownColumns(rows[n]) : "");
        return this.#columns(pairs, rows.length > 0 ? cells(rows[n]) : undefined);
      })
      .join("");
  }

  #columns(answers: readonly (readonly [number, number])[], kept: string | undefined): string {
    let out = "";
    for (const [label, p] of answers)
      out += `${out === "" ? "" : "\t"}${this.#plain[label]}\t${this.#format.log ? shortest(p) : probability(p)}`;
    return kept === undefined ? `${out}\n` : `${out}\t${kept}\n`;
  }

  #document(answers: readonly (readonly [number, number])[], kept: string): string {
    const name = this.#format.log ? "logProbability" : "probability";
    const list = answers.map(([label, p]) => `{"label":${this.#quoted[label]},"${name}":${shortest(p)}}`).join(",");
    const [first] = answers;
    const best = first
      ? `"label":${this.#quoted[first[0]]},"${name}":${shortest(first[1])}`
      : `"label":null,"${name}":null`;
    return `{${kept}${best},"predictions":[${list}]}\n`;
  }
}

/** A float32 in few digits that still tell it apart from its neighbours. */
function shortest(p: number): string {
  return String(Number(p.toPrecision(9)));
}

/** The members of a row's JSON object, ready to stand before our own; a name of ours gets the prefix `input.`. */
function ownColumns(row: string): string {
  const members = Object.entries(JSON.parse(row) as Record<string, unknown>);
  const ours = new Set(["label", "probability", "logProbability", "predictions"]);
  return members
    .map(([name, value]) => `${JSON.stringify(ours.has(name) ? `input.${name}` : name)}:${JSON.stringify(value)},`)
    .join("");
}

function cells(row: string): string {
  return Object.values(JSON.parse(row) as Record<string, unknown>)
    .map((value) => onOneLine(typeof value === "string" ? value : value === null ? "" : JSON.stringify(value)))
    .join("\t");
}

/** Tabs and line breaks would tear a line of output apart. */
function onOneLine(text: string): string {
  return text.replace(/[\t\r\n]+/g, " ");
}
