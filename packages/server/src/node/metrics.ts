// What is measured of a server, for Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { BatchReport, Lifecycle, Metrics, Models, RequestReport, Telemetry } from "../index.ts";

/** Seconds, from a tenth of a millisecond to ten seconds. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const TEXTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The series of a route, looked up once: that takes longer than to count. */
interface RouteSeries {
  readonly seconds: Histogram.Internal<string>;
  readonly requests: Counter.Internal;
}

/** The series of a model. */
interface ModelSeries {
  readonly texts: Counter.Internal;
  readonly batchTexts: Histogram.Internal<string>;
  readonly batchSeconds: Histogram.Internal<string>;
  readonly batchWaited: Histogram.Internal<string>;
}

/** Counts requests, batches and models in a registry of its own. */
export class ServerMetrics implements Telemetry {
  readonly registry: Registry = new Registry();
  private readonly seconds: Histogram;
  private readonly requests: Counter;
  private readonly problems: Counter;
  private readonly texts: Counter;
  private readonly batchTexts: Histogram;
  private readonly batchSeconds: Histogram;
  private readonly batchWaited: Histogram;
  private readonly loads: Counter;
  private readonly lostWorkers: Counter;
  /** By status and method, then by route. */
  private readonly routes = new Map<string, Map<string, RouteSeries>>();
  private readonly models = new Map<string, ModelSeries>();

  constructor(models: Models, lifecycle: Lifecycle) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const route = ["route", "method", "status"];
    this.seconds = new Histogram({
      name: "bax_request_duration_seconds",
      help: "Time until an answer was ready; of a stream, until its end",
      labelNames: route,
      buckets: SECONDS,
      registers,
    });
    this.requests = new Counter({
      name: "bax_requests_total",
      help: "Requests answered",
      labelNames: route,
      registers,
    });
    this.problems = new Counter({
      name: "bax_problems_total",
      help: "Requests refused, by the kind of problem",
      labelNames: ["kind"],
      registers,
    });
    this.texts = new Counter({ name: "bax_texts_total", help: "Texts asked about", labelNames: ["model"], registers });
    this.batchTexts = new Histogram({
      name: "bax_batch_texts",
      help: "Texts that were answered together",
      labelNames: ["model"],
      buckets: TEXTS,
      registers,
    });
    this.batchSeconds = new Histogram({
      name: "bax_batch_duration_seconds",
      help: "Time that a batch took in the model",
      labelNames: ["model"],
      buckets: SECONDS,
      registers,
    });
    this.batchWaited = new Histogram({
      name: "bax_batch_wait_seconds",
      help: "Time that the first request of a batch waited for its turn",
      labelNames: ["model"],
      buckets: SECONDS,
      registers,
    });
    this.loads = new Counter({
      name: "bax_model_loads_total",
      help: "Models read and served, and files refused",
      labelNames: ["model", "result"],
      registers,
    });
    this.lostWorkers = new Counter({
      name: "bax_workers_lost_total",
      help: "Workers that ended, or did not come up",
      labelNames: ["model"],
      registers,
    });
    new Gauge({
      name: "bax_requests_in_flight",
      help: "Requests under way, streams included",
      registers,
      collect() {
        this.set(lifecycle.inFlight);
      },
    });
    new Gauge({
      name: "bax_queue_texts",
      help: "Texts that wait or are being answered",
      labelNames: ["model"],
      registers,
      collect() {
        for (const { name, answerer } of models.all()) this.set({ model: name }, answerer.waiting);
      },
    });
    new Gauge({
      name: "bax_model_info",
      help: "The models that are served, each 1",
      labelNames: ["model", "version", "labels"],
      registers,
      async collect() {
        this.reset();
        for (const { name, version, classifier } of models.all())
          this.set({ model: name, version: await version, labels: classifier.labels.length }, 1);
      },
    });
  }

  ended({ route, method, status, seconds, model, texts, problem }: RequestReport): void {
    const series = this.routeSeries(route, method, status);
    series.seconds.observe(seconds);
    series.requests.inc();
    if (model !== undefined && texts > 0) this.modelSeries(model).texts.inc(texts);
    if (problem !== undefined) this.problems.inc({ kind: problem });
  }

  batch(model: string, { texts, waited, seconds }: BatchReport): void {
    const series = this.modelSeries(model);
    series.batchTexts.observe(texts);
    series.batchSeconds.observe(seconds);
    series.batchWaited.observe(waited);
  }

  private routeSeries(route: string, method: string, status: number): RouteSeries {
    // A client may make up methods: they all are one.
    const known = KNOWN_METHODS.has(method) ? method : "other";
    const key = `${status} ${known}`;
    let routes = this.routes.get(key);
    if (!routes) {
      routes = new Map();
      this.routes.set(key, routes);
    }
    let series = routes.get(route);
    if (!series) {
      const labels = { route, method: known, status: String(status) };
      series = { seconds: this.seconds.labels(labels), requests: this.requests.labels(labels) };
      routes.set(route, series);
    }
    return series;
  }

  private modelSeries(model: string): ModelSeries {
    let series = this.models.get(model);
    if (!series) {
      series = {
        texts: this.texts.labels(model),
        batchTexts: this.batchTexts.labels(model),
        batchSeconds: this.batchSeconds.labels(model),
        batchWaited: this.batchWaited.labels(model),
      };
      this.models.set(model, series);
    }
    return series;
  }

  loaded(model: string): void {
    this.loads.inc({ model, result: "loaded" });
  }

  refused(model: string): void {
    this.loads.inc({ model, result: "refused" });
  }

  workerLost(model: string): void {
    this.lostWorkers.inc({ model });
  }

  /** What the route `/metrics` answers. */
  text: Metrics = async () => ({ type: this.registry.contentType, body: await this.registry.metrics() });
}
