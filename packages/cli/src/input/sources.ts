import type { Stats } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { BaxError } from "bax";
import { expandGlob, isGlob } from "./glob.ts";
import { didYouMean } from "./nearest.ts";

export const FORMATS = ["txt", "csv", "tsv", "json", "jsonl", "parquet"] as const;
export type Format = (typeof FORMATS)[number];
export type Compression = "none" | "gzip" | "zstd";

/** One stream of data: a file, or standard input. */
export interface Source {
  /** As it stands in messages. */
  readonly name: string;
  /** "-" for standard input. */
  readonly path: string;
  readonly format: Format;
  /** Told by the first bytes, not the name; "none" for standard input, where it is told when the bytes come. */
  readonly compression: Compression;
  /** Whether it can be read twice: a file, not a pipe. */
  readonly seekable: boolean;
  /** On the disk; 0 for a pipe. */
  readonly bytes: number;
}

const BY_ENDING: Readonly<Record<string, Format>> = {
  txt: "txt",
  text: "txt",
  train: "txt",
  test: "txt",
  valid: "txt",
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
  pq: "parquet",
};

/**
 * The sources behind the arguments of a command, in their order; globs are expanded.
 *
 * Throws BaxError "file" for what is missing, a folder or unreadable, and "usage" for a format that cannot be told.
 */
export async function findSources(args: readonly string[], format?: string): Promise<Source[]> {
  const wanted = format === undefined ? null : checkFormat(format);
  const sources: Source[] = [];
  let standardInputs = 0;
  for (const arg of args) {
    if (arg === "-") {
      if (++standardInputs > 1) throw new BaxError("usage", "standard input (-) is given twice", "Give - once.");
      sources.push({
        name: "(standard input)",
        path: "-",
        format: wanted ?? "txt",
        compression: "none",
        seekable: false,
        bytes: 0,
      });
      continue;
    }
    // A file whose very name holds a wildcard is taken before the pattern.
    const isPattern = isGlob(arg) && !(await exists(arg));
    const paths = isPattern ? await expandGlob(arg) : [arg];
    if (paths.length === 0) {
      throw new BaxError(
        "file",
        `${arg}: no file matches`,
        "Check the pattern; quote it so that the shell leaves it alone.",
      );
    }
    for (const file of paths) {
      const source = await inspect(file, wanted);
      sources.push(source);
    }
  }
  return sources;
}

function checkFormat(format: string): Format {
  const found = FORMATS.find((name) => name === format.toLowerCase());
  if (found) return found;
  const known = FORMATS.join(", ");
  throw new BaxError(
    "usage",
    `--format: unknown format "${format}"`,
    `Use one of ${known}.${didYouMean(format, FORMATS)}`,
  );
}

async function inspect(file: string, wanted: Format | null): Promise<Source> {
  const info = await statFile(file);
  if (info.isDirectory()) {
    throw new BaxError(
      "file",
      `${file}: is a folder, expected a file`,
      `Give its files, for example "${path.join(file, "*.txt")}" in quotes.`,
    );
  }
  const compression = info.isFile() ? await compressionOf(file) : "none";
  // A pipe or a device, such as <(zcat …) in a shell, has no telling name.
  const format = wanted ?? (info.isFile() ? formatOf(file) : "txt");
  return { name: file, path: file, format, compression, seekable: info.isFile(), bytes: info.size };
}

function formatOf(file: string): Format {
  const name = path
    .basename(file)
    .toLowerCase()
    .replace(/\.(gz|gzip|zst|zstd)$/, "");
  const format = BY_ENDING[path.extname(name).slice(1)];
  if (format) return format;
  throw new BaxError(
    "usage",
    `${file}: its ending says nothing about the format`,
    `Add --format with one of ${FORMATS.join(", ")}; txt is fastText's format, one text a line.`,
  );
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
      const { buffer, bytesRead } = await handle.read(new Uint8Array(8), 0, 8, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(file, error);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

export function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
