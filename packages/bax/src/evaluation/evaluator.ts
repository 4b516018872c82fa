import { BrierScore } from "./brier.ts";
import { CalibrationError } from "./calibration.ts";
import { ConfusionCounts } from "./confusionCounts.ts";
import { areaUnderRiskCoverage, coverageCurve } from "./coverage.ts";
import type { Evaluation, LabelMetrics } from "./evaluation.ts";
import { RatioInterval, wilsonInterval } from "./intervals.ts";
import { MultiLabel } from "./multiLabel.ts";
import { type Ranking, RankingStore } from "./ranking.ts";
import { ratio } from "./ratio.ts";

/** Stands for a label outside the model whose name the caller did not give. */
const NAMELESS = "(unknown)";
const NO_NAMES: ReadonlySet<string> = new Set();

/** What is counted for each label, once with the first answer and once with the first k. */
interface LabelCounts {
  readonly right: Float64Array; // (labels)
  readonly predicted: Float64Array; // (labels)
}

/** What is added up from the probabilities of all labels. */
interface Deep {
  readonly brier: BrierScore;
  readonly ranking: RankingStore;
  readonly multiLabel: MultiLabel;
}

/**
 * Adds up metrics over a stream of answers: memory grows with the labels and 8 bytes an example. Only `addAll`, which is told the
 * probabilities of all labels, keeps these too, up to a bound.
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
  readonly #confusions: ConfusionCounts;
  readonly #unknown: Map<string, number> = new Map();
  #examples = 0;
  /** Summed weight of the examples. */
  #weight = 0;
  #right = 0;
  #multiLabel = false;
  #lossSum = 0;
  #lossWeight = 0;
  readonly #thresholds: Float32Array | undefined;
  /** Made by the first `addAll`. */
  #deep: Deep | undefined;
  /** Examples of `addAll`: its figures are told only if they are of all examples. */
  #deepExamples = 0;

  /**
   * `labels`: the model's, in its order. `k`: answers that count, 1 or more. `thresholds`: (labels), from which probability on each label is
   * decided in multi-label data; 0.5 unless given.
   */
  constructor(labels: readonly string[], k: number, thresholds?: Float32Array) {
    if (!(Number.isInteger(k) && k >= 1))
      throw new RangeError(`Evaluator: k must be a whole number of 1 or more (got ${k})`);
    this.#labels = labels;
    if (thresholds && thresholds.length !== labels.length)
      throw new RangeError(`Evaluator: ${thresholds.length} thresholds for ${labels.length} labels`);
    this.#k = k;
    this.#thresholds = thresholds;
    this.#confusions = new ConfusionCounts(labels);
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
    if (first >= 0 && !isRight) for (const label of known) this.#confusions.add(label, first);

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

  /** `add`, and what takes the probabilities of all labels. `all`: (labels). */
  addAll(
    all: Float32Array,
    predicted: Int32Array,
    probabilities: Float32Array,
    gold: readonly number[],
    crossEntropy: number,
    unknown: readonly string[] = [],
    weight = 1,
  ): void {
    if (all.length !== this.#labels.length)
      throw new RangeError(`Evaluator: ${all.length} probabilities for ${this.#labels.length} labels`);
    this.add(predicted, probabilities, gold, crossEntropy, unknown, weight);
    if (gold.length === 0) return;
    const labels = this.#labels.length;
    this.#deep ??= {
      brier: new BrierScore(),
      ranking: new RankingStore(labels),
      multiLabel: new MultiLabel(labels, this.#thresholds),
    };
    const { brier, ranking, multiLabel } = this.#deep;
    const known = new Set(gold);
    known.delete(-1);
    const names = unknownNames(gold, unknown);
    const missing = missingOf(gold, unknown);
    this.#deepExamples++;
    brier.add(all, known, missing, weight);
    ranking.add(all, known, weight);
    multiLabel.add(all, known, missing, weight);
    const first = predicted.length > 0 ? predicted[0] : -1;
    if (first >= 0 && known.has(first)) this.#confusions.add(first, first);
    else if (first >= 0) for (const name of names) this.#confusions.addUnknown(name, first);
  }

  /** The metrics so far; `seconds`: the time they took, for `examplesPerSecond`. */
  result(seconds: number): Evaluation {
    const answers = this.#multiLabel ? this.#top : this.#first;
    const deep = this.#deepExamples === this.#examples ? this.#deep : undefined;
    const ranking = deep?.ranking.result() ?? null;
    const perLabel = this.#perLabel(answers, ranking);
    const unknownLabels = [...this.#unknown]
      .map(([label, count]) => ({ label, count }))
      .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
    const labels = this.#labels.length + unknownLabels.length;
    const confidences = this.#calibration.answers();
    let f1Sum = 0;
    let weightedF1Sum = 0;
    let right = 0;
    let predicted = 0;
    for (const row of perLabel) {
      f1Sum += row.f1;
      weightedF1Sum += row.support * row.f1;
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
      weightedF1: ratio(weightedF1Sum, this.#recall.tries),
      logLoss: this.#lossWeight === 0 ? null : this.#lossSum / this.#lossWeight,
      brier: deep?.brier.result(this.#multiLabel, labels) ?? null,
      ece: this.#calibration.result(confidences),
      reliability: deep ? this.#calibration.bins(confidences) : null,
      coverage: deep ? coverageCurve(confidences) : null,
      aurc: deep ? areaUnderRiskCoverage(confidences) : null,
      macroAveragePrecision: ranking?.macro.averagePrecision ?? null,
      microAveragePrecision: ranking?.micro.averagePrecision ?? null,
      weightedAveragePrecision: ranking?.weighted.averagePrecision ?? null,
      macroRocAuc: ranking?.macro.rocAuc ?? null,
      microRocAuc: ranking?.micro.rocAuc ?? null,
      weightedRocAuc: ranking?.weighted.rocAuc ?? null,
      answered: null,
      intervals: {
        accuracy: wilsonInterval(accuracy, this.#weight),
        precisionAtK: this.#precision.interval(),
        recallAtK: this.#recall.interval(),
      },
      perLabel,
      multiLabel: this.#multiLabel
        ? (deep?.multiLabel.result(this.#support, this.#recall.tries, unknownLabels.length) ?? null)
        : null,
      confusions: this.#confusions.mostFrequent(),
      confusionMatrix: deep ? this.#confusions.matrix() : null,
      unknownLabels,
      seconds,
      examplesPerSecond: ratio(this.#examples, seconds),
    };
  }

  /** Counts the labels that the model lacks; returns how many different ones this example has. */
  #countUnknown(gold: readonly number[], unknown: readonly string[]): number {
    for (const name of unknownNames(gold, unknown)) this.#unknown.set(name, (this.#unknown.get(name) ?? 0) + 1);
    return missingOf(gold, unknown);
  }

  #perLabel({ right, predicted }: LabelCounts, ranking: Ranking | null): LabelMetrics[] {
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
        averagePrecision: ranking?.perLabel[j].averagePrecision ?? null,
        rocAuc: ranking?.perLabel[j].rocAuc ?? null,
      });
    }
    return rows;
  }
}

/** The different names behind the −1s of an example. */
function unknownNames(gold: readonly number[], unknown: readonly string[]): ReadonlySet<string> {
  if (!gold.includes(-1)) return NO_NAMES;
  return new Set(unknown.length > 0 ? unknown : [NAMELESS]);
}

/** How many labels of an example the model lacks: different names, or −1s where they have none. */
function missingOf(gold: readonly number[], unknown: readonly string[]): number {
  if (unknown.length > 0) return unknownNames(gold, unknown).size;
  let nameless = 0;
  for (const label of gold) if (label === -1) nameless++;
  return nameless;
}
