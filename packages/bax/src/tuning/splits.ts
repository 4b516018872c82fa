import { holdOut } from "../training/index.ts";
import { FOLDS } from "./halving.ts";
import type { StoredText } from "./trials.ts";

/** Examples to learn from and examples to measure on, none of them in both. */
export interface Split {
  learned: Uint32Array;
  measured: Uint32Array;
}

/**
 * The splits that trials are measured on: text that was given apart is one, and so is a part of a size that was asked for; otherwise
 * there are five, by label, whose measured parts do not overlap.
 */
export function splitsOf(text: StoredText, fraction: number | undefined, seed: number): Split[] {
  const { learned, apart } = text;
  if (apart.length > 0) return [{ learned, measured: apart }];
  const labels = text.firstLabels();
  if (fraction !== undefined) {
    const { train, valid } = holdOut(labels, learned, fraction, seed);
    return [{ learned: train, measured: valid }];
  }
  const splits: Split[] = [];
  let left = learned;
  for (let fold = 0; fold < FOLDS; fold++) {
    const { train, valid } = holdOut(labels, left, 1 / (FOLDS - fold), seed);
    const held = new Set(valid);
    splits.push({ learned: learned.filter((example) => !held.has(example)), measured: valid });
    left = train;
  }
  return splits;
}

/** A part of the examples, by label; every label keeps one at the least. */
export function partOf(text: StoredText, examples: Uint32Array, share: number, seed: number): Uint32Array {
  return share >= 1 ? examples : holdOut(text.firstLabels(), examples, 1 - share, seed).train;
}
