// What the page and its worker say to each other. Data, model and mathematics live in the worker; the page has what it shows.
import type { DataOverview, Measured, ModelFacts, ShownExplanation } from "@bax/report";
import type {
  LabelFeatures,
  LearningCurve,
  NearExample,
  OptionRow,
  Prediction,
  TrainingChoices,
  TrainingProgress,
} from "bax";
import type { Preview, Warning } from "../data/index.ts";

/** Which columns hold what. */
export interface ChosenColumns {
  readonly text: string;
  readonly label: string;
  /** How often each text counts; null where all count alike. */
  readonly weight: string | null;
}

/** A file as the page hands it over. */
export interface GivenFile {
  readonly name: string;
  readonly blob: Blob;
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

/** What a model was measured on besides the part that its training held out. */
export interface TestedView {
  readonly measured: Measured;
  /** Names that the numbers of labels in `measured` stand for. */
  readonly shownLabels: readonly string[];
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
  /** The last test on other examples; null where there was none. */
  readonly tested: TestedView | null;
  readonly curve: LearningCurve;
  readonly notes: readonly string[];
  /** The options that were chosen by hand. */
  readonly choices: TrainingChoices;
  /** What was decided of the examples that it has learned from; null for a model that was opened. */
  readonly decisions: readonly DecisionView[] | null;
}

/** What a model says to a text. */
export interface AnswerView {
  readonly text: string;
  readonly predictions: readonly Prediction[];
  /** null for a text in which the model knows nothing. */
  readonly explanation: ShownExplanation | null;
}

/** An example whose label models that had not seen it hold for wrong. */
export interface Suspect {
  /** Number of the example, from 0. */
  readonly example: number;
  readonly text: string;
  readonly labels: readonly string[];
  /** The labels that it should have; that it should go, since the models cannot agree on others; null where a person has to decide. */
  readonly suggested: readonly string[] | "remove" | null;
  /** One sentence with the evidence. */
  readonly reason: string;
}

/** What the search for wrong labels found. */
export interface SuspectsView {
  /** The surest first. */
  readonly suspects: readonly Suspect[];
  /** How many labels are wrong, roughly. */
  readonly estimate: number;
  readonly notes: readonly string[];
}

/** What a user decided of an example: other labels, or null where it is to go; "keep" takes a decision back. */
export interface DecisionView {
  readonly example: number;
  readonly decision: readonly string[] | null | "keep";
}

/** A model in fewer bytes, and what that costs: on texts that both have learned from; null where there are none at hand. */
export interface SmallerView {
  readonly bytes: number;
  /** Share of the texts to which both say the same. */
  readonly agreement: number | null;
  readonly accuracyBefore: number | null;
  readonly accuracyAfter: number | null;
  readonly texts: number;
}

/** What is left of an earlier visit. */
export interface RestoredView {
  readonly data: GivenData | null;
  readonly model: ModelView | null;
  readonly suspects: SuspectsView | null;
  /** Decisions that are not "keep". */
  readonly decisions: readonly DecisionView[];
  readonly choices: TrainingChoices;
  /** The one table of training options. */
  readonly options: readonly OptionRow[];
}

/** What the page may ask; each answer comes once. */
export interface Requests {
  open(name: string, blob: Blob): GivenData;
  chooseColumns(columns: ChosenColumns): GivenData;
  train(choices: TrainingChoices): ModelView;
  /** Ends the training, test or search that runs; `keep`: what training has learned so far is the model. */
  stop(keep: boolean): null;
  /** Looks for wrong labels: learns several times from parts of the data. */
  findSuspects(): SuspectsView;
  decide(decision: DecisionView): null;
  /** The data as they were decided to be, as CSV. */
  cleanedData(): Blob;
  openModel(name: string, blob: Blob): ModelView;
  /** Measures the model on a file of labelled texts, or on the data that are open where there is none. */
  test(file: GivenFile | null): ModelView;
  answer(text: string, label: string | null): AnswerView;
  /** The examples that the model sees as most alike to a text; none where no data are open. */
  near(text: string): readonly NearExample[];
  /** What speaks loudest for a label in its examples; null where no data are open. */
  strongest(label: string): LabelFeatures | null;
  /** The model's file; `isSmall`: of the one that `shrink` made. */
  modelFile(isSmall: boolean): Uint8Array;
  /** Makes a copy of the model whose file has at most so many bytes. */
  shrink(bytes: number): SmallerView;
  /** The report of the model, as an HTML file. */
  reportFile(): Blob;
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
  | { readonly kind: "searching"; readonly fraction: number }
  | { readonly kind: "testing"; readonly fraction: number }
  | { readonly kind: "training"; readonly step: TrainingProgress };

/** What the worker says. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly progress: Progress };
