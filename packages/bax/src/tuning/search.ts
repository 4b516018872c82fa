import { BaxError } from "../errors.ts";
import { Random } from "../math/random.ts";
import { readingOptions, resolveOptions, type TrainingChoices } from "../training/index.ts";
import { type ModelCost, modelCost } from "./cost.ts";
import { brackets, type Rung, survivors } from "./halving.ts";
import type { Metric } from "./metric.ts";
import type { TuneMeasurement, TuneOutcome, TuneTrial } from "./report.ts";
import { gainOver, type Score, scoreOf } from "./scoring.ts";
import type { Facts, Point, SearchSpace } from "./searchSpace.ts";
import { partOf, type Split } from "./splits.ts";
import { settingOf, type TextStore } from "./textStore.ts";
import { type Answers, FailedTrial, fit, type Workshop } from "./trials.ts";

/** Draws before a trial is given up: all points near were tried, or none keeps to the limits. */
const MOST_DRAWS = 60;
/** One draw in so many starts from the defaults again, the others from the best so far. */
const FROM_DEFAULTS = 4;
/** A trial that is behind the defaults by more standard errors than this goes no further, however few are better. */
const HOPELESS = 2;
/** The best must be ahead of the defaults by more standard errors than this, or the defaults are kept. */
const LEAST_LEAD = 0.5;

/** What a search works with. */
export interface SearchSettings {
  workshop: Workshop;
  store: TextStore;
  space: SearchSpace;
  metric: Metric;
  given: TrainingChoices;
  facts: Facts;
  splits: readonly Split[];
  rungs: readonly Rung[];
  limits: { bytes: number | undefined; microseconds: number | undefined };
  seed: number;
  /** Measurements that need not be made again. */
  results: readonly TuneMeasurement[];
  hooks: {
    onMeasurement: ((measurement: TuneMeasurement) => void) | undefined;
    onTrial: ((trial: TuneTrial) => void) | undefined;
    onStep: (step: { trial: number; rung: number; rungs: number }) => void;
  };
}

/** A trial while the search runs. */
interface Candidate {
  number: number;
  point: Point;
  /** As the final model would have them. */
  choices: TrainingChoices;
  cost: ModelCost;
  outcome: TuneOutcome;
  /** By rung. */
  scores: Score[];
  /** Answers of the folds that were learned from all of their text; later rungs need not do those again. */
  folds: Answers[];
  seconds: number;
}

/** Stopped by the clock or the user: what is under way does not count. */
class Stopped extends Error {}

/** Those that read the text alike one after another, in the order in which their settings first come. */
function bySetting(candidates: readonly Candidate[]): Candidate[] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const setting = settingOf(readingOptions(candidate.choices));
    groups.set(setting, [...(groups.get(setting) ?? []), candidate]);
  }
  return [...groups.values()].flat();
}

/** The search itself: draws trials in brackets, measures them rung by rung, and chooses. */
export class Search {
  /** Trials that have ended, in that order. */
  readonly ended: TuneTrial[] = [];
  private readonly settings: SearchSettings;
  private readonly known: Map<string, TuneMeasurement>;
  private readonly seen = new Set<string>();
  /** Those with a figure at the full price. */
  private readonly complete: Candidate[] = [];
  private defaults: Candidate | undefined;
  private count = 0;

  constructor(settings: SearchSettings) {
    this.settings = settings;
    this.known = new Map(settings.results.map((result) => [`${result.trial}/${result.rung}`, result]));
  }

