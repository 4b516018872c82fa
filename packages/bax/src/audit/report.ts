/** What an audit can look for; also the kind of a finding. In the order in which equals are ranked. */
export const AUDIT_KINDS = [
  "leak",
  "conflict",
  "label-error",
  "encoding",
  "language",
  "empty",
  "inseparable-labels",
  "outlier",
  "duplicate",
  "near-duplicate",
  "long",
] as const;

/**
 * `leak`: a text that is in the test data too, or nearly. `conflict`: the same text with other labels. `label-error`: models that had not
 * seen the example say another label. `encoding`: bytes that are no text, or that were read in the wrong encoding. `language`: not that of
 * the other texts. `empty`: nothing to learn from. `inseparable-labels`: two labels that a model cannot tell apart. `outlier`: hardly a word
 * that any other text has. `duplicate`: the same text once more, but for case, spacing and punctuation. `near-duplicate`: nearly the same.
 * `long`: far longer than the others.
 */
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** A row: its number, from 0, among the examples or, where `inTest`, among the test examples. */
export interface AuditRow {
  readonly row: number;
  readonly inTest: boolean;
}

/** What to do about a row: give it these labels, or take it out. */
export type AuditSuggestion =
  | { readonly action: "relabel"; readonly labels: readonly string[] }
  | { readonly action: "remove" };

/** One thing that is wrong, or may be. */
export interface AuditFinding {
  /** From 1: by score, equals by kind and row. */
  readonly rank: number;
  readonly kind: AuditKind;
  /** Number of the example, from 0; null where the finding is about labels. */
  readonly row: number | null;
  /** From 0 to 1: how sure it is and how much it harms, so that findings of different kinds can be ranked. */
  readonly score: number;
  /** One sentence with the evidence. */
  readonly reason: string;
  /** The row's text, cut after 1,000 characters; null where the finding is about labels. */
  readonly text: string | null;
  /** The row's labels, or the labels that the finding is about. */
  readonly labels: readonly string[];
  /** null where a person has to decide. */
  readonly suggestion: AuditSuggestion | null;
  /** Rows that the finding is about too: the text that is repeated, examples of a confusion. Up to 10, of `otherCount`. */
  readonly others: readonly AuditRow[];
  readonly otherCount: number;
}

/** How label errors were looked for. */
export interface LabelErrorSummary {
  /** Rows that were looked at: those with a label, or a sample of them. */
  readonly rows: number;
  readonly folds: number;
  /** How often models that had not seen a row say one of its labels, from 0 to 1. */
  readonly agreement: number;
  /** Rows whose label confident learning holds for wrong: an estimate of how many are. */
  readonly estimate: number;
}

/** What an audit found. Plain data: `JSON.stringify` keeps all of it. */
export interface Audit {
  readonly rows: number;
  /** null where no test data were given. */
  readonly testRows: number | null;
  readonly labels: readonly string[];
  /** What was looked for. */
  readonly checks: readonly AuditKind[];
  /** How many findings there are of each kind that was looked for. */
  readonly counts: Readonly<Partial<Record<AuditKind, number>>>;
  /** Best first. */
  readonly findings: readonly AuditFinding[];
  /** null where label errors were not looked for. */
  readonly labelErrors: LabelErrorSummary | null;
  /** One sentence each: what was left out, and why. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** A finding before it is ranked. */
export interface Draft {
  readonly kind: AuditKind;
  readonly row: number | null;
  readonly score: number;
  readonly reason: string;
  readonly labels?: readonly string[];
  readonly suggestion: AuditSuggestion | null;
  readonly others: readonly AuditRow[];
  readonly otherCount?: number;
}

/** The rows that a finding shows of all that it is about. */
export const MOST_OTHERS = 10;

/** A share for a reason: "0.98"; a small one with its first digit. */
export function share(value: number): string {
  if (value >= 0.01 || value === 0) return value.toFixed(2);
  return value >= 0.0001 ? String(Number(value.toPrecision(1))) : "less than 0.0001";
}

/** Labels for a reason: `"a"`, or `"a" and "b"`. */
export function quoted(labels: readonly string[]): string {
  if (labels.length === 0) return "nothing";
  return labels.map((label) => `"${label}"`).join(" and ");
}

/** A share as a whole number of percent: "31 %". */
export function percent(value: number): string {
  return `${Math.round(100 * value)} %`;
}
