import type { Lifecycle, Models } from "../service/index.ts";
import { withDocument } from "./about.ts";
import { EXPLAIN } from "./explain.ts";
import { healthOperations, type Metrics, metricsOperation } from "./health.ts";
import { INFER } from "./infer.ts";
import { DETAILS, listOperation, type Reload, reloadOperation } from "./models.ts";
import type { Operation } from "./operation.ts";
import { PREDICT } from "./predict.ts";
import { SCORE } from "./score.ts";

export type { Metrics } from "./health.ts";
export type { Reload } from "./models.ts";
export type { Operation } from "./operation.ts";
export { PREDICT } from "./predict.ts";

/** What the routes are about. */
export interface RouteOptions {
  models: Models;
  lifecycle: Lifecycle;
  hasKeys: boolean;
  metrics: Metrics | undefined;
  reload: Reload | undefined;
}

/** All routes of a server. */
export function operationsOf({ models, lifecycle, hasKeys, metrics, reload }: RouteOptions): Operation[] {
  const operations = [
    PREDICT,
    EXPLAIN,
    SCORE,
    listOperation(models),
    DETAILS,
    ...(reload ? [reloadOperation(reload)] : []),
    ...healthOperations(lifecycle),
    ...(metrics ? [metricsOperation(metrics)] : []),
    ...INFER,
  ];
  return withDocument(operations, hasKeys);
}
