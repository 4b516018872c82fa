import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { availableParallelism } from "node:os";
import { BaxError } from "bax";
import { createEntrances } from "../app.ts";
import { DEFAULT_LIMITS, Lifecycle, type Limits, Models } from "../index.ts";
import { DirectRequests } from "./directRequests.ts";
import { IncomingBodies } from "./incomingBody.ts";
import { type Certificate, Listener } from "./listener.ts";
import { errorText, type LoggedRequests, LogLines, type LogTarget } from "./logLines.ts";
import { ServerMetrics } from "./metrics.ts";
import { type ModelEvents, ModelFiles } from "./modelFiles.ts";

/** How a server is to be. */
export interface ServeOptions {
  /** Paths of model files by the names under which they are served. */
  readonly models: Readonly<Record<string, string>>;
  /** An address of this machine; "127.0.0.1" unless given. Any that others can reach asks for keys. */
  readonly host?: string | undefined;
  /** 0 takes any that is free; 8080 unless given. */
  readonly port?: number | undefined;
  /** API keys. */
  readonly keys?: readonly string[] | undefined;
  readonly certificate?: Certificate | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Origins of pages that may ask. */
  readonly origins?: readonly string[] | undefined;
  /** Workers for each model; unless given as many as the machine has cores, up to 8. 1: none. */
  readonly threads?: number | undefined;
  /** Texts that may wait for each model; 10,000 unless given. */
  readonly waitingTexts?: number | undefined;
  /** Seconds that texts may wait, by how fast they were answered lately; past that requests are refused. 0.5 unless given. */
  readonly waitingSeconds?: number | undefined;
  /** Connections that may be open at once; 20,000 unless given. */
  readonly connections?: number | undefined;
  /** Milliseconds in which the headers of a request have to be there; 10,000 unless given. */
  readonly headersWithin?: number | undefined;
  /** Milliseconds in which a body has to be there, but of a stream of lines; 30,000 unless given. */
  readonly bodyWithin?: number | undefined;
  /** Milliseconds between two looks at the files, which are read anew when they change; 1000 unless given, 0 for never. */
  readonly watch?: number | undefined;
  /** Milliseconds between being not ready any more and taking no new connections, for whoever sends requests here to notice. */
  readonly drain?: number | undefined;
  /** Milliseconds that requests under way have to end when the server stops; 30,000 unless given. */
  readonly stopWithin?: number | undefined;
  /** Where lines of the log go; the process's standard error unless given. */
  readonly log?: LogTarget | undefined;
  /** Requests that are logged; those that the server failed unless given. */
  readonly logRequests?: LoggedRequests | undefined;
  /** Whether the log has the texts that were asked about. */
  readonly logTexts?: boolean | undefined;
}

/** A server that runs. */
export interface RunningServer {
  /** Where it is reached. */
  readonly url: string;
  readonly models: Models;
  /** Reads all models anew; what cannot be used is logged, and the old model goes on. */
  reload(): Promise<void>;
  /** Answers what is under way, refuses what is new, and ends. */
  stop(): Promise<void>;
}

