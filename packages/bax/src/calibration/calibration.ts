/**
 * How the scores of a trained model are corrected so that a probability of 0.8 comes true 80 times in 100. Everything is float32, so that it
 * survives the model file unchanged.
 */
export interface Calibration {
  /** T > 0: the scores s = B h are divided by it. Below 1 the model was too shy, above 1 too sure. */
  readonly temperature: number;
  /** Where each label is judged by itself (one-vs-all, negative sampling); the logit of label j is slopes[j] · s_j / T + offsets[j]. */
  readonly platt: Platt | null;
}

/** Platt's line for each label. */
export interface Platt {
  /** (labels), each above 0. */
  readonly slopes: readonly number[];
  /** (labels). */
  readonly offsets: readonly number[];
}

/** What a user wants of the answers that are given: the share of them that is right, of what is right that is found, or the share that is kept. */
export type Wanted = { readonly precision: number } | { readonly recall: number } | { readonly share: number };

/** From which probability on a label is answered. */
export interface Decision {
  readonly wanted: Wanted;
  /** (labels): least probability, 0 to 1; above 1 for a label that is never answered. */
  readonly thresholds: readonly number[];
}

/** What is right for an example: indices of labels, and the share of the target that each has, the same unless given. */
export interface Target {
  readonly labels: readonly number[];
  readonly shares?: readonly number[] | undefined;
  /** How often the example counts; 1 unless given. */
  readonly weight?: number | undefined;
}

/** Examples with the scores that a model gave them, before any correction. */
export interface ScoredExamples {
  readonly labelCount: number;
  /** (targets, labels) s. */
  readonly scores: Float32Array;
  /** Labels that the model lacks are left out; an example without any is not there. */
  readonly targets: readonly Target[];
}
