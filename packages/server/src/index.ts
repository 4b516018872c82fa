// The server for any runtime: a handler of requests, and what it is made of.
export { type AppOptions, app, createApp } from "./app.ts";
export type { BodyReader, Digest } from "./http/index.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { Problem, type ProblemKind, tryAgain } from "./problem.ts";
export type { Metrics, Reload } from "./routes/index.ts";
export type * from "./schemas/index.ts";
export {
  type Answerer,
  Batcher,
  BatchingAnswerer,
  type BatchingOptions,
  type BatchOptions,
  type BatchReport,
  type BatchWork,
  type Call,
  DirectAnswerer,
  type ExplainQuestion,
  fingerprintOf,
  Lifecycle,
  Models,
  ModelVersion,
  type RequestReport,
  type ServedModel,
  type Telemetry,
} from "./service/index.ts";
