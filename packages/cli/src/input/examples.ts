import { isUnlabelled } from "@bax/tables";
import { BaxError, type Example, type LineBlock } from "bax";
import { count } from "../output/numbers.ts";
import { type Note, readLineBlocks } from "./lines.ts";
import type { ReadMeter } from "./readMeter.ts";
import { RowErrors } from "./rowErrors.ts";
import type { Source, SourceFlags } from "./sources.ts";
import type { TableOptions } from "./tables.ts";

/** What the flags that all data commands share say. */
export interface DataFlags extends SourceFlags {
  readonly text?: string;
  readonly label?: string;
  readonly labelSeparator?: string;
  readonly weight?: string;
  /** Whether soft labels must sum to 1, as in training with every loss but one-vs-all. */
  readonly sharesSum?: boolean;
  /** As `RowErrors` takes it. */
  readonly onError?: string;
}

/**
 * Labelled examples from all sources, one after the other: text files as blocks of fastText lines, tables row by row.
 *
 * Rows without a label teach nothing: they are left out, and counted in a note. Rows that cannot be used go to `errors`. Throws BaxError
 * "data" where no row has a label, and "usage" for a weight of lines, which have no columns. `kept`: as `readLineBlocks` has it.
 */
export async function* readExamples(
  sources: readonly Source[],
  flags: DataFlags,
  note: Note,
  meter?: ReadMeter,
  errors: RowErrors = new RowErrors(flags.onError),
  kept?: number,
): AsyncGenerator<Example | LineBlock> {
  const lines = sources.find(({ format }) => format === "txt");
  if (flags.weight !== undefined && lines) {
    throw new BaxError(
      "usage",
      `--weight: ${lines.name} holds lines of text, which have no column "${flags.weight}"`,
      "Give a table, such as CSV, with that column.",
    );
  }
  for (const source of sources) {
    if (source.format === "txt") yield* readLineBlocks(source, note, meter, kept);
    else yield* readLabelledRows(source, flags, errors, note);
  }
}

async function* readLabelledRows(
  source: Source,
  flags: DataFlags,
  errors: RowErrors,
  note: Note,
): AsyncGenerator<Example> {
  let rows = 0;
  let usable = 0;
  let empty = 0;
  let unlabelled = 0;
  let firstUnlabelled = 0;
  const options: TableOptions = { ...flags, needLabel: true };
  const { readTable } = await import("./tables.ts");
  for await (const { firstRow, texts, labels: cells, weights } of readTable(source, options, errors, note)) {
    for (let n = 0; n < texts.length; n++) {
      const text = texts[n];
      rows++;
      if (text === null) continue;
      usable++;
      if (text === "") empty++;
      const labels = cells[n];
      if (isUnlabelled(labels)) {
        if (++unlabelled === 1) firstUnlabelled = firstRow + n;
        refuseUnlabelled(source.name, firstRow + n, errors);
        continue;
      }
      const example: Example =
        Array.isArray(labels) && labels.length === 1 ? { text, label: labels[0] } : { text, labels };
      if (weights.length > 0) example.weight = weights[n];
      yield example;
    }
  }
  if (rows === 0) throw new BaxError("data", `${source.name}: the table has no rows`, "Give a table with rows.");
  if (usable === 0) {
    throw new BaxError(
      "data",
      `${source.name}: none of its ${count(rows, "row")} could be used`,
      "Check --text, --label and --weight; --on-error report errors.jsonl lists what is wrong.",
    );
  }
  if (unlabelled === usable) {
    throw new BaxError("data", `${source.name}: no row has a label`, "Check --label, or fill the column.");
  }
  if (unlabelled > 0) {
    note(`${source.name}: left out ${count(unlabelled, "row")} without a label, the first is row ${firstUnlabelled}`);
  }
  if (empty > 0) note(`${source.name}: ${count(empty, "row")} with an empty text`);
}

/** A missing label is no error by itself: most tables have some. */
function refuseUnlabelled(file: string, row: number, errors: RowErrors): void {
  const problem = { file, row, error: "the label is missing" };
  if (errors.labelsWanted) errors.add({ ...problem, advice: "Fill it in." });
  else errors.note(problem);
}

/** Texts to be labelled: whole lines as bytes, or rows of a table, null for one that cannot be used. */
export type TextBatch =
  | { readonly kind: "lines"; readonly lines: Uint8Array }
  | { readonly kind: "rows"; readonly texts: readonly (string | null)[]; readonly rows: readonly string[] };

/** Texts from all sources, in their order. `keep` adds each table row as JSON. `kept`: as `readLineBlocks` has it. Nothing in a line is taken for a label. */
export async function* readTexts(
  sources: readonly Source[],
  flags: DataFlags,
  keep: boolean,
  note: Note,
  errors: RowErrors = new RowErrors(flags.onError),
  kept?: number,
): AsyncGenerator<TextBatch> {
  for (const source of sources) {
    if (source.format === "txt") {
      for await (const { lines } of readLineBlocks(source, note, undefined, kept)) yield { kind: "lines", lines };
    } else {
      const options: TableOptions = { text: flags.text, needLabel: false, keep };
      const { readTable } = await import("./tables.ts");
      for await (const { texts, rows } of readTable(source, options, errors, note)) yield { kind: "rows", texts, rows };
    }
  }
}
