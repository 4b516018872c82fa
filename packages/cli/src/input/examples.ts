import { BaxError, type Example, type LineBlock } from "bax";
import { count } from "../output/numbers.ts";
import { type Note, readLineBlocks } from "./lines.ts";
import type { ReadMeter } from "./readMeter.ts";
import type { Source } from "./sources.ts";
import { readTable, type TableOptions } from "./tables.ts";

/** What the flags that all data commands share say. */
export interface DataFlags {
  readonly text?: string;
  readonly label?: string;
  readonly labelSeparator?: string;
}

/**
 * Labelled examples from all sources, one after the other: text files as blocks of fastText lines, tables row by row.
 *
 * Rows without a label teach nothing: they are left out, and counted in a note. Throws BaxError "data" where no row has one.
 */
export async function* readExamples(
  sources: readonly Source[],
  flags: DataFlags,
  note: Note,
  meter?: ReadMeter,
): AsyncGenerator<Example | LineBlock> {
  for (const source of sources) {
    if (source.format === "txt") yield* readLineBlocks(source, note, meter);
    else yield* readLabelledRows(source, flags, note);
  }
}

async function* readLabelledRows(source: Source, flags: DataFlags, note: Note): AsyncGenerator<Example> {
  let rows = 0;
  let unlabelled = 0;
  let firstUnlabelled = 0;
  const options: TableOptions = { ...flags, needLabel: true };
  for await (const batch of readTable(source, options, note)) {
    for (const [n, text] of batch.texts.entries()) {
      const labels = batch.labels[n];
      rows++;
      if (labels.length > 0) yield labels.length === 1 ? { text, label: labels[0] } : { text, labels };
      else if (++unlabelled === 1) firstUnlabelled = batch.firstRow + n;
    }
  }
  if (rows === 0) throw new BaxError("data", `${source.name}: the table has no rows`, "Give a table with rows.");
  if (unlabelled === rows) {
    throw new BaxError("data", `${source.name}: no row has a label`, "Check --label, or fill the column.");
  }
  if (unlabelled > 0) {
    note(`${source.name}: left out ${count(unlabelled, "row")} without a label, the first is row ${firstUnlabelled}`);
  }
}

/** Texts to be labelled: whole lines as bytes, or rows of a table. */
export type TextBatch =
  | { readonly kind: "lines"; readonly lines: Uint8Array }
  | { readonly kind: "rows"; readonly texts: readonly string[]; readonly rows: readonly string[] };

/** Texts from all sources, in their order. `keep` adds each table row as JSON. Nothing in a line is taken for a label. */
export async function* readTexts(
  sources: readonly Source[],
  flags: DataFlags,
  keep: boolean,
  note: Note,
): AsyncGenerator<TextBatch> {
  for (const source of sources) {
    if (source.format === "txt") {
      for await (const { lines } of readLineBlocks(source, note)) yield { kind: "lines", lines };
    } else {
      const options: TableOptions = { ...flags, needLabel: false, keep };
      for await (const { texts, rows } of readTable(source, options, note)) yield { kind: "rows", texts, rows };
    }
  }
}
