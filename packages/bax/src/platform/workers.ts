import type { SpawnWorker, TrainingPlatform } from "../training/index.ts";
import { openScratchFile } from "./scratchFile.ts";

interface NodeWorker {
  on(event: "message", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  postMessage(message: unknown): void;
  terminate(): unknown;
}

interface BrowserWorker {
  onmessage: (() => void) | null;
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

const spawnNode: SpawnWorker = (source, onMessage, onError) => {
  const { Worker } = runtime.process!.getBuiltinModule!("node:worker_threads");
  const worker = new Worker(source, { eval: true });
  worker.on("message", onMessage);
  worker.on("error", onError);
  return { post: (message) => worker.postMessage(message), terminate: () => void worker.terminate() };
};

const spawnBrowser: SpawnWorker = (source, onMessage, onError) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new runtime.Worker!(url);
  worker.onmessage = onMessage;
  worker.onerror = (event) => onError(new Error(event.message ?? "a worker failed"));
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
};

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
