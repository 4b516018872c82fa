import { BaxError, type Example, type LineBlock } from "bax";
import type { DataFlags } from "./examples.ts";
import { type Note, readLineBlocks } from "./lines.ts";
import type { ReadMeter } from "./readMeter.ts";
import type { RowErrors } from "./rowErrors.ts";
import type { Source } from "./sources.ts";
import { readTable } from "./tables.ts";

/** Where a row of an audit stands: a file, and its line or row, from 1. */
export interface Place {
  readonly file: string;
  readonly row: number;
}

/** Rows that follow each other in one source. */
interface Stretch {
  readonly file: string;
  /** Number of the first among all rows, from 0. */
  readonly first: number;
  /** Number of the first in its file, from 1. */
  readonly row: number;
  readonly count: number;
}

/** The places of rows that were read one source after the other. */
export class Places {
  readonly #stretches: Stretch[] = [];
  #grouped: Map<string, Stretch[]> | undefined;
  /** Rows so far. */
  count = 0;

  /** Counts `count` rows that begin at `row` of a file. */
  add(file: string, row: number, count: number): void {
    const last = this.#stretches.at(-1);
    if (last && last.file === file && last.row + last.count === row) {
      this.#stretches[this.#stretches.length - 1] = { ...last, count: last.count + count };
    } else this.#stretches.push({ file, first: this.count, row, count });
    this.count += count;
  }

  /** The place of a row, counted from 0 over all sources. */
  of(row: number): Place {
    let [low, high] = [0, this.#stretches.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#stretches[middle].first <= row) low = middle;
      else high = middle - 1;
    }
    const { file, first, row: start } = this.#stretches[low];
    return { file, row: start + row - first };
  }

  /** The files, each once. */
  get files(): string[] {
    return [...new Set(this.#stretches.map(({ file }) => file))];
  }

  /** The number of the row at a place, or −1. */
  find(file: string, row: number): number {
    const own = this.#ofFile(file);
    let [low, high] = [0, own.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (own[middle].row <= row) low = middle;
      else high = middle - 1;
    }
    const found = own[low];
    return found !== undefined && found.row <= row && row < found.row + found.count
      ? found.first + row - found.row
      : -1;
  }

  /** The stretches of a file; they come in the order of their rows. */
  #ofFile(file: string): readonly Stretch[] {
    if (this.#grouped === undefined) {
      this.#grouped = new Map();
      for (const one of this.#stretches) {
        const known = this.#grouped.get(one.file);
        if (known === undefined) this.#grouped.set(one.file, [one]);
        // A file that is given twice: the first time counts.
        else if (one.row > known[known.length - 1].row) known.push(one);
      }
    }
    return this.#grouped.get(file) ?? [];
  }
}

const NEWLINE = 10;

/** Lines of a block; the last may lack its newline. */
export function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return bytes.length === 0 || bytes[bytes.length - 1] === NEWLINE ? count : count + 1;
}

/** All rows of all sources for an audit, those without a label too, and into `places` where they stand. */
export async function* readAuditRows(
  sources: readonly Source[],
  flags: DataFlags,
  places: Places,
  errors: RowErrors,
  note: Note,
  meter?: ReadMeter,
): AsyncGenerator<Example | LineBlock> {
  for (const source of sources) {
    const before = places.count;
    if (source.format === "txt") {
      for await (const block of readLineBlocks(source, note, meter)) {
        places.add(source.name, block.firstLine, countLines(block.lines));
        yield block;
      }
    } else yield* readTableRows(source, flags, places, errors, note);
    if (places.count === before) {
      throw new BaxError("data", `${source.name}: there is no row that could be used`, "Give data with rows of text.");
    }
  }
}

async function* readTableRows(
  source: Source,
  flags: DataFlags,
  places: Places,
  errors: RowErrors,
  note: Note,
): AsyncGenerator<Example> {
  for await (const batch of readTable(source, { ...flags, needLabel: true }, errors, note)) {
    for (const [n, text] of batch.texts.entries()) {
      if (text === null) continue;
      places.add(source.name, batch.firstRow + n, 1);
      const example: Example = { text, labels: batch.labels[n] };
      if (batch.weights.length > 0) example.weight = batch.weights[n];
      yield example;
    }
  }
}
