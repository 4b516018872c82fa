import type { DataOverview } from "@bax/report";
import { countOf, type ExampleCounts } from "./examples.ts";

/** What a warning is about. */
export type WarningKind =
  | "unusable"
  | "one-label"
  | "too-few"
  | "numbers-as-labels"
  | "labels-all-different"
  | "numbers-as-texts"
  | "short-texts"
  | "empty-texts"
  | "no-label"
  | "left-out"
  | "duplicates"
  | "conflicts"
  | "small-labels"
  | "unequal-labels"
  | "long-texts";

/** Something about data that its owner should know. */
export interface Warning {
  readonly kind: WarningKind;
  /** What it means and what to do, in whole sentences. */
  readonly text: string;
  /** Whether nothing can be trained before it is mended. */
  readonly blocking: boolean;
  /** Rows of the table that show it, from 0, a few at most. */
  readonly rows?: readonly number[];
}

/** What warnings are made from. */
export interface DataFigures {
  readonly overview: DataOverview;
  readonly counts: ExampleCounts;
  /** Most frequent first, all of them. */
  readonly labels: readonly (readonly [name: string, count: number])[];
  /** Names of the columns. */
  readonly columns: { readonly text: string; readonly label: string };
  /** Examples whose text is a number. */
  readonly numericTexts: number;
  readonly differentTexts: number;
  readonly conflicts: number;
  /** Rows of the table, from 0. */
  readonly conflictRows: readonly number[];
  readonly emptyRows: readonly number[];
  readonly longTexts: number;
  readonly longRows: readonly number[];
}

/** Examples that a label should have. */
const FEW_EXAMPLES = 10;
/** Of the most frequent label for each of the rarest. */
const UNEQUAL = 20;
/** Characters. */
export const LONG_TEXT = 10_000;
const SHORT_TEXT = 4;

const NUMBER = /^\s*[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[-+]?\d+)?\s*%?\s*$/i;

export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** What is odd about examples: what stops training first, then what spoils most. */
export function warningsOf(figures: DataFigures): Warning[] {
  return [...blocking(figures), ...ofColumns(figures), ...ofRows(figures), ...ofLabels(figures)];
}

function warn(kind: WarningKind, text: string, rows?: readonly number[]): Warning {
  return { kind, text, blocking: false, ...(rows !== undefined && rows.length > 0 && { rows }) };
}

function blocking({ overview, labels }: DataFigures): Warning[] {
  const { examples, empty } = overview;
  if (examples < 2) {
    const text = `There ${examples === 1 ? "is one example" : "are no examples"} with a label. A model needs two at the least, and some dozens of each label to be of use.`;
    return [{ kind: "too-few", text, blocking: true }];
  }
  if (labels.length === 1) {
    const text = `Every text has the same label, "${labels[0][0]}". A model learns to tell labels apart, so it needs texts of two labels at the least: add texts of another kind, or choose another column for the label.`;
    return [{ kind: "one-label", text, blocking: true }];
  }
  if (empty === examples) {
    const text = "All texts are empty. Choose another column for the text.";
    return [{ kind: "empty-texts", text, blocking: true }];
  }
  return [];
}

/** Signs that a column was taken for another. */
function ofColumns({ overview, labels, columns, numericTexts, differentTexts }: DataFigures): Warning[] {
  const { examples, characters } = overview;
  const warnings: Warning[] = [];
  const different = labels.length;
  const isNumeric = different >= 10 && labels.every(([name]) => isNumber(name));
  const fractions = labels.filter(([name]) => /[.,]/.test(name)).length;
  if (isNumeric && (fractions > different / 10 || different > examples / 5)) {
    warnings.push(
      warn(
        "numbers-as-labels",
        `The column "${columns.label}" has ${countOf(different, "different number")}, which seem to measure something rather than to name a kind of text. A classifier takes each number for a label of its own, and 4.1 is no nearer to 4.2 than to 9. Choose another column, or turn the numbers into a few groups such as low, middle and high.`,
      ),
    );
  } else if (examples >= 10 && different > examples / 2) {
    const swap =
      differentTexts < different
        ? `The column "${columns.text}" says the same more often: perhaps the two columns are swapped.`
        : "Perhaps it is not the column with the labels, or the two columns are swapped.";
    warnings.push(
      warn(
        "labels-all-different",
        `The column "${columns.label}" is different in nearly every row (${countOf(different, "label")} for ${countOf(examples, "text")}). A model learns a label from many texts that have it. ${swap}`,
      ),
    );
  }
  if (examples > 0 && numericTexts > examples / 2) {
    warnings.push(
      warn(
        "numbers-as-texts",
        `The column "${columns.text}" has mostly numbers. A model learns from words, and to it 41 and 42 are just two different words. Choose the column with the texts.`,
      ),
    );
  } else if (examples >= 10 && examples > overview.empty && characters.median < SHORT_TEXT) {
    warnings.push(
      warn(
        "short-texts",
        `Half of the texts in the column "${columns.text}" have ${countOf(characters.median, "character")} or fewer, from which little can be learned. Check that it is the column with the texts.`,
      ),
    );
  }
  return warnings;
}

