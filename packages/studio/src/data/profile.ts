import { DataCollector, type DataOverview, LabelNumbers, TextBudget } from "@bax/report";
import type { Columns } from "@bax/tables";
import { BaxError, type Example, labelledTexts } from "bax";
import { type ExampleCounts, type ExampleOptions, examplesOf, type LabelledExamples } from "./examples.ts";
import { Repeats } from "./repeats.ts";
import type { Table } from "./table.ts";
import { isNumber, LONG_TEXT, type Warning, warningsOf } from "./warnings.ts";

/** Rows that a warning names at most. */
const SHOWN = 5;

/** What data look like, and what is odd about them. */
export interface DataDescription {
  readonly overview: DataOverview;
  /** Names that the numbers of labels in `overview` stand for. */
  readonly labels: readonly string[];
  readonly counts: ExampleCounts;
  /** What stops training first. */
  readonly warnings: readonly Warning[];
  /** The examples; null where they were refused, which a warning of the kind "unusable" says. */
  readonly examples: LabelledExamples | null;
}

/** Describes the examples of a table in one pass. What `examplesOf` refuses becomes a warning that blocks. */
export function describeData(table: Table, columns: Columns, options: ExampleOptions = {}): DataDescription {
  const numbers = new LabelNumbers([]);
  const collector = new DataCollector();
  let examples: LabelledExamples;
  try {
    examples = examplesOf(table, columns, options);
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
    return {
      overview: collector.overview(table.name, numbers, new TextBudget()),
      labels: [],
      counts: { rows: table.rowCount, unlabelled: 0, empty: 0, leftOut: table.leftOut },
      warnings: [{ kind: "unusable", text: `${sentence(error.message)} ${error.advice}`, blocking: true }],
      examples: null,
    };
  }
  const textAt = (number: number): string => (table.cell(examples.rows[number], columns.text) ?? "").trim();
  const repeats = new Repeats(textAt);
  const labelSets = new Map<string, number>();
  const counts = new Map<string, number>();
  const emptyRows: number[] = [];
  const longRows: number[] = [];
  let [numericTexts, longTexts, number] = [0, 0, 0];
  for (const example of examples) {
    const { text, labels } = likeliestOf(example, number + 1);
    collector.add(text, labels);
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    const set = labels.length === 1 ? labels[0] : JSON.stringify([...labels].sort());
    const known = labelSets.get(set) ?? labelSets.size;
    labelSets.set(set, known);
    const trimmed = text.trim();
    repeats.add(trimmed, known);
    const row = examples.rows[number++];
    if (trimmed === "" && emptyRows.length < SHOWN) emptyRows.push(row);
    if (isNumber(trimmed)) numericTexts++;
    if (text.length <= LONG_TEXT) continue;
    longTexts++;
    if (longRows.length < SHOWN) longRows.push(row);
  }
  const overview = collector.overview(table.name, numbers, new TextBudget());
  const warnings = warningsOf({
    overview,
    counts: examples.counts,
    labels: [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    columns: { text: columns.text, label: columns.label ?? "" },
    numericTexts,
    differentTexts: examples.length - repeats.duplicates,
    conflicts: repeats.conflicts,
    conflictRows: repeats.shown.map((shown) => examples.rows[shown]),
    emptyRows,
    longTexts,
    longRows,
  });
  return { overview, labels: numbers.names, counts: examples.counts, warnings, examples };
}

/** The text and its labels, of soft ones the likeliest. */
function likeliestOf(example: Example, number: number): { text: string; labels: readonly string[] } {
  const { text, label } = example;
  return label === undefined ? labelledTexts(example, number)[0] : { text, labels: [label] };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Rows as a page shows them. */
export interface Preview {
  readonly names: readonly string[];
  readonly rows: readonly {
    /** From 0. */
    readonly row: number;
    /** "row 3", "line 17". */
    readonly place: string;
    readonly cells: readonly (string | null)[];
  }[];
  readonly rowCount: number;
}

/** Up to `count` rows from row `from` (0 for the first) on. */
export function previewOf(table: Table, from: number, count: number): Preview {
  const first = Math.min(Math.max(0, from), table.rowCount);
  const rows = Array.from({ length: Math.max(0, Math.min(count, table.rowCount - first)) }, (_, n) => ({
    row: first + n,
    place: table.place(first + n),
    cells: table.row(first + n),
  }));
  return { names: table.names, rows, rowCount: table.rowCount };
}