  /** Makes so many trials, or as many as there is time for. */
  async run(trials: number): Promise<void> {
    try {
      const defaults = await this.candidate({});
      this.seen.add("{}");
      this.defaults = defaults;
      // Each rung, so that every trial has them to be compared with.
      for (let rung = 0; rung < this.settings.rungs.length; rung++) await this.measure(defaults, rung);
      this.end(defaults);
      for (const size of brackets(trials)) if (!(await this.bracket(size))) break;
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }

  /** The best trial that was measured thoroughly, or the defaults where none is clearly better. */
  choose(): { best: TuneTrial; defaults: TuneTrial } {
    const { defaults } = this;
    if (!defaults) throw new Error("nothing was begun");
    const { metric } = this.settings;
    const last = this.settings.rungs.length - 1;
    const isFit = (one: Candidate) => one.outcome === "measured";
    const [best = defaults] = this.ranked(this.complete.filter(isFit), last);
    // Defaults that failed are another matter: training halves its rate and goes on.
    if (best.outcome === "too large" || best.outcome === "too slow") {
      throw this.refusal(best.outcome);
    }
    const lead = isFit(defaults) && defaults.scores[last] && gainOver(metric, best.scores[last], defaults.scores[last]);
    const keeps = lead && !(lead.gain > LEAST_LEAD * lead.error);
    return { best: this.told(keeps ? defaults : best), defaults: this.told(defaults) };
  }

  private refusal(outcome: TuneOutcome): BaxError {
    const { bytes, microseconds } = this.settings.limits;
    const least = (of: (trial: TuneTrial) => number) =>
      this.ended.reduce((a, trial) => Math.min(a, of(trial)), Infinity);
    const what =
      outcome === "too large"
        ? `a file of ${bytes} bytes: the smallest has ${least((trial) => trial.bytes)}`
        : `${microseconds} microseconds a text: the fastest takes ${least((trial) => trial.microseconds).toFixed(2)}`;
    return new BaxError("usage", `no trial keeps to ${what}`, "Allow more, or search for longer.");
  }

  /** One bracket of successive halving; false where there is nothing left to try. */
  private async bracket(size: number): Promise<boolean> {
    const { rungs } = this.settings;
    const [best] = this.ranked(this.complete, rungs.length - 1);
    let alive: Candidate[] = [];
    for (let i = 0; i < size; i++) {
      const candidate = await this.draw(best?.point ?? {});
      if (!candidate) break;
      if (candidate.outcome === "measured") alive.push(candidate);
      else this.end(candidate);
    }
    const isEmpty = alive.length === 0;
    for (let rung = 0; rung < rungs.length; rung++) {
      // Those that read the text alike come together: their text is still at hand. It changes no figure.
      for (const candidate of bySetting(alive)) await this.measure(candidate, rung);
      const ranked = this.ranked(alive, rung);
      const going =
        rung === rungs.length - 1
          ? []
          : ranked.slice(0, survivors(ranked.length)).filter((one) => !this.isHopeless(one, rung));
      for (const one of alive) if (!going.includes(one)) this.end(one);
      alive = going;
    }
    return !isEmpty;
  }

  /** A new trial near a point, one that keeps to the limits if there is one; undefined where nothing new is found. */
  private async draw(best: Point): Promise<Candidate | undefined> {
    const { space, facts, seed } = this.settings;
    // Each trial has numbers of its own: what one trial does changes nothing for the next.
    const random = new Random((seed % 2 ** 32) * 1_000_003 + this.count + 1);
    const from = random.below(FROM_DEFAULTS) === 0 ? {} : best;
    let last: Candidate | undefined;
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      const more = Math.floor(draw / 10);
      const point = space.draw(random, from, facts, more);
      const key = JSON.stringify(point);
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      last = await this.candidate(point);
      if (last.outcome === "measured") break;
      // It was only looked at: the number goes to the next.
      this.count--;
    }
    if (last && last.outcome !== "measured") this.count++;
    return last;
  }

  private async candidate(point: Point): Promise<Candidate> {
    const { space, facts, store, limits, workshop } = this.settings;
    if (this.defaults && (await workshop.stopped())) throw new Stopped();
    const choices = space.choices(point, facts);
    const text = await store.get(readingOptions(choices));
    const cost = modelCost(text, resolveOptions(choices, facts, text.featureCounts));
    const outcome =
      cost.bytes > (limits.bytes ?? Number.POSITIVE_INFINITY)
        ? "too large"
        : cost.microseconds > (limits.microseconds ?? Number.POSITIVE_INFINITY)
          ? "too slow"
          : "measured";
    return { number: ++this.count, point, choices, cost, outcome, scores: [], folds: [], seconds: 0 };
  }

