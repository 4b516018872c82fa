import { BaxError, type TextClassifier } from "bax";
import { type Flags, lossName } from "../arguments.ts";
import { fixed, general } from "../numbers.ts";
import { clock } from "../progress.ts";
import { trainWithFlags } from "../training.ts";
import { parseMetric } from "./metric.ts";
import { type Point, Search } from "./search.ts";
import { fitToSize, parseModelSize } from "./size.ts";
import { Validation } from "./validation.ts";

/** Milliseconds between two lines of progress. */
const INTERVAL = 500;

/**
 * Searches good flags for the time given, measures each trial on the validation text, and learns from all of `-input` with the best.
 *
 * Ctrl-C ends the search early. Throws BaxError "usage" where no trial could be finished, or none was small enough.
 */
export async function autotune(flags: Flags, given: ReadonlySet<keyof Flags>): Promise<TextClassifier> {
  const metric = parseMetric(flags.autotuneMetric);
  const bytes = flags.autotuneModelSize === "" ? null : parseModelSize(flags.autotuneModelSize);
  const validation = await Validation.read(flags.autotuneValidation, flags.label);
  // Vectors that were trained elsewhere say how long they are.
  const settled = flags.pretrainedVectors === "" ? given : new Set([...given, "dim" as const]);
  const search = new Search(flags, settled, bytes);
  const clocked = new Deadline(flags, search);
  let tooLarge = 0;
  try {
    for (;;) {
      const point = clocked.isOver ? undefined : search.next(clocked.progress);
      if (point === undefined) break;
      const began = performance.now();
      const trial = flagsAt(flags, point);
      const model = await untilDeadline(() => trainWithFlags(trial, { signal: clocked.signal }, false), clocked);
      if (model === null) break;
      const fitted = bytes === null ? model : fitToSize(model, bytes, point.dsub);
      if (fitted === null) tooLarge++;
      // As in fastText, a trial that ends after the time does not count.
      if (clocked.isOver) break;
      const score = fitted === null ? null : validation.score(fitted, metric, flags.autotunePredictions, flags.label);
      if (score !== null) search.scored(point, score);
      clocked.trials++;
      if (flags.verbose > 2) {
        process.stdout.write(
          `Trial = ${clocked.trials}\n${describe(trial)}currentScore = ${score === null ? "nan" : general(score)}\ntrain took = ${general((performance.now() - began) / 1000)}\n`,
        );
      }
    }
  } finally {
    clocked.end();
  }
  if (search.best === undefined) throw nothingFound(tooLarge);
  const best = flagsAt(flags, search.best);
  if (flags.verbose > 0) process.stderr.write("Training again with best arguments\n");
  if (flags.verbose > 2) process.stdout.write(`Best selected args = ${general(search.bestScore)}\n${describe(best)}`);
  const model = await trainWithFlags(best, {}, true);
  if (bytes === null) return model;
  const fitted = fitToSize(model, bytes, best.dsub);
  if (fitted === null) throw nothingFound(1);
  return fitted;
}

function nothingFound(tooLarge: number): BaxError {
  return tooLarge > 0
    ? new BaxError(
        "usage",
        "Couldn't fulfil model size constraint: please increase `autotune-modelsize`.",
        `${tooLarge === 1 ? "One trial was" : `${tooLarge} trials were`} too large even with the fewest rows.`,
      )
    : new BaxError(
        "usage",
        "Didn't have enough time to train once: please increase `autotune-duration`.",
        "Give -autotune-duration more seconds, or -epoch and -dim smaller values.",
      );
}

/** The flags at a point of the search. */
function flagsAt(flags: Flags, point: Point): Flags {
  const merged = { ...flags, ...point };
  return merged.wordNgrams <= 1 && merged.maxn === 0 ? { ...merged, bucket: 0 } : merged;
}

/** What a trial was tried with, as fastText prints it. */
function describe(flags: Flags): string {
  const { epoch, lr, dim, minCount, wordNgrams, minn, maxn, bucket, dsub } = flags;
  const values = { epoch, lr: general(lr), dim, minCount, wordNgrams, minn, maxn, bucket, dsub };
  const lines = Object.entries({ ...values, loss: lossName(flags.loss) });
  return lines.map(([name, value]) => `${name} = ${value}\n`).join("");
}

/** What `work` gives, or null where the deadline cut it off. */
async function untilDeadline<T>(work: () => Promise<T>, { signal }: Deadline): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && error instanceof BaxError && error.code === "aborted") return null;
    throw error;
  }
}

/** The time of a search: ends it, and shows how far it is. */
class Deadline {
  trials = 0;
  readonly #began: number = performance.now();
  readonly #milliseconds: number;
  readonly #controller: AbortController = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  readonly #shows: boolean;
  readonly #search: Search;
  #isShown = false;
  #shown = 0;
  readonly #interrupt = (): void => {
    process.stderr.write(`${this.#isShown ? "\n" : ""}Aborting autotune...\n`);
    this.#isShown = false;
    this.#controller.abort();
  };

  constructor({ autotuneDuration, verbose }: Flags, search: Search) {
    this.#milliseconds = autotuneDuration * 1000;
    this.#shows = verbose === 1 || verbose === 2;
    this.#search = search;
    // A timer cannot wait longer than 2^31 ms.
    this.#timers = [
      setTimeout(() => this.#controller.abort(), Math.min(2 ** 31 - 1, this.#milliseconds)),
      setInterval(() => this.#show(), INTERVAL),
    ];
    process.once("SIGINT", this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How much of the time is over: 0 to 1. */
  get progress(): number {
    return this.#milliseconds === 0 ? 1 : Math.min(1, (performance.now() - this.#began) / this.#milliseconds);
  }

  get isOver(): boolean {
    return this.progress >= 1 || this.#controller.signal.aborted;
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    process.off("SIGINT", this.#interrupt);
    if (!this.#isShown) return;
    if (this.#shown < 1) this.#show();
    process.stderr.write("\n");
  }

  #show(): void {
    if (!this.#shows) return;
    this.#isShown = true;
    const { progress } = this;
    this.#shown = progress;
    const best = this.#search.best === undefined ? "unknown" : fixed(this.#search.bestScore, 6);
    const parts = [
      `Progress: ${fixed(100 * progress, 1).padStart(5)}%`,
      `Trials: ${String(this.trials).padStart(4)}`,
      `Best score: ${best.padStart(9)}`,
      `ETA: ${clock((this.#milliseconds / 1000) * (1 - progress))}`,
    ];
    process.stderr.write(`\r${parts.join(" ")}`);
  }
}
