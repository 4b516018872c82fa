import { BaxError } from "../errors.ts";
import { formatGeneral } from "./streamNumbers.ts";

// fastText's text file of vectors (.vec): a line with the number of words and columns, then a line a word.

/** A word, or a label, and its vector. */
export interface NamedVector {
  word: string;
  vector: Float32Array;
}

/** Words and their vectors, as a .vec file has them. */
export interface WordVectors {
  dimension: number;
  words: string[];
  /** (words, dimension). */
  values: Float32Array;
}

/** Significant digits that fastText prints of a vector. */
const DIGITS = 5;
/** Characters of a file that are made at a time. */
const CHUNK_LINES = 1024;
const ADVICE = "Give a text file of vectors: a line with the number of words and of columns, then a line a word.";

/** One line of such a file, without its newline: fastText ends every number with a space. */
export function formatVector({ word, vector }: NamedVector): string {
  let line = word;
  for (const value of vector) line += ` ${formatGeneral(value, DIGITS)}`;
  return `${line} `;
}

/** The bytes of a .vec file, piece by piece. */
export function* writeWordVectors(
  count: number,
  dimension: number,
  vectors: Iterable<NamedVector>,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = `${count} ${dimension}\n`;
  let lines = 0;
  for (const vector of vectors) {
    text += `${formatVector(vector)}\n`;
    if (++lines % CHUNK_LINES !== 0) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function refuse(line: number, reason: string): never {
  throw new BaxError("data", `line ${line}: ${reason}`, ADVICE);
}

/** Reads a .vec file. Throws a BaxError ("data") with the line of what is wrong. */
export function readWordVectors(bytes: Uint8Array): WordVectors {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const lineAt = (begin: number): [text: string, next: number] => {
    const newline = bytes.indexOf(10, begin);
    const end = newline < 0 ? bytes.length : newline;
    return [decoder.decode(bytes.subarray(begin, end)).replace(/[ \r]+$/, ""), end + 1];
  };
  let [first, at] = lineAt(0);
  // A mark of the order of bytes is none of a word's characters here, and only here.
  const shape = /^\ufeff?(\d+) (\d+)$/.exec(first);
  if (!shape) refuse(1, `got "${first.slice(0, 40)}", expected two whole numbers`);
  const [count, dimension] = [Number(shape[1]), Number(shape[2])];
  // A number takes two bytes at least: a file that promises more than it can hold is refused before memory is taken.
  if (dimension < 1 || count * dimension * 2 > bytes.length)
    refuse(1, `${count} words of ${dimension} columns in ${bytes.length} bytes`);
  const words: string[] = [];
  const values = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    if (at >= bytes.length) refuse(row + 2, `the file ends after ${row} of ${count} words`);
    [first, at] = lineAt(at);
    const fields = first.split(" ");
    // A word may have spaces in it; the numbers are the last fields.
    const numbers = fields.splice(-dimension);
    if (numbers.length < dimension || fields.length === 0)
      refuse(row + 2, `${numbers.length} numbers, expected ${dimension}`);
    words.push(fields.join(" "));
    for (const [column, number] of numbers.entries()) {
      const value = Number(number);
      // Finite as a float, too.
      if (number === "" || !Number.isFinite(Math.fround(value)))
        refuse(row + 2, `"${number.slice(0, 20)}" is no number`);
      values[row * dimension + column] = value;
    }
  }
  return { dimension, words, values };
}
