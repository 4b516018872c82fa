import type { PredictOptions } from "bax";
import type { PredictChoices } from "../schemas/index.ts";
import type { ModelVersion } from "../service/index.ts";

/** The options of most requests. */
const NO_OPTIONS: PredictOptions = {};

/** The options for the model of a request that was checked. */
export function optionsOf({ k, threshold, labels, abstain, raw }: PredictChoices): PredictOptions {
  if (k === undefined && threshold === undefined && !labels && !abstain && raw === undefined) return NO_OPTIONS;
  return { k, threshold, labels, abstain, raw };
}

/** How many labels a text may be answered. */
export function answersPerText({ classifier }: ModelVersion, { k = 1, labels }: PredictOptions): number {
  return Math.min(k, labels?.length ?? Number.POSITIVE_INFINITY, classifier.labels.length);
}
