import { BaxError } from "bax";
import { joined } from "./bytes.ts";
import { isUtf16 } from "./foreign.ts";

/** A longer line is no text that anybody wrote. */
const MOST_LINE_BYTES = 1 << 26;
const NEWLINE = 10;

/** Part of a source, as UTF-8 without a byte order mark. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Number of the line that it begins in, from 1. */
  readonly firstLine: number;
}

/** UTF-8 of bytes that may be UTF-16; a mark at the start is left out. Throws BaxError "data" for broken UTF-16. */
export async function* utf8Of(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | null = null;
  let isFirst = true;
  const encoder = new TextEncoder();
  const decode = (bytes: Uint8Array | undefined): Uint8Array => {
    try {
      return encoder.encode(decoder?.decode(bytes, { stream: bytes !== undefined }));
    } catch (cause) {
      throw new BaxError("data", `${name}: the text is broken UTF-16`, "Save it again as UTF-8.", { cause });
    }
  };
  for await (const piece of pieces) {
    let bytes = piece;
    if (isFirst) {
      isFirst = false;
      if (isUtf16(bytes)) decoder = new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be", { fatal: true });
      else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    }
    if (decoder) bytes = decode(bytes);
    if (bytes.length > 0) yield bytes;
  }
  if (decoder) {
    const rest = decode(undefined);
    if (rest.length > 0) yield rest;
  }
}

/** Pieces that end where a line does. Throws BaxError "limit" for a line of more than 64 MB. */
export function wholeLines(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  return cutPieces(name, pieces, (bytes) => bytes.lastIndexOf(NEWLINE) + 1);
}

/** Pieces that end where a character does. */
export function wholeCharacters(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  return cutPieces(name, pieces, (bytes) => {
    // Back to the first byte of the last character, which may be cut.
    let first = bytes.length - 1;
    while (first > 0 && bytes.length - first < 4 && (bytes[first] & 0xc0) === 0x80) first--;
    const wanted = bytes[first] >= 0xf0 ? 4 : bytes[first] >= 0xe0 ? 3 : bytes[first] >= 0xc0 ? 2 : 1;
    return bytes.length - first < wanted ? first : bytes.length;
  });
}

async function* cutPieces(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  endOf: (bytes: Uint8Array) => number,
): AsyncGenerator<Piece> {
  let firstLine = 1;
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    // Less than a character is looked at together with what follows.
    const isStub = size > 0 && size < 4;
    const bytes = isStub ? joined([...pending, piece], size + piece.length) : piece;
    if (isStub) {
      pending = [];
      size = 0;
    }
    const end = endOf(bytes);
    if (end > 0) {
      const whole = joined([...pending, bytes.subarray(0, end)], size + end);
      yield { bytes: whole, firstLine };
      firstLine += newlinesIn(whole);
      pending = [];
      size = 0;
    }
    if (end < bytes.length) {
      pending.push(bytes.subarray(end));
      size += bytes.length - end;
    }
    if (size > MOST_LINE_BYTES)
      throw new BaxError("limit", `${name}: line ${firstLine} is longer than 64 MB`, "Cut the text into lines.");
  }
  if (size > 0) yield { bytes: joined(pending, size), firstLine };
}

/** The text of pieces, each with the number of the line that it begins in. Throws BaxError "data", with the line, for what is not UTF-8. */
export async function* textsOf(
  name: string,
  pieces: AsyncIterable<Piece>,
): AsyncGenerator<{ readonly text: string; readonly firstLine: number }> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for await (const { bytes, firstLine } of pieces) {
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (cause) {
      throw new BaxError(
        "data",
        `${name}: line ${firstLine + invalidLine(bytes)} is not UTF-8: letters such as é or ü are written another way`,
        'Save it again as UTF-8: in Excel choose "CSV UTF-8" as the type of the file.',
        { cause },
      );
    }
    yield { text, firstLine };
  }
}

/** Index of the first line that is not UTF-8. */
export function invalidLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let begin = 0;
  for (let line = 0; ; line++) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const end = newline < 0 ? bytes.length : newline;
    try {
      decoder.decode(bytes.subarray(begin, end));
    } catch {
      return line;
    }
    if (newline < 0) return line;
    begin = newline + 1;
  }
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** How many line ends a text has. */
export function lineEndsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
