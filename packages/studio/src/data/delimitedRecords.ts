import { BaxError } from "bax";
import { Parser } from "papaparse";
import { lineEndsIn } from "./pieces.ts";

/** A longer record is one whose quote never closes, or no table. The command stops at the same length. */
export const MOST_RECORD = 2_000_000;

/** Whole records of CSV or TSV text that comes in pieces. */
export interface DelimitedRecord {
  readonly cells: string[];
  /** Its index among the records, blank lines not counted. */
  readonly index: number;
}

/**
 * Cuts text into records, piece by piece, by papaparse; blank lines are none.
 *
 * As DuckDB does, one space before a quote and any behind it are passed over; lines may end in LF, CR LF or both. Throws BaxError "data", with
 * row and line, for a quote that is never closed or that text follows, and for a record longer than 2,000,000 characters.
 */
export class DelimitedRecords {
  private readonly name: string;
  private readonly delimiter: string;
  private readonly quote: string;
  /** LF, or CR where a file has that alone. */
  private readonly newline: "\n" | "\r";
  private readonly hasHeader: boolean;
  private pending = "";
  /** Line in which `pending` begins, from 1. */
  private line = 1;
  private count = 0;
  /** Characters of `pending` at which it is worth looking again: a long record is not read from its start with each piece. */
  private worth = 0;

  constructor(name: string, dialect: { delimiter: string; quote: string; header: boolean }, newline: "\n" | "\r") {
    this.name = name;
    this.delimiter = dialect.delimiter;
    this.quote = dialect.quote;
    this.hasHeader = dialect.header;
    this.newline = newline;
  }

  /** The records that end in what was given so far. `isLast`: nothing follows. */
  read(text: string, isLast: boolean): DelimitedRecord[] {
    this.pending += text;
    if (isLast && this.pending !== "" && !this.pending.endsWith(this.newline)) this.pending += this.newline;
    if (this.pending === "" || (!isLast && this.pending.length < this.worth)) return [];
    if (this.quote !== "") this.pending = withoutSpaceBeforeQuotes(this.pending, this.delimiter, this.newline);
    const { pending } = this;
    const { records, end, broken } = this.parse(pending, isLast);
    const found: DelimitedRecord[] = [];
    for (let i = 0; i < (broken ?? records.length); i++) {
      const cells = records[i];
      if (cells.length === 1 && cells[0] === "") continue;
      found.push({ cells, index: this.count++ });
    }
    if (broken !== null)
      this.refuse("has a quotation mark that is never closed, or text behind a closing one", records, broken);
    this.line += lineEndsIn(pending.slice(0, end));
    this.pending = pending.slice(end);
    this.worth = this.pending.length * 2;
    if (this.pending.length > MOST_RECORD)
      this.refuse("is longer than 2,000,000 characters; perhaps a quotation mark is never closed", [], 0);
    return found;
  }

  private parse(text: string, isLast: boolean): { records: string[][]; end: number; broken: number | null } {
    const { delimiter, quote, newline } = this;
    // A carriage return before a line end is a part of it, unless it stands in quotes.
    const stripsAll = newline === "\r" || quote === "" || !text.includes(`\r${quote}`);
    const records: string[][] = [];
    let end = 0;
    let broken: number | null = null;
    const config = { delimiter, newline, quoteChar: quote, fastMode: quote === "" ? true : undefined };
    if (stripsAll) {
      const { data, errors, meta } = new Parser(config as object).parse(text, 0, !isLast) as Parsed;
      for (const cells of data) records.push(newline === "\n" ? withoutReturn(cells) : cells);
      end = meta.cursor;
      broken = errors.find(({ row }) => row < data.length)?.row ?? null;
    } else {
      const step = ({ data, errors, meta }: Parsed): void => {
        if (data.length === 0) return;
        if (errors.length > 0) broken ??= records.length;
        const cells = data[0];
        const last = cells[cells.length - 1];
        // A cell without quotes is what stands before the line end, letter for letter.
        const isBare = text.startsWith(last, meta.cursor - 1 - last.length);
        records.push(isBare ? withoutReturn(cells) : cells);
        end = meta.cursor;
      };
      new Parser({ ...config, step } as object).parse(text, 0, !isLast);
    }
    return { records, end: isLast ? text.length : end, broken };
  }

  /** Names the record behind `broken` others of this piece by its row and its line. */
  private refuse(what: string, records: readonly (readonly string[])[], broken: number): never {
    let { line } = this;
    for (const cells of records.slice(0, broken)) line += 1 + lineEndsIn(cells.join(""));
    throw new BaxError(
      "data",
      `${this.name}: ${placeOf(this.count, this.hasHeader)} (line ${line.toLocaleString("en-GB")}) ${what}`,
      "Close the quotation mark, or double one that belongs to the text; a spreadsheet does so when it saves CSV.",
    );
  }
}

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly row: number }[];
  readonly meta: { readonly cursor: number };
}

/** How a reader finds a record. */
export function placeOf(index: number, hasHeader: boolean): string {
  if (hasHeader && index === 0) return "the first row, with the names of the columns,";
  return `row ${(hasHeader ? index : index + 1).toLocaleString("en-GB")}`;
}

function withoutReturn(cells: string[]): string[] {
  const last = cells[cells.length - 1];
  if (last.endsWith("\r")) cells[cells.length - 1] = last.slice(0, -1);
  return cells;
}

/** Text in which no field begins with one space and a quote. What stands inside of quotes stays as it is. */
function withoutSpaceBeforeQuotes(text: string, delimiter: string, newline: string): string {
  if (!new RegExp(`(?:^|[${delimiter === "|" ? "\\|" : delimiter}${newline}]) "`).test(text)) return text;
  const parts: string[] = [];
  let kept = 0;
  let nextDelimiter = -1;
  let nextNewline = -1;
  const next = (wanted: string, known: number, from: number): number => {
    if (known >= from) return known;
    const found = text.indexOf(wanted, from);
    return found < 0 ? text.length : found;
  };
  for (let at = 0; at < text.length; ) {
    if (text[at] === " " && text[at + 1] === '"') {
      parts.push(text.slice(kept, at));
      kept = ++at;
    }
    if (text[at] === '"') at = behindQuotes(text, at + 1);
    nextDelimiter = next(delimiter, nextDelimiter, at);
    nextNewline = next(newline, nextNewline, at);
    at = Math.min(nextDelimiter, nextNewline) + 1;
  }
  return parts.join("") + text.slice(kept);
}

/** Where quotes that were opened before `from` are closed; the end of the text where they are not. */
function behindQuotes(text: string, from: number): number {
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    if (text[quote + 1] !== '"') return quote + 1;
    at = quote + 2;
  }
}
