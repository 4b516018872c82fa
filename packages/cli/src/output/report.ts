// What the reports of all commands have in common: the file, and what is in every one of them.
import { stat } from "node:fs/promises";
import path from "node:path";
import type { ReportData } from "@bax/report";
import { BaxError } from "bax";
import { writeFile } from "bax/node";
import { isSameFile } from "../input/files.ts";
import { VERSION } from "../version.ts";
import type { Console } from "./console.ts";
import { fileSize } from "./numbers.ts";
import { checkOutputFile } from "./outputFile.ts";
import { shellLine } from "./shell.ts";

/** What a command says of its report; the rest is empty. */
export type ReportParts = Pick<ReportData, "kind" | "title" | "labels"> & Partial<ReportData>;

/** Refuses a path that no report can be written to, before any time is spent. `inputs`: files that are read. Throws BaxError. */
export async function checkReportFile(flag: string, file: string, inputs: readonly string[]): Promise<void> {
  if (!/\.html?$/i.test(file)) {
    throw new BaxError("usage", `${flag}: ${file} does not end in .html`, `Try ${flag} report.html.`);
  }
  const existing = await stat(file).catch(() => null);
  if (existing?.isDirectory()) {
    throw new BaxError(
      "file",
      `${file}: is a folder, expected a file`,
      `Try ${flag} ${path.join(file, "report.html")}.`,
    );
  }
  await checkOutputFile(file);
  const same = inputs.find((input) => isSameFile(input, file));
  if (same === undefined) return;
  throw new BaxError("usage", `${flag}: ${file} is one of the other files of the command`, "Write to another file.");
}

/** The command as it was given. */
export function givenCommand(): string {
  return shellLine(["bax", ...process.argv.slice(2)]);
}

/** Writes a report, whole or not at all, and tells where it is. */
export async function writeReport(file: string, parts: ReportParts, console: Console): Promise<void> {
  const { renderReport } = await import("@bax/report");
  const data: ReportData = {
    date: new Date().toISOString().slice(0, 16).replace("T", " ").concat(" UTC"),
    version: VERSION,
    data: null,
    measured: null,
    notMeasured: null,
    curve: [],
    model: null,
    findings: null,
    explanations: [],
    reproduce: null,
    notes: [],
    ...parts,
  };
  const bytes = await writeFile(file, [new TextEncoder().encode(renderReport(data))]);
  console.note(`report    ${file} (${fileSize(bytes)}): open it in a browser; it holds texts of the data`);
}
