import path from "node:path";
import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import { countLines } from "../input/auditRows.ts";
import type { DataFlags } from "../input/examples.ts";
import type { PlannedAction } from "../input/findings.ts";
import { readLineBlocks } from "../input/lines.ts";
import { RowErrors } from "../input/rowErrors.ts";
import type { Source } from "../input/sources.ts";
import { openTable, readTable } from "../input/tables.ts";
import { AtomicFile } from "./atomicFile.ts";
import { labelCell, quoteCell } from "./findingsFile.ts";

const FORMATS = ["txt", "csv", "tsv", "jsonl", "ndjson", "json"] as const;
type CopyFormat = (typeof FORMATS)[number];

/** What was done. */
export interface CleanedCopy {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly relabelled: number;
  readonly removed: number;
}

/** The format that the name of a cleaned copy asks for. Throws BaxError "usage", with the nearest ending, for another. */
export function copyFormat(file: string): CopyFormat {
  const ending = path.extname(file).slice(1).toLowerCase();
  const found = FORMATS.find((format) => format === ending);
  if (found) return found;
  throw new BaxError(
    "usage",
    `--fix: ${file} ends in none of .${FORMATS.join(", .")}`,
    `The ending chooses the format.${didYouMean(ending, FORMATS)}`,
  );
}

/** All that a copy needs. */
export interface CopyJob {
  readonly sources: readonly Source[];
  readonly flags: DataFlags;
  readonly output: string;
  /** By the numbers of rows, as the audit counted them. */
  readonly actions: ReadonlyMap<number, PlannedAction>;
  note(text: string): void;
}

/** Columns of tables that keep them: the names, and which of them is the label. */
interface Layout {
  readonly names: readonly string[];
  /** (sources) the label's column. */
  readonly labels: readonly string[];
}

/**
 * Writes the data once more without the rows that are to be removed and with the new labels. Lines of text stay as they are, byte for
 * byte; tables keep all columns where all sources are tables with the same ones. Throws BaxError "data" where a row is not what it was.
 */
export async function writeCleanedCopy(job: CopyJob): Promise<CleanedCopy> {
  const format = copyFormat(job.output);
  const layout = format === "txt" ? null : await layoutOf(job);
  const out = new AtomicFile(job.output);
  const writer = new RowWriter(out, format, layout?.names ?? ["text", "label"], job.flags.labelSeparator);
  let first = 0;
  let [relabelled, removed] = [0, 0];
  const planned = (row: number, text: () => string): PlannedAction["does"] | undefined => {
    const action = job.actions.get(first + row);
    if (!action) return undefined;
    refuseOther(action, text());
    if (action.does.action === "remove") removed++;
    else relabelled++;
    return action.does;
  };
  try {
    writer.begin();
    for (const [n, source] of job.sources.entries()) {
      first +=
        source.format === "txt"
          ? await copyLines(source, job, writer, planned)
          : await copyTable(source, job, writer, layout?.labels[n] ?? null, planned);
    }
    writer.end();
    out.commit();
  } catch (error) {
    out.discard();
    throw error;
  }
  return { path: job.output, bytes: out.bytes, rows: writer.rows, relabelled, removed };
}

type Planned = (row: number, text: () => string) => PlannedAction["does"] | undefined;

/** The columns where all sources are tables that have the same; null, with a note, where text and label are all that can be kept. */
async function layoutOf({ sources, flags, output, note }: CopyJob): Promise<Layout | null> {
  const tables = sources.filter(({ format }) => format !== "txt");
  if (tables.length === 0) return null;
  const labels: string[] = [];
  let names: readonly string[] | null = null;
  for (const source of tables) {
    const opened = await openTable(source, { ...flags, needLabel: true }, new RowErrors("skip"), () => {});
    const label = opened.columns.label ?? "";
    const own = opened.relation.names;
    const fits = own.includes(label) && (names === null || JSON.stringify(own) === JSON.stringify(names));
    if (!fits || tables.length < sources.length) {
      note(
        `${output}: keeps the text and the label alone, since the data have no columns in common with the label in one`,
      );
      return null;
    }
    names = own;
    labels.push(label);
  }
  return { names: names ?? [], labels };
}

/** A row that is not the one that was audited: the data changed, or the table of findings was sorted in part. */
function refuseOther({ text, place, from }: PlannedAction, found: string): void {
  const plain = (shown: string): string => shown.replace(/…$/, "").replace(/\s+/g, " ").trim().slice(0, 60);
  const [expected, there] = [plain(text), plain(found)];
  if (expected === "" || there.startsWith(expected)) return;
  throw new BaxError(
    "data",
    `${from}: ${place.file}:${place.row} begins "${there.slice(0, 30)}", not "${expected.slice(0, 30)}"`,
    "Give the data that were audited, unchanged; in the findings keep file, row and text together.",
  );
}

const NEWLINE = 10;

async function copyLines(source: Source, job: CopyJob, writer: RowWriter, planned: Planned): Promise<number> {
  let row = 0;
  for await (const { lines } of readLineBlocks(source, job.note)) {
    const count = countLines(lines);
    let begin = 0;
    for (let n = 0; n < count; n++) {
      const newline = lines.indexOf(NEWLINE, begin);
      const end = newline < 0 ? lines.length : newline;
      const line = lines.subarray(begin, end);
      const does = planned(row, () => partLine(line).text.toString());
      if (does?.action === "relabel") writer.parts(partLine(line).text, does.labels);
      else if (does === undefined) writer.line(line);
      row++;
      begin = end + 1;
    }
  }
  return row;
}

