export type { Checkpointing, CheckpointStore, StoredCheckpoint } from "./checkpoint.ts";
export { chooseFeatures } from "./chosenFeatures.ts";
export { placeClassWeights } from "./classWeights.ts";
export type { SpawnWorker, WorkerHandle } from "./control.ts";
export { Corpus } from "./corpus.ts";
export {
  type AveragedMetric,
  type CrossValidation,
  crossValidate,
  type FoldMean,
  type FoldPlan,
} from "./crossValidation.ts";
export { DEFAULT_BUCKETS, readingOptions, resolveOptions } from "./defaults.ts";
export { Engine } from "./engine.ts";
export { recordGold, recordIds, recordLabels } from "./exampleRecord.ts";
export { weighFeatures } from "./fit.ts";
export { answerPart, goldOf } from "./heldOut.ts";
export { readExamples } from "./intake.ts";
export { checkLearnable } from "./learnable.ts";
export { checkOptions } from "./optionChecks.ts";
export {
  OPTIONS,
  type OptionRow,
  type OptionSearch,
  type OptionValue,
  type TrainingChoices,
  type TrainingOptions,
} from "./options.ts";
export type { OutOfFold } from "./outOfFold.ts";
export type {
  LearningCurve,
  Trained,
  TrainingHooks,
  TrainingPlatform,
  TrainingProgress,
  TrainingReport,
} from "./report.ts";
export { retrain } from "./retrain.ts";
export { Run } from "./run.ts";
export { holdOut } from "./schedule.ts";
export type { ScratchFile } from "./spilledStore.ts";
export { threadCount } from "./threadCount.ts";
export { train } from "./train.ts";
