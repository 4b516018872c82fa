export type { SpawnWorker, WorkerHandle } from "./control.ts";
export { checkOptions, OPTIONS, type OptionRow, type TrainingChoices, type TrainingOptions } from "./options.ts";
export {
  type Trained,
  type TrainingHooks,
  type TrainingPlatform,
  type TrainingProgress,
  type TrainingReport,
  train,
} from "./train.ts";