/** A line's labels and its text, as bytes that need not be UTF-8: what stands between fastText's separators and begins `__label__`. */
function partLine(line: Uint8Array): { labels: string[]; text: Buffer } {
  const labels: string[] = [];
  // Latin-1 keeps every byte; the separators are spelt out, since \s would take bytes of UTF-8 for spaces.
  const text = Buffer.from(line)
    .toString("latin1")
    .replace(/\r$/, "")
    .replace(/(^|[ \t\v\f\r\0])__label__([^ \t\v\f\r\0]*)/g, (_, before: string, label: string) => {
      labels.push(Buffer.from(label, "latin1").toString());
      return before;
    });
  return { labels, text: Buffer.from(text.replace(/^[ \t\v\f\r\0]+/, ""), "latin1") };
}

async function copyTable(
  source: Source,
  { flags, note }: CopyJob,
  writer: RowWriter,
  labelColumn: string | null,
  planned: Planned,
): Promise<number> {
  let row = 0;
  const options = { ...flags, needLabel: true, keep: true };
  // What is wrong with rows was told, and reported, when they were audited.
  const errors = new RowErrors(flags.onError === undefined || flags.onError === "stop" ? undefined : "skip");
  for await (const { texts, labels, rows } of readTable(source, options, errors, note)) {
    for (const [n, text] of texts.entries()) {
      // A row that could not be used was not audited either.
      if (text === null) continue;
      const does = planned(row++, () => text);
      if (does?.action === "remove") continue;
      const own = labels[n];
      const names = does?.labels ?? (Array.isArray(own) ? (own as readonly string[]) : Object.keys(own));
      if (labelColumn === null) writer.parts(Buffer.from(text), names);
      else writer.row(rows[n], labelColumn, does?.labels);
    }
  }
  return row;
}

/** Writes rows in the format of the copy. */
class RowWriter {
  readonly #out: AtomicFile;
  readonly #format: CopyFormat;
  readonly #names: readonly string[];
  readonly #separator: string | undefined;
  rows = 0;

  constructor(out: AtomicFile, format: CopyFormat, names: readonly string[], separator: string | undefined) {
    this.#out = out;
    this.#format = format;
    this.#names = names;
    this.#separator = separator;
  }

  begin(): void {
    if (this.#format === "csv" || this.#format === "tsv") this.#cells(this.#names);
    else if (this.#format === "json") this.#out.write("[");
  }

  end(): void {
    if (this.#format === "json") this.#out.write("\n]\n");
  }

  /** A line of text as it stands. */
  line(line: Uint8Array): void {
    if (this.#format !== "txt") {
      const { labels, text } = partLine(line);
      // A blank line is no row of a table.
      if (labels.length > 0 || text.length > 0) this.parts(text, labels);
      return;
    }
    this.rows++;
    this.#out.write(line);
    this.#out.write("\n");
  }

  /** A text with its labels. */
  parts(text: Buffer, labels: readonly string[]): void {
    if (this.#format !== "txt") {
      this.#record({ text: text.toString(), label: labels.length === 1 ? labels[0] : labels });
      return;
    }
    this.rows++;
    // A label ends at white space, and a text at the end of its line.
    const heads = labels.map((label) => `__label__${label.trim().replace(/\s+/g, "-")} `).join("");
    const flat =
      text.includes(NEWLINE) || text.includes(13) ? Buffer.from(text.toString().replace(/[\r\n]+/g, " ")) : text;
    this.#out.write(heads);
    this.#out.write(flat);
    this.#out.write("\n");
  }

  /** A row of a table as JSON, with other labels where they are given. */
  row(json: string, labelColumn: string, labels: readonly string[] | undefined): void {
    // As it stands: numbers that JavaScript would round keep all their digits.
    if (labels === undefined && this.#format !== "csv" && this.#format !== "tsv") {
      this.#json(json);
      return;
    }
    const record = JSON.parse(json) as Record<string, unknown>;
    if (labels !== undefined) record[labelColumn] = this.#relabelled(record[labelColumn], labels);
    this.#record(record);
  }

  /** Labels in the dress of those that they replace: a list, shares, a text that is parted, or one label. */
  #relabelled(before: unknown, labels: readonly string[]): unknown {
    if (Array.isArray(before)) return labels;
    if (typeof before === "object" && before !== null) {
      return Object.fromEntries(labels.map((label) => [label, 1 / labels.length]));
    }
    if (typeof before === "number" && labels.length === 1 && String(Number(labels[0])) === labels[0])
      return Number(labels[0]);
    if (typeof before === "string" && /^\s*\[/.test(before)) return JSON.stringify(labels);
    if (this.#separator !== undefined) return labels.join(this.#separator);
    return labelCell(labels);
  }

  #record(record: Readonly<Record<string, unknown>>): void {
    if (this.#format === "csv" || this.#format === "tsv") {
      this.rows++;
      this.#cells(this.#names.map((name) => cellOf(record[name])));
    } else this.#json(JSON.stringify(record));
  }

  #json(json: string): void {
    if (this.#format === "json") this.#out.write(`${this.rows === 0 ? "" : ","}\n${json}`);
    else this.#out.write(`${json}\n`);
    this.rows++;
  }

  #cells(cells: readonly string[]): void {
    const delimiter = this.#format === "tsv" ? "\t" : ",";
    this.#out.write(`${cells.map((cell) => quoteCell(cell, delimiter)).join(delimiter)}\n`);
  }
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return labelCell(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
