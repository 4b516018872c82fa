import type { TextClassifier } from "bax";
import { type Context, Hono } from "hono";
import { type BodyReader, Cors, type Digest, type Entrance, Gate, Keys, WebArrival } from "./http/index.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { Problem } from "./problem.ts";
import { type Metrics, type Operation, operationsOf, PREDICT, type Reload } from "./routes/index.ts";
import { Lifecycle, Models, type ServedModel, type Telemetry } from "./service/index.ts";

/** How a server is to be. */
export interface AppOptions {
  /** The models by name, or a registry of them in which they can be swapped while the server runs. */
  models: Models | Readonly<Record<string, TextClassifier | ServedModel>>;
  /** What a request may ask; what is left out is as in `DEFAULT_LIMITS`. */
  limits?: Partial<Limits> | undefined;
  /** API keys, any of which opens all routes but those of health. Without them anyone may ask. */
  keys?: readonly string[] | undefined;
  /** SHA-256 for comparing keys, where the platform has a faster one than Web Crypto's. */
  digest?: Digest | undefined;
  /** Origins whose pages may ask: "https://example.org", or "*"; none unless given. */
  origins?: readonly string[] | undefined;
  /** Who hears of requests: metrics, a log. */
  telemetry?: Telemetry | readonly Telemetry[] | undefined;
  /** Whether reports of requests have the texts that were asked about. */
  logTexts?: boolean | undefined;
  /** Stopping and readiness, for whoever runs the server. */
  lifecycle?: Lifecycle | undefined;
  /** Gives what `/metrics` answers; without it there is no such path. */
  metrics?: Metrics | undefined;
  /** Reads a model anew; without it there is no such path. */
  reload?: Reload | undefined;
  /** Reads bodies, where the runtime has a faster way than `Request`. */
  readBody?: BodyReader | undefined;
  /** Headers for every answer besides those that all have, in lower case: strict-transport-security, say. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** A path's pattern as Hono has it. */
function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** The methods of each pattern, for requests that no route answered; HEAD with GET. */
function methodsBy(operations: readonly Operation[]): (path: string) => string[] {
  const patterns = operations.map(({ path, method }) => ({
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    methods: method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()],
  }));
  return (path) => [...new Set(patterns.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])))].sort();
}

export type { Entrance };

/** The ways into a server. */
export interface Entrances {
  /** Takes all requests. */
  app: Hono;
  /** Takes those to label texts, without Hono and without the web's objects, for a runtime that has its own. */
  predict: Entrance;
}

/**
 * Makes the server's handler: a Hono app whose `fetch` takes a request and gives an answer, on any runtime that has those of the web. Nothing
 * listens, and nothing reads files. Throws a BaxError ("usage") for options that are none.
 */
export function createApp(options: AppOptions): Hono {
  return createEntrances(options).app;
}

/** `createApp`, and the shorter way for most requests. */
export function createEntrances(options: AppOptions): Entrances {
  const { telemetry = [], keys, digest, metrics, reload } = options;
  const models = options.models instanceof Models ? options.models : new Models(options.models);
  const lifecycle = options.lifecycle ?? new Lifecycle();
  const cors = new Cors(options.origins);
  const gate = new Gate({
    models,
    lifecycle,
    cors,
    limits: limitsOf(options.limits),
    keys: keys && new Keys(keys, digest),
    telemetry: Array.isArray(telemetry) ? telemetry : [telemetry],
    logTexts: options.logTexts ?? false,
    headers: options.headers,
  });
  const operations = operationsOf({ models, lifecycle, hasKeys: keys !== undefined, metrics, reload });
  const methodsOf = methodsBy(operations);
  const app = new Hono();
  const onTheWeb = (entrance: Entrance) => async (context: Context) => {
    const { body, ...init } = await entrance(new WebArrival(context, options.readBody));
    return new Response(body, init);
  };
  for (const { method, path, handler, manner } of operations)
    app.on(method.toUpperCase(), honoPath(path), onTheWeb(gate.handle(path, handler, manner)));
  const refuse = gate.handle("(none)", ({ arrival }) => {
    const methods = methodsOf(arrival.path);
    if (methods.length === 0) throw new Problem("not-found", "GET /docs shows what there is.");
    const detail = `The path has the methods ${methods.join(", ")}.`;
    throw new Problem("method", detail, { headers: { allow: methods.join(", ") } });
  });
  // A page's question comes without a key.
  const preflight = gate.handle(
    "(preflight)",
    ({ arrival, headers: asked }) => {
      const methods = methodsOf(arrival.path);
      const headers = cors.preflight(asked, methods);
      if (!headers || methods.length === 0)
        throw new Problem("method", "The page may not ask.", { headers: { allow: methods.join(", ") } });
      return { status: 204, type: "", body: null, headers };
    },
    { open: true },
  );
  app.notFound((context: Context) => {
    const { headers, method } = context.req.raw;
    const asksFirst = method === "OPTIONS" && headers.has("access-control-request-method");
    return onTheWeb(asksFirst ? preflight : refuse)(context);
  });
  return { app, predict: gate.handle(PREDICT.path, PREDICT.handler) };
}

/** `createApp` by a shorter name. */
export const app: typeof createApp = createApp;
