// What is measured of a server, for Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { BatchReport, Lifecycle, Metrics, Models, RequestReport, Telemetry } from "../index.ts";
import { type Tally, TallyHistogram } from "./tallies.ts";

/** Seconds, from a tenth of a millisecond to ten seconds. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const TEXTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The series of a model. */
interface ModelSeries {
  texts: number;
  readonly batchTexts: Tally;
  readonly batchSeconds: Tally;
  readonly batchWaited: Tally;
}

/** Counts requests, batches and models in a registry of its own. */
export class ServerMetrics implements Telemetry {
  readonly registry: Registry = new Registry();
  private readonly seconds: TallyHistogram;
  private readonly problems: Counter;
  private readonly batchTexts: TallyHistogram;
  private readonly batchSeconds: TallyHistogram;
  private readonly batchWaited: TallyHistogram;
  private readonly loads: Counter;
  private readonly lostWorkers: Counter;
  /** By route, then by method, then by status: looked up without making a key. */
  private readonly routes = new Map<string, Map<string, Map<number, Tally>>>();
  private readonly models = new Map<string, ModelSeries>();

  constructor(models: Models, lifecycle: Lifecycle) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const histogram = (name: string, help: string, bounds: readonly number[]): TallyHistogram =>
      new TallyHistogram(this.registry, name, help, bounds);
    const seconds = histogram(
      "bax_request_duration_seconds",
      "Time until an answer was ready; of a stream, until its end",
      SECONDS,
    );
    this.seconds = seconds;
    new Counter({
      name: "bax_requests_total",
      help: "Requests answered",
      labelNames: ["route", "method", "status"],
      registers,
      collect() {
        this.reset();
        for (const { labels, count } of seconds.all()) this.inc(labels, count);
      },
    });
    this.problems = new Counter({
      name: "bax_problems_total",
      help: "Requests refused, by the kind of problem",
      labelNames: ["kind"],
      registers,
    });
    const asked = this.models;
    new Counter({
      name: "bax_texts_total",
      help: "Texts asked about",
      labelNames: ["model"],
      registers,
      collect() {
        this.reset();
        for (const [model, { texts }] of asked) this.inc({ model }, texts);
      },
    });
    this.batchTexts = histogram("bax_batch_texts", "Texts that were answered together", TEXTS);
    this.batchSeconds = histogram("bax_batch_duration_seconds", "Time that a batch took in the model", SECONDS);
    this.batchWaited = histogram(
      "bax_batch_wait_seconds",
      "Time that the first request of a batch waited for its turn",
      SECONDS,
    );
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
    this.tallyOf(route, method, status).observe(seconds);
    if (model !== undefined && texts > 0) this.modelSeries(model).texts += texts;
    if (problem !== undefined) this.problems.inc({ kind: problem });
  }

  batch(model: string, { texts, waited, seconds }: BatchReport): void {
    const series = this.modelSeries(model);
    series.batchTexts.observe(texts);
    series.batchSeconds.observe(seconds);
    series.batchWaited.observe(waited);
  }

  private tallyOf(route: string, method: string, status: number): Tally {
    // A client may make up methods: they all are one.
    const known = KNOWN_METHODS.has(method) ? method : "other";
    const statuses = orMake(
      orMake(this.routes, route, () => new Map<string, Map<number, Tally>>()),
      known,
      () => new Map<number, Tally>(),
    );
    return orMake(statuses, status, () => this.seconds.tally({ route, method: known, status: String(status) }));
  }

  private modelSeries(model: string): ModelSeries {
    return orMake(this.models, model, () => ({
      texts: 0,
      batchTexts: this.batchTexts.tally({ model }),
      batchSeconds: this.batchSeconds.tally({ model }),
      batchWaited: this.batchWaited.tally({ model }),
    }));
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

/** What a map has under a key; made where it has nothing. */
function orMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
