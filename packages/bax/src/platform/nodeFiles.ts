import { type FileHandle, open, rename, stat, unlink } from "node:fs/promises";
import { BaxError } from "../errors.ts";
import { Heap } from "../kernels/index.ts";
import { refused } from "./refusals.ts";
import { sweepTemporaries, temporaryName } from "./temporaryName.ts";

/** Bytes of one read or write: large enough to be few, small enough for every platform's limit. */
const PIECE_BYTES = 64 << 20;

async function readFully(file: FileHandle, heap: Heap, at: number, length: number): Promise<void> {
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(heap.u8, at + done, Math.min(PIECE_BYTES, length - done), done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
}

/** The first bytes of a file, or all of a shorter one. Throws a BaxError ("file"). */
export async function readStart(path: string, length: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw refused(path, cause, "reading");
  } finally {
    await file?.close();
  }
}

/** Reads a whole file into a new heap: no copy in between. Throws a BaxError ("file"). */
export async function readIntoHeap(path: string): Promise<{ heap: Heap; at: number; length: number }> {
  let file: FileHandle | undefined;
  try {
    const status = await stat(path);
    if (status.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    if (!status.isFile()) {
      // Opening a pipe would wait for whoever writes into it.
      throw new BaxError(
        "file",
        `${path}: this is no regular file`,
        "Name a model file; copy what a pipe gives into one first.",
      );
    }
    file = await open(path, "r");
    const heap = new Heap();
    const at = heap.allocate(status.size);
    await readFully(file, heap, at, status.size);
    return { heap, at, length: status.size };
  } catch (cause) {
    if (cause instanceof BaxError) throw cause;
    throw refused(path, cause, "reading");
  } finally {
    await file?.close();
  }
}

/**
 * Writes a file whole or not at all: into a temporary file in the same folder, flushed to the disk, then renamed over the old one.
 * Throws a BaxError ("file"), and then the old file is as it was.
 */
export async function writeAtomically(path: string, chunks: Iterable<Uint8Array>): Promise<number> {
  await sweepTemporaries(path);
  const temporary = temporaryName(path);
  let file: FileHandle | undefined;
  let bytes = 0;
  try {
    const old = await stat(path).catch(() => undefined);
    if (old?.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    if (old && !old.isFile()) {
      // A rename would put a file in the place of a pipe or a device.
      throw new BaxError(
        "file",
        `${path}: this is no regular file`,
        "Name a file; a model is written whole and then renamed.",
      );
    }
    file = await open(temporary, "wx");
    for (const chunk of chunks) {
      for (let done = 0; done < chunk.length; )
        done += (await file.write(chunk, done, Math.min(PIECE_BYTES, chunk.length - done))).bytesWritten;
      bytes += chunk.length;
    }
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
    return bytes;
  } catch (cause) {
    await file?.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    if (cause instanceof BaxError) throw cause;
    throw refused(path, cause, "writing");
  }
}
