export { type CalibrationBin, CalibrationError } from "./calibration.ts";
export {
  type ComparedAnswers,
  compareAnswers,
  type Difference,
  type McNemar,
  type PairedTests,
} from "./comparison.ts";
export type { CoveragePoint } from "./coverage.ts";
export type { AnsweredShare, Confusion, Evaluation, LabelMetrics } from "./evaluation.ts";
export { Evaluator } from "./evaluator.ts";
export { type Interval, meanInterval, wilsonInterval } from "./intervals.ts";
export type { MultiLabelMetrics, Scores } from "./multiLabel.ts";
export type { RankingFigures } from "./ranking.ts";
