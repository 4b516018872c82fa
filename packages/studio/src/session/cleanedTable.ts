// The data as they were decided to be, as a CSV file that the command and the page read again as the same examples.
import type { LabelledExamples, Table } from "../data/index.ts";
import type { Decisions } from "./edits.ts";
import { namesOf } from "./heldOut.ts";
import type { ChosenColumns } from "./protocol.ts";

function cell(text: string | null): string {
  if (text === null) return "";
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(cells: readonly (string | null)[]): string {
  return `${cells.map(cell).join(",")}\n`;
}

/** Labels in a cell: one as it is, several as a JSON array. */
function labelCell(labels: readonly string[]): string {
  return labels.length === 1 ? labels[0] : JSON.stringify(labels);
}

/** Pieces of the file: all columns of the table where those that count are columns of it, otherwise these alone. */
export function* cleanedTable(
  table: Table,
  columns: ChosenColumns,
  examples: LabelledExamples,
  decisions: Decisions,
): Generator<string, void, undefined> {
  const { text, weight } = columns;
  const label = table.names.indexOf(columns.label);
  const areColumns = label >= 0 && [text, weight].every((name) => name === null || table.names.includes(name));
  if (!areColumns || table.format === "txt") yield* chosenColumns(examples, decisions, weight !== null);
  else yield* allColumns(table, label, examples, decisions);
}

/** Rows that are no examples, as those without a label, stay as they are. */
function* allColumns(
  table: Table,
  label: number,
  { rows }: LabelledExamples,
  decisions: Decisions,
): Generator<string, void, undefined> {
  const decided = new Map(Array.from(decisions, ([example, decision]) => [rows[example], decision]));
  yield line(table.names);
  for (let row = 0; row < table.rowCount; row++) {
    const decision = decided.get(row);
    if (decision === null) continue;
    const cells = [...table.row(row)];
    if (decision) cells[label] = labelCell(decision);
    yield line(cells);
  }
}

function* chosenColumns(
  examples: LabelledExamples,
  decisions: Decisions,
  hasWeights: boolean,
): Generator<string, void, undefined> {
  yield line(["text", "label", ...(hasWeights ? ["weight"] : [])]);
  for (let number = 0; number < examples.length; number++) {
    const decision = decisions.get(number);
    if (decision === null) continue;
    const { text, weight = 1, ...rest } = examples.at(number);
    yield line([text, labelCell(decision ?? namesOf(rest)), ...(hasWeights ? [String(weight)] : [])]);
  }
}
