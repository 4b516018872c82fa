import { type Heap, kernelModule } from "../kernels/index.ts";
import { CONTROL, type SpawnWorker, type WorkerHandle } from "./control.ts";
import { WORKER_SOURCE } from "./generated/workerSource.ts";

/** The threads of one training run: the caller's own, and a worker for each further group of columns. */
export class Threads {
  private readonly heap: Heap;
  private readonly context: number;
  private readonly control: number;
  private readonly workers: WorkerHandle[] = [];
  private commands = 0;

  private constructor(heap: Heap, context: number) {
    this.heap = heap;
    this.context = context;
    this.control = heap.allocateZeroed(CONTROL.words * 4);
  }

  /** Starts `count` − 1 workers on a training context and waits until they stand ready. */
  static async start(heap: Heap, context: number, count: number, spawn: SpawnWorker | undefined): Promise<Threads> {
    const threads = new Threads(heap, context);
    if (count === 1) return threads;
    if (!spawn || !heap.shared)
      throw new Error("bax: more than one thread needs shared memory and a way to start workers");
    const ready: Promise<void>[] = [];
    for (let thread = 1; thread < count; thread++) {
      ready.push(
        new Promise((resolve, reject) => {
          const worker = spawn(WORKER_SOURCE, resolve, reject);
          threads.workers.push(worker);
          const { memory } = heap;
          worker.post({ module: kernelModule(true), memory, context, control: threads.control, thread });
        }),
      );
    }
    try {
      await Promise.all(ready);
    } catch (error) {
      threads.stop();
      throw error;
    }
    return threads;
  }

  /** Trains on positions [from, to) of the order, on all threads; returns when all are done. */
  run(from: number, to: number): void {
    const words = this.words();
    if (this.workers.length > 0) {
      Atomics.store(words, CONTROL.from, from);
      Atomics.store(words, CONTROL.to, to);
      Atomics.store(words, CONTROL.done, 0);
      Atomics.store(words, CONTROL.command, ++this.commands);
      Atomics.notify(words, CONTROL.command);
    }
    this.heap.kernels.trainBatches(this.context, 0, from, to);
    // The barrier at the end of the kernel has passed, so this is a matter of microseconds.
    for (let done = 0; done < this.workers.length; ) {
      done = Atomics.load(words, CONTROL.done);
      if (done < this.workers.length) Atomics.wait(words, CONTROL.done, done, 10);
    }
  }

  /** Ends the workers. */
  stop(): void {
    if (this.workers.length > 0) {
      const words = this.words();
      Atomics.store(words, CONTROL.command, -1);
      Atomics.notify(words, CONTROL.command);
    }
    for (const worker of this.workers.splice(0)) worker.terminate();
    this.heap.release(this.control);
  }

  private words(): Int32Array {
    return new Int32Array(this.heap.memory.buffer, this.control, CONTROL.words);
  }
}
