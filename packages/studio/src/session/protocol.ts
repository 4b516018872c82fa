// What the page and its worker say to each other. Data, model and mathematics live in the worker; the page has what it shows.
import type { DataOverview, Measured, ModelFacts, ShownExplanation } from "@bax/report";
import type { LearningCurve, NearExample, OptionRow, Prediction, TrainingChoices, TrainingProgress } from "bax";
import type { Preview, Warning } from "../data/index.ts";

/** Which columns hold what. */
export interface ChosenColumns {
  readonly text: string;
  readonly label: string;
}

/** The data as the page shows them. */
export interface GivenData {
  readonly name: string;
  readonly format: string;
  readonly rowCount: number;
  /** Rows that can be learned from. */
  readonly examples: number;
  readonly names: readonly string[];
  readonly columns: ChosenColumns;
  /** Names that the numbers of labels in `overview` stand for. */
  readonly labels: readonly string[];
  readonly overview: DataOverview | null;
  readonly warnings: readonly Warning[];
  readonly notes: readonly string[];
  /** The first rows. */
  readonly preview: Preview;
}

/** A trained or opened model and what is known of it. */
export interface ModelView {
  /** What it is called. */
  readonly name: string;
  readonly labels: readonly string[];
  /** Names that the numbers of labels in `measured` stand for. */
  readonly shownLabels: readonly string[];
  readonly facts: ModelFacts;
  readonly bytes: number;
  readonly measured: Measured | null;
  readonly notMeasured: string | null;
  readonly curve: LearningCurve;
  readonly notes: readonly string[];
  /** The options that were chosen by hand. */
  readonly choices: TrainingChoices;
}

/** What a model says to a text. */
export interface AnswerView {
  readonly text: string;
  readonly predictions: readonly Prediction[];
  /** null for a text in which the model knows nothing. */
  readonly explanation: ShownExplanation | null;
  readonly near: readonly NearExample[];
}

/** What is left of an earlier visit. */
export interface RestoredView {
  readonly data: GivenData | null;
  readonly model: ModelView | null;
  readonly choices: TrainingChoices;
  /** The one table of training options. */
  readonly options: readonly OptionRow[];
}

/** What the page may ask; each answer comes once. */
export interface Requests {
  open(name: string, blob: Blob): GivenData;
  chooseColumns(columns: ChosenColumns): GivenData;
  train(choices: TrainingChoices): ModelView;
  /** Ends the training that runs; `keep`: what it has learned so far is the model. */
  stop(keep: boolean): null;
  openModel(name: string, blob: Blob): ModelView;
  answer(text: string, label: string | null): AnswerView;
  /** The model's file. */
  modelFile(): Uint8Array;
  restore(): RestoredView;
  forget(): null;
}

/** A question of the page. */
export interface Request {
  readonly id: number;
  readonly method: keyof Requests;
  readonly args: readonly unknown[];
}

/** What went wrong, in plain words. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** How far something is that takes long. */
export type Progress =
  | { readonly kind: "reading"; readonly fraction: number }
  | { readonly kind: "training"; readonly step: TrainingProgress };

/** What the worker says. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly progress: Progress };
