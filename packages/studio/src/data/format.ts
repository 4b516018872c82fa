import { detectDialect, TEXT_ENDINGS } from "@bax/tables";
import { BaxError } from "bax";
import type { TableFormat } from "./dataSource.ts";
import { sampleLines } from "./delimitedTable.ts";

const NAMES: Readonly<Record<TableFormat, string>> = {
  csv: "CSV",
  tsv: "TSV (columns parted by tabs)",
  json: "JSON",
  jsonl: "JSON lines",
  txt: "lines with __label__",
};

/** Which part of the lines must look alike. */
const MOST = 0.9;

/** The format that a name's ending tells, if any; an ending for packed data is passed over. */
export function formatByName(name: string): TableFormat | null {
  const ending = /\.([^./\\]+)$/.exec(name.toLowerCase().replace(/\.(gz|gzip)$/, ""))?.[1];
  return (ending !== undefined && TEXT_ENDINGS[ending]) || null;
}

/**
 * The format of a source by its name and the beginning of its text, and whether it was told from the text. Throws BaxError "data" where the
 * text contradicts the name, and where neither tells.
 */
export function tellFormat(
  name: string,
  start: string,
): { format: TableFormat; isGuessed: boolean; note: string | null } {
  const lines = sampleLines(start, false).filter((line) => line.trim() !== "");
  if (lines.length === 0) lines.push(...start.split("\n", 1));
  const named = formatByName(name);
  if (named !== null && start.trim() === "") return { format: named, isGuessed: false, note: null };
  if (named !== null && named !== "txt") {
    refuseContradiction(name, named, start, lines);
    return { format: named, isGuessed: false, note: null };
  }
  if (named === "txt" && lines.some(hasLabel)) return { format: "txt", isGuessed: false, note: null };
  const guessed = guess(start, lines);
  if (guessed === null) throw cannotTell(name, named);
  if (guessed === named) return { format: guessed, isGuessed: false, note: null };
  return { format: guessed, isGuessed: true, note: `By its content it was read as ${NAMES[guessed]}.` };
}

function guess(start: string, lines: readonly string[]): TableFormat | null {
  const json = jsonKind(start, lines);
  if (json !== null) return json;
  if (2 * lines.filter(hasLabel).length > lines.length) return "txt";
  if (isTable(lines, "tsv")) return "tsv";
  return isTable(lines, "csv") ? "csv" : null;
}

function hasLabel(line: string): boolean {
  return /(?:^|\s)__label__/.test(line);
}

/** Whether text is JSON, and of which kind. */
function jsonKind(start: string, lines: readonly string[]): "json" | "jsonl" | null {
  if (!/^\s*(?:\[\s*[[{]|\{\s*["}])/.test(start)) return null;
  if (lines.length > 1 && lines[0].trimStart().startsWith("{") && isJson(lines[0])) return "jsonl";
  // The rest of one long line may lie beyond.
  return /^\s*(?:\[\s*\{\s*"|\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*\[)/.test(start) ? "json" : null;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Whether most records have as many cells as the first, two at least. */
function isTable(lines: readonly string[], format: "csv" | "tsv"): boolean {
  const dialect = detectDialect(lines, format, ["text", "label"]);
  const width = dialect.names.length;
  if (width < 2) return false;
  const { rows } = dialect;
  return rows.filter((row) => row.length === width).length >= MOST * rows.length;
}

function refuseContradiction(name: string, named: TableFormat, start: string, lines: readonly string[]): void {
  const ending = /\.[^.]*?(?:\.(?:gz|gzip))?$/i.exec(name)?.[0] ?? "";
  const contradicts = (what: string, rename: string): BaxError =>
    new BaxError("data", `${name}: it ends in ${ending}, but holds ${what}`, `Name it ${rename}, and give it again.`);
  const json = jsonKind(start, lines);
  if (named === "csv" || named === "tsv") {
    if (json === "jsonl" || (json === "json" && isCertain(start, lines))) {
      throw contradicts(NAMES[json], json === "json" ? "….json" : "….jsonl");
    }
    const labelled = lines.filter((line) => line.startsWith("__label__")).length;
    if (lines.length > 0 && labelled >= MOST * lines.length) throw contradicts(NAMES.txt, "….txt");
    return;
  }
  if (named === "jsonl" && json === "json" && lines.length > 1 && !isJson(lines[0])) {
    throw contradicts("JSON that is not one object a line", "….json");
  }
  if (json !== null || /^\s*(?:["\d[{-]|true|false|null)/.test(start)) return;
  const guessed = guess(start, lines);
  if (guessed === null) throw contradicts("no JSON", "as what it is");
  throw contradicts(NAMES[guessed], `….${guessed}`);
}

/** A first line that is JSON as a whole, or a list that begins as only JSON does: a cell of CSV may begin so, too. */
function isCertain(start: string, lines: readonly string[]): boolean {
  return isJson(lines[0]) || /^\s*\[\s*\{\s*"/.test(start);
}

function cannotTell(name: string, named: TableFormat | null): BaxError {
  return new BaxError(
    "data",
    named === "txt"
      ? `${name}: no line has a label such as __label__spam, and the lines are no table`
      : `${name}: cannot tell how its rows are written`,
    "Give a row for each text, with its label behind a comma or a tab; or copy both columns from a spreadsheet.",
  );
}
