// Bytes that one task hands to another.
import { BaxError } from "../errors.ts";

/** Block of a parcel that tells of its whole partition, as JSON. */
export const FACTS = -1;

/** What a task knows of a block: a range of features, or of rows of the parameters. Parcels of one block are brought together. */
export interface Parcel {
  readonly block: number;
  readonly bytes: Uint8Array;
}

type Numbers = Uint32Array | Float32Array;

/** Lists of 32-bit numbers as one piece of bytes, each behind its length. */
export function packNumbers(lists: readonly Numbers[]): Uint8Array {
  const bytes = new Uint8Array(lists.reduce((sum, list) => sum + 4 + list.byteLength, 0));
  const words = new Uint32Array(bytes.buffer);
  let at = 0;
  for (const list of lists) {
    words[at++] = list.length;
    words.set(new Uint32Array(list.buffer, list.byteOffset, list.length), at);
    at += list.length;
  }
  return bytes;
}

/** Takes the lists of `packNumbers` out again. */
export class NumberReader {
  private readonly words: Uint32Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    if (bytes.length % 4 !== 0) damaged();
    // Where the bytes lie is whoever gave them's choice; numbers begin at multiples of 4.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    this.words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }

  u32(): Uint32Array {
    const { words, at } = this;
    const length = words[at];
    if (length === undefined || at + 1 + length > words.length) damaged();
    this.at += 1 + length;
    return words.subarray(at + 1, at + 1 + length);
  }

  f32(): Float32Array {
    const list = this.u32();
    return new Float32Array(list.buffer, list.byteOffset, list.length);
  }
}

/** A parcel of facts. */
export function packFacts(facts: object): Parcel {
  return { block: FACTS, bytes: new TextEncoder().encode(JSON.stringify(facts)) };
}

/** What a parcel of facts says. */
export function readFacts<T>(bytes: Uint8Array): T {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as T;
  } catch {
    damaged();
  }
}

function damaged(): never {
  throw new BaxError("data", "a parcel between two tasks is damaged", "Run it again; all tasks need the same bax.");
}
