import { BaxError } from "bax";

/** The command reads no larger value either. */
const MOST_VALUE = 1 << 24;

/** One JSON value of several, still as text. */
export interface JsonText {
  readonly text: string;
  /** Index among the values. */
  readonly index: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const LIST_BEGINS = 91;
const LIST_ENDS = 93;
const OBJECT_BEGINS = 123;
const OBJECT_ENDS = 125;

/**
 * Cuts JSON text that comes in pieces into the values of its array, or into values one after another. What the values say is not looked at.
 *
 * Throws BaxError "data" for what stands between values and does not belong there, and for text that ends in the midst of one.
 */
export class JsonValues {
  private readonly name: string;
  private pending = "";
  /** How far `pending` was looked at. */
  private at = 0;
  private begin = -1;
  private depth = 0;
  private inString = false;
  private count = 0;
  /** Of the array that the text is, if it is one. */
  private list: "unknown" | "none" | "value" | "comma" | "ended" = "unknown";
  private isAfterComma = false;

  constructor(name: string) {
    this.name = name;
  }

  /** The values that end in what was given so far. `isLast`: nothing follows. */
  read(text: string, isLast: boolean): JsonText[] {
    this.pending += text;
    const found: JsonText[] = [];
    while (this.at < this.pending.length) this.step(found);
    if (isLast) this.finish(found);
    const kept = this.begin < 0 ? this.pending.length : this.begin;
    this.pending = this.pending.slice(kept);
    this.at -= kept;
    if (this.begin >= 0) this.begin = 0;
    if (this.pending.length > MOST_VALUE) {
      throw new BaxError(
        "limit",
        `${this.name}: row ${this.count + 1} is longer than 16 MB`,
        "Write it as JSON lines: one object with a text and a label on each line.",
      );
    }
    return found;
  }

  private step(found: JsonText[]): void {
    if (this.inString) {
      this.passString();
      return;
    }
    if (this.begin >= 0 && this.depth > 0) {
      this.passInside();
      if (this.depth === 0) this.take(found);
      return;
    }
    const code = this.pending.charCodeAt(this.at);
    if (this.begin >= 0) {
      // A number, a word or a string by itself ends where something else begins.
      if (isSpace(code) || code === COMMA || opens(code) || closes(code)) this.take(found);
      else {
        if (code === QUOTE) this.inString = true;
        this.at++;
      }
      return;
    }
    this.between(code);
  }

  /** One character outside of values. */
  private between(code: number): void {
    if (isSpace(code)) {
      this.at++;
      return;
    }
    if (this.list === "unknown") {
      if (code === LIST_BEGINS) {
        this.list = "value";
        this.at++;
        return;
      }
      this.list = "none";
    }
    if (this.list === "comma" && code === COMMA) {
      this.list = "value";
      this.isAfterComma = true;
      this.at++;
    } else if ((this.list === "comma" || (this.list === "value" && !this.isAfterComma)) && code === LIST_ENDS) {
      this.list = "ended";
      this.at++;
    } else if (this.list === "none" || this.list === "value") {
      if (closes(code) || code === COMMA) throw this.malformed(`there is a "${String.fromCharCode(code)}" too many`);
      this.begin = this.at;
      this.depth = opens(code) ? 1 : 0;
      this.inString = code === QUOTE;
      this.at++;
    } else {
      throw this.malformed(
        this.list === "ended" ? "something stands behind the end of the list" : "a comma is missing",
      );
    }
  }

  /** To the next string inside of an object or a list, or behind its end. */
  private passInside(): void {
    const { pending } = this;
    let at = this.at;
    while (at < pending.length && this.depth > 0 && !this.inString) {
      const code = pending.charCodeAt(at++);
      if (code === QUOTE) this.inString = true;
      else if (opens(code)) this.depth++;
      else if (closes(code)) this.depth--;
    }
    this.at = at;
  }

  /** To the end of a string, or of what there is of it. */
  private passString(): void {
    const { pending } = this;
    for (let at = this.at; ; ) {
      const quote = pending.indexOf('"', at);
      if (quote < 0) {
        // A backslash at the end may belong to a quote that comes with the next piece.
        this.at = pending.length;
        return;
      }
      at = quote + 1;
      if (isEscaped(pending, quote, this.begin)) continue;
      this.inString = false;
      this.at = at;
      return;
    }
  }

  private take(found: JsonText[]): void {
    found.push({ text: this.pending.slice(this.begin, this.at), index: this.count++ });
    this.begin = -1;
    if (this.list === "value") this.list = "comma";
  }

  private finish(found: JsonText[]): void {
    if (this.begin >= 0 && this.depth === 0 && !this.inString) this.take(found);
    if (this.begin >= 0) throw this.malformed("the file ends in the midst of it");
    if (this.list === "value" || this.list === "comma")
      throw this.malformed('the "]" at the end of the list is missing');
  }

  private malformed(what: string): BaxError {
    return new BaxError(
      "data",
      `${this.name}: the JSON is broken at row ${this.count + 1}: ${what}`,
      "Check that the file is whole; write it anew with the program that it is from.",
    );
  }
}

function opens(code: number): boolean {
  return code === LIST_BEGINS || code === OBJECT_BEGINS;
}

function closes(code: number): boolean {
  return code === LIST_ENDS || code === OBJECT_ENDS;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Whether an odd number of backslashes stands before a character. */
function isEscaped(text: string, at: number, begin: number): boolean {
  let before = at - 1;
  while (before >= begin && text.charCodeAt(before) === BACKSLASH) before--;
  return (at - 1 - before) % 2 === 1;
}
