import type { TextClassifier } from "bax";
import { type Answer, type Exchange, JSON_TYPE, jsonAnswer, requireAccepted } from "../http/index.ts";
import {
  type ModelDecision,
  type ModelDetails,
  type ModelEntry,
  modelDetails,
  modelList,
  type ReloadAnswer,
  reloadAnswer,
} from "../schemas/index.ts";
import { exactJson, type Models } from "../service/index.ts";
import type { Operation } from "./operation.ts";

/** Reads a model anew and puts it in the place of the old one. Refuses with a Problem; then the old one goes on. */
export type Reload = (name: string) => Promise<ReloadAnswer>;

/** The route that lists models. */
export function listOperation(models: Models): Operation {
  return {
    method: "get",
    path: "/v1/models",
    id: "listModels",
    tag: "models",
    summary: "Lists the models.",
    answer: [{ type: JSON_TYPE, schema: modelList }],
    async handler({ headers }) {
      requireAccepted(headers, JSON_TYPE);
      const found: ModelEntry[] = [];
      for (const model of models.all())
        found.push({ name: model.name, version: await model.version, labels: model.classifier.labels.length });
      return jsonAnswer(JSON.stringify({ models: found }));
    },
  };
}

async function details(exchange: Exchange): Promise<Answer> {
  requireAccepted(exchange.headers, JSON_TYPE);
  const model = exchange.model();
  const { classifier } = model;
  const { options, training } = classifier.metadata;
  const found: ModelDetails = {
    name: model.name,
    version: await model.version,
    fingerprint: await model.fingerprint,
    labels: [...classifier.labels],
    dimension: classifier.dimension,
    features: classifier.featureCount,
    options,
    training,
    metrics: isRecord(training.valid) ? training.valid : null,
    calibration: calibrationOf(classifier),
    decision: decisionOf(classifier),
  };
  return jsonAnswer(exactJson(found));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function calibrationOf({ calibration }: TextClassifier): ModelDetails["calibration"] {
  if (!calibration) return null;
  const { temperature, platt } = calibration;
  return { temperature, platt: platt && { slopes: [...platt.slopes], offsets: [...platt.offsets] } };
}

function decisionOf({ decision }: TextClassifier): ModelDecision | null {
  return decision ? { wanted: { ...decision.wanted }, thresholds: [...decision.thresholds] } : null;
}

/** The route that describes a model. */
export const DETAILS: Operation = {
  method: "get",
  path: "/v1/models/{name}",
  id: "getModel",
  tag: "models",
  summary: "Describes a model: its labels, options, what was measured, and its fingerprint.",
  answer: [{ type: JSON_TYPE, schema: modelDetails }],
  handler: details,
};

/** The route that reads a model anew, for servers that can. */
export function reloadOperation(reload: Reload): Operation {
  return {
    method: "post",
    path: "/v1/models/{name}/reload",
    id: "reloadModel",
    tag: "models",
    summary: "Reads a model's file anew; where that fails the old model goes on.",
    answer: [{ type: JSON_TYPE, schema: reloadAnswer }],
    refusals: [422, 503],
    async handler(exchange) {
      requireAccepted(exchange.headers, JSON_TYPE);
      return jsonAnswer(JSON.stringify(await reload(exchange.model().name)));
    },
  };
}
