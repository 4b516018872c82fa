import { BaxError } from "bax";

/** What a cell says of labels: their names, or names with the share of the target that each has. */
export type CellLabels = readonly string[] | Readonly<Record<string, number>>;

/** What is wrong with one cell; the row that it stands in is known to who reads the table. */
export class CellProblem extends BaxError {
  constructor(what: string, advice: string) {
    super("data", what, advice);
  }
}

/**
 * The labels in a cell: a JSON array gives several, a JSON object of numbers soft ones, a separator parts them, anything else is one. Ends
 * are trimmed, empty ones dropped.
 *
 * `isJson`: the cell is JSON text, so that a string loses its quotes and null is none. Throws CellProblem for objects of another kind, and
 * for shares that are none; with `sumToOne` also for those that do not sum to 1.
 */
export function readLabels(cell: string | null, separator?: string, isJson = false, sumToOne = false): CellLabels {
  if (cell === null) return [];
  const bracket = /^\s*([[{])/.exec(cell)?.[1];
  if (bracket === "{") {
    const shares = readShares(cell, isJson);
    if (shares !== null && sumToOne) checkSum(cell, shares);
    if (shares !== null) return shares;
  }
  const labels = isJson || bracket === "[" ? (jsonLabels(cell) ?? asText(cell, isJson)) : [cell];
  if (labels.length === 1 && separator === undefined) {
    const label = labels[0].trim();
    return label === "" ? [] : [label];
  }
  const parts = separator === undefined ? labels : labels.flatMap((label) => label.split(separator));
  return [...new Set(parts.map((label) => label.trim()).filter((label) => label !== ""))];
}

/** Whether a cell says no label at all. */
export function isUnlabelled(labels: CellLabels): boolean {
  return Array.isArray(labels) ? labels.length === 0 : Object.keys(labels).length === 0;
}

/** The texts of a JSON cell's labels, or null where it is not JSON or holds objects or nested lists. */
function jsonLabels(cell: string): string[] | null {
  try {
    const value: unknown = JSON.parse(cell);
    if (value === null) return [];
    const items = Array.isArray(value) ? value : [value];
    return items.every((item) => item !== null && typeof item !== "object") ? items.map(String) : null;
  } catch {
    return null; // a label that only looks like JSON
  }
}

/** A cell outside JSON may look like a list and be a label; inside it is the wrong column. */
function asText(cell: string, isJson: boolean): string[] {
  if (isJson && /^\s*[[{]/.test(cell)) throw wrongColumn(cell);
  return [cell];
}

function readShares(cell: string, isJson: boolean): Record<string, number> | null {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(cell);
  } catch {
    // DuckDB writes what JSON lacks (NaN, Infinity) all the same; other text in braces is a label.
    if (isJson || /^\s*\{\s*".*:[^"]*\}\s*$/s.test(cell)) throw badShares(cell);
    return null;
  }
  const shares: Record<string, number> = {};
  // A column of structures has every name in every row: null is a label that this row lacks.
  const given = Object.entries(value).filter(([, share]) => share !== null);
  if (given.some(([, share]) => typeof share !== "number")) throw wrongColumn(cell);
  for (const [name, share] of given as [string, number][]) {
    if (!(0 <= share && share <= 1)) throw badShares(cell);
    if (name.trim() !== "") shares[name.trim()] = share;
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (given.length > 0 && sum === 0) throw badShares(cell);
  return shares;
}

/** What is written with two digits may miss 1 by a little. */
const SUM_SLACK = 0.01;

function checkSum(cell: string, shares: Readonly<Record<string, number>>): void {
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) <= SUM_SLACK) return;
  throw new CellProblem(
    `the shares of the labels ${shorten(cell)} sum to ${Number(sum.toPrecision(6))}, not to 1`,
    "Make them sum to 1; with --loss ova each label has its own probability, and they need not.",
  );
}

function wrongColumn(cell: string): CellProblem {
  return new CellProblem(
    `the label is ${shorten(cell)}, expected a text, a number, a list of them, or an object of numbers`,
    "Name another column with --label.",
  );
}

function badShares(cell: string): CellProblem {
  return new CellProblem(
    `the labels are ${shorten(cell)}, expected shares from 0 to 1, one of them above 0`,
    'Write soft labels as {"a": 0.7, "b": 0.3}.',
  );
}

/** How much a row counts. Throws CellProblem for what is no finite number of 0 or more. */
export function readWeight(cell: string | null): number {
  const text = cell?.trim() ?? "";
  if (/^\+?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text))) return Number(text);
  throw new CellProblem(
    text === "" ? "the weight is missing" : `the weight is ${shorten(text)}, expected a number of 0 or more`,
    "A weight says how much a row counts: 1 is usual, 0 leaves it out.",
  );
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
