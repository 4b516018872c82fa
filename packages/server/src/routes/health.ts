import { type Answer, JSON_TYPE, jsonAnswer } from "../http/index.ts";
import { health, live, ready } from "../schemas/index.ts";
import type { Lifecycle } from "../service/index.ts";
import type { Operation } from "./operation.ts";

/** Gives the metrics as text. */
export type Metrics = () => Promise<{ type: string; body: string }> | { type: string; body: string };

/** Routes that tell whether the server lives and is ready. Open to anyone, since they tell nothing else. */
export function healthOperations(lifecycle: Lifecycle): Operation[] {
  const readiness = (ok: string, not: (status: string) => string): Answer => {
    const { status } = lifecycle;
    if (status === "ok") return jsonAnswer(ok);
    return { status: 503, type: JSON_TYPE, body: not(status), headers: { "retry-after": "1" } };
  };
  const manner = { open: true };
  return [
    {
      method: "get",
      path: "/healthz",
      id: "health",
      tag: "health",
      summary: "Tells that the process lives.",
      answer: [{ type: JSON_TYPE, schema: health }],
      manner,
      handler: () => jsonAnswer('{"status":"ok"}'),
    },
    {
      method: "get",
      path: "/readyz",
      id: "ready",
      tag: "health",
      summary: "Tells whether requests are taken.",
      answer: [{ type: JSON_TYPE, schema: health }],
      manner,
      handler: () => readiness('{"status":"ok"}', (status) => JSON.stringify({ status })),
    },
    {
      method: "get",
      path: "/v2/health/live",
      id: "serverLive",
      tag: "inference protocol",
      summary: "Tells that the process lives.",
      answer: [{ type: JSON_TYPE, schema: live }],
      manner,
      handler: () => jsonAnswer('{"live":true}'),
    },
    {
      method: "get",
      path: "/v2/health/ready",
      id: "serverReady",
      tag: "inference protocol",
      summary: "Tells whether requests are taken.",
      answer: [{ type: JSON_TYPE, schema: ready }],
      manner,
      handler: () => readiness('{"ready":true}', () => '{"ready":false}'),
    },
  ];
}

/** The route of the metrics, for servers that have some. */
export function metricsOperation(metrics: Metrics): Operation {
  return {
    method: "get",
    path: "/metrics",
    id: "metrics",
    tag: "health",
    summary: "Gives metrics in Prometheus' text format.",
    answer: [{ type: "text/plain" }],
    async handler() {
      return { status: 200, ...(await metrics()) };
    },
  };
}
