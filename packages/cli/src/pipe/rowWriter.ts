import type { Prediction } from "bax";
import type { LineBuffer } from "../output/lineBuffer.ts";
import { type AnswerColumns, shortest } from "./job.ts";
import type { RefusedRow, Row } from "./rows.ts";

const NEWLINE = 10;
const COMMA = 44;
const BRACE = 123;
const CLOSING_BRACE = 125;

/** Writes rows as they were, byte for byte, with the answers or the error as members more. */
export class RowWriter {
  readonly #columns: AnswerColumns;
  /** The key of the text, for a text that came without. */
  readonly #text: string;
  readonly #error: string;
  /** All of an answer but its number, by label. */
  readonly #answers: ReadonlyMap<string, Buffer>;
  readonly #noAnswer: string;
  readonly #noText: string;

  constructor(text: string, columns: AnswerColumns, labels: readonly string[]) {
    this.#columns = columns;
    this.#text = `{${JSON.stringify(text)}:`;
    this.#error = `{${JSON.stringify(columns.error)}:`;
    const [label, probability] = [columns.label, columns.probability].map((name) => JSON.stringify(name));
    const pair = (first: string, second: string): string => `${label}:${first},${probability}:${second}`;
    this.#answers = new Map(labels.map((name) => [name, Buffer.from(pair(JSON.stringify(name), ""))]));
    this.#noText = pair("null", "null");
    this.#noAnswer = columns.areLists ? pair("[]", "[]") : this.#noText;
  }

  /** A row with what was answered; `answers`: null for a row without a text. */
  answered(out: LineBuffer, { line, isBare }: Row & { kind: "text" }, answers: readonly Prediction[] | null): void {
    let end = line.length;
    if (isBare) {
      out.text(this.#text);
      out.bytes(line, 0, end);
    } else {
      // It was read as an object: its last byte that is no blank closes it.
      end = line.lastIndexOf(CLOSING_BRACE);
      out.bytes(line, 0, end);
    }
    out.byte(COMMA);
    this.#answer(out, answers);
    if (isBare) out.byte(CLOSING_BRACE);
    else out.bytes(line, end, line.length);
    out.byte(NEWLINE);
  }

  /** A row that cannot be answered, counted from 1. */
  refused(out: LineBuffer, row: RefusedRow, number: number): void {
    out.text(this.#error);
    out.text(JSON.stringify({ row: number, ...row.problem }));
    switch (row.kind) {
      case "object":
        if (!row.isEmpty) out.byte(COMMA);
        out.bytes(row.line, row.line.indexOf(BRACE) + 1, row.line.length);
        break;
      case "clash":
        out.text(',"input":');
        out.bytes(row.line, 0, row.line.length);
        out.byte(CLOSING_BRACE);
        break;
      case "nothing":
        out.byte(CLOSING_BRACE);
    }
    out.byte(NEWLINE);
  }

  #answer(out: LineBuffer, answers: readonly Prediction[] | null): void {
    if (answers === null) out.text(this.#noText);
    else if (answers.length === 0) out.text(this.#noAnswer);
    else if (this.#columns.areLists) this.#lists(out, answers);
    else {
      const [{ label, probability }] = answers;
      const known = this.#answers.get(label) as Buffer;
      out.bytes(known, 0, known.length);
      out.text(String(shortest(probability)));
    }
  }

  #lists(out: LineBuffer, answers: readonly Prediction[]): void {
    const labels = JSON.stringify(answers.map(({ label }) => label));
    const probabilities = answers.map(({ probability }) => shortest(probability)).join(",");
    out.text(`${JSON.stringify(this.#columns.label)}:${labels},`);
    out.text(`${JSON.stringify(this.#columns.probability)}:[${probabilities}]`);
  }
}
