import { BaxError } from "../errors.ts";

/** A text with its label or labels. */
export interface Example {
  text: string;
  label?: string;
  /**
   * A list: all of them count equally, each of k labels gets the target 1/k. An object: soft labels, each with its share of the target;
   * shares sum to 1, but with one-vs-all each is from 0 to 1 by itself.
   */
  labels?: readonly string[] | Readonly<Record<string, number>>;
  /** How much the example counts, from 0 to a million; 1 unless given. One of weight 2 is one that is there twice. */
  weight?: number;
}

/** Sums of many squares of these are still floats. */
const MOST_WEIGHT = 1e6;
const LEAST_SHARE = 1e-9;

/** An example as training and evaluation take it. */
export interface CheckedExample {
  text: string;
  labels: readonly string[];
  /** The share of the target that each label has; undefined where all have the same. */
  shares: readonly number[] | undefined;
  weight: number;
}

/** Whole fastText lines as UTF-8 bytes (the last may lack its newline), and where they are from, for messages. */
export interface LineBlock {
  lines: Uint8Array;
  file: string;
  /** Number of the first line, from 1. */
  firstLine: number;
  /** What labels begin with, where it is not `__label__`. */
  labelPrefix?: string | undefined;
}

/** What training and evaluation read. */
export type Examples = Iterable<Example | LineBlock> | AsyncIterable<Example | LineBlock>;

export function isLineBlock(example: Example | LineBlock): example is LineBlock {
  return typeof example === "object" && example !== null && "lines" in example;
}

/**
 * An example in one form (no labels where it has none), `number` counting from 1. Throws a BaxError ("data") for what is no
 * example: types do not bind callers who write JavaScript.
 */
export function checkExample(example: Example, number: number): CheckedExample {
  const refuse = (what: string, advice = "Give each example as { text, label } or { text, labels }."): never => {
    throw new BaxError("data", `example ${number}: ${what}`, advice);
  };
  if (typeof example !== "object" || example === null) refuse(`got ${typeof example}, expected an object`);
  const { text, label, labels = label === undefined ? [] : [label], weight = 1 } = example;
  if (typeof text !== "string") refuse(`text is ${typeof text}, not a string`);
  if (!(typeof weight === "number" && weight >= 0 && weight <= MOST_WEIGHT)) {
    refuse(`the weight is ${String(weight)}`, "A weight is a number from 0 to a million; 1 is usual.");
  }
  if (Array.isArray(labels)) {
    const wrong = labels.findIndex((name) => typeof name !== "string");
    if (wrong >= 0) refuse(`a label is ${typeof labels[wrong]}, not a string`);
    return { text, labels, shares: undefined, weight };
  }
  if (typeof labels !== "object" || labels === null) refuse(`labels is ${typeof labels}, not a list of strings`);
  const entries = Object.entries(labels);
  for (const [name, share] of entries) {
    if (typeof share === "number" && 0 <= share && share <= 1) continue;
    refuse(`the share of the label "${name}" is ${String(share)}`, "Shares of soft labels are numbers from 0 to 1.");
  }
  // A label without a share is none, nor is one whose share would be lost in a float.
  const kept = entries.filter(([, share]) => share > LEAST_SHARE);
  return { text, labels: kept.map(([name]) => name), shares: kept.map(([, share]) => share), weight };
}

/** How far from 1 the shares of an example may sum: what is written with three digits may. */
const SHARE_SLACK = 0.01;

/** Refuses soft labels that are no distribution. Throws a BaxError ("data"). `number` counts from 1. */
export function checkShares(shares: readonly number[] | undefined, number: number): void {
  if (!shares) return;
  let sum = 0;
  for (const share of shares) sum += share;
  if (Math.abs(sum - 1) <= SHARE_SLACK) return;
  throw new BaxError(
    "data",
    `example ${number}: the shares of its labels sum to ${Number(sum.toPrecision(6))}, not to 1`,
    "Make them sum to 1; with the loss ova each label has its own probability, and they need not.",
  );
}

/** Of labels with shares those that have the greatest: what an answer should be. All of them where all have the same. */
export function likeliest<T>(labels: readonly T[], shares: readonly number[] | undefined): readonly T[] {
  if (!shares) return labels;
  const most = Math.max(...shares);
  return labels.filter((_, i) => shares[i] === most);
}

/** All of the examples, since they are looked at more than once; blocks of lines are copied, as a reader may fill its buffer again. */
export async function collectExamples(examples: Examples): Promise<(Example | LineBlock)[]> {
  const all: (Example | LineBlock)[] = [];
  for await (const example of examples)
    all.push(isLineBlock(example) ? { ...example, lines: example.lines.slice() } : example);
  return all;
}
