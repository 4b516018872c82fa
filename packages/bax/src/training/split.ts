// Which part of the examples is for what.
import { Random } from "../math/random.ts";
import type { Corpus } from "./corpus.ts";
import { FilePart, MemoryPart, type Part } from "./part.ts";
import { holdOut } from "./schedule.ts";

/** Parts that examples go to. */
export interface Split {
  parts: number;
  /** The part of an example: any where there is only one. */
  partOf(example: number): number;
}

/** Part 0 is learned from while part 1 is held out; where nothing can be held out there is only part 0. */
export const LEARNED = 0;
export const HELD_OUT = 1;

/** Everything in one part. */
export const WHOLE: Split = { parts: 1, partOf: () => LEARNED };

/** A fraction of the examples is held out: of each label the same, but in a file, where labels are not looked at, a draw for each example. */
export function heldOutSplit(corpus: Corpus, fraction: number, seed: number): Split {
  if (corpus.inFile) {
    const random = new Random(seed);
    // Asked for each example once, in order.
    return { parts: 2, partOf: () => (random.uniform() < fraction ? HELD_OUT : LEARNED) };
  }
  const labels = corpus.firstLabels();
  const all = labels.map((_, example) => example);
  const { valid } = holdOut(labels, all, fraction, seed);
  if (valid.length === 0) return WHOLE;
  const held = new Uint8Array(corpus.labelledCount);
  for (const example of valid) held[example] = 1;
  return { parts: 2, partOf: (example) => (held[example] ? HELD_OUT : LEARNED) };
}

/** As many parts as folds, with the same share of each label in all of them as far as it divides; in a file, where labels are not looked at, a draw for each example. */
export function foldSplit(corpus: Corpus, folds: number, seed: number): Split {
  const random = new Random(seed);
  if (corpus.inFile) return { parts: folds, partOf: () => random.below(folds) };
  const fold = dealFolds(corpus.firstLabels(), folds, random);
  return { parts: folds, partOf: (example) => fold[example] };
}

/** The fold of each example: those of a label are shuffled and dealt, and the next label goes on where the last ended. */
export function dealFolds(firstLabels: Uint32Array, folds: number, random: Random): Uint32Array {
  const byLabel: number[][] = [];
  for (const [example, label] of firstLabels.entries()) {
    byLabel[label] ??= [];
    byLabel[label].push(example);
  }
  const fold = new Uint32Array(firstLabels.length);
  let dealt = 0;
  for (const members of byLabel) {
    for (const example of random.shuffle(Uint32Array.from(members ?? []))) fold[example] = dealt++ % folds;
  }
  return fold;
}

/** Several parts as one. */
export function union(parts: readonly Part[]): Part {
  if (parts.every((part) => part instanceof MemoryPart)) return MemoryPart.union(parts);
  return FilePart.union(parts.filter((part) => part instanceof FilePart));
}
