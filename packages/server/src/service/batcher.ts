import type { Prediction, PredictOptions } from "bax";
import { Problem, tryAgain } from "../problem.ts";
import type { Call } from "./answerer.ts";
import { type Placed, PlacedList } from "./placedList.ts";

/** Answers texts that were gathered: one call for all of them. */
export type BatchWork = (texts: readonly string[], options: PredictOptions) => Prediction[][] | Promise<Prediction[][]>;

/** What was gathered and answered in one call. */
export interface BatchReport {
  texts: number;
  requests: number;
  /** Seconds that the first of them waited. */
  waited: number;
  /** Seconds that the answer took. */
  seconds: number;
}

/** How texts are gathered. */
export interface BatchOptions {
  /** Texts that may wait, those that are being answered included; past that requests are refused. 10,000 unless given. */
  waitingTexts?: number | undefined;
  /** Seconds that texts may wait, by how fast they were answered lately; past that requests are refused. 0.5 unless given. */
  waitingSeconds?: number | undefined;
  /** Texts of a batch; a request with more is a batch by itself. 256 unless given. */
  batchTexts?: number | undefined;
  /** Batches that are answered at once. 1 unless given. */
  batchesAtOnce?: number | undefined;
  /** Called after each batch. */
  onBatch?: ((report: BatchReport) => void) | undefined;
}

/** A request that waits. */
interface Job extends Placed {
  texts: readonly string[];
  call: Call;
  since: number;
  /** When batches were last begun before it came; infinitely long ago where no further one could begin then. */
  round: number;
  /** Whether it was answered or refused. */
  settled: boolean;
  resolve(answers: Prediction[][]): void;
  reject(error: unknown): void;
}

/** Requests with the same options; only they can be answered together. Kept for the next ones. */
interface Lane {
  readonly options: PredictOptions;
  jobs: Job[];
  /** Whether it stands among those that wait for their turn. */
  isWaiting: boolean;
}

/** Requests that are answered in one call. */
type Batch = Pick<Lane, "options" | "jobs">;

/** Seconds over which the rate is measured. */
const STRETCH = 0.2;
/** Texts that may wait however long they take. */
const LEAST_WAITING = 16;
/** Lanes that are kept, whether anything is in them or not. */
const MOST_LANES = 256;

/** Where there is one, `setImmediate` runs in this very turn of the event loop; a timer takes a millisecond. */
const immediate = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate;

function soon(run: () => void): void {
  if (immediate) immediate(run);
  else setTimeout(run, 0);
}

function now(): number {
  return performance.now();
}

/**
 * Gathers the texts of requests that come within one turn of the event loop (a millisecond at most) and answers those with the same options
 * in one call, a bounded number of calls at once. Texts that wait meanwhile are gathered further, so that batches grow with the load. The
 * oldest lane goes first. Requests past the bound, past their deadline, or whose client went away before their turn are not answered.
 */
export class Batcher {
  private readonly work: BatchWork;
  private readonly waitingTexts: number;
  private readonly waitingSeconds: number;
  private readonly batchTexts: number;
  private readonly batchesAtOnce: number;
  private readonly onBatch: ((report: BatchReport) => void) | undefined;
  private readonly lanes = new Map<string, Lane>();
  /** All that is neither answered nor refused. */
  private readonly open = new PlacedList<Job>();
  /** Lanes with requests, in the order of their turns. */
  private readonly turns: Lane[] = [];
  private active = 0;
  /** How often batches were begun. */
  private round = 0;
  private count = 0;
  private isScheduled = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private roomWanted: (() => void)[] = [];
  private readonly emptied: (() => void)[] = [];
  /** Texts a second, as lately answered while there was always something to do; 0 before that was seen. */
  private rate = 0;
  /** When what is counted now began, and the texts answered since; infinity while nothing waits. */
  private countedSince = Number.POSITIVE_INFINITY;
  private counted = 0;

