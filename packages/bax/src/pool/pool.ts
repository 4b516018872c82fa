import { BaxError } from "../errors.ts";
import { type Block, type Heap, kernelModule, SourceRoom } from "../kernels/index.ts";
import type { Classifier } from "../model/index.ts";
import type { BatchPredictions, Prediction, PredictOptions, Predictor } from "../prediction.ts";
import { turn } from "../turn.ts";
import { inOrder } from "./inOrder.ts";
import type { Job, PoolPlatform, SharedModel, SpawnWorker, WorkerHandle, WorkerMessage } from "./protocol.ts";

/** Jobs that a worker may have: the one it does, and the next. */
const JOBS_AT_ONCE = 2;
/** `predictAll` cuts its texts into pieces of about so many bytes. */
const PIECE_BYTES = 1 << 18;
const NO_ADVICE_NEEDED = "Make another pool, or ask the model itself.";

/** More workers than this are only started where they are asked for. */
const MOST_BY_DEFAULT = 8;
/** Memory that a worker begins with. */
const WORKER_BYTES = 4 << 20;
/** How much memory a worker came to have: the next ones on the heap begin with that, so that pools may come and go. */
const workerBytes = new WeakMap<Heap, number>();

/** How a pool is to be. */
export interface PoolOptions {
  /** Workers; unless given as many as the machine has cores, up to 8. 1 starts none. */
  threads?: number | undefined;
  /** The workers are started once so many bytes of text were asked: few are sooner answered than a worker is started. 0 unless given. */
  startAfter?: number | undefined;
}

/** Bytes to answer, and who waits for it. */
interface Task {
  bytes: Uint8Array;
  /** Where each text begins and ends; null for lines. */
  bounds: Uint32Array | null;
  options: PredictOptions;
  resolve(answers: BatchPredictions): void;
  reject(error: Error): void;
}

/** A worker and what it does, the earliest first. */
interface Member {
  handle: WorkerHandle;
  isReady: boolean;
  /** Until it is ready, or never will be. */
  settled: Promise<void>;
  settle(): void;
  tasks: { task: Task; room: SourceRoom }[];
  /** What it has of the memory. */
  owned: readonly Block[];
  /** The part of it that it began with, a block of the model's heap. */
  room: Block;
}

/**
 * Workers that answer for one model, whose parameters and tables are there once for all of them: each works on the model's own memory. The
 * answers are those of the model, to the bit. Where memory cannot be shared or workers cannot be started, and until they have, the calling
 * thread answers by itself. To be closed when it is no longer wanted.
 */
export class PredictionPool {
  private readonly predictor: Predictor;
  private readonly classifier: Classifier;
  private readonly members: Member[] = [];
  private readonly waiting: Task[] = [];
  /** Where the bytes of jobs are put: those that are free. */
  private readonly rooms: SourceRoom[] = [];
  /** Until all workers are ready, or lost. */
  private starting: Promise<void> = Promise.resolve();
  private isStarting = false;
  private failure: BaxError | undefined;
  private readonly platform: PoolPlatform;
  private readonly threads: number;
  /** Bytes until workers are started. */
  private untilStart: number;

  /** @internal `TextClassifier.pool` makes one. */
  constructor(predictor: Predictor, classifier: Classifier, platform: PoolPlatform, options: PoolOptions = {}) {
    const { threads = Math.min(platform.cores, MOST_BY_DEFAULT), startAfter = 0 } = options;
    if (!(Number.isInteger(threads) && threads >= 1))
      throw new BaxError("usage", `threads: got ${threads}, expected a whole number from 1`, "1 needs no worker.");
    this.predictor = predictor;
    this.classifier = classifier;
    this.platform = platform;
    this.threads = threads;
    this.untilStart = startAfter;
    if (startAfter <= 0) this.startAll();
  }

  /** Items of `inOrder` that are taken at once, at the most. */
  get jobsAtOnce(): number {
    return JOBS_AT_ONCE * this.threads;
  }

  /** How many workers there are; 0 where the calling thread answers. */
  get workers(): number {
    return this.members.length;
  }

  /** Waits until all workers stand ready; nobody has to, since the calling thread answers until then. */
  ready(): Promise<void> {
    return this.starting;
  }

