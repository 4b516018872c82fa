export { chooseFeatures } from "./chosenFeatures.ts";
export type { SpawnWorker, WorkerHandle } from "./control.ts";
export { Corpus } from "./corpus.ts";
export { DEFAULT_BUCKETS, readingOptions, resolveOptions } from "./defaults.ts";
export { Engine } from "./engine.ts";
export { answerBags } from "./heldOut.ts";
export { readExamples } from "./intake.ts";
export {
  checkOptions,
  OPTIONS,
  type OptionRow,
  type OptionSearch,
  type OptionValue,
  type TrainingChoices,
  type TrainingOptions,
} from "./options.ts";
export type { Trained, TrainingHooks, TrainingPlatform, TrainingProgress, TrainingReport } from "./report.ts";
export { retrain } from "./retrain.ts";
export { Run } from "./run.ts";
export { holdOut } from "./schedule.ts";
export { threadCount } from "./threadCount.ts";
export { train } from "./train.ts";
export { turn } from "./turn.ts";
