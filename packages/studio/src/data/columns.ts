import { type Columns, chooseColumns } from "@bax/tables";
import { BaxError } from "bax";
import type { Table } from "./table.ts";

export type { Columns } from "@bax/tables";

/** Which columns hold what, as far as a table tells. */
export interface GuessedColumns extends Columns {
  /** Whether a name or the shape of the table tells; otherwise it is the likeliest, and somebody should look. */
  readonly isSure: boolean;
  /** What was taken, where the names are not simply "text" and "label". */
  readonly notes: readonly string[];
}

/**
 * The columns of text and labels: as the command takes them, or the likeliest where it could not tell. The label is null in a table of one
 * column.
 */
export function guessColumns(table: Table): GuessedColumns {
  let isTaken = false;
  try {
    const columns = chooseColumns(table.name, table, { needLabel: true }, () => {
      isTaken = true;
    });
    const notes = isTaken
      ? [`The texts are taken from the column "${columns.text}", the labels from "${columns.label}".`]
      : [];
    return { ...columns, isSure: true, notes };
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
    return likeliest(table);
  }
}

/** What a column looks like in the sample. */
interface Look {
  readonly name: string;
  readonly meanLength: number;
  readonly different: number;
}

function likeliest(table: Table): GuessedColumns {
  const looks = table.names.map((name, column) => look(name, table.sample, column));
  const text = looks.reduce((best, look) => (look.meanLength > best.meanLength ? look : best), looks[0]);
  // Labels come again and again; a column that says the same everywhere, or something else each time, tells nothing.
  const rows = table.sample.length;
  const cost = ({ different }: Look): number => (different < 2 || 2 * different > rows ? rows + different : different);
  const others = looks.filter((look) => look !== text);
  const label = others.reduce<Look | null>(
    (best, look) => (best === null || cost(look) < cost(best) ? look : best),
    null,
  );
  const note =
    label === null
      ? `There is one column only, "${text.name}": a column with the label of each text is missing.`
      : `No name tells which column is which. The texts are taken from "${text.name}", the longest, and the labels from "${label.name}". Choose others if that is wrong.`;
  return { text: text.name, label: label?.name ?? null, weight: null, isSure: false, notes: [note] };
}

function look(name: string, sample: readonly (readonly (string | null)[])[], column: number): Look {
  let length = 0;
  const different = new Set<string | null>();
  for (const row of sample) {
    const cell = row[column] ?? null;
    length += cell?.length ?? 0;
    different.add(cell);
  }
  return { name, meanLength: sample.length === 0 ? 0 : length / sample.length, different: different.size };
}
