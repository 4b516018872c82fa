import type { Bag } from "../model/index.ts";

/** One feature where it stands in the text. */
export interface Occurrence {
  kind: "word" | "word n-gram" | "character n-gram";
  /**
   * The feature as the model reads it: normalised, the words of an n-gram joined by spaces; of bax's own features < and > stand where an
   * n-gram of characters takes in the beginning or end of its word.
   */
  name: string;
  /** UTF-16 indices into the text. */
  start: number;
  end: number;
  /** Row of A, or −1 for a feature that training has not seen. */
  row: number;
  /** Its share of x_p. */
  weight: number;
}

/** Where the features of a text stand, and the bag that they make: valid until the next text is read. */
export interface Trace {
  bag: Bag;
  occurrences: Occurrence[];
  /** The tokens, in order: UTF-16 indices. */
  tokens: { start: number; end: number }[];
}

/** UTF-16 index of every UTF-8 byte offset at which a character begins, and of the end. */
export function utf16Offsets(text: string, bytes: number): Uint32Array {
  const offsets = new Uint32Array(bytes + 1);
  let at = 0;
  for (let i = 0; i < text.length; ) {
    const cp = text.codePointAt(i)!;
    const units = cp > 0xffff ? 2 : 1;
    const width = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (let b = 0; b < width; b++) offsets[at + b] = i;
    at += width;
    i += units;
  }
  offsets[at] = text.length;
  return offsets;
}
