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
export { Engine, type Rate } from "./engine.ts";
export { exampleBytes, finishExample, recordGold, recordIds, recordLabels } from "./exampleRecord.ts";
export { MemoryStore } from "./exampleStore.ts";
export { Fingerprint } from "./fingerprint.ts";
export { weighFeatures } from "./fit.ts";
export { answerPart, goldOf } from "./heldOut.ts";
export { wantedBy } from "./heldOutCalibration.ts";
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
export { holdOut, linearDecay } from "./schedule.ts";
export type { ScratchFile } from "./spilledStore.ts";
export { placeStart } from "./startingPoint.ts";
export { threadCount } from "./threadCount.ts";
export { train } from "./train.ts";