  private async measure(candidate: Candidate, rung: number): Promise<void> {
    const { rungs, hooks } = this.settings;
    const { number, point } = candidate;
    const known = this.known.get(`${number}/${rung}`);
    if (known && JSON.stringify(known.point) === JSON.stringify(point)) {
      this.note(candidate, rung, known);
      return;
    }
    hooks.onStep({ trial: number, rung, rungs: rungs.length });
    const began = performance.now();
    let outcome: TuneMeasurement["outcome"] = "measured";
    let found: Score = { score: null, parts: [] };
    try {
      found = await this.learn(candidate, rungs[rung]);
      if (found.score === null) outcome = "failed";
    } catch (error) {
      // Too few features are left, or the rate is far too high: a bad trial, but no end of the search.
      if (!(error instanceof FailedTrial || (error instanceof BaxError && error.code === "data"))) throw error;
      outcome = "failed";
    }
    const seconds = (performance.now() - began) / 1000;
    const measurement: TuneMeasurement = { trial: number, rung, point, outcome, ...found, seconds };
    this.note(candidate, rung, measurement);
    hooks.onMeasurement?.(measurement);
  }

  private note(candidate: Candidate, rung: number, { outcome, score, parts, seconds }: TuneMeasurement): void {
    if (candidate.outcome === "measured") candidate.outcome = outcome;
    candidate.scores[rung] = { score, parts: [...parts] };
    candidate.seconds += seconds;
    if (rung === this.settings.rungs.length - 1 && score !== null) this.complete.push(candidate);
  }

  private async learn(candidate: Candidate, { folds, share }: Rung): Promise<Score> {
    const { workshop, store, space, metric, facts, splits, seed } = this.settings;
    const text = await store.get(readingOptions(candidate.choices));
    const answers: Answers[] = [];
    for (const [fold, { learned, measured }] of splits.slice(0, folds).entries()) {
      const done = share === 1 ? candidate.folds[fold] : undefined;
      if (done) {
        answers.push(done);
        continue;
      }
      const part = partOf(text, learned, share, seed);
      // Where all of a fold's text is used the options are those that the final model will have, to the last digit.
      const size = share === 1 ? facts : { ...facts, examples: part.length };
      const choices = space.choices(candidate.point, size);
      const found = await fit(workshop, text, part, measured, choices, size, metric.k);
      if (!found) throw new Stopped();
      answers.push(found);
      if (share === 1) candidate.folds[fold] = found;
    }
    return scoreOf(text, metric, answers);
  }

  /** Those with a figure at a rung, the best first; of equals the earlier. */
  private ranked(candidates: readonly Candidate[], rung: number): Candidate[] {
    const sign = this.settings.metric.higherIsBetter ? 1 : -1;
    return candidates
      .filter((one) => (one.scores[rung]?.score ?? null) !== null)
      .sort((a, b) => sign * (b.scores[rung].score! - a.scores[rung].score!) || a.number - b.number);
  }

  private isHopeless(candidate: Candidate, rung: number): boolean {
    const beside = this.compare(candidate, rung);
    return beside !== null && beside.gain < -HOPELESS * beside.error;
  }

  private compare(candidate: Candidate, rung: number): { gain: number; error: number } | null {
    const [score, defaults] = [candidate.scores[rung], this.defaults?.scores[rung]];
    return score && defaults ? gainOver(this.settings.metric, score, defaults) : null;
  }

  private end(candidate: Candidate): void {
    candidate.folds = [];
    const trial = this.told(candidate);
    this.ended.push(trial);
    this.settings.hooks.onTrial?.(trial);
  }

  private told(candidate: Candidate): TuneTrial {
    const { rungs, given } = this.settings;
    const { number, choices, outcome, scores, cost, seconds } = candidate;
    const rung = scores.length - 1;
    const beside = candidate === this.defaults ? null : this.compare(candidate, rung);
    const changes = Object.entries(choices).filter(([key]) => !Object.hasOwn(given, key));
    const priceOf = ({ folds, share }: Rung) => folds * share;
    return {
      number,
      changes: Object.fromEntries(changes),
      outcome,
      score: scores[rung]?.score ?? null,
      gain: beside?.gain ?? null,
      error: beside?.error ?? null,
      price: rung < 0 ? 0 : priceOf(rungs[rung]) / priceOf(rungs[rungs.length - 1]),
      complete: rung === rungs.length - 1,
      ...cost,
      seconds,
    };
  }
}
