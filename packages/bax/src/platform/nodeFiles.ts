import { BaxError } from "../errors.ts";
import { Heap } from "../kernels/index.ts";
import type { StoredFile } from "../model/index.ts";
import { refused } from "./refusals.ts";

// Not imported: that would load the streams too, which takes longer than reading a small model.
const { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } = process.getBuiltinModule("node:fs");

/** Bytes of one read: large enough to be few, small enough for every platform's limit; other work gets its turn between two. */
const PIECE_BYTES = 64 << 20;
/** How much of a large file is read to see what it is: most headers end before. */
const START_BYTES = 1 << 16;
/** A longer header is none. */
const MOST_HEADER_BYTES = 100_000_000;

/** Closes files whose models nobody has any more. */
const abandoned = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/** A file that is open for reading at any place, as long as it stays what it was. Throws a BaxError ("file"). */
export class OpenFile implements StoredFile {
  /** Bytes. */
  readonly size: number;
  readonly name: string;
  private readonly descriptor: number;
  private readonly changed: number;
  private isClosed = false;

  constructor(path: string) {
    this.name = path;
    try {
      const status = statSync(path);
      if (status.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
      if (!status.isFile()) {
        // Opening a pipe would wait for whoever writes into it.
        throw new BaxError(
          "file",
          `${path}: this is no regular file`,
          "Name a model file; copy what a pipe gives into one first.",
        );
      }
      this.descriptor = openSync(path, "r");
      const { size, mtimeMs } = fstatSync(this.descriptor);
      this.size = size;
      this.changed = mtimeMs;
    } catch (cause) {
      if (cause instanceof BaxError) throw cause;
      throw refused(path, cause, "reading");
    }
    abandoned.register(this, this.descriptor, this);
  }

  read(into: Uint8Array, position: number): void {
    const { name: path, descriptor } = this;
    try {
      for (let done = 0; done < into.length; ) {
        const length = Math.min(PIECE_BYTES, into.length - done);
        const bytesRead = readSync(descriptor, into, done, length, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      // After reading, so that nothing is taken that was written meanwhile.
      const { size, mtimeMs } = fstatSync(descriptor);
      if (size === this.size && mtimeMs === this.changed) return;
    } catch (cause) {
      throw refused(path, cause, "reading");
    }
    throw new BaxError(
      "file",
      `${path}: the file was changed while its model was in use`,
      "Load it again; to replace a model that is in use, write another file and rename it.",
    );
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    abandoned.unregister(this);
    closeSync(this.descriptor);
  }
}

/** A file that was built beside a module, or in the folder above; undefined where there is none, as where a program was bundled anew. */
export function readBeside(module: string, name: string): Uint8Array | undefined {
  for (const place of [`./${name}`, `../${name}`]) {
    try {
      return readFileSync(new URL(place, module));
    } catch {
      // Perhaps in the other place.
    }
  }
  return undefined;
}

/** The first bytes of a file, or all of a shorter one. Throws a BaxError ("file"). */
export function readStart(path: string, length: number): Uint8Array {
  const file = new OpenFile(path);
  try {
    const start = new Uint8Array(Math.min(length, file.size));
    file.read(start, 0);
    return start;
  } finally {
    file.close();
  }
}

/**
 * A safetensors file that stays open, and its first bytes with the whole header among them, as far as there is one. Throws a BaxError
 * ("file").
 */
export function openTensors(path: string): { file: OpenFile; start: Uint8Array } {
  const file = new OpenFile(path);
  try {
    const start = new Uint8Array(Math.min(file.size, START_BYTES));
    file.read(start, 0);
    const header = Math.min(headerBytes(start) ?? 0, file.size);
    if (header <= start.length) return { file, start };
    const whole = new Uint8Array(header);
    file.read(whole, 0);
    return { file, start: whole };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A file's bytes in a heap of their own; with `file` only the first of them, and the rest is to be read from there. */
export interface FileInHeap {
  heap: Heap;
  at: number;
  length: number;
  file?: StoredFile | undefined;
}

async function readWhole(file: OpenFile, heap: Heap, at: number): Promise<void> {
  for (let done = 0; done < file.size; done += PIECE_BYTES) {
    if (done > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    file.read(heap.u8At(at + done, Math.min(PIECE_BYTES, file.size - done)), done);
  }
}

/**
 * Reads a whole file into a new heap: no copy in between. One of `wholeBelow` bytes or more that begins as safetensors stays open, and
 * only its header is read. Throws a BaxError ("file").
 */
export async function readIntoHeap(path: string, wholeBelow: number = Number.POSITIVE_INFINITY): Promise<FileInHeap> {
  const file = new OpenFile(path);
  const length = file.size;
  let isLeftOpen = false;
  try {
    const heap = new Heap();
    const at = heap.allocate(length);
    if (length >= wholeBelow) {
      file.read(heap.u8At(at, Math.min(length, START_BYTES)), 0);
      const header = headerBytes(heap.u8At(at, Math.min(length, START_BYTES)));
      if (header !== undefined && header <= length) {
        file.read(heap.u8At(at, header), 0);
        isLeftOpen = true;
        return { heap, at, length, file };
      }
    }
    await readWhole(file, heap, at);
    return { heap, at, length };
  } finally {
    if (!isLeftOpen) file.close();
  }
}

/** Bytes up to the end of a safetensors header; undefined where there is none. */
function headerBytes(start: Uint8Array): number | undefined {
  if (start.length < 9 || start[8] !== 0x7b) return undefined;
  const view = new DataView(start.buffer, start.byteOffset);
  const length = view.getUint32(0, true);
  return view.getUint32(4, true) === 0 && length <= MOST_HEADER_BYTES ? 8 + length : undefined;
}
