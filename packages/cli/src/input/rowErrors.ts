import { closeSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { BaxError } from "bax";
import { count } from "../output/numbers.ts";
import { fileError } from "./files.ts";

/** A row that cannot be used. */
export interface RowError {
  readonly file: string;
  /** From 1, counting the rows that could be read; absent where only the line is known. */
  readonly row?: number;
  /** Of the file, from 1. */
  readonly line?: number;
  readonly error: string;
  readonly advice: string;
}

const ADVICE = "--on-error takes stop, skip, or report FILE, such as --on-error report errors.jsonl.";

/**
 * What becomes of rows that cannot be used: the first stops the work (stop), they are left out and counted (skip), or also listed in a file
 * of JSON lines (report). The file appears under its name when it is whole.
 */
export class RowErrors {
  /** Rows so far that could not be used. */
  count = 0;
  /** Whether such rows are left out. */
  readonly tolerant: boolean;
  /** Whether a row without a label is an error, too: only where the user asked to stop in so many words. */
  readonly labelsWanted: boolean;
  readonly #report: string | null;
  #lines: string[] = [];
  #file: number | null = null;

  /** `flag`: as `--on-error` gives it, `report:FILE` for `report FILE`. Throws BaxError "usage" for anything else. */
  constructor(flag?: string) {
    this.tolerant = flag !== undefined && flag !== "stop";
    this.labelsWanted = flag === "stop";
    this.#report = flag?.startsWith("report") ? flag.slice("report:".length) : null;
    if (flag === undefined || ["stop", "skip"].includes(flag)) return;
    if (this.#report === null) throw new BaxError("usage", `--on-error: got "${flag}"`, ADVICE);
    if (this.#report === "") throw new BaxError("usage", "--on-error report names no file", ADVICE);
    this.#checkReport(this.#report);
  }

  /** A row that cannot be used; throws BaxError "data" where that is to stop the work. */
  add({ advice, ...row }: RowError): void {
    if (!this.tolerant) {
      const where = row.line === undefined ? `${row.file}: row ${row.row}` : `${row.file}:${row.line}`;
      throw new BaxError("data", `${where}: ${row.error}`, `${advice} --on-error skip leaves such rows out.`);
    }
    this.count++;
    this.note(row);
  }

  /** Lists a row in the report without counting it. */
  note(row: Omit<RowError, "advice">): void {
    if (this.#report === null) return;
    this.#lines.push(JSON.stringify(row));
    if (this.#lines.length >= 4096) this.#flush(this.#report);
  }

  /** Says how many rows could not be used, and puts the report under its name: once, when the work has ended, well or not. */
  finish(note: (text: string) => void): void {
    if (!this.tolerant) return;
    if (this.#report !== null) {
      this.#flush(this.#report);
      try {
        closeSync(this.#file as number);
        renameSync(temporary(this.#report), this.#report);
      } catch (error) {
        throw fileError(this.#report, error);
      }
      this.#file = null;
    }
    const listed = this.#report === null || this.count === 0 ? "" : `; they are listed in ${this.#report}`;
    note(`${count(this.count, "row")} could not be used${listed}`);
  }

  #flush(report: string): void {
    try {
      this.#file ??= openSync(temporary(report), "w");
      if (this.#lines.length > 0) writeSync(this.#file, `${this.#lines.join("\n")}\n`);
    } catch (error) {
      throw fileError(report, error);
    }
    this.#lines = [];
  }

  /** A slip such as `--on-error report train.jsonl` may not cost anybody their data. */
  #checkReport(file: string): void {
    if (!/\.(jsonl|ndjson)$/i.test(file)) {
      throw new BaxError("usage", `--on-error report: "${file}" does not end in .jsonl, which it would be`, ADVICE);
    }
    const start = Buffer.alloc(4096);
    let length = 0;
    try {
      const there = openSync(file, "r");
      length = readSync(there, start);
      closeSync(there);
    } catch {
      return; // nothing there that could be lost
    }
    const first = start.toString("utf8", 0, length).split("\n", 1)[0];
    if (first === "" || /^\{"file":.*"(?:row|line)":/.test(first)) return;
    throw new BaxError("usage", `--on-error report: ${file} is there, and is no such report`, "Name another file.");
  }
}

/** The same each time, so that what a killed run left is written over by the next. */
function temporary(report: string): string {
  return path.join(path.dirname(report), `.${path.basename(report)}.tmp`);
}
