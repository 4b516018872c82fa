import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { Heap } from "../kernels/index.ts";
import { detectPlatform } from "../platform/index.ts";
import { checkOptions, readingOptions, type TrainingChoices } from "../training/index.ts";
import { turn } from "../turn.ts";
import { rungsFor } from "./halving.ts";
import { type Metric, parseMetric } from "./metric.ts";
import type { TuneMeasurement, TuneTrial } from "./report.ts";
import { Search } from "./search.ts";
import { SearchSpace } from "./searchSpace.ts";
import { splitsOf } from "./splits.ts";
import { TextStore } from "./textStore.ts";

/** Of a search that is told nothing else, in seconds. */
const USUAL_SECONDS = 300;

/** What a search may cost and what it is to reach. */
export interface TuneOptions {
  /** Trials to make, the defaults being the first. Then the clock decides nothing: the same data, options and seed give the same result. */
  trials?: number | undefined;
  /** Wall time to search for, in seconds; 300 where neither this nor `trials` is given. What was begun by then does not count. */
  seconds?: number | undefined;
  /** What is to be best: one of `METRICS`; "accuracy" unless given. */
  metric?: string | undefined;
  /** Most bytes that the model's file may have, before it is compressed. */
  bytes?: number | undefined;
  /**
   * Most microseconds that labelling a text of this data may take on one core. It is counted from the features of the texts and the size
   * of A and B, for one certain machine, and not clocked: on another the figures may all be off by the same factor.
   */
  microseconds?: number | undefined;
  /** Text to measure on; without it parts of the text to learn from are held out in turn. Called once for each way to read text. */
  validation?: (() => Examples) | undefined;
  /** Measurements of an earlier run with the same data and options: what they tell is not measured again. */
  results?: readonly TuneMeasurement[] | undefined;
}

/** What a search tells while it runs, and how it is stopped. */
export interface TuneHooks {
  /** Once, when the data is read. Whatever it throws ends the search. */
  onStart?: ((description: TuneDescription) => void) | undefined;
  /** Before each measurement. */
  onStep?: ((step: TuneStep) => void) | undefined;
  /** After each measurement that was made, not for those of `results`. */
  onMeasurement?: ((measurement: TuneMeasurement) => void) | undefined;
  /** When a trial has ended: it was the best of its bracket or fell behind. */
  onTrial?: ((trial: TuneTrial) => void) | undefined;
  /** Stops at once: the search throws a BaxError ("aborted"). */
  signal?: AbortSignal | undefined;
  /** Stops soon, with the best trial so far. */
  stopSignal?: AbortSignal | undefined;
}

/** All that the measurements of a search depend on: two searches with the same description continue each other. */
export interface TuneDescription {
  /** Of the data, those to measure on included: 16 hexadecimal digits. */
  readonly fingerprint: string;
  readonly examples: number;
  readonly labels: number;
  readonly metric: string;
  readonly bytes: number | null;
  readonly microseconds: number | null;
  /** Options that were given, but for `threads`, which change nothing. */
  readonly options: TrainingChoices;
  /** What is searched: keys of the options table with what they may become. */
  readonly space: Readonly<Record<string, unknown>>;
}

/** The measurement that begins. */
export interface TuneStep {
  readonly trial: number;
  /** From 0. */
  readonly rung: number;
  readonly rungs: number;
  /** Seconds since the search began. */
  readonly seconds: number;
}

/** What a search found. */
export interface TuneResult {
  /** What to train with: the options that were given and those of the best trial. `TextClassifier.train` chooses the rest. */
  readonly options: TrainingChoices;
  readonly best: TuneTrial;
  /** The first trial. */
  readonly defaults: TuneTrial;
  /** In the order in which they ended. */
  readonly trials: readonly TuneTrial[];
  readonly metric: string;
  readonly seconds: number;
  /** Whether `stopSignal` ended it early. */
  readonly interrupted: boolean;
}

function checkNumber(name: string, value: number | undefined, whole: boolean, least: number): void {
  if (value === undefined || (value >= least && Number.isFinite(value) && (!whole || Number.isInteger(value)))) return;
  const expected = whole ? `a whole number from ${least}` : "a number above 0";
  throw new BaxError("usage", `${name}: got ${value}, expected ${expected}`, "Leave it out for a search of 5 minutes.");
}

