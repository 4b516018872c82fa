import { isUtf8 } from "node:buffer";
import { type Line, nearest } from "@bax/tables";
import { fileSize } from "../output/numbers.ts";
import { type AnswerColumns, MOST_ROW_BYTES } from "./job.ts";

/** What is wrong with a row, as it stands in its place. */
export interface RowProblem {
  readonly message: string;
  readonly advice?: string;
}

/** A line that was read. */
export type Row =
  /** A text, or none; `line` is an object, or with `isBare` a string. */
  | { readonly kind: "text"; readonly line: Buffer; readonly text: string | null; readonly isBare: boolean }
  /** An object that keeps its columns beside the error. */
  | { readonly kind: "object"; readonly line: Buffer; readonly isEmpty: boolean; readonly problem: RowProblem }
  /** An object with a column that answers have, too: it is told as a whole. */
  | { readonly kind: "clash"; readonly line: Buffer; readonly column: string; readonly problem: RowProblem }
  | { readonly kind: "nothing"; readonly problem: RowProblem };

/** A row that cannot be answered. */
export type RefusedRow = Exclude<Row, { kind: "text" }>;

const CARRIAGE_RETURN = 13;

/** Reads rows of JSON: objects with a text column, or texts. */
export class RowReader {
  readonly #text: string;
  readonly #taken: readonly string[];

  /** `text`: the column of the text. */
  constructor(text: string, { label, probability, error }: AnswerColumns) {
    this.#text = text;
    this.#taken = [label, probability, error];
  }

  /** Never throws: what is wrong with a line is part of what is read. */
  read(bytes: Line): Row {
    if (bytes === null) return nothing(`the line is longer than ${fileSize(MOST_ROW_BYTES)}`, "Cut the text.");
    const length = bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    const line = Buffer.from(bytes.buffer, bytes.byteOffset, length);
    if (!isUtf8(line)) return nothing("the line is not UTF-8", "Write rows as UTF-8.");
    let value: unknown;
    try {
      value = JSON.parse(line.toString());
    } catch {
      const isBlank = line.toString().trim() === "";
      return nothing(isBlank ? "the line is empty" : "the line is not JSON", `Give {"${this.#text}": …} on one line.`);
    }
    if (typeof value === "string") return { kind: "text", line, text: value, isBare: true };
    if (value === null || typeof value !== "object" || Array.isArray(value))
      return nothing(`the line is ${nameOf(value)}, expected an object or a string`);
    return this.#object(line, value as Readonly<Record<string, unknown>>);
  }

  #object(line: Buffer, object: Readonly<Record<string, unknown>>): Row {
    const column = this.#taken.find((name) => Object.hasOwn(object, name));
    if (column !== undefined) {
      const message = `the row has a column "${column}" of its own`;
      return { kind: "clash", line, column, problem: { message, advice: "Add --prefix bax_ to tell them apart." } };
    }
    const text = Object.hasOwn(object, this.#text) ? object[this.#text] : undefined;
    if (typeof text === "string" || text === null) return { kind: "text", line, text, isBare: false };
    const names = Object.keys(object);
    return { kind: "object", line, isEmpty: names.length === 0, problem: this.#problemOf(text, names) };
  }

  #problemOf(text: unknown, names: readonly string[]): RowProblem {
    if (text !== undefined)
      return {
        message: `column "${this.#text}" holds ${nameOf(text)}, expected a string`,
        advice: "Write it as text.",
      };
    const near = nearest(this.#text, names);
    return {
      message: `the row has no column "${this.#text}"`,
      advice: near === null ? "--text names the column." : `Did you mean --text ${near}?`,
    };
  }
}

/** A row whose text is too much for the model. */
export function refusedRow({ line, isBare }: Row & { kind: "text" }, { message }: Error): RefusedRow {
  const problem = { message, advice: "Cut the text." };
  return isBare ? { kind: "nothing", problem } : { kind: "object", line, isEmpty: false, problem };
}

function nothing(message: string, advice?: string): RefusedRow {
  return { kind: "nothing", problem: { message, ...(advice !== undefined && { advice }) } };
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
