import type { Interval } from "./intervals.ts";

/** How well one label is found. A share whose denominator is 0 is 0. */
export interface LabelMetrics {
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

/** What a model got right on labelled text. Plain data: `JSON.stringify` gives what `bax test --json` prints. */
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
  /**
   * Mean of −Σ_j y_j log p_j in nats, y_j = 1 / (number of labels of the example); null where no example has a known label. Where p_j are
   * judged each by itself (the losses ova and ns) it says nothing of labels that are wrong, so it compares models of one loss only.
   */
  readonly logLoss: number | null;
  /** Expected calibration error of the first answer, 15 bins of equal mass. */
  readonly ece: number;
  /** 95 % each. */
  readonly intervals: { readonly accuracy: Interval; readonly precisionAtK: Interval; readonly recallAtK: Interval };
  /** In the model's order; labels that neither occur nor are answered are left out. */
  readonly perLabel: readonly LabelMetrics[];
  /** Most frequent first, at most 20; an example with several labels counts for each, when its first answer is none of them. */
  readonly confusions: readonly Confusion[];
  /** Labels of the data that the model has never seen, most frequent first. They count as missed. */
  readonly unknownLabels: readonly { readonly label: string; readonly count: number }[];
  readonly seconds: number;
  readonly examplesPerSecond: number;
}
