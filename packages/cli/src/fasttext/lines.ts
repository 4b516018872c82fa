import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

const BLOCK_BYTES = 1 << 20;
const NEWLINE = 10;
const LINE_END = Buffer.from("</s>");

/** A line as fastText reads it: the bytes without the newline, and whether there was one. */
export interface RawLine {
  readonly bytes: Uint8Array;
  readonly lineEnd: boolean;
}

/** Whether a file can be opened to read. */
export async function canRead(path: string): Promise<boolean> {
  if (path === "-") return true;
  try {
    const file = await open(path, "r");
    const status = await file.stat();
    await file.close();
    return !status.isDirectory();
  } catch {
    return false;
  }
}

/** The bytes of a file, or of standard input for "-". */
function bytesOf(path: string): AsyncIterable<Uint8Array> {
  return path === "-" ? process.stdin : createReadStream(path, { highWaterMark: BLOCK_BYTES });
}

/**
 * The lines of a file, or of standard input for "-", byte for byte; as many at a time as have arrived. `splitAtToken`: the token </s> ends
 * a line as a newline does.
 */
export async function* readRawLines(path: string, splitAtToken: boolean): AsyncGenerator<RawLine[]> {
  let pending: Uint8Array[] = [];
  for await (const chunk of bytesOf(path)) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield splitLines(Buffer.concat([...pending, chunk.subarray(0, end)]), splitAtToken);
      pending = [];
    }
    if (end < chunk.length) pending.push(chunk.subarray(end));
  }
  if (pending.length > 0) yield splitLines(Buffer.concat(pending), splitAtToken);
}

/** The lines of a block that starts at a line's beginning. */
export function splitLines(block: Uint8Array, splitAtToken: boolean): RawLine[] {
  const lines: RawLine[] = [];
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  let token = splitAtToken ? nextToken(bytes, 0) : -1;
  for (let begin = 0; begin < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const end = newline < 0 ? bytes.length : newline;
    if (token >= 0 && token < end) {
      const after = token + LINE_END.length;
      lines.push({ bytes: bytes.subarray(begin, after), lineEnd: false });
      // The separator behind a token is read with it, but for a newline, which then is a line of its own.
      begin = after < bytes.length && bytes[after] !== NEWLINE ? after + 1 : after;
      token = nextToken(bytes, after);
      continue;
    }
    lines.push({ bytes: bytes.subarray(begin, end), lineEnd: newline >= 0 });
    begin = end + 1;
  }
  return lines;
}

/** Where the next token </s> begins; −1 for nowhere. */
function nextToken(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LINE_END, from); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) {
    const after = at + LINE_END.length;
    if ((at === 0 || isSeparator(bytes[at - 1])) && (after === bytes.length || isSeparator(bytes[after]))) return at;
  }
  return -1;
}

/** What parts tokens for fastText: space, tab, line feed, vertical tab, form feed, carriage return, NUL. */
export function isSeparator(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === 0;
}

/** The words of a file, or of standard input for "-", as C++ streams part them; as many at a time as have arrived. */
export async function* readWords(path: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of bytesOf(path)) {
    const words = (pending + decoder.decode(chunk, { stream: true })).split(/[ \t\n\v\f\r]+/);
    pending = words.pop() ?? "";
    yield words.filter((word) => word !== "");
  }
  pending += decoder.decode();
  if (pending !== "") yield [pending];
}
