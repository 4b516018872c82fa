import path from "node:path";
import { didYouMean, nearest, TEXT_ENDINGS } from "@bax/tables";
import { BaxError } from "bax";
import { type Compression, compressionOf, databaseOf, exists, fileError, statFile } from "./files.ts";
import { filesInFolder } from "./folder.ts";
import { expandGlob, isGlob } from "./glob.ts";

export const FORMATS = ["txt", "csv", "tsv", "json", "jsonl", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

/** One stream of data: a file, standard input, a table of a database, or the rows of a query. */
export interface Source {
  /** As it stands in messages. */
  readonly name: string;
  /** "-" for standard input; the text of a query. */
  readonly path: string;
  /** A file's format, or what else holds rows. */
  readonly format: Format | "duckdb" | "sqlite" | "query";
  /** Told by the first bytes, not the name; "none" for standard input, where it is told when the bytes come. */
  readonly compression: Compression;
  /** Whether it can be read twice: a file, not a pipe. */
  readonly seekable: boolean;
  /** On the disk; 0 for a pipe or a query. */
  readonly bytes: number;
  /** The table to read from a database, where the user named one. */
  readonly table?: string | undefined;
  /** The database that a query is put to; without one it reads files alone. */
  readonly database?: string | undefined;
}

/** What the flags say of where data are. */
export interface SourceFlags {
  readonly format?: string | undefined;
  readonly table?: string | undefined;
  readonly database?: string | undefined;
}

const BY_ENDING: Readonly<Record<string, Format>> = { ...TEXT_ENDINGS, parquet: "parquet", pq: "parquet" };

const DATABASE_ENDINGS = ["duckdb", "ddb", "db", "sqlite", "sqlite3"];

/**
 * The sources behind the arguments of a command, in their order; globs and folders are expanded.
 *
 * Throws BaxError "file" for what is missing or unreadable, and "usage" for a format that cannot be told and for flags that fit no source.
 */
export async function findSources(args: readonly string[], flags: SourceFlags = {}): Promise<Source[]> {
  const wanted = flags.format === undefined ? null : checkFormat(flags.format);
  const sources: Source[] = [];
  let standardInputs = 0;
  if (flags.database !== undefined) await checkDatabase(flags.database);
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
    if (isQuery(arg) && !(await exists(arg))) {
      const { database } = flags;
      sources.push({
        name: "the query",
        path: arg,
        format: "query",
        compression: "none",
        seekable: true,
        bytes: 0,
        database,
      });
      continue;
    }
    await refuseMistypedQuery(arg);
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
    for (const file of paths) sources.push(...(await inspect(file, wanted, flags.table)));
  }
  checkFlags(sources, flags);
  return sources;
}

/** Whether an argument is SQL: it begins as a query does, and no file has that name. */
function isQuery(arg: string): boolean {
  return /^\s*(?:select|with|from)\s/i.test(arg);
}

/** `selct text from …` is no file either. */
async function refuseMistypedQuery(arg: string): Promise<void> {
  const [first] = arg.trim().split(/\s/, 1);
  const near = nearest(first, ["select", "with", "from"]);
  if (near === null || !/\sfrom\s/i.test(arg) || (await exists(arg))) return;
  const message = `"${arg.length > 40 ? `${arg.slice(0, 40)}…` : arg}" is no file, and no query`;
  throw new BaxError("usage", message, `A query begins with select, with or from. Did you mean "${near}"?`);
}

async function checkDatabase(file: string): Promise<void> {
  if ((await statFile(file)).isDirectory()) throw fileError(file, { code: "EISDIR" });
  if ((await databaseOf(file)) !== null) return;
  throw new BaxError("data", `--database: ${file} is no DuckDB or SQLite database`, "Give the file of a database.");
}

/** A flag that no source could heed is a slip. */
function checkFlags(sources: readonly Source[], { table, database }: SourceFlags): void {
  if (table !== undefined && !sources.some(({ format }) => format === "duckdb" || format === "sqlite")) {
    throw new BaxError(
      "usage",
      "--table names a table, but no database is given",
      "Give the file of a database as data.",
    );
  }
  if (database !== undefined && !sources.some(({ format }) => format === "query")) {
    throw new BaxError(
      "usage",
      "--database is given, but no query",
      'Give a query as data, such as "select text, label from reviews", or the database itself with --table.',
    );
  }
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

async function inspect(file: string, wanted: Format | null, table: string | undefined): Promise<Source[]> {
  const info = await statFile(file);
  if (info.isDirectory()) {
    const sources: Source[] = [];
    for (const inside of await filesInFolder(file, wanted === null ? (name) => tellFormat(name) : () => wanted))
      sources.push(...(await inspect(inside, wanted, table)));
    return sources;
  }
  const about = { name: file, path: file, seekable: info.isFile(), bytes: info.size };
  if (wanted === null && info.isFile() && DATABASE_ENDINGS.includes(endingOf(file))) {
    const format = await databaseOf(file);
    if (format !== null) return [{ ...about, format, compression: "none", table }];
    throw new BaxError(
      "data",
      `${file}: is no DuckDB or SQLite database`,
      "Check that the file is whole; --format says what else it is.",
    );
  }
  const compression = info.isFile() ? await compressionOf(file) : "none";
  // A pipe or a device, such as <(zcat …) in a shell, has no telling name.
  const format = wanted ?? (info.isFile() ? formatOf(file) : "txt");
  return [{ ...about, format, compression }];
}

function endingOf(file: string): string {
  const name = path
    .basename(file)
    .toLowerCase()
    .replace(/\.(gz|gzip|zst|zstd)$/, "");
  return path.extname(name).slice(1);
}

/** The format that a file's ending tells, if any. */
export function tellFormat(file: string): Format | undefined {
  return BY_ENDING[endingOf(file)];
}

function formatOf(file: string): Format {
  const format = tellFormat(file);
  if (format) return format;
  throw new BaxError(
    "usage",
    `${file}: its ending says nothing about the format`,
    `Add --format with one of ${FORMATS.join(", ")}; txt is fastText's format, one text a line.`,
  );
}
