import path from "node:path";
import type { Finding } from "@bax/report";
import {
  AUDIT_KINDS,
  type Audit,
  type AuditFinding,
  type AuditKind,
  type AuditRow,
  type AuditSuggestion,
  type Example,
  type LineBlock,
  labelledTexts,
} from "bax";
import type { Place } from "../input/auditRows.ts";
import type { Console } from "./console.ts";
import { givenCommand, writeReport } from "./report.ts";

/** Findings of a kind that a page lists at most, the first ones; the counts are of all. */
const MOST_OF_KIND = 500;

/** What each kind is called, and what it means to somebody who has never cleaned data. */
const MEANINGS: Readonly<Record<AuditKind, readonly [name: string, meaning: string]>> = {
  leak: ["Leaks", "Texts that are in the test data too, so that a model is measured on what it has learned by heart."],
  conflict: ["Conflicts", "The same text with different labels: at least one of them is wrong."],
  "label-error": ["Probably mislabelled", "Models that had not seen the text give it another label."],
  encoding: ["Broken encodings", "Characters that were lost or garbled on the way."],
  language: ["Other languages", "Texts in another language than nearly all others."],
  empty: ["Empty texts", "Nothing to learn from."],
  "inseparable-labels": [
    "Labels that do not separate",
    "Two labels that models mix up: merge them, or say better which is which.",
  ],
  outlier: ["Outliers", "Texts that have hardly a word in common with any other."],
  duplicate: ["Duplicates", "The same text once more, but for case, spacing and punctuation."],
  "near-duplicate": ["Near-duplicates", "Nearly the same text once more."],
  long: ["Over-long texts", "Far longer than the others: perhaps several texts in one."],
};

/** What the report of an audit is made of, collected while data are read. */
export interface AuditReport {
  /** Passes the data through. */
  readonly watch: (data: AsyncIterable<Example | LineBlock>) => AsyncGenerator<Example | LineBlock>;
  readonly write: (found: Audit, placeOf: (row: AuditRow) => Place, console: Console) => Promise<void>;
}

/** Collects the report of `bax audit`. `data`: the names of what is audited. */
export async function auditReport(file: string, data: readonly string[]): Promise<AuditReport> {
  const { cutText, DataCollector, LabelNumbers, TextBudget } = await import("@bax/report");
  const overview = new DataCollector();
  const numbers = new LabelNumbers([]);
  async function* watch(examples: AsyncIterable<Example | LineBlock>): AsyncGenerator<Example | LineBlock> {
    let count = 0;
    for await (const example of examples) {
      for (const { text, labels } of labelledTexts(example, ++count)) overview.add(text, labels);
      yield example;
    }
  }
  const write = async (found: Audit, placeOf: (row: AuditRow) => Place, console: Console): Promise<void> => {
    const placed = (row: AuditRow): string => {
      const { file: name, row: line } = placeOf(row);
      return `${name}:${line}`;
    };
    const shown = (finding: AuditFinding): Finding => {
      const { kind, score, reason, row, text, labels, suggestion, others, otherCount } = finding;
      const more = otherCount > others.length ? ` (${otherCount} in all, ${others.length} of them shown)` : "";
      return {
        kind,
        score,
        reason: `${reason}${more}${suggestion?.action === "remove" ? ": suggested to be left out" : ""}`,
        row: row === null ? null : row + 1,
        place: row === null ? null : placed({ row, inTest: false }),
        ...(text === null ? { text: null, cut: false } : cutText(text)),
        label: labels.length === 0 ? null : labels.join(", "),
        suggestion: newLabels(suggestion),
        others: others.map((other) => ({ row: other.row + 1, place: placed(other), text: null, label: null })),
      };
    };
    const name = data.map((one) => path.basename(one)).join(", ");
    const listed = AUDIT_KINDS.flatMap((kind) =>
      found.findings.filter((one) => one.kind === kind).slice(0, MOST_OF_KIND),
    );
    const described = overview.overview(name, numbers, TextBudget.forOverview());
    await writeReport(
      file,
      {
        kind: "audit",
        title: `Audit of ${name}`,
        labels: numbers.names,
        data: described,
        findings: {
          kinds: found.checks.map((kind) => {
            const [title, meaning] = MEANINGS[kind];
            return { kind, name: title, meaning, count: found.counts[kind] ?? 0 };
          }),
          findings: listed.map(shown),
          notes: [...found.notes],
        },
        reproduce: { command: givenCommand(), notes: [] },
      },
      console,
    );
  };
  return { watch, write };
}

/** The labels that a row should have, where others are suggested. */
function newLabels(suggestion: AuditSuggestion | null): string | null {
  return suggestion?.action === "relabel" ? suggestion.labels.join(", ") : null;
}
