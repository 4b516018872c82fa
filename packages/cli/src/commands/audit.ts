import { didYouMean } from "@bax/tables";
import {
  AUDIT_KINDS,
  type Audit,
  type AuditKind,
  type AuditProgress,
  type AuditRow,
  audit,
  BaxError,
  type TrainingChoices,
} from "bax";
import type { Command } from "commander";
import { type Place, Places, readAuditRows } from "../input/auditRows.ts";
import type { DataFlags } from "../input/examples.ts";
import { isSameFile } from "../input/files.ts";
import { actionsByRow, type PlannedAction, readFindings } from "../input/findings.ts";
import { ReadMeter } from "../input/readMeter.ts";
import { RowErrors } from "../input/rowErrors.ts";
import { findSources, type Source } from "../input/sources.ts";
import { formatAudit } from "../output/auditSummary.ts";
import { type CleanedCopy, copyFormat, writeCleanedCopy } from "../output/cleanedCopy.ts";
import { Console } from "../output/console.ts";
import { auditAsJson, findingsFormat, writeFindings } from "../output/findingsFile.ts";
import { count, fileSize, percent } from "../output/numbers.ts";
import { checkOutputFile } from "../output/outputFile.ts";
import { checkReportFile } from "../output/report.ts";
import { auditReport } from "../output/reportAudit.ts";
import { shellLine } from "../output/shell.ts";
import { addDataFlags, addMannerFlags, dataArguments, type MannerFlags, parseCount } from "./flags.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { nameData } from "./train.ts";

interface AuditFlags extends MannerFlags, DataFlags {
  readonly test?: string;
  readonly checks?: string;
  readonly output?: string;
  readonly fix?: string;
  readonly findings?: string;
  readonly report?: string;
  readonly similarity?: string;
  readonly folds?: string;
  readonly sample?: string;
  readonly seed?: string;
  readonly threads?: string;
}

/** Milliseconds between two looks of the line that moves. */
const REDRAW = 100;

export function addAudit(program: Command): void {
  const command = program
    .command("audit")
    .description("find label errors, duplicates, leaks, conflicts and odd texts in data, and write a cleaned copy")
    .argument("<data...>", "files, folders, globs, SQL in quotes, or - for standard input")
    .option("--test <data>", "data that a model will be measured on: rows that are in them too are leaks")
    .option("--checks <list>", `look for these alone, parted by commas: ${AUDIT_KINDS.join(", ")}`)
    .option("-o, --output <file>", "write all findings there, a table to edit: .csv, .tsv, .jsonl, .json")
    .option("--fix <file>", "write a copy of the data with what is suggested done: .txt, .csv, .tsv, .jsonl, .json")
    .option("--findings <file>", "with --fix: do what this edited table of findings says, and look for nothing")
    .option("--report <file>", "write a page to look at, with the findings and an overview of the data (.html)")
    .option("--similarity <share>", "from where on texts are nearly the same, 0.5 to 1 (default: 0.8)")
    .option("--folds <number>", "of the cross-validation behind label errors (default: 5)")
    .option("--sample <number>", "rows in which label errors are looked for at most (default: 200000)")
    .option("--seed <number>", "start of all random numbers (default: 1)")
    .option("--threads <number>", "cores to use; the findings are the same with any number")
    .addHelpText("before", "Example: bax audit train.txt --test test.txt -o findings.csv\n");
  addMannerFlags(addDataFlags(command, true), "print one JSON document");
  command.action((data: string[], flags: AuditFlags) => run(data, flags));
}

async function run(data: readonly string[], flags: AuditFlags): Promise<void> {
  const console = new Console(flags);
  if (flags.output !== undefined) findingsFormat("-o", flags.output);
  if (flags.fix !== undefined) copyFormat(flags.fix);
  checkTogether(flags);
  const settings = settingsOf(flags);
  const sources = await findSources(data, flags);
  const test = flags.test === undefined ? undefined : await findSources([flags.test]);
  const read = [...sources, ...(test ?? [])];
  await checkOutputs(flags, read);
  if (flags.report !== undefined) {
    const others = [flags.output, flags.fix].filter((one) => one !== undefined);
    await checkReportFile("--report", flags.report, [...read.map(({ path: file }) => file), ...others]);
  }
  const job: Job = { console, data, flags, sources, note: (text) => console.note(text) };
  if (flags.findings !== undefined) await applyFindings(job, await readFindings(flags.findings));
  else await search(job, test, settings);
}

interface Job {
  readonly console: Console;
  readonly data: readonly string[];
  readonly flags: AuditFlags;
  readonly sources: readonly Source[];
  readonly note: (text: string) => void;
}

