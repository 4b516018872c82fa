// What a report is made of: plain data that survives JSON.stringify. Labels are numbers into `labels` wherever there are many of them.
import type { CalibrationBin, Evaluation, ExplanationFeature, ExplanationSpan, LearningCurve } from "bax";

/** All that a report shows. A part that is null or empty is left out of the page, or the page says why. */
export interface ReportData {
  readonly kind: "train" | "test" | "audit" | "explain";
  readonly title: string;
  /** When it was made, as people read it; given by the caller, since all else is the same for the same input. */
  readonly date: string;
  /** Version of bax. */
  readonly version: string;
  /** Names that the numbers of labels below stand for: the model's labels in its order, then those of the data that it lacks. */
  readonly labels: readonly string[];
  readonly data: DataOverview | null;
  readonly measured: Measured | null;
  /** Why nothing was measured, where `measured` is null and a reader would expect it. */
  readonly notMeasured: string | null;
  /** From training; empty for other kinds. */
  readonly curve: LearningCurve;
  readonly model: ModelFacts | null;
  readonly findings: Findings | null;
  readonly explanations: readonly ShownExplanation[];
  /** The command that makes this again, and remarks on it. */
  readonly reproduce: { readonly command: string; readonly notes: readonly string[] } | null;
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}

/** The examples themselves. */
export interface DataOverview {
  /** What they are: "test.txt", "what the model learned from". */
  readonly name: string;
  readonly examples: number;
  /** Texts with nothing in them but spaces. */
  readonly empty: number;
  /** Texts that an earlier one is, letter for letter. */
  readonly duplicates: number;
  readonly words: LengthFigures;
  readonly characters: LengthFigures;
  /** Most frequent first. */
  readonly labels: readonly { readonly label: number; readonly count: number; readonly texts: readonly ShownText[] }[];
  /** Labels that are not in `labels`, where there are more than a page can show. */
  readonly moreLabels: number;
}

/** How long texts are. */
export interface LengthFigures {
  readonly least: number;
  /** A quarter, a half, three quarters, 95 % of the texts are at most so long. */
  readonly quarter: number;
  readonly median: number;
  readonly threeQuarters: number;
  readonly most95: number;
  readonly most: number;
  readonly mean: number;
}

/** A text as it is shown. */
export interface ShownText {
  readonly text: string;
  /** Whether it goes on: it was cut after so many characters as a report shows. */
  readonly cut: boolean;
}

/** What a model answered to labelled text. */
export interface Measured {
  /** "held-out part of the data", "test.txt". */
  readonly name: string;
  /** With what training leaves out of its own: the reliability, and average precision and ROC AUC of the labels. */
  readonly evaluation: Evaluation;
  /** Of the first answers before calibration; null where the model is not calibrated, or is measured as it is. */
  readonly uncalibrated: { readonly ece: number; readonly reliability: readonly CalibrationBin[] } | null;
  /** Cells of the confusion matrix that are not 0, the mistakes first, most frequent first. */
  readonly cells: readonly ConfusionCell[];
  /** Of each label that has one, and of all labels together (label −1); null where there are too many probabilities to keep. */
  readonly curves: readonly RankingCurve[] | null;
  /** Null where no answers were kept. */
  readonly thresholds: ThresholdFigures | null;
  /** What must be known of the explanations of the mistakes, such as that another model is explained; null for nothing. */
  readonly explained: string | null;
  /** The surest first. */
  readonly mistakes: readonly Mistake[];
  /** Remarks on what could not be kept or shown. */
  readonly notes: readonly string[];
}

/** `count` examples of label `gold` were answered with `predicted`. */
export interface ConfusionCell {
  readonly gold: number;
  readonly predicted: number;
  readonly count: number;
  /** Some of them: of mistakes the surest first, of right answers the least sure first. */
  readonly texts: readonly AnsweredText[];
}

/** A text and how sure the first answer to it was. */
export interface AnsweredText extends ShownText {
  /** 0 to 1. */
  readonly confidence: number;
}

/**
 * What lies at and above a threshold, exact at every point, the highest threshold first; the last point is all examples. Precision is
 * found / (found + wrong), recall found / positives, the rate of false alarms wrong / negatives.
 */
