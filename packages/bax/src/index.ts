// The contents of the library, in the order in which data meets it.
export {
  AUDIT_KINDS,
  type Audit,
  type AuditFinding,
  type AuditKind,
  type AuditOptions,
  type AuditProgress,
  type AuditRow,
  type AuditSuggestion,
  audit,
  type LabelErrorSummary,
} from "./audit/index.ts";
export type { Calibration, Decision, Platt, Wanted } from "./calibration/index.ts";
export { type CompareOptions, type Comparison, compare } from "./comparison.ts";
export { type CompressionChoices, type CompressionOptions, ROW_KINDS, type RowKind } from "./compression/index.ts";
export {
  type Example,
  type Examples,
  formatFixed,
  formatGeneral,
  type LabelledText,
  type LineBlock,
  labelledTexts,
  readWordVectors,
  type WordVectors,
} from "./data/index.ts";
export { BaxError, type BaxErrorCode } from "./errors.ts";
export type {
  AnsweredShare,
  CalibrationBin,
  Confusion,
  CoveragePoint,
  Difference,
  Evaluation,
  Interval,
  LabelMetrics,
  McNemar,
  MultiLabelMetrics,
  PairedTests,
  RankingFigures,
  Scores,
} from "./evaluation/index.ts";
export { CalibrationError } from "./evaluation/index.ts";
export type {
  ExampleIndex,
  Explanation,
  ExplanationFeature,
  ExplanationSpan,
  FeatureInfluence,
  LabelFeatures,
  NearExample,
} from "./explanation/index.ts";
export { type FastTextEntry, FastTextModel, type Neighbour } from "./fastTextModel.ts";
export type { FastTextKind, ModelDescription, ModelFile } from "./formats/index.ts";
export { cost, type Gradient, gradient, type NumericExample } from "./math/cost.ts";
export { exp, log } from "./math/elementary.ts";
export type { LinearBag, SparseFeatures } from "./math/linearBag.ts";
export type { EvaluateOptions, MeasuredExample } from "./measurement.ts";
export type { FastTextArguments } from "./model/index.ts";
export type { PoolOptions, PredictionPool } from "./pool/index.ts";
export type { Abstention, BatchPredictions, Prediction, PredictOptions, Score } from "./prediction.ts";
export { TextClassifier, type TrainOptions } from "./textClassifier.ts";
export {
  type AveragedMetric,
  type Checkpointing,
  type CheckpointStore,
  type CrossValidation,
  checkOptions,
  type FoldMean,
  type FoldPlan,
  type LearningCurve,
  OPTIONS,
  type OptionRow,
  type OptionSearch,
  type OptionValue,
  type OutOfFold,
  type StoredCheckpoint,
  type TrainingChoices,
  type TrainingHooks,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingReport,
} from "./training/index.ts";
export {
  METRICS,
  type Metric,
  parseMetric,
  type TuneDescription,
  type TuneHooks,
  type TuneMeasurement,
  type TuneOptions,
  type TuneResult,
  type TuneStep,
  type TuneTrial,
  tune,
} from "./tuning/index.ts";
export { VERSION } from "./version.ts";
