import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BaxError, type LineBlock } from "bax";
import { fileError, startsWith } from "./files.ts";
import type { ReadMeter } from "./readMeter.ts";
import type { Source } from "./sources.ts";

/** Bytes read at a time: large enough that a block costs one call, small enough to stay in cache. */
const BLOCK_BYTES = 1 << 20;
/** Bytes before each piece of a file: the start of a line that the piece before ends with is put there, so that no piece is copied. */
const ROOM_BYTES = 1 << 16;
/** A longer line is no text that anybody wrote. */
const MAX_LINE_BYTES = 1 << 30;
const NEWLINE = 10;

/** A piece of a source. */
interface Chunk {
  readonly bytes: Uint8Array;
  /** How many bytes before it in its memory may be written. */
  readonly room: number;
  /** Says that nobody looks at it any more. */
  release?(): void;
}

/** Told once: a remark for the user. */
export type Note = (text: string) => void;

/**
 * The lines of a text file as blocks of whole lines, about 1 MB each, or as they come from a pipe. Bytes are passed on untouched but for
 * a byte order mark at the start.
 *
 * `kept`: how many blocks are still looked at when the next one is asked for, at the most; the memory of those before is used again. Unless
 * given a block may be kept for good.
 *
 * Throws BaxError "data" for a file that is no text and for damaged gzip data, "file" where reading fails.
 */
export async function* readLineBlocks(
  source: Source,
  note: Note,
  meter?: ReadMeter,
  kept?: number,
): AsyncGenerator<LineBlock> {
  let line = 1;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let told = false;
  const block = (lines: Uint8Array): LineBlock => {
    if (!told && !isUtf8(lines)) {
      told = true;
      note(`${source.name}:${line + invalidLine(lines)}: bytes that are not UTF-8 are read as U+FFFD`);
    }
    const made = { lines, file: source.name, firstLine: line };
    line += countNewlines(lines);
    return made;
  };
  let first = true;
  // What was given and may still be looked at.
  const given: Chunk[] = [];
  for await (const read of chunksOf(source, meter, kept)) {
    const { bytes, room } = read;
    let chunk = bytes;
    if (first) {
      refuseBinary(chunk, source.name);
      if (startsWith(chunk, [0xef, 0xbb, 0xbf])) chunk = chunk.subarray(3);
      first = false;
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield block(
        pendingBytes <= room ? prefixed(pending, pendingBytes, chunk, end) : join([...pending, chunk.subarray(0, end)]),
      );
      pending = [];
      pendingBytes = 0;
    }
    const isGiven = end > 0;
    if (end < chunk.length) {
      // A copy, where the chunk is soon to hold something else (`slice` of a Buffer is none).
      pending.push(kept === undefined ? chunk.subarray(end) : Uint8Array.from(chunk.subarray(end)));
      pendingBytes += chunk.length - end;
      if (pendingBytes > MAX_LINE_BYTES) {
        throw new BaxError("limit", `${source.name}:${line}: a line is longer than 1 GiB`, "Cut the text into lines.");
      }
    }
    if (kept === undefined) continue;
    if (isGiven) given.push(read);
    else read.release?.();
    // The next block was asked for.
    while (given.length > kept) given.shift()?.release?.();
  }
  if (pendingBytes > 0) yield block(join(pending));
}

/** The bytes of a source, unpacked. */
async function* chunksOf(source: Source, meter?: ReadMeter, kept?: number): AsyncGenerator<Chunk> {
  if (source.compression === "zstd") {
    // Node 20 cannot unpack Zstandard; DuckDB, which can, is loaded for it alone.
    const { readPackedLines } = await import("./packedLines.ts");
    yield* withoutRoom(readPackedLines(source));
    return;
  }
  const input = source.path === "-" ? withoutRoom(process.stdin) : fileChunks(source.path, kept !== undefined);
  const chunks = metered(input, meter);
  try {
    const first = await chunks.next();
    if (first.done) return;
    if (source.compression === "gzip" || startsWith(first.value.bytes, [0x1f, 0x8b])) {
      yield* withoutRoom(gunzip(first.value, chunks));
    } else {
      yield first.value;
      yield* chunks;
    }
  } catch (error) {
    if (error instanceof BaxError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("Z_")) throw fileError(source.name, error);
    throw new BaxError(
      "data",
      `${source.name}: the gzip data are damaged or cut short (${(error as Error).message})`,
      "Copy the file again, or unpack what is left of it with gzip -dc.",
      { cause: error },
    );
  } finally {
    // Nobody waits for what is still on its way: a pipe may never give it.
    chunks.return(undefined).catch(() => {});
    if (source.path === "-") process.stdin.destroy();
  }
}