export interface RankingCurve {
  /** −1: all pairs of an example and a label at once. */
  readonly label: number;
  readonly positives: number;
  readonly negatives: number;
  readonly averagePrecision: number | null;
  readonly rocAuc: number | null;
  /** (points) each. */
  readonly thresholds: readonly number[];
  readonly found: readonly number[];
  readonly wrong: readonly number[];
}

/** Answers by how sure they are, so that what is right at a threshold can be counted exactly at each of `thresholds`. */
export interface ThresholdFigures {
  /** What an answer is: the first of each example, or each label that is sure enough, where an example may have several. */
  readonly answers: "first" | "each";
  /** Ascending, the first is 0. */
  readonly thresholds: readonly number[];
  readonly examples: number;
  /** Labels that the examples have, in all. */
  readonly gold: number;
  /** Examples by their surest answer: [threshold, weight] pairs, one after the other. */
  readonly surest: readonly number[];
  /** `answers` of each label with [threshold, right, wrong] one after the other, and how many examples have it. */
  readonly labels: readonly { readonly label: number; readonly gold: number; readonly answers: readonly number[] }[];
}

/** A wrong first answer. */
export interface Mistake extends AnsweredText {
  readonly gold: readonly number[];
  readonly predicted: number;
  /** Why the answer rather than the label; null where the label is new to the model, or the text was not kept. */
  readonly explanation: ShownExplanation | null;
}

/** An explanation as it is shown: of a long text the beginning, and the sum of the rest. */
export interface ShownExplanation extends ShownText {
  readonly label: string;
  readonly against: string | null;
  readonly probability: number;
  readonly logit: number;
  readonly bias: number;
  /** In order; `start` and `end` are UTF-16 indices into `text`. */
  readonly spans: readonly Pick<ExplanationSpan, "start" | "end" | "contribution">[];
  /** What the spans that are not shown add. */
  readonly beyond: number;
  /** The strongest first. */
  readonly features: readonly Pick<ExplanationFeature, "text" | "kind" | "contribution" | "known">[];
  readonly moreFeatures: number;
}

/** What is known of the model. */
export interface ModelFacts {
  readonly file: string | null;
  readonly bytes: number | null;
  readonly features: number;
  readonly dimension: number;
  readonly labels: number;
  /** Examples that it learned from; null where the file does not say. */
  readonly examples: number | null;
  readonly fingerprint: string | null;
  readonly version: string | null;
  /** How its probabilities are corrected: all by one number, `temperature`, or each label by a line of its own. */
  readonly calibration: { readonly temperature: number; readonly eachLabel: boolean } | null;
  readonly seconds: { readonly read: number; readonly train: number; readonly total: number } | null;
  /** Every option with its value, and whether it was chosen by hand; the rest suits the data. */
  readonly options: readonly { readonly name: string; readonly value: string; readonly chosen: boolean }[];
}

/** What an audit found in data. */
export interface Findings {
  /** Of each kind, in the order of the page. */
  readonly kinds: readonly FindingKind[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** A sort of finding. */
export interface FindingKind {
  readonly kind: string;
  /** "Probably mislabelled". */
  readonly name: string;
  /** What it means, one sentence. */
  readonly meaning: string;
  /** How many there are, also where fewer are listed. */
  readonly count: number;
}

/** One finding: an example, and what may be wrong with it. */
export interface Finding {
  readonly kind: string;
  /** Greater is surer; what it measures depends on the kind. */
  readonly score: number;
  readonly reason: string;
  /** Number of the example, from 1; null where the finding is about labels. */
  readonly row: number | null;
  /** Where it is: "train.txt:17". */
  readonly place: string | null;
  /** null where the finding is about labels. */
  readonly text: string | null;
  readonly cut: boolean;
  readonly label: string | null;
  /** The label that it should have, if one is known. */
  readonly suggestion: string | null;
  readonly others: readonly {
    readonly row: number;
    readonly place: string | null;
    /** null where it was not kept. */
    readonly text: string | null;
    readonly label: string | null;
  }[];
}
