import { didYouMean, readLabels } from "@bax/tables";
import { BaxError } from "bax";
import type { Place, Places } from "./auditRows.ts";
import { RowErrors } from "./rowErrors.ts";
import { findSources, type Source } from "./sources.ts";
import { readTable } from "./tables.ts";

/** What is to be done to a row. */
export type RowAction =
  | { readonly action: "remove" }
  | { readonly action: "relabel"; readonly labels: readonly string[] };

/** An action with what the findings say of its row, to see that it is still the same. */
export interface PlannedAction {
  readonly place: Place;
  readonly does: RowAction;
  /** As the table of findings shows the text; "" where it does not. */
  readonly text: string;
  /** Where the action comes from, for messages. */
  readonly from: string;
}

const ACTIONS = ["relabel", "remove", "keep"];
/** Cells of a table for a spreadsheet that begin so get an apostrophe in front: otherwise they might be run as formulas. */
const FORMULA = /^[=+\-@\t\r]/;

/** A cell as a spreadsheet may have it: text that would be a formula begins with an apostrophe. */
export function guardCell(text: string): string {
  return FORMULA.test(text) || (text.startsWith("'") && FORMULA.test(text.slice(1))) ? `'${text}` : text;
}

/** A cell without the apostrophe that `guardCell` gave it, whether a spreadsheet kept it or not. */
export function unguardCell(text: string): string {
  return text.startsWith("'") && (FORMULA.test(text.slice(1)) || text.startsWith("''")) ? text.slice(1) : text;
}

/**
 * The actions of a table of findings that a person may have edited: its columns `file`, `row`, `action` and, where a label is to change,
 * `suggested_label`. Rows without an action, or with "keep", say nothing. Throws BaxError "data" that names the row.
 */
export async function readFindings(file: string): Promise<PlannedAction[]> {
  const [source, ...more] = await findSources([file]);
  if (more.length > 0 || source.format === "txt") {
    throw new BaxError("usage", `--findings: ${file} is no table`, "Give the table that bax audit -o wrote.");
  }
  const planned: PlannedAction[] = [];
  const options = { text: "action", needLabel: false, keep: true };
  for await (const { rows, firstRow } of readTable(source, options, new RowErrors(), () => {})) {
    for (const [n, json] of rows.entries()) {
      const cells = JSON.parse(json) as Record<string, unknown>;
      const found = actionOf(cells, source, firstRow + n);
      if (found) planned.push(found);
    }
  }
  return planned;
}

function actionOf(cells: Readonly<Record<string, unknown>>, source: Source, row: number): PlannedAction | null {
  const cell = (name: string): string => {
    const value = cells[name];
    if (value === null || value === undefined) return "";
    return unguardCell(typeof value === "string" ? value : JSON.stringify(value));
  };
  const from = `${source.name}: row ${row}`;
  const action = cell("action").trim().toLowerCase();
  if (action === "" || action === "keep") return null;
  if (!ACTIONS.includes(action)) {
    throw new BaxError(
      "data",
      `${from}: unknown action "${action}"`,
      `Use one of ${ACTIONS.join(", ")}, or leave the cell empty.${didYouMean(action, ACTIONS)}`,
    );
  }
  const place = { file: cell("file"), row: Number(cell("row")) };
  if (place.file === "" || !Number.isInteger(place.row) || place.row < 1) {
    throw new BaxError(
      "data",
      `${from}: does not say which row it is about`,
      "Keep the columns file and row as bax audit wrote them.",
    );
  }
  if (action === "remove") return { place, does: { action: "remove" }, text: cell("text"), from };
  const labels = readLabels(cell("suggested_label"));
  const names = Array.isArray(labels) ? (labels as readonly string[]) : Object.keys(labels);
  if (names.length === 0) {
    throw new BaxError(
      "data",
      `${from}: is to be relabelled, but suggested_label is empty`,
      "Write the label there, or choose another action.",
    );
  }
  return { place, does: { action: "relabel", labels: names }, text: cell("text"), from };
}

/** Actions by the numbers of their rows. A row that is to be removed is; of several labels the first that is listed counts. */
export function actionsByRow(planned: readonly PlannedAction[], places: Places): Map<number, PlannedAction> {
  const actions = new Map<number, PlannedAction>();
  for (const one of planned) {
    const { file, row } = one.place;
    const number = places.find(file, row);
    if (number < 0) {
      throw new BaxError(
        "data",
        `${one.from}: there is no row ${row} of ${file} in the data`,
        `Give the data that were audited; here they are ${places.files.join(", ")}.`,
      );
    }
    const known = actions.get(number);
    if (known === undefined || (known.does.action !== "remove" && one.does.action === "remove")) {
      actions.set(number, one);
    }
  }
  return actions;
}
