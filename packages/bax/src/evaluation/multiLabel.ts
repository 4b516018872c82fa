import { ratio } from "./ratio.ts";

/** Chosen where the caller gives no threshold. */
const THRESHOLD = 0.5;

/** A share whose denominator is 0 is 0. */
export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Figures of data where an example may have several labels: a label is decided where its probability is at least its threshold, any number
 * of them for an example.
 *
 * The threshold is 0.5 unless given. That suits the losses ova and ns, which judge each label by itself. The probabilities of softmax and
 * hs sum to 1 over the labels, so that two of them are never above 0.5 and an example with several labels cannot be decided rightly: there
 * the figures of the first k answers (`precisionAtK`, `recallAtK`) and the ranking below say more, or thresholds of one's own.
 *
 * Labels of the data that the model lacks are labels too; they are never decided. Sources: Tsoumakas, Katakis and Vlahavas, Mining
 * multi-label data (2010) §5; the same figures as scikit-learn's with `zero_division=0`.
 */
export interface MultiLabelMetrics {
  /** Labels of an example, on average. */
  readonly labelsPerExample: number;
  /** Labels decided for an example, on average. */
  readonly decisionsPerExample: number;
  /** Share of examples whose decided labels are exactly its labels. */
  readonly subsetAccuracy: number;
  /** Wrong decisions / decisions, over all pairs of an example and a label: 0 is best. */
  readonly hammingLoss: number;
  /** Over all decisions at once. */
  readonly micro: Scores;
  /** Mean over labels that occur or are decided. */
  readonly macro: Scores;
  /** The same, each label as heavy as it is frequent. */
  readonly weighted: Scores;
  /** Mean over examples, each with its own precision and recall. */
  readonly samples: Scores;
  /**
   * Label ranking average precision: for each label of an example the share of its labels among all that are at least as probable; mean over
   * its labels, then over examples. 1 is best. Source: Tsoumakas et al. 2010. This and the next two look at the labels of the model
   * alone, and leave out examples that have none of them: null if all are so.
   */
  readonly labelRankingAveragePrecision: number | null;
  /** How far down the ranked labels one must go to meet all that an example has, ties to the end; at best `labelsPerExample`. */
  readonly coverageError: number | null;
  /**
   * Share of the pairs of a label that the example has and one that it has not, of which the first is not more probable; 0 where there is no
   * pair. Source: Schapire and Singer, Machine Learning 39 (2000).
   */
  readonly rankingLoss: number | null;
}

/** Adds up `MultiLabelMetrics`; memory grows with the labels alone. */
export class MultiLabel {
  readonly #thresholds: Float32Array; // (labels)
  readonly #right: Float64Array; // (labels)
  readonly #decided: Float64Array; // (labels)
  #weight = 0;
  #exact = 0;
  #precision = 0;
  #recall = 0;
  #f1 = 0;
  #rankedWeight = 0;
  #averagePrecision = 0;
  #coverage = 0;
  #disorder = 0;

  /** `thresholds`: (labels). */
  constructor(labels: number, thresholds: Float32Array = new Float32Array(labels).fill(THRESHOLD)) {
    if (thresholds.length !== labels)
      throw new RangeError(`MultiLabel: ${thresholds.length} thresholds for ${labels} labels`);
    this.#thresholds = thresholds;
    this.#right = new Float64Array(labels);
    this.#decided = new Float64Array(labels);
  }

  /** `all`: (labels) probabilities. `known`: the example's labels, each once; `missing`: how many more it has that the model lacks. */
  add(all: Float32Array, known: ReadonlySet<number>, missing: number, weight: number): void {
    let decided = 0;
    let right = 0;
    for (let j = 0; j < all.length; j++) {
      if (!(all[j] >= this.#thresholds[j])) continue;
      decided++;
      this.#decided[j] += weight;
      if (!known.has(j)) continue;
      right++;
      this.#right[j] += weight;
    }
    const labels = known.size + missing;
    this.#weight += weight;
    if (right === decided && right === labels) this.#exact += weight;
    this.#precision += weight * ratio(right, decided);
    this.#recall += weight * ratio(right, labels);
    this.#f1 += weight * ratio(2 * right, decided + labels);
    if (known.size > 0) this.#rank(all, known, weight);
  }

  #rank(all: Float32Array, known: ReadonlySet<number>, weight: number): void {
    const labels = known.size;
    let deepest = 0;
    let averagePrecision = 0;
    let disordered = 0;
    for (const label of known) {
      const probability = all[label];
      let rank = 0;
      for (let j = 0; j < all.length; j++) if (all[j] >= probability) rank++;
      let own = 0;
      for (const other of known) if (all[other] >= probability) own++;
      averagePrecision += own / rank;
      disordered += rank - own;
      if (rank > deepest) deepest = rank;
    }
    this.#rankedWeight += weight;
    this.#averagePrecision += weight * (averagePrecision / labels);
    this.#coverage += weight * deepest;
    this.#disorder += weight * ratio(disordered, labels * (all.length - labels));
  }

  /** `support`: (labels) weight of the examples that have each; `allSupport`: with the labels that the model lacks, `unknown` of them. */
  result(support: Float64Array, allSupport: number, unknown: number): MultiLabelMetrics {
    const decided = this.#decided;
    let [rightSum, decidedSum, present] = [0, 0, unknown];
    const macro = { precision: 0, recall: 0, f1: 0 };
    const weighted = { precision: 0, recall: 0, f1: 0 };
    for (let j = 0; j < decided.length; j++) {
      if (decided[j] === 0 && support[j] === 0) continue;
      present++;
      rightSum += this.#right[j];
      decidedSum += decided[j];
      const scores = scoresOf(this.#right[j], decided[j], support[j]);
      for (const name of ["precision", "recall", "f1"] as const) {
        macro[name] += scores[name];
        weighted[name] += support[j] * scores[name];
      }
    }
    const samples = { precision: this.#precision, recall: this.#recall, f1: this.#f1 };
    const ranked = (sum: number): number | null => (this.#rankedWeight > 0 ? sum / this.#rankedWeight : null);
    const pairs = this.#weight * (decided.length + unknown);
    return {
      labelsPerExample: ratio(allSupport, this.#weight),
      decisionsPerExample: ratio(decidedSum, this.#weight),
      subsetAccuracy: ratio(this.#exact, this.#weight),
      hammingLoss: ratio(decidedSum + allSupport - 2 * rightSum, pairs),
      micro: scoresOf(rightSum, decidedSum, allSupport),
      macro: divided(macro, present),
      weighted: divided(weighted, allSupport),
      samples: divided(samples, this.#weight),
      labelRankingAveragePrecision: ranked(this.#averagePrecision),
      coverageError: ranked(this.#coverage),
      rankingLoss: ranked(this.#disorder),
    };
  }
}

function scoresOf(right: number, decided: number, support: number): Scores {
  return {
    precision: ratio(right, decided),
    recall: ratio(right, support),
    f1: ratio(2 * right, decided + support),
  };
}

function divided({ precision, recall, f1 }: Scores, by: number): Scores {
  return { precision: ratio(precision, by), recall: ratio(recall, by), f1: ratio(f1, by) };
}
