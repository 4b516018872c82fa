import { Random } from "../math/random.ts";
import { drawBinomial, lowerTail } from "./binomial.ts";
import { ratio } from "./ratio.ts";

/** Resamples of the difference in accuracy, and of figures for which examples must be drawn one by one. */
const RESAMPLES = 10_000;
const EXAMPLE_RESAMPLES = 2_000;
/** With very many different examples there are fewer resamples, so that the work stays within seconds, down to a least number. */
const MOST_DRAWS = 20_000_000;
const LEAST_RESAMPLES = 200;
/** Below it a difference is called real. */
const SIGNIFICANCE = 0.05;

/** What one model has more of than another, with the interval in which 95 % of the resamples lie. */
export interface Difference {
  /** Figure of b − figure of a. */
  readonly value: number;
  /** The 2.5 % and 97.5 % quantiles of the resamples, in [−1, 1]. */
  readonly interval: readonly [low: number, high: number];
  /** How many there were. */
  readonly resamples: number;
}

/** McNemar's test in its exact form. */
export interface McNemar {
  /** Examples whose first answer is right with a and wrong with b. */
  readonly onlyA: number;
  /** The other way round. */
  readonly onlyB: number;
  /**
   * Were both models equally often right, then a split of the examples that they differ on as uneven as this, or more so, would come up with
   * this probability: min(1, 2 Σ_{i ≤ min(onlyA, onlyB)} C(n, i) / 2^n), n = onlyA + onlyB; 1 where they never differ. Source: McNemar,
   * Psychometrika 12 (1947); exact as in Dietterich, Neural Computation 10 (1998) suggests for small n.
   */
  readonly pValue: number;
}

/** Whether two models differ, judged on the same examples. */
export interface PairedTests {
  /** Paired bootstrap: Efron and Tibshirani (1993) §13.3, percentiles; Koehn, EMNLP 2004. */
  readonly difference: { readonly accuracy: Difference; readonly macroF1: Difference };
  readonly mcNemar: McNemar;
  /** Which model is more often right, if `mcNemar.pValue` is below 0.05; null where no difference can be told. */
  readonly better: "a" | "b" | null;
  readonly seed: number;
}

/** The answers of two models to the same examples. Labels are indices into the labels of both models and of the data together. */
export interface ComparedAnswers {
  readonly labels: number;
  /** Labels of each example, each once. */
  readonly gold: readonly (readonly number[])[];
  /** Answers of each model to each example, best first. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly (readonly number[])[];
  /** (examples). */
  readonly weights: readonly number[];
}

/**
 * Compares the answers of two models. Chance lies in which examples were measured, and both models see the same ones: so examples are drawn
 * again with replacement, and the difference is taken on each drawing.
 *
 * For accuracy only the numbers of examples that one of the two has right matter: they are drawn at once, as binomial numbers. Where the
 * examples have different weights, accuracy is taken on the resamples of macro F1. That one is as in `Evaluation`: over the first answers
 * for single-label data, else over all given. McNemar's test counts each example once, whatever its weight.
 */
export function compareAnswers(answers: ComparedAnswers, seed: number): PairedTests {
  const random = new Random(seed);
  const { gold, a, b, weights } = answers;
  const signs = Int8Array.from(gold, (own, i) => Number(isRight(own, b[i])) - Number(isRight(own, a[i])));
  let [onlyA, onlyB, gain, total] = [0, 0, 0, 0];
  for (const [i, sign] of signs.entries()) {
    if (sign < 0) onlyA++;
    if (sign > 0) onlyB++;
    gain += weights[i] * sign;
    total += weights[i];
  }
  const isWeighted = weights.some((weight) => weight !== weights[0]);
  const drawn = drawExamples(answers, signs, random);
  const accuracies = isWeighted ? drawn.accuracy : drawAccuracy(gold.length, onlyA, onlyB, random);
  const pValue = exactMcNemar(onlyA, onlyB);
  return {
    difference: {
      accuracy: differenceOf(ratio(gain, total), accuracies),
      macroF1: differenceOf(drawn.whole, drawn.macroF1),
    },
    mcNemar: { onlyA, onlyB, pValue },
    better: pValue < SIGNIFICANCE ? (onlyB > onlyA ? "b" : "a") : null,
    seed,
  };
}

/** Two-sided p-value of McNemar's exact test; see `McNemar`. Relative error below 1e-12. */
export function exactMcNemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  if (onlyA === onlyB) return 1;
  return Math.min(1, 2 * lowerTail(Math.min(onlyA, onlyB), n));
}

function isRight(gold: readonly number[], answers: readonly number[]): boolean {
  return answers.length > 0 && gold.includes(answers[0]);
}

