export type { Checkpointing, CheckpointStore, StoredCheckpoint } from "./checkpoint.ts";
export type { SpawnWorker, WorkerHandle } from "./control.ts";
export {
  type AveragedMetric,
  type CrossValidation,
  crossValidate,
  type FoldMean,
  type FoldPlan,
  type OutOfFold,
} from "./crossValidation.ts";
export { checkOptions, OPTIONS, type OptionRow, type TrainingChoices, type TrainingOptions } from "./options.ts";
export type { Trained, TrainingHooks, TrainingPlatform, TrainingProgress, TrainingReport } from "./report.ts";
export { retrain } from "./retrain.ts";
export type { ScratchFile } from "./spilledStore.ts";
export { train } from "./train.ts";