  constructor(work: BatchWork, options: BatchOptions = {}) {
    this.work = work;
    this.waitingTexts = options.waitingTexts ?? 10_000;
    this.waitingSeconds = options.waitingSeconds ?? 0.5;
    this.batchTexts = options.batchTexts ?? 256;
    this.batchesAtOnce = options.batchesAtOnce ?? 1;
    this.onBatch = options.onBatch;
  }

  /** Texts that wait, those that are being answered included. */
  get waiting(): number {
    return this.count;
  }

  /** Answers texts, or refuses them with a Problem: "overloaded" or "deadline". */
  ask(texts: readonly string[], options: PredictOptions, call: Call): Promise<Prediction[][]> {
    // A request that is larger than the bound is taken when nothing else is there, or it never would be.
    if (this.count > 0 && this.count + texts.length > this.bound) return Promise.reject(this.overloaded());
    const since = now();
    this.countedSince = Math.min(this.countedSince, since);
    return new Promise((resolve, reject) => {
      const round = this.active < this.batchesAtOnce ? this.round : Number.NEGATIVE_INFINITY;
      const job: Job = { texts, call, since, round, settled: false, place: -1, resolve, reject };
      const lane = this.laneOf(options);
      lane.jobs.push(job);
      this.queue(lane);
      this.count += texts.length;
      this.open.add(job);
      this.watch(call.deadline);
      this.schedule();
    });
  }

  /** Texts that may wait now. */
  private get bound(): number {
    if (this.rate === 0) return this.waitingTexts;
    return Math.min(this.waitingTexts, Math.max(LEAST_WAITING, this.rate * this.waitingSeconds));
  }

  /** Resolves when half of the places are free; undefined where they are. */
  room(): Promise<void> | undefined {
    if (this.count <= this.bound / 2) return undefined;
    return new Promise((resolve) => this.roomWanted.push(resolve));
  }

  /** Resolves when everything that waits is answered or refused. Nothing may be asked any more. */
  async close(): Promise<void> {
    await this.idle();
    // Its timer would keep the model for as long as a request may take.
    clearTimeout(this.timer);
  }

  private get isIdle(): boolean {
    return this.open.size === 0 && this.active === 0;
  }

