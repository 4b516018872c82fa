export { type Answerer, type Call, DirectAnswerer, type ExplainQuestion } from "./answerer.ts";
export { Batcher, type BatchOptions, type BatchReport, type BatchWork } from "./batcher.ts";
export { BatchingAnswerer, type BatchingOptions } from "./batchingAnswerer.ts";
export { exactJson } from "./exactJson.ts";
export { Lifecycle } from "./lifecycle.ts";
export { Models } from "./models.ts";
export { fingerprintOf, ModelVersion, type ServedModel } from "./modelVersion.ts";
export { type Placed, PlacedList } from "./placedList.ts";
export type { RequestReport, Telemetry } from "./telemetry.ts";