/** How long a connection on which nothing is under way is kept when the server stops: a request may be on its way already. */
const GRACE_MS = 500;
/** When for so long no connection was opened, none waits to be taken. */
const QUIET_MS = 50;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/**
 * Serves models by HTTP until it is stopped. Resolves when requests are taken. Throws a BaxError: "usage" for options that are none or an
 * address that others can reach without keys, "file" or "model" for a model that cannot be served.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", keys, certificate, watch = 1000 } = options;
  requireKeys(host, keys);
  const log = new LogLines(options.log ?? process.stderr, options.logRequests ?? "failed");
  const models = new Models();
  const lifecycle = new Lifecycle("loading");
  const metrics = new ServerMetrics(models, lifecycle);
  const files = new ModelFiles(models, new Map(Object.entries(options.models)), {
    threads: threadsOf(options.threads),
    waitingTexts: options.waitingTexts ?? 10_000,
    waitingSeconds: options.waitingSeconds ?? 0.5,
    events: eventsFor(log, metrics),
  });
  const bodies = new IncomingBodies(options.bodyWithin ?? 30_000);
  const { app, predict } = createEntrances({
    models,
    lifecycle,
    keys,
    metrics: metrics.text,
    telemetry: [metrics, log],
    limits: options.limits,
    origins: options.origins,
    logTexts: options.logTexts,
    digest: (text) => createHash("sha256").update(text).digest(),
    reload: files.reload,
    readBody: (_, environment, limit) => bodies.read((environment as { incoming: IncomingMessage }).incoming, limit),
    headers: certificate ? { "strict-transport-security": "max-age=31536000" } : undefined,
  });
  const listener = new Listener({
    fetch: (request, environment) => app.fetch(request, environment),
    direct: new DirectRequests(predict, bodies),
    host,
    port: options.port ?? 8080,
    certificate,
    connections: options.connections ?? 20_000,
    headersWithin: options.headersWithin ?? 10_000,
    bodyBytes: options.limits?.bodyBytes ?? DEFAULT_LIMITS.bodyBytes,
  });
  await files.open();
  const url = await listener.listen();
  if (watch > 0) files.watch(watch);
  lifecycle.open();
  log.event("info", "listening", { url, models: models.all().map(({ name }) => name), keys: keys !== undefined });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    log.event("info", "stopping", { inFlight: lifecycle.inFlight });
    files.close();
    await end(lifecycle, listener, options);
    await models.close();
    log.event("info", "stopped");
  };
  return {
    url,
    models,
    reload: () => files.reloadAll(),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Ends what is under way, within the time there is for it. */
async function end(
  lifecycle: Lifecycle,
  listener: Listener,
  { drain = 0, stopWithin = 30_000 }: ServeOptions,
): Promise<void> {
  lifecycle.stop();
  if (drain > 0) await wait(drain);
  const until = performance.now() + stopWithin;
  // Connections that the system has opened are taken first, as long as that does not go on and on.
  const patience = performance.now() + Math.min(GRACE_MS, stopWithin);
  await wait(QUIET_MS);
  while (listener.quiet < QUIET_MS && performance.now() < patience) await wait(10);
  listener.stop();
  const grace = performance.now() + Math.min(GRACE_MS, stopWithin);
  while ((await listener.connections()) > 0 && performance.now() < until) {
    if (performance.now() >= grace) {
      lifecycle.refuse();
      listener.cut(false);
    }
    await wait(10);
  }
  lifecycle.refuse();
  listener.cut(true);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function requireKeys(host: string, keys: readonly string[] | undefined): void {
  if (keys !== undefined || LOOPBACK.test(host)) return;
  throw new BaxError(
    "usage",
    `host ${host}: others can reach it, and there are no API keys`,
    "Give keys, or listen to 127.0.0.1 behind a server that asks for them.",
  );
}

function threadsOf(given: number | undefined): number {
  const threads = given ?? Math.min(8, availableParallelism());
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new BaxError("usage", `threads: got ${threads}, expected a whole number from 1`, "1 needs no worker.");
}

function eventsFor(log: LogLines, metrics: ServerMetrics): ModelEvents {
  return {
    loaded(model, version, isFirst, seconds) {
      metrics.loaded(model);
      log.event("info", isFirst ? "model loaded" : "model replaced", {
        model,
        version,
        seconds: Number(seconds.toFixed(3)),
      });
    },
    refused(model, error) {
      metrics.refused(model);
      log.event("error", "model refused; the old one goes on", { model, error: errorText(error) });
    },
    workerLost(model, error) {
      metrics.workerLost(model);
      log.event("error", "a worker was lost", { model, error: errorText(error) });
    },
    batch: (model, report) => metrics.batch(model, report),
  };
}
