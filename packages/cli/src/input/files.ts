import { type Stats, statSync } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";

/** How a file is packed. */
export type Compression = "none" | "gzip" | "zstd";

/** Whether two paths are one file: a link is the same file under another name. Neither needs to be there. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  if (a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino) return true;
  return path.resolve(one) === path.resolve(other);
}

/** Throws BaxError "file", with the nearest name in the folder, where `file` cannot be looked at. */
export async function statFile(file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw fileError(file, error);
    const folder = path.dirname(file);
    const names = await readdir(folder).catch(() => null);
    if (names === null) throw new BaxError("file", `${file}: the folder ${folder} does not exist`, "Check the path.");
    const near = didYouMean(path.basename(file), names).replace(/"(.*)"/, (_, name) => `"${path.join(folder, name)}"`);
    throw new BaxError("file", `${file}: no such file`, `Check the path.${near}`);
  }
}

/** What the operating system refused, in our words. */
export function fileError(file: string, error: unknown): BaxError {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, readonly [string, string]>> = {
    EACCES: ["permission denied", "Change its permissions, or use another path."],
    EPERM: ["permission denied", "Change its permissions, or use another path."],
    EISDIR: ["is a folder, expected a file", "Give a file."],
    ENOENT: ["no such file", "Check the path."],
    ENOSPC: ["the disk is full", "Free some space, or write elsewhere."],
    EFBIG: ["the file would be larger than allowed", "Raise the limit on file size, or write elsewhere."],
    EROFS: ["the disk is read-only", "Write elsewhere."],
    ENAMETOOLONG: ["the name is too long", "Use a shorter path."],
    EMFILE: ["too many files are open", "Give fewer files at once."],
  };
  const [what, advice] = known[code ?? ""] ?? [message, "Check the path and the disk."];
  return new BaxError("file", `${file}: ${what}`, advice, { cause: error });
}

/** How a file is packed, by its first bytes. */
export async function compressionOf(file: string): Promise<Compression> {
  const magic = await firstBytes(file);
  if (startsWith(magic, [0x1f, 0x8b])) return "gzip";
  return startsWith(magic, [0x28, 0xb5, 0x2f, 0xfd]) ? "zstd" : "none";
}

async function firstBytes(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(16), 0, 16, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(file, error);
  }
}

/**
 * Whether an argument names a model: by its ending, or by its first bytes where the file exists (fastText's magic number; safetensors' length
 * of a header below 4 GiB, and the header's first brace). No data begin like that: text has no zero bytes.
 */
export async function isModelFile(file: string): Promise<boolean> {
  if (/\.(safetensors|bin|ftz)$/i.test(file)) return true;
  const info = await stat(file).catch(() => null);
  if (!info?.isFile()) return false;
  const start = await firstBytes(file);
  return (
    startsWith(start, [0xba, 0x16, 0x4f, 0x2f]) || (start[8] === 0x7b && startsWith(start.subarray(4), [0, 0, 0, 0]))
  );
}

/** Whether there is something of that name. */
export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Whether bytes begin with others. */
export function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** Which kind of database a file is, by its first bytes; null for another file. */
export async function databaseOf(file: string): Promise<"duckdb" | "sqlite" | null> {
  const start = Buffer.from(await firstBytes(file)).toString("latin1");
  if (start.startsWith("SQLite format 3\0")) return "sqlite";
  return start.slice(8, 12) === "DUCK" ? "duckdb" : null;
}
