import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { BaxError, type TextClassifier } from "bax";
import { load } from "bax/node";

/** What tells one state of a file from another without reading it. */
export interface FileState {
  readonly size: bigint;
  /** When it was last written, nanoseconds. */
  readonly modified: bigint;
  /** Which file it is: another one may have been put in its place. */
  readonly inode: bigint;
}

/** A model as it was read. */
export interface ReadModel {
  readonly classifier: TextClassifier;
  /** SHA-256 of the file's bytes, in hexadecimal. */
  readonly fingerprint: string;
  readonly state: FileState;
}

/** The state of a file. Throws a BaxError ("file"). */
export async function stateOf(path: string): Promise<FileState> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return { size, modified: mtimeNs, inode: ino };
  } catch (error) {
    throw new BaxError("file", `${path}: ${(error as Error).message}`, "Is the path right?", { cause: error });
  }
}

/** Whether nothing was done to a file between two looks at it. */
export function isSameState(a: FileState | undefined, b: FileState | undefined): boolean {
  return a !== undefined && b !== undefined && a.size === b.size && a.modified === b.modified && a.inode === b.inode;
}

/**
 * Reads a model's file, whole, so that whatever becomes of the file the model stays what it is. Throws a BaxError: "file" where it cannot be
 * read or is being written, "model" where it is none.
 */
export async function readModelFile(path: string): Promise<ReadModel> {
  const before = await stateOf(path);
  const fingerprint = await fingerprintOfFile(path);
  const classifier = await load(path, { wholeBelow: Number.POSITIVE_INFINITY });
  const state = await stateOf(path);
  if (!isSameState(before, state))
    throw new BaxError("file", `${path}: it was written to while it was read`, "Put a finished file in its place.");
  return { classifier, fingerprint, state };
}

async function fingerprintOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  } catch (error) {
    throw new BaxError("file", `${path}: ${(error as Error).message}`, "May it be read?", { cause: error });
  }
  return hash.digest("hex");
}
