import { isUtf8 } from "node:buffer";
import type { BatchPredictions, Prediction } from "bax";
import { LineBuffer } from "./lineBuffer.ts";
import { probability } from "./numbers.ts";

const TAB = 9;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
/** Bytes of a probability and what stands around it. */
const PROBABILITY_BYTES = 10;

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
  /** The same as UTF-8. */
  readonly #encoded: readonly Uint8Array[];
  readonly #quoted: readonly string[];
  readonly #labels: ReadonlyMap<string, number>;

  constructor(labels: readonly string[], format: PredictionFormat) {
    this.#format = format;
    this.#plain = labels.map(onOneLine);
    this.#encoded = this.#plain.map((label) => Buffer.from(label));
    this.#quoted = labels.map((label) => JSON.stringify(label));
    this.#labels = new Map(labels.map((label, j) => [label, j]));
  }

  /** Answers for lines of text, from the fast path; `lines` are the bytes they answer. */
  lines(answers: BatchPredictions, lines: Uint8Array): Uint8Array {
    return this.#format.json ? Buffer.from(this.#documents(answers, lines)) : this.#rowsOfColumns(answers, lines);
  }

  // No text of a line or an answer becomes a string: they are millions.
  #rowsOfColumns({ count, k, labels, probabilities }: BatchPredictions, lines: Uint8Array): Uint8Array {
    const { keep, log } = this.#format;
    const kept = !keep || isUtf8(lines) ? lines : Buffer.from(decoder.decode(lines));
    const name = this.#encoded[0]?.length ?? 0;
    const out = new LineBuffer(count * k * (name + PROBABILITY_BYTES) + (keep ? kept.length + count : 0));
    let begin = 0;
    for (let n = 0; n < count; n++) {
      for (let i = n * k; i < (n + 1) * k; i++) {
        if (labels[i] < 0) continue;
        if (i > n * k) out.byte(TAB);
        const label = this.#encoded[labels[i]];
        out.bytes(label, 0, label.length);
        out.byte(TAB);
        if (log) out.text(shortest(probabilities[i]));
        else out.probability(probabilities[i]);
      }
      if (keep) {
        const newline = kept.indexOf(NEWLINE, begin);
        const end = newline < 0 ? kept.length : newline;
        out.byte(TAB);
        out.bytes(kept, begin, end > begin && kept[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
        begin = end + 1;
      }
      out.byte(NEWLINE);
    }
    return out.take();
  }

  #documents({ count, k, labels, probabilities }: BatchPredictions, lines: Uint8Array): string {
    const kept = this.#format.keep ? decoder.decode(lines).split("\n") : null;
    let out = "";
    const answers: [number, number][] = [];
    for (let n = 0; n < count; n++) {
      answers.length = 0;
      for (let i = n * k; i < (n + 1) * k; i++) {
        if (labels[i] >= 0) answers.push([labels[i], probabilities[i]]);
      }
      const line = kept?.[n]?.replace(/\r$/, "");
      out += this.#document(answers, line === undefined ? "" : `"text":${JSON.stringify(line)},`);
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

// Bytes that are not UTF-8 become U+FFFD; a mark at the start of a block is part of its text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

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
