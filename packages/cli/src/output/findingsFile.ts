import path from "node:path";
import { didYouMean } from "@bax/tables";
import { type Audit, type AuditFinding, type AuditRow, BaxError } from "bax";
import type { Place } from "../input/auditRows.ts";
import { guardCell } from "../input/findings.ts";
import { AtomicFile } from "./atomicFile.ts";

/** Where a row stands, of the data or of the test data. */
export type PlaceOf = (row: AuditRow) => Place;

const FORMATS = ["csv", "tsv", "jsonl", "json"] as const;
type FindingsFormat = (typeof FORMATS)[number];

/** The columns of a table of findings. */
const COLUMNS = [
  "rank",
  "kind",
  "score",
  "file",
  "row",
  "action",
  "suggested_label",
  "label",
  "reason",
  "text",
  "other_rows",
] as const;

/** The format that the name of a file of findings asks for. Throws BaxError "usage", with the nearest ending, for another. */
export function findingsFormat(flag: string, file: string): FindingsFormat {
  const ending = path.extname(file).slice(1).toLowerCase();
  const found = FORMATS.find((format) => format === ending);
  if (found) return found;
  throw new BaxError(
    "usage",
    `${flag}: ${file} ends in none of .${FORMATS.join(", .")}`,
    `The ending chooses the format.${didYouMean(ending, FORMATS)}`,
  );
}

/** Labels in one cell: a single one as it is, several as a JSON array. */
export function labelCell(labels: readonly string[]): string {
  return labels.length === 1 ? labels[0] : labels.length === 0 ? "" : JSON.stringify(labels);
}

/** A finding as a row of the table. */
function rowOf(finding: AuditFinding, placeOf: PlaceOf): Record<(typeof COLUMNS)[number], string | number> {
  const { rank, kind, score, row, suggestion, labels, reason, text, others } = finding;
  const place = row === null ? null : placeOf({ row, inTest: false });
  return {
    rank,
    kind,
    score: Number(score.toFixed(4)),
    file: place?.file ?? "",
    row: place?.row ?? "",
    action: suggestion?.action ?? "",
    suggested_label: suggestion?.action === "relabel" ? labelCell(suggestion.labels) : "",
    label: labelCell(labels),
    reason,
    text: text ?? "",
    other_rows: others
      .map((other) => placeOf(other))
      .map(({ file, row }) => `${file}:${row}`)
      .join(" "),
  };
}

/** A cell of CSV or TSV (RFC 4180): in quotes where it holds the delimiter, a quote or a line break. */
export function quoteCell(text: string, delimiter: string): string {
  return text.includes('"') || text.includes("\n") || text.includes("\r") || text.includes(delimiter)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/** Writes a table of findings, whole or not at all; returns its bytes. */
export function writeFindings(file: string, { findings }: Audit, placeOf: PlaceOf): number {
  const format = findingsFormat("-o", file);
  const out = new AtomicFile(file);
  try {
    const delimiter = format === "tsv" ? "\t" : ",";
    if (format === "json") out.write("[");
    else if (format !== "jsonl") out.write(`${COLUMNS.join(delimiter)}\n`);
    for (const [n, finding] of findings.entries()) {
      const row = rowOf(finding, placeOf);
      if (format === "json") out.write(`${n === 0 ? "" : ","}\n${JSON.stringify(row)}`);
      else if (format === "jsonl") out.write(`${JSON.stringify(row)}\n`);
      else {
        const cells = COLUMNS.map((column) => quoteCell(guardCell(String(row[column])), delimiter));
        out.write(`${cells.join(delimiter)}\n`);
      }
    }
    if (format === "json") out.write("\n]\n");
    out.commit();
    return out.bytes;
  } catch (error) {
    out.discard();
    throw error;
  }
}

/** The audit as one JSON document, in pieces: that of a million findings is longer than a string may be. Rows have their places. */
export function* auditAsJson(
  audit: Audit,
  placeOf: PlaceOf,
  more: Readonly<Record<string, unknown>>,
): Generator<string> {
  const { findings, ...rest } = audit;
  yield `${JSON.stringify({ ...rest, ...more }).slice(0, -1)},"findings":[`;
  for (const [n, finding] of findings.entries()) {
    const place = finding.row === null ? null : placeOf({ row: finding.row, inTest: false });
    const others = finding.others.map((other) => ({ ...other, place: placeOf(other) }));
    yield `${n === 0 ? "" : ","}${JSON.stringify({ ...finding, place, others })}`;
  }
  yield "]}\n";
}
