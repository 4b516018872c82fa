export type { Calibration, Decision, Platt, ScoredExamples, Target, Wanted } from "./calibration.ts";
export { plattScaling } from "./platt.ts";
export { softmaxTemperature, type TreeTurns, targetScore, treeTemperature } from "./temperature.ts";
export { type Answer, AnswerSample, chooseThresholds } from "./thresholds.ts";
