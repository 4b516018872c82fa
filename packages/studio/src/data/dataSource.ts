import type { TextFormat } from "@bax/tables";

/** What somebody gives as data: a file, or text that was pasted. */
export interface DataSource {
  /** As messages show it; of a file its name, whose ending tells the format. */
  readonly name: string;
  readonly blob: Blob;
}

/** How a source holds its rows; the command's `--format` knows the same names. `txt`: lines with `__label__`, as fastText has them. */
export type TableFormat = TextFormat;

/** What becomes of a row that cannot be used: the whole source is refused, or the row is left out and counted. */
export type BrokenRows = "refuse" | "leaveOut";

/** Text of a source, unpacked. */
export const MOST_BYTES = 2_000_000_000;
export const MOST_ROWS = 5_000_000;

/** For sources that are too large for a page. */
export const COMMAND_ADVICE =
  "Train on it with the command `bax train`, which reads files of any size, or give a part of it.";