  /** `TextClassifier.predictAll`, shared out. */
  async predictAll(texts: readonly string[], options: PredictOptions = {}): Promise<Prediction[][]> {
    this.predictor.check(options);
    const found: Prediction[][] = [];
    for await (const rows of this.inOrder(piecesOf(texts), async ({ bytes, bounds }) =>
      this.predictor.rows(await this.answer(bytes, bounds, options)),
    ))
      for (const row of rows) found.push(row);
    return found;
  }

  /**
   * `TextClassifier.predictLines` for each block of lines, in their order: two blocks a worker are under way at most, and no more are taken
   * while nobody asks for answers.
   */
  async *predictLines(
    blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: PredictOptions = {},
  ): AsyncGenerator<BatchPredictions, void, undefined> {
    this.predictor.check(options);
    yield* this.inOrder(blocks, (lines) => this.answer(lines, null, options));
  }

  /** `TextClassifier.predictLines` for one block, whose bytes may not change until it is answered. */
  async predictBlock(lines: Uint8Array, options: PredictOptions = {}): Promise<BatchPredictions> {
    this.predictor.check(options);
    return this.answer(lines, null, options);
  }

  /**
   * Does `work`, which asks this pool, for items as they come, as many at once as keep the workers busy, and gives what came of each in
   * their order. No further item is taken while nobody asks for more.
   */
  inOrder<T, R>(
    items: AsyncIterable<T> | Iterable<T>,
    work: (item: T) => Promise<R>,
  ): AsyncGenerator<R, void, undefined> {
    return inOrder(items, work, () => JOBS_AT_ONCE * Math.max(1, this.members.length));
  }

  /** Ends the workers. What is not answered yet is refused: a BaxError ("aborted"). */
  async close(): Promise<void> {
    this.failure ??= new BaxError("aborted", "the pool of workers was closed", NO_ADVICE_NEEDED);
    await this.end(this.failure);
  }