/** Audits, prints, and writes what was asked for. */
async function search(
  { console, data, flags, sources, note }: Job,
  test: readonly Source[] | undefined,
  settings: Settings,
): Promise<void> {
  const errors = new RowErrors(flags.onError);
  const [places, testPlaces] = [new Places(), new Places()];
  const meter = new ReadMeter(sources);
  // A stopped audit leaves nothing behind.
  const stop = stopOnInterrupt();
  const report = flags.report === undefined ? undefined : await auditReport(flags.report, data);
  let found: Audit;
  try {
    const rows = readAuditRows(sources, flags, places, errors, note, meter);
    found = await audit(report ? report.watch(rows) : rows, {
      ...settings,
      test: test && readAuditRows(test, flags, testPlaces, errors, note),
      onProgress: progressOf(console, meter),
      signal: stop.signal,
    });
  } catch (error) {
    throw nameData(error, sources);
  } finally {
    console.endProgress();
    stop.release();
    errors.finish(note);
  }
  const placeOf = ({ row, inTest }: AuditRow): Place => (inTest ? testPlaces : places).of(row);
  const written =
    flags.output === undefined ? null : { path: flags.output, bytes: writeFindings(flags.output, found, placeOf) };
  const planned = flags.fix === undefined ? [] : suggested(found, placeOf);
  const fixed =
    flags.fix === undefined
      ? null
      : await writeCleanedCopy({ sources, flags, output: flags.fix, actions: actionsByRow(planned, places), note });
  await report?.write(found, placeOf, console);
  if (console.json) {
    for (const piece of auditAsJson(found, placeOf, { output: written, fixed })) await console.write(piece);
    return;
  }
  await console.write(formatAudit(found, placeOf));
  const lines: string[] = [""];
  if (written) lines.push(`written   ${written.path} (${fileSize(written.bytes)}): all findings, to edit`);
  if (fixed) lines.push(copyLine(fixed));
  lines.push(...nextSteps(data, flags, found));
  if (lines.length > 1) await console.write(`${lines.join("\n")}\n`);
}

/** Does what an edited table of findings says. */
async function applyFindings({ console, flags, sources, note }: Job, planned: readonly PlannedAction[]): Promise<void> {
  const places = new Places();
  const errors = new RowErrors(flags.onError);
  try {
    // Read for the places alone: which row is which.
    for await (const _ of readAuditRows(sources, flags, places, errors, () => {}));
  } finally {
    errors.finish(note);
  }
  const actions = actionsByRow(planned, places);
  const fixed = await writeCleanedCopy({ sources, flags, output: flags.fix ?? "", actions, note });
  if (console.json) await console.writeJson({ fixed });
  else await console.write(`${copyLine(fixed)}\n`);
}

function suggested({ findings }: Audit, placeOf: (row: AuditRow) => Place): PlannedAction[] {
  return findings.flatMap(({ row, rank, suggestion, text }) =>
    row === null || suggestion === null
      ? []
      : [{ place: placeOf({ row, inTest: false }), does: suggestion, text: text ?? "", from: `finding ${rank}` }],
  );
}

function copyLine({ path, bytes, rows, relabelled, removed }: CleanedCopy): string {
  return `cleaned   ${path} (${fileSize(bytes)}): ${count(rows, "row")}, ${relabelled.toLocaleString("en-GB")} with another label; ${count(removed, "row")} left out`;
}

function nextSteps(data: readonly string[], flags: AuditFlags, found: Audit): string[] {
  if (found.findings.length === 0) return [];
  const given = [...data, ...dataArguments({ ...flags })];
  if (flags.output === undefined && flags.fix === undefined) {
    const test = flags.test === undefined ? [] : ["--test", flags.test];
    return [`next      ${shellLine(["bax", "audit", ...given, ...test, "-o", "findings.csv"])}`];
  }
  if (flags.output === undefined) return [];
  const fix = `cleaned.${sourceEnding(data)}`;
  return [
    `next      edit the columns action (relabel, remove, keep) and suggested_label, then`,
    `          ${shellLine(["bax", "audit", ...given, "--findings", flags.output, "--fix", fix])}`,
  ];
}

function sourceEnding(data: readonly string[]): string {
  return /\.(csv|tsv|jsonl|json)$/i.exec(data[0] ?? "")?.[1].toLowerCase() ?? "txt";
}

interface Settings {
  readonly checks: readonly AuditKind[] | undefined;
  readonly similarity: number | undefined;
  readonly folds: number | undefined;
  readonly sample: number | undefined;
  readonly training: TrainingChoices;
}

