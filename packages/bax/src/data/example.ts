/** A text with its label or labels. */
export interface Example {
  text: string;
  label?: string;
  /** All of them count equally: each of k labels gets the target 1/k. */
  labels?: readonly string[];
}

/** Whole fastText lines as UTF-8 bytes (the last may lack its newline), and where they are from, for messages. */
export interface LineBlock {
  lines: Uint8Array;
  file: string;
  /** Number of the first line, from 1. */
  firstLine: number;
}

/** What training and evaluation read. */
export type Examples = Iterable<Example | LineBlock> | AsyncIterable<Example | LineBlock>;

/** All labels of an example; empty where it has none. */
export function labelsOf(example: Example): readonly string[] {
  return example.labels ?? (example.label === undefined ? [] : [example.label]);
}