function checkGiven(given: TrainingChoices): void {
  if (given.tokenizer === "fasttext") {
    throw new BaxError(
      "usage",
      "--tokenizer fasttext: tune searches for bax's own features",
      "For fastText's use: bax fasttext supervised -autotune-validation FILE.",
    );
  }
  if (given.valid === 0) {
    throw new BaxError("usage", "--valid 0: a search must measure on something", "Leave --valid out, or name a file.");
  }
}

function checkLabel({ name, label }: Metric, labels: readonly string[]): void {
  if (label === undefined || labels.includes(label)) return;
  const shown = labels.slice(0, 10).join(", ");
  throw new BaxError(
    "usage",
    `--metric ${name}: the data has no label "${label}"`,
    `Its labels are ${shown}${labels.length > 10 ? `, and ${labels.length - 10} more` : ""}.`,
  );
}

/** What `tune` does (index.ts). */
export async function tune(
  read: () => Examples,
  options: TrainingChoices & TuneOptions & TuneHooks = {},
): Promise<TuneResult> {
  const { trials, seconds, metric: metricName, bytes, microseconds, validation, results, ...rest } = options;
  const { onStart, onStep, onMeasurement, onTrial, signal, stopSignal, ...choices } = rest;
  const given = checkOptions({ ...choices });
  checkGiven(given);
  checkNumber("trials", trials, true, 1);
  checkNumber("seconds", seconds, false, Number.MIN_VALUE);
  checkNumber("bytes", bytes, false, Number.MIN_VALUE);
  checkNumber("microseconds", microseconds, false, Number.MIN_VALUE);
  if (trials !== undefined && seconds !== undefined) {
    throw new BaxError("usage", "trials and seconds: two budgets are given", "Give one of them.");
  }
  const metric = parseMetric(metricName ?? "accuracy");
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const most = trials === undefined ? (seconds ?? USUAL_SECONDS) : Number.POSITIVE_INFINITY;
  const aborted = () => new BaxError("aborted", "the search was stopped", "Run it again to search.");
  const stopped = async (): Promise<boolean> => {
    await turn();
    if (signal?.aborted) throw aborted();
    return stopSignal?.aborted === true || elapsed() >= most;
  };
  const heap = new Heap();
  const pause = async (): Promise<void> => {
    // Reading is not cut off by the clock: there is no best without the text.
    await turn();
    if (signal?.aborted || stopSignal?.aborted) throw aborted();
  };
  const store = new TextStore(heap, { read, validation }, given, pause);
  const text = await store.get(readingOptions(given));
  checkLabel(metric, text.labels);
  const facts = { examples: text.examples, labels: text.labels.length };
  const seed = given.seed ?? 1;
  const splits = splitsOf(text, given.valid, seed).filter(({ measured }) => measured.length > 0);
  if (splits.length === 0) {
    throw new BaxError(
      "data",
      `training data: ${facts.examples} examples are too few to hold any out`,
      "Give more, or name labelled text to measure on.",
    );
  }
  const space = new SearchSpace(given, metric);
  const { threads: _, ...settled } = given;
  onStart?.({
    fingerprint: text.fingerprint,
    ...facts,
    metric: metric.name,
    bytes: bytes ?? null,
    microseconds: microseconds ?? null,
    options: settled,
    space: Object.fromEntries(space.rows.map(({ key, search }) => [key, search])),
  });
  const search = new Search({
    workshop: { heap, platform: detectPlatform(), stopped },
    store,
    space,
    metric,
    given,
    facts,
    splits,
    rungs: rungsFor(facts.examples, splits.length),
    limits: { bytes, microseconds },
    seed,
    results: results ?? [],
    hooks: { onMeasurement, onTrial, onStep: (step) => onStep?.({ ...step, seconds: elapsed() }) },
  });
  await search.run(trials ?? Number.POSITIVE_INFINITY);
  const { best, defaults } = search.choose();
  return {
    options: { ...given, ...best.changes },
    best,
    defaults,
    trials: search.ended,
    metric: metric.name,
    seconds: elapsed(),
    interrupted: stopSignal?.aborted === true,
  };
}
