import { type FileHandle, open, rename, stat, unlink } from "node:fs/promises";
import { BaxError } from "../errors.ts";
import { refused } from "./refusals.ts";
import { sweepTemporaries, temporaryName } from "./temporaryName.ts";

/** Chunks up to so many bytes in all are written at once. */
const TOGETHER_BYTES = 1 << 18;

/** Bytes of one write: large enough to be few, small enough for the disk to take up one while the next is copied. */
const PIECE_BYTES = 16 << 20;

/**
 * Writes a file whole or not at all: into a temporary file in the same folder, flushed to the disk, then renamed over the old one.
 * Throws a BaxError ("file"), and then the old file is as it was.
 */
export async function writeAtomically(path: string, chunks: Iterable<Uint8Array>): Promise<number> {
  await sweepTemporaries(path);
  const temporary = temporaryName(path);
  let file: FileHandle | undefined;
  const flushing = new Flushing();
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
    for (const chunk of gathered(chunks)) {
      for (let done = 0; done < chunk.length; ) {
        done += (await file.write(chunk, done, Math.min(PIECE_BYTES, chunk.length - done))).bytesWritten;
        if (chunk.length >= PIECE_BYTES) flushing.begin(file);
      }
      bytes += chunk.length;
    }
    await flushing.end();
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
    return bytes;
  } catch (cause) {
    await flushing.end().catch(() => {});
    await file?.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    if (cause instanceof BaxError) throw cause;
    throw refused(path, cause, "writing");
  }
}

/** Has the disk take up what was written so far, while more is. What goes wrong there is said once, so it must not be lost. */
class Flushing {
  private running: Promise<void> | undefined;
  private failure: { readonly cause: unknown } | undefined;

  /** Unless it is at it already. */
  begin(file: FileHandle): void {
    this.running ??= file.datasync().then(
      () => {
        this.running = undefined;
      },
      (cause) => {
        this.failure ??= { cause };
      },
    );
  }

  /** Throws what went wrong. */
  async end(): Promise<void> {
    await this.running;
    if (this.failure) throw this.failure.cause;
  }
}

// Small chunks are written together: words of a vocabulary come one by one, and each call takes a while. The bytes are good until the next.
function* gathered(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  const together = new Uint8Array(TOGETHER_BYTES);
  let filled = 0;
  for (const chunk of chunks) {
    if (filled + chunk.length > together.length) {
      if (filled > 0) yield together.subarray(0, filled);
      filled = 0;
    }
    if (chunk.length > together.length) yield chunk;
    else {
      together.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) yield together.subarray(0, filled);
}
