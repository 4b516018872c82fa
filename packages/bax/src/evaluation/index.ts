export type { Confusion, Evaluation, LabelMetrics } from "./evaluation.ts";
export { Evaluator } from "./evaluator.ts";
export { type Interval, meanInterval } from "./intervals.ts";