  private idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.emptied.push(resolve));
  }

  private laneOf(options: PredictOptions): Lane {
    const key = keyOf(options);
    let lane = this.lanes.get(key);
    if (!lane) {
      // Clients may ask with any options: what nobody asks with now is forgotten.
      if (this.lanes.size >= MOST_LANES)
        for (const [name, { isWaiting }] of this.lanes) if (!isWaiting) this.lanes.delete(name);
      lane = { options, jobs: [], isWaiting: false };
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private queue(lane: Lane): void {
    if (lane.isWaiting) return;
    lane.isWaiting = true;
    this.turns.push(lane);
  }

  private overloaded(): Problem {
    const seconds = this.rate > 0 ? Math.min(60, this.count / this.rate) : 1;
    return tryAgain("overloaded", `${this.count} texts wait already; come again later.`, seconds);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    soon(() => {
      this.isScheduled = false;
      this.start();
    });
  }

  // Begins as many batches as may be.
  private start(): void {
    this.round++;
    // So many texts in a turn, where they are answered at once: their answers go out before more is begun.
    let texts = 0;
    while (this.active < this.batchesAtOnce && texts < this.batchTexts) {
      const batch = this.take();
      if (!batch) break;
      texts += this.run(batch);
    }
    if (texts >= this.batchTexts && this.turns.length > 0) this.schedule();
  }

  private take(): Batch | undefined {
    for (let lane = this.turns.shift(); lane; lane = this.turns.shift()) {
      const waiting = lane.jobs;
      lane.isWaiting = false;
      const jobs: Job[] = [];
      let texts = 0;
      let next = 0;
      for (; next < waiting.length; next++) {
        const job = waiting[next];
        if (job.settled || this.drop(job)) continue;
        if (texts > 0 && texts + job.texts.length > this.batchTexts) break;
        texts += job.texts.length;
        jobs.push(job);
      }
      lane.jobs = waiting.slice(next);
      // What is left waits behind the other lanes.
      if (lane.jobs.length > 0) this.queue(lane);
      if (jobs.length > 0) return { options: lane.options, jobs };
    }
    return undefined;
  }

  // Whether nobody waits for it any more. Asked only of those that could not begin at once, since it costs something to ask.
  private drop(job: Job): boolean {
    if (this.round - job.round <= 1 || !job.call.isGone()) return false;
    if (this.settle(job)) job.reject(new Problem("unavailable", "The client went away."));
    return true;
  }

  // Begins a batch, and gives how many texts it has. What is answered at once has no promise: most batches are so short that it would count.
  private run({ options, jobs }: Batch): number {
    this.active++;
    const began = now();
    const texts = jobs.length === 1 ? jobs[0].texts : jobs.flatMap((job) => job.texts);
    const answer = (answers: Prediction[][]): void => {
      let at = 0;
      for (const job of jobs) {
        const own = jobs.length === 1 ? answers : answers.slice(at, at + job.texts.length);
        at += job.texts.length;
        if (this.settle(job)) job.resolve(own);
      }
      this.ran(texts.length, jobs, began);
    };
    const refuse = (error: unknown): void => {
      for (const job of jobs) if (this.settle(job)) job.reject(error);
      this.ran(texts.length, jobs, began);
    };
    let answers: Prediction[][] | Promise<Prediction[][]>;
    try {
      answers = this.work(texts, options);
    } catch (error) {
      refuse(error);
      return texts.length;
    }
    if (Array.isArray(answers)) answer(answers);
    else
      void answers.then(
        (found) => {
          answer(found);
          this.start();
        },
        (error) => {
          refuse(error);
          this.start();
        },
      );
    return texts.length;
  }

  private ran(texts: number, jobs: readonly Job[], began: number): void {
    this.active--;
    const seconds = (now() - began) / 1000;
    this.observe(texts);
    this.onBatch?.({ texts, requests: jobs.length, waited: (began - jobs[0].since) / 1000, seconds });
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.isIdle) for (const resolve of this.emptied.splice(0)) resolve();
  }

  // How fast texts go: over stretches in which there was always one that waited.
  private observe(texts: number): void {
    const time = now();
    this.counted += texts;
    const seconds = (time - this.countedSince) / 1000;
    if (seconds >= STRETCH) {
      this.rate = this.counted / seconds;
      this.countedSince = time;
      this.counted = 0;
    }
    if (this.open.size > 0) return;
    this.countedSince = Number.POSITIVE_INFINITY;
    this.counted = 0;
  }

  // Takes a request out, for it to be answered or refused; false where that was done already.
  private settle(job: Job): boolean {
    if (job.settled) return false;
    job.settled = true;
    this.open.remove(job);
    this.count -= job.texts.length;
    if (this.roomWanted.length > 0 && this.count <= this.bound / 2)
      for (const resolve of this.roomWanted.splice(0)) resolve();
    return true;
  }

  // One timer for all: it goes off at the earliest deadline.
  private watch(deadline: number): void {
    if (deadline >= this.timerAt || deadline === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.timer);
    this.timerAt = deadline;
    this.timer = setTimeout(() => this.expire(), Math.max(0, Math.ceil(deadline - now())));
    (this.timer as { unref?: () => void }).unref?.();
  }

  private expire(): void {
    this.timerAt = Number.POSITIVE_INFINITY;
    const time = now();
    for (const job of this.open.all()) {
      if (job.call.deadline > time) this.watch(job.call.deadline);
      else if (this.settle(job)) job.reject(tryAgain("deadline", "The deadline passed before the answer was ready."));
    }
    this.tellIdle();
  }
}

function keyOf({ k, threshold, labels, abstain, raw }: PredictOptions): string {
  if (k === undefined && threshold === undefined && !labels && !abstain && !raw) return "";
  return JSON.stringify([k, threshold, labels, abstain && [abstain.probability, abstain.margin, abstain.unknown], raw]);
}