/** The pieces of a file; the next one is read while one is looked at. `reuses`: whether memory that is released is used again. */
async function* fileChunks(path: string, reuses: boolean): AsyncGenerator<Chunk> {
  const file = await open(path);
  const free: Buffer[] = [];
  const read = async (): Promise<Chunk> => {
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES + BLOCK_BYTES);
    const { bytesRead } = await file.read(buffer, ROOM_BYTES, BLOCK_BYTES);
    const bytes = buffer.subarray(ROOM_BYTES, ROOM_BYTES + bytesRead);
    return { bytes, room: ROOM_BYTES, ...(reuses && { release: () => void free.push(buffer) }) };
  };
  let coming = read();
  try {
    for (let chunk = await coming; chunk.bytes.length > 0; chunk = await coming) {
      coming = read();
      // Its failure is told when it is waited for, if it ever is.
      coming.catch(() => {});
      yield chunk;
    }
  } finally {
    void coming.catch(() => {}).then(() => file.close());
  }
}

async function* withoutRoom(input: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk> {
  for await (const bytes of input) yield { bytes, room: 0 };
}

async function* metered(input: AsyncIterable<Chunk>, meter?: ReadMeter): AsyncGenerator<Chunk> {
  for await (const chunk of input) {
    meter?.add(chunk.bytes.length);
    yield chunk;
  }
}

async function* gunzip(first: Chunk, rest: AsyncIterable<Chunk>): AsyncGenerator<Uint8Array> {
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.bytes;
    for await (const { bytes } of rest) yield bytes;
  }
  const unpack = createGunzip({ chunkSize: BLOCK_BYTES });
  // The callback only keeps an error from going unhandled: the loop below gets it too.
  pipeline(Readable.from(all()), unpack, () => {});
  for await (const chunk of unpack) yield chunk as Uint8Array;
}

/** First bytes of binary files that end up in a text's place. */
const BINARY: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x41, 0x52, 0x31], "a Parquet table (use --format parquet)"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip file"],
  [[0x28, 0xb5, 0x2f, 0xfd], "Zstandard data (pipe it through zstd -dc)"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF document"],
  [[0xff, 0xfe], "UTF-16 text (convert it with iconv -f UTF-16 -t UTF-8)"],
  [[0xfe, 0xff], "UTF-16 text (convert it with iconv -f UTF-16 -t UTF-8)"],
];

function refuseBinary(chunk: Uint8Array, name: string): void {
  const known = BINARY.find(([magic]) => startsWith(chunk, magic));
  const sample = chunk.subarray(0, 4096);
  // NUL alone is odd but text; NUL and broken UTF-8 together, away from the cut at the sample's end, is a binary file.
  const isBinary = sample.includes(0) && !isUtf8(sample.subarray(0, -4)) && !isUtf8(sample);
  if (!known && !isBinary) return;
  throw new BaxError(
    "data",
    `${name}: this is ${known ? known[1] : "a binary file"}, expected lines of text`,
    "Give UTF-8 text, one example a line, or a table that ends in .csv, .tsv, .json, .jsonl or .parquet.",
  );
}

/** The first `end` bytes of a chunk behind the pieces of a line, which are written before it into its own memory. */
function prefixed(pieces: readonly Uint8Array[], length: number, chunk: Uint8Array, end: number): Uint8Array {
  const whole = Buffer.from(chunk.buffer, chunk.byteOffset - length, length + end);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Index of the first line of a block that is not UTF-8. */
function invalidLine(lines: Uint8Array): number {
  let start = 0;
  for (let n = 0; ; n++) {
    const newline = lines.indexOf(NEWLINE, start);
    const end = newline < 0 ? lines.length : newline + 1;
    if (newline < 0 || !isUtf8(lines.subarray(start, end))) return n;
    start = end;
  }
}
