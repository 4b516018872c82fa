import { bytesOf, type OnProgress } from "./bytes.ts";
import type { BrokenRows, DataSource } from "./dataSource.ts";
import { readDelimited } from "./delimitedTable.ts";
import { isUtf16, refuseForeign } from "./foreign.ts";
import { tellFormat } from "./format.ts";
import { readJson } from "./jsonTable.ts";
import { readLines } from "./linesTable.ts";
import { textsOf, utf8Of, wholeCharacters, wholeLines } from "./pieces.ts";
import type { Table } from "./table.ts";

/** Bytes that the format is told from. */
const LOOKED_AT = 1 << 16;

/**
 * Reads a source into a table, a piece at a time: CSV, TSV, JSON, JSON lines, or lines with `__label__`, plain or packed with gzip; the name's
 * ending tells which, or else the content.
 *
 * `onProgress` is told the part that was read, from 0 to 1. `brokenRows`: what becomes of rows that are none. Throws BaxError: "data" for what
 * is no such table (with what it seems to be) and for broken rows (with the row), "limit" above 2 GB of text or 5 million rows, "file" for what
 * the browser cannot read, "aborted".
 */
export async function openTable(
  source: DataSource,
  onProgress?: OnProgress,
  signal?: AbortSignal,
  brokenRows: BrokenRows = "refuse",
): Promise<Table> {
  const { name } = source;
  const notes: string[] = [];
  const raw = withFirst(bytesOf(source, onProgress, signal), (first) => {
    refuseForeign(name, first);
    if (isUtf16(first)) notes.push("The text is UTF-16; the command wants it saved as UTF-8.");
  });
  let told: ReturnType<typeof tellFormat> | null = null;
  const bytes = withFirst(utf8Of(name, raw), (first) => {
    told = tellFormat(name, new TextDecoder().decode(first.subarray(0, LOOKED_AT)));
  });
  const first = await bytes.next();
  const rest = resumed(first, bytes);
  // Bytes that are nothing but a mark are a blank text.
  const { format, isGuessed, note } = told ?? tellFormat(name, "");
  if (note !== null) notes.push(note);
  switch (format) {
    case "csv":
    case "tsv":
      return readDelimited(name, format, isGuessed, textsOf(name, wholeCharacters(name, rest)), brokenRows, notes);
    case "json":
      return readJson(name, format, isGuessed, textsOf(name, wholeCharacters(name, rest)), brokenRows, notes);
    case "jsonl":
      return readJson(name, format, isGuessed, textsOf(name, wholeLines(name, rest)), brokenRows, notes);
    case "txt":
      return readLines(name, isGuessed, wholeLines(name, rest), brokenRows, notes);
  }
}

/** The same, but the first is shown to `look` before it is passed on. */
async function* withFirst<T>(items: AsyncIterable<T>, look: (first: T) => void): AsyncGenerator<T> {
  let isFirst = true;
  for await (const item of items) {
    if (isFirst) look(item);
    isFirst = false;
    yield item;
  }
}

/** An iteration that somebody has begun. */
async function* resumed<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (first.done) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