/** Differences in accuracy of resamples of `count` examples. */
function drawAccuracy(count: number, onlyA: number, onlyB: number, random: Random): Float64Array {
  const differing = onlyA + onlyB;
  return Float64Array.from({ length: count === 0 ? 0 : RESAMPLES }, () => {
    const drawn = drawBinomial(random, count, differing / count);
    const better = drawBinomial(random, drawn, ratio(onlyB, differing));
    return (2 * better - drawn) / count;
  });
}

/** Examples with the same labels, the same answers of both models and the same weight. */
interface Pattern {
  /** How many there are. */
  readonly count: number;
  readonly weight: number;
  readonly gold: readonly number[];
  /** Of a and of b, as many as count for macro F1. */
  readonly answers: readonly [readonly number[], readonly number[]];
  /** 1 where b alone is right first, −1 where a alone is, else 0. */
  readonly sign: number;
}

function patternsOf({ gold, a, b, weights }: ComparedAnswers, signs: Int8Array): Pattern[] {
  const isMulti = gold.some((own) => own.length > 1);
  const given = (answers: readonly number[]): readonly number[] => (isMulti ? answers : answers.slice(0, 1));
  const patterns = new Map<string, Pattern>();
  for (const [i, own] of gold.entries()) {
    const answers = [given(a[i]), given(b[i])] as const;
    const key = `${own.join()};${answers.join(";")};${weights[i]}`;
    const count = (patterns.get(key)?.count ?? 0) + 1;
    patterns.set(key, { count, weight: weights[i], gold: own, answers, sign: signs[i] });
  }
  return [...patterns.values()];
}

/**
 * Differences in accuracy and in macro F1 of resamples. How often each pattern is drawn is a multinomial number: one binomial number a
 * pattern, of what is left to draw and with the pattern's share of the examples that are left.
 */
function drawExamples(answers: ComparedAnswers, signs: Int8Array, random: Random) {
  const patterns = patternsOf(answers, signs);
  const { labels, gold } = answers;
  const support = new Float64Array(labels);
  const models = [0, 1].map((model) => ({ model, hits: new Float64Array(labels), answered: new Float64Array(labels) }));

  /** Differences where each pattern is there `timesOf` times. */
  const differences = (timesOf: (pattern: Pattern) => number): { accuracy: number; macroF1: number } => {
    let [gain, total] = [0, 0];
    for (const counts of [support, ...models.flatMap(({ hits, answered }) => [hits, answered])]) counts.fill(0);
    for (const pattern of patterns) {
      const weight = pattern.weight * timesOf(pattern);
      if (weight === 0) continue;
      gain += weight * pattern.sign;
      total += weight;
      for (const label of pattern.gold) support[label] += weight;
      for (const { model, hits, answered } of models) {
        for (const label of pattern.answers[model]) {
          answered[label] += weight;
          if (pattern.gold.includes(label)) hits[label] += weight;
        }
      }
    }
    const [ofA, ofB] = models.map(({ hits, answered }) => macroF1(hits, answered, support));
    return { accuracy: ratio(gain, total), macroF1: ofB - ofA };
  };

  const affordable = Math.floor(MOST_DRAWS / Math.max(1, patterns.length));
  const wanted = Math.max(LEAST_RESAMPLES, Math.min(EXAMPLE_RESAMPLES, affordable));
  const resamples = gold.length === 0 ? 0 : wanted;
  const drawn = { accuracy: new Float64Array(resamples), macroF1: new Float64Array(resamples) };
  for (let resample = 0; resample < resamples; resample++) {
    let [left, examples] = [gold.length, gold.length];
    const found = differences(({ count }) => {
      const times = drawBinomial(random, left, count / examples);
      left -= times;
      examples -= count;
      return times;
    });
    drawn.accuracy[resample] = found.accuracy;
    drawn.macroF1[resample] = found.macroF1;
  }
  return { whole: differences(({ count }) => count).macroF1, ...drawn };
}

/** Mean F1 over labels that occur or are answered; (labels) each. */
function macroF1(hits: Float64Array, answered: Float64Array, support: Float64Array): number {
  let [sum, present] = [0, 0];
  for (let j = 0; j < hits.length; j++) {
    const all = answered[j] + support[j];
    if (all === 0) continue;
    present++;
    sum += (2 * hits[j]) / all;
  }
  return ratio(sum, present);
}

function differenceOf(value: number, resamples: Float64Array): Difference {
  const sorted = resamples.sort();
  return { value, interval: [quantile(sorted, 0.025), quantile(sorted, 0.975)], resamples: sorted.length };
}

/** Between two values in a straight line; 0 of none. */
function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return 0;
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
