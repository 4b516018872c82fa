// Reports: what goes into one, how it is collected, and the file that it becomes.

export { DataCollector } from "./collect/dataCollector.ts";
export { type GivenExample, HELD_OUT_REMARKS, heldOutAnswers } from "./collect/heldOutAnswers.ts";
export { LabelNumbers } from "./collect/labelNumbers.ts";
export { type AnsweredExample, MeasuredCollector, type MeasuredFacts } from "./collect/measuredCollector.ts";
export { measuredFromEvaluation } from "./collect/measuredFromEvaluation.ts";
export { calibrationOf, modelFacts } from "./collect/modelFacts.ts";
export { type ExplanationLimits, ONE_OF_MANY, shownExplanation, WHOLE_PAGE } from "./collect/shownExplanation.ts";
export { cutText, TextBudget } from "./collect/shownText.ts";
export { textHash } from "./collect/textHash.ts";
export { TextStore } from "./collect/textStore.ts";
export { STYLES } from "./generated/styles.ts";
export { renderReport } from "./render.ts";
export type {
  AnsweredText,
  ConfusionCell,
  DataOverview,
  Finding,
  FindingKind,
  Findings,
  LengthFigures,
  Measured,
  Mistake,
  ModelFacts,
  RankingCurve,
  ReportData,
  ShownExplanation,
  ShownText,
  ThresholdFigures,
} from "./reportData.ts";
