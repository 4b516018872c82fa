import type { BaxErrorCode } from "../errors.ts";
import type { Block } from "../kernels/index.ts";
import type { ModelParts, SharedTables } from "../model/index.ts";
import type { BatchPredictions, PredictOptions } from "../prediction.ts";

/** A model as another thread on the same memory takes it: addresses and plain values, no copy of what is large. */
export interface SharedModel {
  parts: Omit<ModelParts, "heap" | "fastText" | "labelMeans">;
  tables: SharedTables;
}

/** What a worker is given at its start. */
export interface WorkerStart {
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  model: SharedModel;
  /** Memory to begin with. */
  room: Block;
}

/** Texts to answer: bytes [at, at + length) of the memory, which nobody writes to until they are answered. */
export interface Job {
  at: number;
  length: number;
  /** Where each text begins and ends, counted from `at`; null for lines. */
  bounds: Uint32Array | null;
  options: PredictOptions;
}

/**
 * What a worker says: that it is ready, then for each job, in their order, the answers or what kept it from them. `owned`: what it has of
 * the memory by now.
 */
export type WorkerMessage = { owned: readonly Block[] } & (
  | { kind: "ready" }
  | { kind: "answers"; answers: BatchPredictions }
  | { kind: "refusal"; code: BaxErrorCode; message: string; advice: string }
);

/** A running worker, whatever the runtime calls it. */
export interface WorkerHandle {
  post(message: WorkerStart | Job): void;
  /** Ends it; what it works on is lost. Tells whether it is sure to have ended. */
  terminate(): Promise<boolean>;
  /** Whether the process is to wait for it. */
  hold(isAwaited: boolean): void;
}

/** Starts a script in a worker; `onError` is called when it fails or ends by itself. Handed in by the platform. */
export type SpawnWorker = (
  source: string,
  onMessage: (message: unknown) => void,
  onError: (error: Error) => void,
) => WorkerHandle;

/** What a pool takes of a runtime. */
export interface PoolPlatform {
  /** Undefined where there are no workers. */
  spawn: SpawnWorker | undefined;
  cores: number;
}
