/**
 * The schedule of a search: trials come in brackets. All of a bracket are measured cheaply, the best third of them at three times the
 * price, the best third of those at the full price (successive halving: Jamieson and Talwalkar, AISTATS 2016).
 */

/** What one measurement of a trial costs: on how many folds it is learned and measured, and from which share of each fold's text. */
export interface Rung {
  readonly folds: number;
  /** From 0 to 1. */
  readonly share: number;
}

/** Parts that the text is cut into: each is measured on by a model that learned from the others. */
export const FOLDS = 5;
/** Trials of a bracket. */
export const BRACKET = 10;
/** One trial in so many goes on to the next rung, which costs so many times as much. */
const FACTOR = 3;
/** With so many examples one fold is enough to tell trials apart; fewer need more folds. */
const ENOUGH_EXAMPLES = 20_000;
/** No fewer examples are learned from, if there are as many: what is best for a few hundred says little of the whole. */
const LEAST_EXAMPLES = 2_500;

/** The rungs for data of so many examples, the cheapest first; the last is the full price. `splits`: folds that there are. */
export function rungsFor(examples: number, splits: number): Rung[] {
  const most = Math.min(splits, Math.max(1, Math.ceil(ENOUGH_EXAMPLES / examples)));
  const rungs: Rung[] = [];
  for (const price of [1 / (FACTOR * FACTOR), 1 / FACTOR, 1]) {
    const folds = Math.max(1, Math.round(most * price));
    const share = most * price >= 1 ? 1 : Math.min(1, Math.max(most * price, LEAST_EXAMPLES / examples));
    const last = rungs.at(-1);
    if (!last || last.folds !== folds || last.share !== share) rungs.push({ folds, share });
  }
  return rungs;
}

/** How many of `count` trials go on to the next rung. */
export function survivors(count: number): number {
  return Math.ceil(count / FACTOR);
}

/** Sizes of the brackets of `trials` trials, or of a search without an end: the first trial, the defaults, stands alone. */
export function* brackets(trials: number): Generator<number> {
  for (let left = trials - 1; left > 0; left -= BRACKET) yield Math.min(BRACKET, left);
}