/** Rows that are missing something, or are there twice. */
function ofRows(figures: DataFigures): Warning[] {
  const { overview, counts, conflicts, conflictRows, emptyRows, longTexts, longRows } = figures;
  const { examples, empty, duplicates } = overview;
  const warnings: Warning[] = [];
  if (conflicts > 0) {
    warnings.push(
      warn(
        "conflicts",
        `${countOf(conflicts, "text")} ${conflicts === 1 ? "is" : "are"} there several times with different labels. One of them is likely wrong, and no model can be right about all: decide which label is meant.`,
        conflictRows,
      ),
    );
  }
  if (counts.unlabelled > 0) {
    warnings.push(
      warn(
        "no-label",
        `${countOf(counts.unlabelled, "row")} without a label ${counts.unlabelled === 1 ? "is" : "are"} left out. Fill the label in to use ${counts.unlabelled === 1 ? "it" : "them"}.`,
      ),
    );
  }
  if (counts.leftOut > 0) {
    warnings.push(
      warn("left-out", `${countOf(counts.leftOut, "row")} could not be used and ${were(counts.leftOut)} left out.`),
    );
  }
  if (empty > 0 && empty < examples) {
    warnings.push(
      warn(
        "empty-texts",
        `${countOf(empty, "text")} ${empty === 1 ? "is" : "are"} empty. Nothing can be learned from ${empty === 1 ? "it" : "them"}: fill ${empty === 1 ? "it" : "them"} in, or delete the ${empty === 1 ? "row" : "rows"}.`,
        emptyRows,
      ),
    );
  }
  if (duplicates > 0) {
    warnings.push(
      warn(
        "duplicates",
        `${countOf(duplicates, "text")} ${duplicates === 1 ? "is" : "are"} there more than once, letter for letter. Where one copy is learned from and another is used to measure, the model looks better than it is: delete the copies unless they come again in real use.`,
      ),
    );
  }
  if (longTexts > 0) {
    warnings.push(
      warn(
        "long-texts",
        `${countOf(longTexts, "text")} ${longTexts === 1 ? "is" : "are"} longer than ${LONG_TEXT.toLocaleString("en-GB")} characters. The words that matter weigh little among so many: cut long texts to the part that tells the label, or into several rows.`,
        longRows,
      ),
    );
  }
  return warnings;
}

function were(count: number): string {
  return count === 1 ? "was" : "were";
}

function ofLabels({ overview, labels }: DataFigures): Warning[] {
  const warnings: Warning[] = [];
  if (labels.length < 2 || overview.examples < 2) return warnings;
  const small = labels.filter(([, count]) => count < FEW_EXAMPLES);
  // Where nearly every label is small, the list of them says nothing; that they all differ has been said.
  if (small.length > 0) {
    const names = small.slice(-5).reverse();
    const listed = names.map(([name, count]) => `"${shorten(name)}" (${count})`).join(", ");
    const more = small.length - names.length;
    warnings.push(
      warn(
        "small-labels",
        `${countOf(small.length, "label")} ${small.length === 1 ? "has" : "have"} fewer than ${FEW_EXAMPLES} examples: ${listed}${more > 0 ? ` and ${more.toLocaleString("en-GB")} more` : ""}. What a model says of such a label is a guess: add examples, or join labels that mean nearly the same.`,
      ),
    );
  }
  const [most, least] = [labels[0], labels[labels.length - 1]];
  if (most[1] >= UNEQUAL * least[1]) {
    const times = Math.round(most[1] / least[1]).toLocaleString("en-GB");
    warnings.push(
      warn(
        "unequal-labels",
        `"${shorten(most[0])}" has ${countOf(most[1], "example")}, "${shorten(least[0])}" ${least[1].toLocaleString("en-GB")}: ${times} times as many. A model that is unsure answers the frequent label, and may never find the rare one: look at each label's own figures, and add examples of the rare ones.`,
      ),
    );
  }
  return warnings;
}

function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}
