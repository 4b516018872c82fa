import type { CalibrationBin } from "./calibration.ts";
import type { CoveragePoint } from "./coverage.ts";
import type { Interval } from "./intervals.ts";
import type { MultiLabelMetrics } from "./multiLabel.ts";
import type { RankingFigures } from "./ranking.ts";

/** How well one label is found. A share whose denominator is 0 is 0. */
export interface LabelMetrics extends RankingFigures {
  readonly label: string;
  /** Right among those answered with this label. */
  readonly precision: number;
  /** Found among the examples that have it. */
  readonly recall: number;
  /** 2·precision·recall / (precision + recall). */
  readonly f1: number;
  /** Examples that have this label. */
  readonly support: number;
  /** Examples answered with it. */
  readonly predicted: number;
}

/** The label `gold` was answered with `predicted` `count` times. */
export interface Confusion {
  readonly gold: string;
  readonly predicted: string;
  readonly count: number;
}

/** The examples that get an answer. */
export interface AnsweredShare {
  /** Of all examples. */
  readonly share: number;
  /** Of those that are answered, by their first answer; 0 where none is. */
  readonly accuracy: number;
  /** 95 %, of the accuracy. */
  readonly interval: Interval;
}

/**
 * What a model got right on labelled text. Plain data without NaN: `JSON.stringify` gives what `bax test --json` prints.
 *
 * Figures that take the probabilities of all labels are null where those were not looked at: while training measures itself after each
 * epoch, and for hierarchical softmax with more than 10,000 labels. Those that keep them all for the end (`averagePrecision`, `rocAuc` and
 * their means) are null as well past 2^26 probabilities, examples × labels. Nothing else is ever left out.
 */
export interface Evaluation {
  /** Examples that have at least one label; others cannot be judged and are not counted. */
  readonly examples: number;
  /** Labels that the model knows. */
  readonly labels: number;
  /** Answers looked at for each example. */
  readonly k: number;
  /** Share of examples whose first answer is one of their labels; P@1. */
  readonly accuracy: number;
  /** Right answers / answers, over the first k of every example. */
  readonly precisionAtK: number;
  /** Right answers / labels, over the first k of every example. */
  readonly recallAtK: number;
  /** Harmonic mean of precision and recall over all answers: the first for single-label data, the first k for multi-label data. */
  readonly microF1: number;
  /** Mean of the labels' F1, over labels that occur or are answered; the same answers as `microF1`. */
  readonly macroF1: number;
  /** Mean of the labels' F1, each as heavy as it is frequent; the same answers as `microF1`. */
  readonly weightedF1: number;
  /**
   * Mean of −Σ_j y_j log p_j in nats, y_j = 1 / (number of labels of the example); null where no example has a known label. Where p_j are
   * judged each by itself (the losses ova and ns) it says nothing of labels that are wrong, so it compares models of one loss only.
   */
  readonly logLoss: number | null;
  /**
   * Brier score, 0 is best: mean of Σ_j (p_j − y_j)² over examples, 0 to 2; for multi-label data the mean of (p_j − y_j)² over examples and
   * labels, 0 to 1. y_j = 1 for each label of the example. Source: Brier, Monthly Weather Review 78 (1950).
   */
  readonly brier: number | null;
  /** Expected calibration error of the first answer, 15 bins of equal mass. */
  readonly ece: number;
  /** The bins of `ece`, the least confident first. */
  readonly reliability: readonly CalibrationBin[] | null;
  /** Accuracy by coverage: what is right if only answers from some confidence on are given. At most 100 points, the last is all examples. */
  readonly coverage: readonly CoveragePoint[] | null;
  /** Area under the risk-coverage curve, risk = 1 − accuracy: 0 is best. */
  readonly aurc: number | null;
  /** Mean of the labels' average precision, over labels that occur. Labels that the model lacks have none. */
  readonly macroAveragePrecision: number | null;
  /** Average precision over all pairs of an example and a label at once. */
  readonly microAveragePrecision: number | null;
  /** Mean of the labels' average precision, each as heavy as it is frequent. */
  readonly weightedAveragePrecision: number | null;
  /** Mean of the labels' area under the ROC curve, each against all others, over labels that some examples have and some have not. */
  readonly macroRocAuc: number | null;
  /** Area under the ROC curve over all pairs of an example and a label at once. */
  readonly microRocAuc: number | null;
  /** Mean of the labels' area under the ROC curve, each as heavy as it is frequent. */
  readonly weightedRocAuc: number | null;
  /** 95 % each. */
  readonly intervals: { readonly accuracy: Interval; readonly precisionAtK: Interval; readonly recallAtK: Interval };
  /** In the model's order; labels that neither occur nor are answered are left out. */
  readonly perLabel: readonly LabelMetrics[];
  /** Figures of several labels an example; null for data whose examples have one each. */
  readonly multiLabel: MultiLabelMetrics | null;
  /** What a model with thresholds of its own answers at all; null for one that always answers. All other figures are of all answers. */
  readonly answered: AnsweredShare | null;
  /** Most frequent first, at most 20; an example with several labels counts for each, when its first answer is none of them. */
  readonly confusions: readonly Confusion[];
  /**
   * All cells of the confusion matrix that are not 0, rows (`gold`) and columns (`predicted`) in the model's order, labels that it lacks
   * after them. An example with several labels counts as in `confusions`, and once on the diagonal where its first answer is one of them.
   */
  readonly confusionMatrix: readonly Confusion[] | null;
  /** Labels of the data that the model has never seen, most frequent first. They count as missed. */
  readonly unknownLabels: readonly { readonly label: string; readonly count: number }[];
  readonly seconds: number;
  readonly examplesPerSecond: number;
}
