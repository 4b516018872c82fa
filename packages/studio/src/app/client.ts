import type { Failure, Progress, Reply, Requests } from "../session/protocol.ts";

/** What a question was answered with instead of an answer. */
export class StudioError extends Error {
  readonly code: string;
  /** What to do. */
  readonly advice: string;

  constructor({ code, message, advice }: Failure) {
    super(message);
    this.name = "StudioError";
    this.code = code;
    this.advice = advice;
  }
}

/** Asks the worker. */
export class Client {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: StudioError) => void }
  >();
  private last = 0;

  /** `onProgress`: is told how far something is that takes long. */
  constructor(onProgress: (progress: Progress) => void) {
    this.worker = new Worker(new URL("../session/worker.ts", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ("progress" in data) onProgress(data.progress);
      else this.settle(data);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      const message = `the studio stopped: ${event.message || "its worker ended"}`;
      const advice = "Reload the page; your data and model are kept in this browser.";
      for (const { reject } of this.waiting.values()) reject(new StudioError({ code: "internal", message, advice }));
      this.waiting.clear();
    };
  }

  /** Throws a StudioError. */
  ask<Method extends keyof Requests>(
    method: Method,
    ...args: Parameters<Requests[Method]>
  ): Promise<ReturnType<Requests[Method]>> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.worker.postMessage({ id, method, args });
    });
  }

  private settle(reply: Exclude<Reply, { progress: Progress }>): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ("failure" in reply) waiting?.reject(new StudioError(reply.failure));
    else waiting?.resolve(reply.result);
  }
}
