import { CalibrationError } from "./calibration.ts";
import type { Confusion, Evaluation, LabelMetrics } from "./evaluation.ts";
import { RatioInterval, wilsonInterval } from "./intervals.ts";

const MOST_CONFUSIONS = 20;
/** Stands for a label outside the model whose name the caller did not give. */
const NAMELESS = "(unknown)";

/** What is counted for each label, once with the first answer and once with the first k. */
interface LabelCounts {
  readonly right: Float64Array; // (labels)
  readonly predicted: Float64Array; // (labels)
}

/**
 * Adds up metrics over a stream of answers: memory grows with the labels and 8 bytes an example, never with examples × labels.
 *
 * The definitions stand with the fields of `Evaluation`; they agree with fastText's `test` (P@k and R@k) and with scikit-learn's
 * precision, recall and F1 with `zero_division=0`.
 */
export class Evaluator {
  readonly #labels: readonly string[];
  readonly #k: number;
  readonly #support: Float64Array; // (labels)
  readonly #first: LabelCounts;
  readonly #top: LabelCounts;
  readonly #precision: RatioInterval = new RatioInterval();
  readonly #recall: RatioInterval = new RatioInterval();
  readonly #calibration: CalibrationError = new CalibrationError();
  readonly #confusions: Map<number, number> = new Map();
  readonly #unknown: Map<string, number> = new Map();
  #examples = 0;
  /** Summed weight of the examples. */
  #weight = 0;
  #right = 0;
  #multiLabel = false;
  #lossSum = 0;
  #lossWeight = 0;

  /** `labels`: the model's, in its order. `k`: answers that count, 1 or more. */
  constructor(labels: readonly string[], k: number) {
    if (!(Number.isInteger(k) && k >= 1))
      throw new RangeError(`Evaluator: k must be a whole number of 1 or more (got ${k})`);
    this.#labels = labels;
    this.#k = k;
    const zeros = (): Float64Array => new Float64Array(labels.length);
    this.#support = zeros();
    this.#first = { right: zeros(), predicted: zeros() };
    this.#top = { right: zeros(), predicted: zeros() };
  }

  /**
   * One example.
   *
   * `predicted`: label indices, best first, −1 where there are fewer; only the first k count. `probabilities`: of the same answers.
   * `gold`: its labels, −1 for one that the model lacks; an index that repeats counts once; without any the example is skipped.
   * `crossEntropy`: −Σ y log p in nats; left out of the mean where it is not finite (no label is known).
   * `unknown`: the names behind the −1s, for the report. `weight`: an example of weight 2 counts as one that is there twice, but in `ece`,
   * `confusions` and the number of examples.
   */
  add(
    predicted: Int32Array,
    probabilities: Float32Array,
    gold: readonly number[],
    crossEntropy: number,
    unknown: readonly string[] = [],
    weight = 1,
  ): void {
    if (gold.length === 0) return;
    const known = new Set(gold);
    known.delete(-1);
    const missing = this.#countUnknown(gold, unknown);
    this.#examples++;
    this.#weight += weight;
    if (known.size + missing > 1) this.#multiLabel = true;
    for (const label of known) this.#support[label] += weight;

    const first = predicted.length > 0 ? predicted[0] : -1;
    const isRight = first >= 0 && known.has(first);
    if (isRight) this.#right += weight;
    if (first >= 0) this.#first.predicted[first] += weight;
    if (isRight) this.#first.right[first] += weight;
    this.#calibration.add(first >= 0 ? probabilities[0] : 0, isRight);
    if (first >= 0 && !isRight) {
      for (const label of known) {
        const pair = label * this.#labels.length + first;
        this.#confusions.set(pair, (this.#confusions.get(pair) ?? 0) + 1);
      }
    }

    let answers = 0;
    let hits = 0;
    for (let n = 0; n < Math.min(this.#k, predicted.length) && predicted[n] >= 0; n++) {
      const label = predicted[n];
      answers++;
      this.#top.predicted[label] += weight;
      if (known.has(label)) {
        hits++;
        this.#top.right[label] += weight;
      }
    }
    this.#precision.add(hits, answers, weight);
    this.#recall.add(hits, known.size + missing, weight);
    if (Number.isFinite(crossEntropy)) {
      this.#lossSum += weight * crossEntropy;
      this.#lossWeight += weight;
    }
  }

  /** The metrics so far; `seconds`: the time they took, for `examplesPerSecond`. */
  result(seconds: number): Evaluation {
    const answers = this.#multiLabel ? this.#top : this.#first;
    const perLabel = this.#perLabel(answers);
    const unknownLabels = [...this.#unknown]
      .map(([label, count]) => ({ label, count }))
      .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
    let f1Sum = 0;
    let right = 0;
    let predicted = 0;
    for (const row of perLabel) {
      f1Sum += row.f1;
      predicted += row.predicted;
    }
    for (const count of answers.right) right += count;
    const accuracy = ratio(this.#right, this.#weight);
    return {
      examples: this.#examples,
      labels: this.#labels.length,
      k: this.#k,
      accuracy,
      precisionAtK: this.#precision.ratio(),
      recallAtK: this.#recall.ratio(),
      microF1: ratio(2 * right, predicted + this.#recall.tries),
      macroF1: ratio(f1Sum, perLabel.length + unknownLabels.length),
      logLoss: this.#lossWeight === 0 ? null : this.#lossSum / this.#lossWeight,
      ece: this.#calibration.result(),
      intervals: {
        accuracy: wilsonInterval(accuracy, this.#weight),
        precisionAtK: this.#precision.interval(),
        recallAtK: this.#recall.interval(),
      },
      perLabel,
      confusions: this.#mostConfused(),
      unknownLabels,
      seconds,
      examplesPerSecond: ratio(this.#examples, seconds),
    };
  }

  /** Counts the labels that the model lacks; returns how many different ones this example has. */
  #countUnknown(gold: readonly number[], unknown: readonly string[]): number {
    let nameless = 0;
    for (const label of gold) if (label === -1) nameless++;
    if (nameless === 0) return 0;
    const names = new Set(unknown.length > 0 ? unknown : [NAMELESS]);
    for (const name of names) this.#unknown.set(name, (this.#unknown.get(name) ?? 0) + 1);
    return unknown.length > 0 ? names.size : nameless;
  }

  #perLabel({ right, predicted }: LabelCounts): LabelMetrics[] {
    const rows: LabelMetrics[] = [];
    for (const [j, label] of this.#labels.entries()) {
      const support = this.#support[j];
      if (support === 0 && predicted[j] === 0) continue;
      rows.push({
        label,
        precision: ratio(right[j], predicted[j]),
        recall: ratio(right[j], support),
        f1: ratio(2 * right[j], predicted[j] + support),
        support,
        predicted: predicted[j],
      });
    }
    return rows;
  }

  #mostConfused(): Confusion[] {
    return [...this.#confusions]
      .sort(([a, n], [b, m]) => m - n || a - b)
      .slice(0, MOST_CONFUSIONS)
      .map(([pair, count]) => ({
        gold: this.#labels[Math.floor(pair / this.#labels.length)],
        predicted: this.#labels[pair % this.#labels.length],
        count,
      }));
  }
}

/** a / b, and 0 where b is 0. */
function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}
