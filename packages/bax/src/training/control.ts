/** Indices of the u32 words through which the training threads are told what to do; the first thread is the caller's own. */
export const CONTROL = {
  /** Counts commands up; −1 ends the thread. */
  command: 0,
  /** The examples of the command, as positions in the epoch's order. */
  from: 1,
  to: 2,
  /** How many threads have finished the command. */
  done: 3,
  words: 16,
} as const;

/** What a training thread is given at its start. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the training context (training/engine.ts). */
  context: number;
  /** Address of the control words. */
  control: number;
  /** Its number, from 1. */
  thread: number;
}

/** A running worker, whatever the runtime calls it. */
export interface WorkerHandle {
  post(message: WorkerStart): void;
  terminate(): void;
}

/** Starts a script in a worker thread; `onMessage` is called for each message, `onError` when it fails. Handed in by the platform. */
export type SpawnWorker = (source: string, onMessage: () => void, onError: (error: Error) => void) => WorkerHandle;