  private async answer(
    bytes: Uint8Array,
    bounds: Uint32Array | null,
    options: PredictOptions,
  ): Promise<BatchPredictions> {
    if (this.untilStart > 0) {
      this.untilStart -= bytes.length;
      if (this.untilStart <= 0) this.startAll();
    }
    // While the workers start the calling thread answers; but it listens before each block whether they have.
    if (this.isStarting && !this.hasReady) await turn();
    if (this.failure) throw this.failure;
    if (!this.hasReady) {
      const { predictor, classifier } = this;
      return bounds
        ? predictor.textsAt(classifier.placeBytes(bytes), bounds, options)
        : predictor.lines(bytes, options);
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, bounds, options, resolve, reject });
      this.shareOut();
    });
  }

  private get hasReady(): boolean {
    return this.members.some((member) => member.isReady);
  }

  private startAll(): void {
    const { spawn } = this.platform;
    if (this.threads === 1 || !spawn || !this.classifier.parts.heap.shared) return;
    this.isStarting = true;
    this.starting = this.startWorkers(spawn).finally(() => {
      this.isStarting = false;
    });
    // Whoever waits until all are ready is told; nobody has to.
    this.starting.catch(() => {});
  }

  private async startWorkers(spawn: SpawnWorker): Promise<void> {
    // Only now: what is bundled for those that never start a pool need not have it.
    const program = await import("./generated/workerSource.ts").catch(() => undefined);
    for (let worker = 0; program && worker < this.threads && !this.failure; worker++)
      this.spawn(spawn, program.WORKER_SOURCE);
    const members = [...this.members];
    if (members.length === 0) return;
    // While the workers read their program, what they share is made.
    try {
      const model = this.sharedModel();
      const { memory } = this.classifier.parts.heap;
      for (const { handle, room } of members) handle.post({ memory, module: kernelModule(true), model, room });
    } catch (error) {
      this.members.length = 0;
      await Promise.all(members.map((member) => this.dismiss(member)));
      throw error;
    }
    await Promise.all(members.map(({ settled }) => settled));
  }

  private sharedModel(): SharedModel {
    const tables = this.classifier.share();
    const { heap, fastText, labelMeans, parameters, ...rest } = this.classifier.parts;
    // All that workers need is in memory now.
    return { parts: { ...rest, parameters: { ...parameters, stored: undefined } }, tables };
  }

  // Where none can be started it is done without.
  private spawn(spawn: SpawnWorker, source: string): void {
    const { heap } = this.classifier.parts;
    const bytes = workerBytes.get(heap) ?? WORKER_BYTES;
    const room = { at: heap.allocate(bytes), bytes };
    let handle: WorkerHandle;
    try {
      handle = spawn(
        source,
        (message) => this.hear(member, message as WorkerMessage),
        (error) => this.lose(member, error),
      );
    } catch {
      heap.release(room.at);
      return;
    }
    let settle = (): void => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const member: Member = { handle, isReady: false, settled, settle, tasks: [], owned: [], room };
    this.members.push(member);
  }

  // Gives what waits to the workers that have least to do.
  private shareOut(): void {
    while (this.waiting.length > 0) {
      const free = this.members.filter((member) => member.isReady && member.tasks.length < JOBS_AT_ONCE);
      if (free.length === 0) return;
      const member = free.reduce((a, b) => (b.tasks.length < a.tasks.length ? b : a));
      const task = this.waiting.shift() as Task;
      try {
        this.give(member, task);
      } catch (error) {
        task.reject(error as Error);
      }
    }
  }

  private give(member: Member, task: Task): void {
    const { heap } = this.classifier.parts;
    const { bytes, bounds, options } = task;
    const room = this.rooms.pop() ?? new SourceRoom(heap);
    const job: Job = { at: room.place(bytes), length: bytes.length, bounds, options };
    if (member.tasks.push({ task, room }) === 1) member.handle.hold(true);
    member.handle.post(job);
  }

  private hear(member: Member, message: WorkerMessage): void {
    member.owned = message.owned;
    if (message.kind === "ready") {
      member.isReady = true;
      member.settle();
      member.handle.hold(false);
      this.shareOut();
      return;
    }
    const done = member.tasks.shift();
    if (!done) return;
    this.rooms.push(done.room);
    if (member.tasks.length === 0) member.handle.hold(false);
    if (message.kind === "answers") done.task.resolve(message.answers);
    else done.task.reject(new BaxError(message.code, message.message, message.advice));
    this.shareOut();
  }

  private lose(member: Member, error: Error): void {
    const index = this.members.indexOf(member);
    if (index < 0) return;
    if (!member.isReady) {
      // It never began: it is done without.
      this.members.splice(index, 1);
      member.settle();
      void this.dismiss(member);
      return;
    }
    this.failure = new BaxError(
      "limit",
      `a worker that answers texts has ended: ${error.message}`,
      "Use fewer threads, or one.",
      { cause: error },
    );
    void this.end(this.failure);
  }

  private async dismiss({ handle, owned, room }: Member): Promise<void> {
    const { heap } = this.classifier.parts;
    // Where a worker may still be writing its memory is given up.
    if (!(await handle.terminate())) return;
    heap.release(room.at);
    heap.adopt(owned.filter(({ at }) => at !== room.at));
    const bytes = owned.reduce((sum, block) => sum + block.bytes, 0);
    workerBytes.set(heap, Math.max(workerBytes.get(heap) ?? WORKER_BYTES, bytes));
  }

  private async end(reason: BaxError): Promise<void> {
    const members = this.members.splice(0);
    for (const task of this.waiting.splice(0)) task.reject(reason);
    for (const { tasks, settle } of members) {
      settle();
      for (const { task } of tasks) task.reject(reason);
    }
    for (const { tasks } of members) for (const { room } of tasks) this.rooms.push(room);
    await Promise.all(members.map((member) => this.dismiss(member)));
    for (const room of this.rooms.splice(0)) room.release();
  }
}

/** Texts as UTF-8, some at a time. Lone surrogates become U+FFFD. */
function* piecesOf(texts: readonly string[]): Generator<{ bytes: Uint8Array; bounds: Uint32Array }> {
  const encoder = new TextEncoder();
  for (let next = 0; next < texts.length; ) {
    const parts: Uint8Array[] = [];
    const bounds: number[] = [];
    let length = 0;
    while (next < texts.length && length < PIECE_BYTES) {
      const part = encoder.encode(texts[next++]);
      parts.push(part);
      bounds.push(length, length + part.length);
      length += part.length;
    }
    const bytes = new Uint8Array(length);
    for (const [i, part] of parts.entries()) bytes.set(part, bounds[2 * i]);
    yield { bytes, bounds: Uint32Array.from(bounds) };
  }
}
