import { BaxError } from "bax";
import { didYouMean } from "./nearest.ts";

/** Which columns hold what; the label is absent where none is needed, the weight where none is asked for. */
export interface Columns {
  readonly text: string;
  readonly label: string | null;
  readonly weight: string | null;
}

/** What there is to choose from. */
export interface ColumnOffer {
  readonly names: readonly string[];
  /** Names of what lies inside columns, such as `data[].text`. */
  readonly nested: readonly string[];
  /** The column of labels where no name tells. */
  readonly key: string | null;
  /** Rows of the table. */
  readonly sample: readonly (readonly (string | null)[])[];
}

/** What the user asked for. */
export interface ColumnChoice {
  readonly text?: string | undefined;
  readonly label?: string | undefined;
  readonly weight?: string | undefined;
  readonly needLabel: boolean;
}

/** Names that people give the two columns, likeliest first. */
const TEXT_NAMES = [
  "text",
  "sentence",
  "utterance",
  "message",
  "content",
  "body",
  "review",
  "comment",
  "tweet",
  "document",
  "question",
  "description",
  "query",
  "title",
];
const LABEL_NAMES = [
  "label",
  "labels",
  "category",
  "class",
  "intent",
  "intents",
  "target",
  "sentiment",
  "topic",
  "topics",
  "tag",
  "tags",
  "y",
];

/**
 * Chooses the columns: those asked for, or `text` and `label`, or else a guess, which is handed to `note`.
 *
 * A guess is one well-known name, also inside another column, or what is left over in a table of two columns; without names, the column with
 * fewer different values is the label. Throws BaxError "usage", with all names and the nearest, where that fails.
 */
export function chooseColumns(
  file: string,
  { names, nested, key, sample }: ColumnOffer,
  choice: ColumnChoice,
  note: (text: string) => void,
): Columns {
  const all = [...names, ...nested, ...(key === null ? [] : [key])];
  const asked = {
    text: choice.text === undefined ? null : find(file, all, choice.text, "--text"),
    label: choice.label === undefined || !choice.needLabel ? null : find(file, all, choice.label, "--label"),
    weight: choice.weight === undefined ? null : find(file, all, choice.weight, "--weight"),
  };
  const guess = (known: readonly string[], taken: string | null): string | null =>
    wellKnown(names, known, taken) ?? wellKnownInside(nested, known, taken);
  let text = asked.text ?? guess(TEXT_NAMES, asked.label);
  let label = asked.label ?? (choice.needLabel ? (guess(LABEL_NAMES, text) ?? key) : null);
  const rest = names.filter((name) => name !== asked.weight);
  if (rest.length === 2) {
    text ??= label === null ? null : (rest.find((name) => name !== label) ?? null);
    label ??= text === null || !choice.needLabel ? null : (rest.find((name) => name !== text) ?? null);
    if (text === null) {
      const [first, second] = rest.map((name) => differentValues(sample, names.indexOf(name)));
      label = choice.needLabel ? rest[first <= second ? 0 : 1] : null;
      text = rest[first <= second ? 1 : 0];
    }
  }
  if (names.length === 1 && !choice.needLabel) text ??= names[0];
  if (text === null) throw missing(file, all, "text", "--text");
  if (choice.needLabel && label === null) throw missing(file, all, "label", "--label");
  if (text === label) {
    throw new BaxError("usage", `${file}: text and label are both the column "${text}"`, "Give two columns.");
  }
  const guessed = [
    asked.text === null && text !== "text" ? `--text ${quoted(text)}` : "",
    asked.label === null && label !== null && label !== "label" ? `--label ${quoted(label)}` : "",
  ].filter((flag) => flag !== "");
  if (guessed.length > 0) note(`${file}: took ${guessed.join(" ")}`);
  return { text, label, weight: asked.weight };
}

function find(file: string, names: readonly string[], wanted: string, flag: string): string {
  if (names.includes(wanted)) return wanted;
  const sameButCase = names.filter((name) => name.toLowerCase() === wanted.toLowerCase());
  if (sameButCase.length === 1) return sameButCase[0];
  throw new BaxError(
    "usage",
    `${file}: there is no column "${wanted}" (${flag})`,
    `The columns are ${list(names)}.${didYouMean(wanted, names)}`,
  );
}

function wellKnown(names: readonly string[], known: readonly string[], taken: string | null): string | null {
  for (const wanted of known) {
    const found = names.find((name) => name.toLowerCase() === wanted && name !== taken);
    if (found !== undefined) return found;
  }
  return null;
}

/** The same of names inside of columns: the last step is what counts. */
function wellKnownInside(nested: readonly string[], known: readonly string[], taken: string | null): string | null {
  for (const wanted of known) {
    const found = nested.find((name) => name !== taken && lastStep(name).toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return null;
}

function lastStep(name: string): string {
  return name.replace(/(\[\])+$/, "").replace(/^.*\./, "");
}

function missing(file: string, names: readonly string[], role: string, flag: string): BaxError {
  return new BaxError(
    "usage",
    `${file}: cannot tell which column holds the ${role}`,
    `Name it with ${flag}; the columns are ${list(names)}.`,
  );
}

function differentValues(sample: readonly (readonly (string | null)[])[], column: number): number {
  return new Set(sample.map((row) => row[column])).size;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name));
  return names.length > 20 ? `${shown.join(", ")} and ${names.length - 20} more` : shown.join(", ") || "(none)";
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : JSON.stringify(name);
}
