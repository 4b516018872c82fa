// A client for any runtime that has `fetch`. Nothing of the server comes with it: of the schemas it has the types alone.
export type {
  ExplainChoices,
  ExplainManyAnswer,
  ExplainOneAnswer,
  LabelScore,
  ModelDetails,
  ModelEntry,
  PredictChoices,
  PredictedLabel,
  PredictManyAnswer,
  PredictOneAnswer,
  ProblemDocument,
  ScoreChoices,
  ScoreManyAnswer,
  ScoreOneAnswer,
  TextExplanation,
  TextPredictions,
} from "../schemas/index.ts";
export { BaxClient, type BaxClientOptions, type CallOptions, type StreamOptions } from "./client.ts";
export { BaxServerError } from "./error.ts";
