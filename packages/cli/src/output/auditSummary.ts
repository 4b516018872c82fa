import { AUDIT_KINDS, type Audit, type AuditFinding, type AuditKind } from "bax";
import type { PlaceOf } from "./findingsFile.ts";
import { count, duration, percent } from "./numbers.ts";

/** Findings of each kind that are shown. */
const SHOWN = 3;
const TEXT_WIDTH = 76;

/** What a kind is called: one, and several. */
export const KIND_NAMES: Readonly<Record<AuditKind, readonly [one: string, several: string]>> = {
  leak: ["leak into the test data", "leaks into the test data"],
  conflict: ["conflict", "conflicts"],
  "label-error": ["label error", "label errors"],
  encoding: ["broken encoding", "broken encodings"],
  language: ["other language", "other languages"],
  empty: ["empty text", "empty texts"],
  "inseparable-labels": ["pair of inseparable labels", "pairs of inseparable labels"],
  outlier: ["outlier", "outliers"],
  duplicate: ["duplicate", "duplicates"],
  "near-duplicate": ["near-duplicate", "near-duplicates"],
  long: ["over-long text", "over-long texts"],
};

/** What is suggested for all findings of a kind: "relabel 12, remove 3, look at 9". */
function suggestions(findings: readonly AuditFinding[]): string {
  const relabel = findings.filter(({ suggestion }) => suggestion?.action === "relabel").length;
  const remove = findings.filter(({ suggestion }) => suggestion?.action === "remove").length;
  const look = findings.length - relabel - remove;
  return [
    relabel > 0 ? `relabel ${relabel.toLocaleString("en-GB")}` : "",
    remove > 0 ? `remove ${remove.toLocaleString("en-GB")}` : "",
    look > 0 ? `look at ${look.toLocaleString("en-GB")}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** A text on one line of the terminal, without control characters. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  const points = Array.from(flat);
  return points.length > TEXT_WIDTH ? `${points.slice(0, TEXT_WIDTH - 1).join("")}…` : flat;
}

function describe(finding: AuditFinding, placeOf: PlaceOf): string {
  const { row, score, reason, text, others, otherCount, suggestion } = finding;
  const where = row === null ? "" : placed(placeOf, { row, inTest: false });
  const does =
    suggestion === null
      ? ""
      : suggestion.action === "remove"
        ? "  → remove"
        : `  → ${suggestion.labels.map((label) => `"${label}"`).join(" and ")}`;
  const more = otherCount > 1 ? ` and ${otherCount - 1} more` : "";
  const beside = others.length === 0 ? "" : ` (${placed(placeOf, others[0])}${more})`;
  const lines = row === null ? [] : [`  ${score.toFixed(2)}  ${where}  ${oneLine(text ?? "")}`];
  const head = row === null ? `  ${score.toFixed(2)}  ` : "        ";
  return `${[...lines, `${head}${oneReason(reason)}${beside}${does}`].join("\n")}\n`;
}

/** Reasons quote labels, which are data. */
function oneReason(reason: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return reason.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

function placed(placeOf: PlaceOf, at: Parameters<PlaceOf>[0]): string {
  const { file, row } = placeOf(at);
  return `${file}:${row}`;
}

/** What `bax audit` prints for a reader. */
export function formatAudit(audit: Audit, placeOf: PlaceOf): string {
  const { rows, testRows, labels, findings, counts, checks, labelErrors, notes, seconds } = audit;
  const test = testRows === null ? "" : `, beside ${count(testRows, "row")} of test data`;
  const lines = [`audited   ${count(rows, "row")}, ${count(labels.length, "label")}${test}, in ${duration(seconds)}`];
  if (labelErrors) {
    const { agreement, estimate, folds } = labelErrors;
    lines.push(
      `models    that had not seen a row say its label for ${percent(agreement)} (${folds} folds, two rounds); about ${count(estimate, "label")} seem wrong`,
    );
  }
  lines.push(...notes.map((note) => `note      ${note}`));
  const found = AUDIT_KINDS.filter((kind) => (counts[kind] ?? 0) > 0);
  const clean = checks.filter((kind) => counts[kind] === 0);
  for (const kind of found) {
    const own = findings.filter((finding) => finding.kind === kind);
    const [one, several] = KIND_NAMES[kind];
    lines.push("", `${own.length.toLocaleString("en-GB")} ${own.length === 1 ? one : several}: ${suggestions(own)}`);
    for (const finding of own.slice(0, SHOWN)) lines.push(describe(finding, placeOf).trimEnd());
  }
  if (clean.length > 0) lines.push("", `none      ${clean.map((kind) => KIND_NAMES[kind][1]).join(", ")}`);
  return `${lines.join("\n")}\n`;
}
