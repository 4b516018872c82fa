import { BaxError } from "../errors.ts";

/** A text with its label or labels. */
export interface Example {
  text: string;
  label?: string;
  /** A list: each of its k labels gets the target 1/k. An object: each label gets the share of the target that stands with it. */
  labels?: readonly string[] | Readonly<Record<string, number>>;
  /** How much it counts: finite, 0 or more; 1 unless given. */
  weight?: number;
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
 * The text and all labels of an example (none where it has none), `number` counting from 1. Throws a BaxError ("data") for what is no
 * example: types do not bind callers who write JavaScript.
 */
export function checkExample(example: Example, number: number): { text: string; labels: readonly string[] } {
  const refuse = (what: string): never => {
    throw new BaxError(
      "data",
      `example ${number}: ${what}`,
      "Give each example as { text, label } or { text, labels }.",
    );
  };
  if (typeof example !== "object" || example === null) refuse(`got ${typeof example}, expected an object`);
  const { text, label, labels: given = label === undefined ? [] : [label] } = example;
  const labels: readonly string[] = Array.isArray(given) ? given : Object.keys(given);
  if (typeof text !== "string") refuse(`text is ${typeof text}, not a string`);
  if (!Array.isArray(labels)) refuse(`labels is ${typeof labels}, not a list of strings`);
  const wrong = labels.findIndex((name) => typeof name !== "string");
  if (wrong >= 0) refuse(`a label is ${typeof labels[wrong]}, not a string`);
  return { text, labels };
}
