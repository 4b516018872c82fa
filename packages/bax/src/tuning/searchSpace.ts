import { exp, log } from "../math/elementary.ts";
import type { Random } from "../math/random.ts";
import { OPTIONS, type OptionRow, type OptionValue, resolveOptions, type TrainingChoices } from "../training/index.ts";
import type { Metric } from "./metric.ts";

/**
 * Where a trial stands: what it has in place of the defaults. Options that are searched as a multiple of the default (`times` in the
 * options table) stand with that factor, so that a point means the same for a part of the data and for all of it.
 */
export type Point = Readonly<Record<string, OptionValue>>;

/** What is known of the data. */
export interface Facts {
  examples: number;
  labels: number;
}

type Searched = OptionRow & { search: NonNullable<OptionRow["search"]> };

/** A factor moves by a part of its range between these two at a time, either way. */
const LEAST_STEP = 0.08;
const MOST_STEP = 0.4;
/** Most options that one draw changes. */
const MOST_CHANGES = 3;
/** `lr` and the like do not depend on how many features there are. */
const NO_FEATURES = { all: 0, chosen: () => 0 };

function same(a: OptionValue | undefined, b: OptionValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isNone(value: unknown): boolean {
  return Array.isArray(value) && value[1] === 0;
}

/** A number as short as it may be said. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The options that may be tried, and the points among them. */
export class SearchSpace {
  /** The options that are searched, in the order of the options table. */
  readonly rows: readonly OptionRow[];
  private readonly searched: readonly Searched[];
  private readonly given: TrainingChoices;

  /** `given`: what the user has settled; it is not searched. */
  constructor(given: TrainingChoices, metric: Metric) {
    this.given = given;
    const settled = new Set(Object.keys(given));
    // Losses differ in what their probabilities mean, and only softmax has targets that can be smoothed.
    if (metric.name === "log-loss" || (given.smoothing ?? 0) > 0) settled.add("loss");
    if (given.loss !== undefined && given.loss !== "softmax") settled.add("smoothing");
    if (isNone(given.charNgrams)) for (const key of ["charScale", "minCountChars"]) settled.add(key);
    this.searched = OPTIONS.filter((row): row is Searched => row.search !== undefined && !settled.has(row.key));
    this.rows = this.searched;
  }

  /** A point near another: some options are changed. `more`: how many more of them than usual. */
  draw(random: Random, from: Point, facts: Facts, more = 0): Point {
    if (this.searched.length === 0) return from;
    const defaults = resolveOptions(this.given, facts, NO_FEATURES);
    const left = [...this.searched];
    const point: Record<string, OptionValue> = { ...from };
    const changes = Math.min(left.length, 1 + random.below(MOST_CHANGES) + more);
    for (let change = 0; change < changes; change++) {
      const [row] = left.splice(pickWeighted(random, left), 1);
      const usual = defaults[row.key];
      const value = changed(random, row, point[row.key], usual);
      if (same(value, "times" in row.search ? 1 : usual)) delete point[row.key];
      else point[row.key] = value;
    }
    return settled(point, this.given);
  }

  /** What a point means for data of this size: the options to train with, as far as they are not the defaults. */
  choices(point: Point, facts: Facts): TrainingChoices {
    const choices: Record<string, unknown> = { ...this.given };
    for (const row of this.searched) {
      if ("values" in row.search && point[row.key] !== undefined) choices[row.key] = point[row.key];
    }
    const defaults = resolveOptions(choices as TrainingChoices, facts, NO_FEATURES);
    for (const row of this.searched) {
      const factor = point[row.key];
      if (!("times" in row.search) || typeof factor !== "number") continue;
      const usual = defaults[row.key] as number;
      const value = within(row, usual * factor);
      if (value !== usual) choices[row.key] = value;
    }
    return choices as TrainingChoices;
  }
}

/** Index of a row, each as likely as its weight says. */
function pickWeighted(random: Random, rows: readonly Searched[]): number {
  const total = rows.reduce((sum, row) => sum + row.search.weight, 0);
  let left = random.uniform() * total;
  for (const [i, row] of rows.entries()) {
    left -= row.search.weight;
    if (left < 0) return i;
  }
  return rows.length - 1;
}

/** Another value than the one that stands there, if there is one. */
function changed(random: Random, { search }: Searched, value: OptionValue | undefined, usual: unknown): OptionValue {
  if ("times" in search) {
    const [low, high] = search.times.map(log);
    const from = log(typeof value === "number" ? value : 1);
    const sign = random.below(2) === 0 ? 1 : -1;
    const to = from + sign * (LEAST_STEP + random.uniform() * (MOST_STEP - LEAST_STEP)) * (high - low);
    return rounded(exp(Math.min(high, Math.max(low, to))));
  }
  const now = value ?? (usual as OptionValue);
  const others = search.values.filter((other) => !same(other, now));
  return others.length > 0 ? others[random.below(others.length)] : now;
}

/** A value of a row's kind, within its bounds. */
function within({ key, type, min = 0, max = 0 }: OptionRow, value: number): number {
  // Columns come in whole vectors of four.
  const whole = key === "dim" ? 4 * Math.max(1, Math.round(value / 4)) : Math.round(value);
  return Math.min(max, Math.max(min, type === "integer" ? whole : rounded(value)));
}

/** A point without what has no meaning beside the rest of it. */
function settled(point: Point, given: TrainingChoices): Point {
  const loss = point["loss"] ?? given.loss ?? "softmax";
  const useless = new Set<string>();
  if (loss !== "softmax") useless.add("smoothing");
  if (isNone(point["charNgrams"])) for (const key of ["charScale", "minCountChars"]) useless.add(key);
  // In the order of the table, so that two ways to the same point are known as such.
  const keys = OPTIONS.map(({ key }) => key as string).filter((key) => point[key] !== undefined && !useless.has(key));
  return Object.fromEntries(keys.map((key) => [key, point[key]]));
}