function settingsOf({ checks, test, similarity, folds, sample, seed, threads }: AuditFlags): Settings {
  const number = (flag: string, value: string | undefined, least: number): number | undefined =>
    value === undefined ? undefined : parseCount(flag, value, least);
  const training: { seed?: number; threads?: number } = {};
  if (seed !== undefined) training.seed = parseCount("--seed", seed, 0);
  if (threads !== undefined) training.threads = parseCount("--threads", threads, 1);
  return {
    checks: checks === undefined ? undefined : parseChecks(checks, test !== undefined),
    similarity: similarity === undefined ? undefined : parseSimilarity(similarity),
    folds: number("--folds", folds, 2),
    sample: number("--sample", sample, 2),
    training,
  };
}

function parseSimilarity(value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && number >= 0.5 && number <= 1) return number;
  throw new BaxError("usage", `--similarity: got "${value}", expected a number from 0.5 to 1`, "Try --similarity 0.8.");
}

/** Kinds from a list; also in the plural: duplicates, label-errors. */
function parseChecks(list: string, hasTest: boolean): AuditKind[] {
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  return names.map((name) => {
    const kind = AUDIT_KINDS.find((known) => known === name || `${known}s` === name);
    if (kind === "leak" && !hasTest) {
      throw new BaxError("usage", "--checks leak: there are no test data to leak into", "Add --test test.txt.");
    }
    if (kind) return kind;
    throw new BaxError(
      "usage",
      `--checks: unknown check "${name}"`,
      `${didYouMean(name, AUDIT_KINDS)} Use some of ${AUDIT_KINDS.join(", ")}, parted by commas.`.trimStart(),
    );
  });
}

function checkTogether({ findings, fix, output, test, checks, report }: AuditFlags): void {
  if (findings === undefined) return;
  if (fix === undefined) {
    throw new BaxError(
      "usage",
      "--findings needs --fix, the file to write the cleaned copy to",
      "Add --fix cleaned.csv.",
    );
  }
  const refused = [
    ["-o", output] as const,
    ["--test", test] as const,
    ["--checks", checks] as const,
    ["--report", report] as const,
  ];
  const found = refused.find(([, value]) => value !== undefined);
  if (found) {
    throw new BaxError(
      "usage",
      `--findings looks for nothing: ${found[0]} does not go with it`,
      "Leave one of the two out.",
    );
  }
}

/** Whatever is written may be none of the files that are read, nor the same twice; what is read twice must be a file. */
async function checkOutputs(flags: AuditFlags, sources: readonly Source[]): Promise<void> {
  const { output, fix, findings } = flags;
  const inputs = sources.filter(({ seekable, format }) => seekable && format !== "query").map(({ path }) => path);
  for (const [flag, file] of [["-o", output] as const, ["--fix", fix] as const]) {
    if (file === undefined) continue;
    await checkOutputFile(file);
    const input = [...inputs, ...(findings === undefined ? [] : [findings])].find((one) => isSameFile(file, one));
    if (input === undefined) continue;
    throw new BaxError(
      "usage",
      `${flag}: ${file} is one of the files to read`,
      "Write to another file: data are never changed in place.",
    );
  }
  if (output !== undefined && fix !== undefined && isSameFile(output, fix)) {
    throw new BaxError("usage", `-o and --fix: both are ${fix}`, "Give two files.");
  }
  const stream = fix === undefined ? undefined : sources.find(({ seekable }) => !seekable);
  if (stream) {
    throw new BaxError(
      "usage",
      `${stream.name}: cannot be read twice, as --fix must`,
      "Write the data to a file first.",
    );
  }
}

const STAGES: Readonly<Record<AuditProgress["stage"], string>> = {
  read: "reading",
  compare: "comparing texts",
  learn: "learning for label errors",
  look: "looking at texts",
};

/** A line that moves on a terminal, elsewhere a plain one when a stage begins. */
function progressOf(console: Console, meter: ReadMeter): (progress: AuditProgress) => void {
  let drawn = 0;
  return ({ stage, fraction, rows }) => {
    const name = STAGES[stage];
    if (!console.live) {
      if (stage !== "read") console.note(`${name}: ${count(rows, "row")}`);
      return;
    }
    const now = performance.now();
    if (now - drawn < REDRAW) return;
    drawn = now;
    const share = stage === "read" ? meter.fraction : fraction;
    console.progress(`${name}${share > 0 ? ` ${percent(share, 0)}` : ""}  ${count(rows, "row")}`);
  };
}
