import type { TrainingPlatform } from "../training/index.ts";
import { openScratchFile } from "./scratchFile.ts";

/** A running worker as training and pools take it. */
interface WorkerHandle {
  post(message: unknown): void;
  /** Tells whether it is sure to have ended. */
  terminate(): Promise<boolean>;
  /** Whether the process is to wait for it. */
  hold(isAwaited: boolean): void;
}

type SpawnWorker = (
  source: string,
  onMessage: (message: unknown) => void,
  onError: (error: Error) => void,
) => WorkerHandle;

interface NodeWorker {
  on(event: "message", listener: (message: unknown) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  on(event: "online", listener: () => void): void;
  postMessage(message: unknown): void;
  terminate(): Promise<unknown>;
  ref(): void;
  unref(): void;
}

interface BrowserWorker {
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface Runtime {
  process?: {
    getBuiltinModule?: ((name: "node:worker_threads") => {
      Worker: new (source: string, options: { eval: true }) => NodeWorker;
    }) &
      ((name: "node:os") => { availableParallelism(): number });
  };
  Worker?: new (url: string) => BrowserWorker;
  document?: unknown;
  navigator?: { hardwareConcurrency?: number };
}

const runtime = globalThis as unknown as Runtime;

/** How long the end of a worker is waited for. */
const MOST_ENDING_MS = 2000;

const spawnNode: SpawnWorker = (source, onMessage, onError) => {
  const { Worker } = runtime.process!.getBuiltinModule!("node:worker_threads");
  const worker = new Worker(source, { eval: true });
  worker.on("message", onMessage);
  worker.on("error", onError);
  worker.on("exit", (code) => onError(new Error(`it left with ${code}`)));
  const begun = new Promise<void>((resolve) => {
    worker.on("online", resolve);
    worker.on("exit", () => resolve());
  });
  return {
    post: (message) => worker.postMessage(message),
    terminate: () =>
      new Promise((resolve) => {
        // Keeps the process, too: of a worker that is stopped while it begins Node may never say that it has ended.
        const timer = setTimeout(() => resolve(false), MOST_ENDING_MS);
        begun
          .then(() => worker.terminate())
          .then(() => {
            clearTimeout(timer);
            resolve(true);
          });
      }),
    hold: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
  };
};

const spawnBrowser: SpawnWorker = (source, onMessage, onError) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new runtime.Worker!(url);
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = (event) => onError(new Error(event.message ?? "a worker failed"));
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => {
      worker.terminate();
      URL.revokeObjectURL(url);
      return false;
    },
    // A page outlives its workers anyway.
    hold: () => {},
  };
};

/** What this runtime offers to a pool: workers, also to a page, which need not wait for them. */
export function detectPoolPlatform(): { spawn: SpawnWorker | undefined; cores: number } {
  if (runtime.process?.getBuiltinModule)
    return { spawn: spawnNode, cores: runtime.process.getBuiltinModule("node:os").availableParallelism() };
  const spawn = typeof runtime.Worker === "function" ? spawnBrowser : undefined;
  return { spawn, cores: runtime.navigator?.hardwareConcurrency ?? 1 };
}

/** What this runtime offers to training: workers in Node, and in browsers' workers (a page itself may not wait, so it trains alone). */
export function detectPlatform(): TrainingPlatform {
  if (runtime.process?.getBuiltinModule) {
    const modules = runtime.process.getBuiltinModule;
    return {
      spawn: spawnNode,
      cores: modules("node:os").availableParallelism(),
      openScratch: () => openScratchFile(modules as unknown as Parameters<typeof openScratchFile>[0]),
    };
  }
  const cores = runtime.navigator?.hardwareConcurrency ?? 1;
  const mayWait = runtime.document === undefined && typeof runtime.Worker === "function";
  return { spawn: mayWait ? spawnBrowser : undefined, cores };
}
