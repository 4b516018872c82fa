import type { Flags } from "../arguments.ts";

/** What a search may change. */
export type Point = Pick<Flags, "lr" | "epoch" | "dim" | "wordNgrams" | "minn" | "maxn" | "dsub">;

const NAMES = ["lr", "epoch", "dim", "wordNgrams", "minn", "maxn", "dsub"] as const;
const BOUNDS = { lr: [0.01, 5], epoch: [1, 100], dim: [4, 1000], wordNgrams: [1, 5] } as const;
/** Runs of characters that are worth a try: none, or of these lengths. */
const SUBWORDS: readonly (readonly [number, number])[] = [
  [0, 0],
  [2, 5],
  [3, 6],
];
const SUB_VECTORS = [2, 4, 8, 16];
/** Bytes of the centroids of one column. */
const CENTROID_BYTES = 1024;
/** Settings that often do well: tried before the walk begins. */
const STARTS: readonly Partial<Point>[] = [
  { lr: 0.5, epoch: 10, dim: 32, wordNgrams: 2 },
  { lr: 0.5, epoch: 10, dim: 32, wordNgrams: 1, minn: 2, maxn: 5 },
];
/** Standard deviation of the walk's steps, in powers of e: wide at first, narrow at the end of the time. */
const FIRST_STEP = 1;
const LAST_STEP = 0.25;
/** Draws before the walk gives up looking for a point that it has not seen. */
const MOST_DRAWS = 100;

/**
 * A random walk round the best point so far, the same for the same seed and scores. The first point is the user's own flags; then some
 * that often do well. What the user gave is never changed.
 */
export class Search {
  readonly #fixed: ReadonlySet<keyof Flags>;
  readonly #searchesSize: boolean;
  readonly #mostColumns: number;
  readonly #random: () => number;
  readonly #seen: Set<string> = new Set();
  readonly #starts: Partial<Point>[];
  #best: Point;
  #bestScore = Number.NEGATIVE_INFINITY;

  /** `bytes`: how large the quantised model may be, so that `dsub` matters, or null where it will not be quantised. */
  constructor(flags: Flags, given: ReadonlySet<keyof Flags>, bytes: number | null) {
    this.#fixed = given;
    this.#searchesSize = bytes !== null;
    const [least, most] = BOUNDS.dim;
    // Each column costs 256 centroids, whatever else is in the file: they may take half of it.
    this.#mostColumns =
      bytes === null ? most : Math.min(most, Math.max(least, Math.floor(bytes / (2 * CENTROID_BYTES))));
    this.#random = randomNumbers(flags.seed);
    this.#best = { ...pick(flags), ...this.#free({ dim: Math.min(flags.dim, this.#mostColumns) }) };
    const clipped = STARTS.map((start) => ({ ...start, dim: Math.min(start.dim ?? least, this.#mostColumns) }));
    this.#starts = [{}, ...clipped];
  }

  /** The best point that was scored, or undefined. */
  get best(): Point | undefined {
    return this.#bestScore === Number.NEGATIVE_INFINITY ? undefined : this.#best;
  }

  get bestScore(): number {
    return this.#bestScore;
  }

  /** The next point to try, `progress` (0 to 1) into the search; undefined where nothing new is found. */
  next(progress: number): Point | undefined {
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      const start = this.#starts.shift();
      const point = start ? { ...this.#best, ...this.#free(start) } : this.#step(progress);
      const key = JSON.stringify(NAMES.map((name) => point[name]));
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      return point;
    }
    return undefined;
  }

  /** Takes in how good a point was; returns whether it is the best so far. */
  scored(point: Point, score: number): boolean {
    if (score <= this.#bestScore) return false;
    this.#best = point;
    this.#bestScore = score;
    return true;
  }

  #step(progress: number): Point {
    const deviation = FIRST_STEP + (LAST_STEP - FIRST_STEP) * Math.min(1, progress);
    const { lr, epoch, dim, wordNgrams, minn, maxn, dsub } = this.#best;
    const subwords = this.#random() < 0.3 ? this.#one(SUBWORDS) : ([minn, maxn] as const);
    return {
      ...this.#best,
      ...this.#free({
        lr: Number(within(BOUNDS.lr, lr * exponential(deviation * this.#normal())).toPrecision(4)),
        epoch: Math.round(within(BOUNDS.epoch, epoch * exponential(deviation * this.#normal()))),
        // A multiple of four costs no more than what is just below it.
        dim: 4 * Math.floor(within([4, this.#mostColumns], dim * exponential(deviation * this.#normal()) + 2) / 4),
        wordNgrams: Math.round(within(BOUNDS.wordNgrams, wordNgrams + 1.2 * deviation * this.#normal())),
        minn: subwords[0],
        maxn: subwords[1],
        dsub: this.#searchesSize && this.#random() < 0.4 ? this.#one(SUB_VECTORS) : dsub,
      }),
    };
  }

  /** What of a change the user has left open; the two bounds of subwords go together. */
  #free(change: Partial<Point>): Partial<Point> {
    const subwordsFixed = this.#fixed.has("minn") || this.#fixed.has("maxn");
    return Object.fromEntries(
      Object.entries(change).filter(
        ([name]) => !this.#fixed.has(name as keyof Flags) && !(subwordsFixed && (name === "minn" || name === "maxn")),
      ),
    );
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)];
  }

  /** A number of nearly the normal distribution: the sum of twelve uniform ones, less its mean. */
  #normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.#random();
    return sum;
  }
}

/** e^x for small x by (1 + x / 1024)^1024: from multiplications alone, so that every machine walks the same way. */
function exponential(x: number): number {
  let power = 1 + x / 1024;
  for (let i = 0; i < 10; i++) power *= power;
  return power;
}

function pick(flags: Flags): Point {
  return Object.fromEntries(NAMES.map((name) => [name, flags[name]])) as unknown as Point;
}

function within([low, high]: readonly [number, number], value: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Numbers from 0 to 1 (mulberry32); good enough to walk by. */
function randomNumbers(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
