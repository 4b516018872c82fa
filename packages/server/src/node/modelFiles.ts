// Models as files: read at the start, and anew when they change.
import { BaxError, type TextClassifier } from "bax";
import { BatchingAnswerer, type BatchReport, type Models, Problem, type Reload } from "../index.ts";
import type { ReloadAnswer } from "../schemas/index.ts";
import { collectSoon } from "./garbage.ts";
import { type FileState, isSameState, readModelFile, stateOf } from "./modelFile.ts";
import { Workers } from "./workers.ts";

/** What becomes of models, for the log and the metrics. */
export interface ModelEvents {
  /** A model is served from now on. `isFirst`: nothing was served under its name before. */
  loaded(name: string, version: string, isFirst: boolean, seconds: number): void;
  /** A file could not be used; the old model goes on. */
  refused(name: string, error: Error): void;
  /** A worker ended, or did not come up. */
  workerLost(name: string, error: Error): void;
  /** Texts of a model were answered together. */
  batch(name: string, report: BatchReport): void;
}

/** How models are served. */
export interface ModelFilesOptions {
  /** Workers for each model; 1: the thread that speaks HTTP answers by itself. */
  readonly threads: number;
  /** Texts that may wait for each model; past that requests are refused. */
  readonly waitingTexts: number;
  /** Seconds that texts may wait, by how fast they were answered lately. */
  readonly waitingSeconds: number;
  readonly events: ModelEvents;
}

/** A file that is served. */
interface Served {
  readonly path: string;
  /** The file as it was when it was last looked at, whether it could be used or not. */
  looked: FileState | undefined;
  fingerprint: string | undefined;
  /** The reload that runs, and the one that begins after it: all who ask meanwhile get that one. */
  running: Promise<unknown>;
  next: Promise<ReloadAnswer> | undefined;
}

/** The files of the models that a server has, each under its name. */
export class ModelFiles {
  private readonly models: Models;
  private readonly options: ModelFilesOptions;
  private readonly files: ReadonlyMap<string, Served>;
  private timer: NodeJS.Timeout | undefined;

  /** `paths`: of the models' files, by name. */
  constructor(models: Models, paths: ReadonlyMap<string, string>, options: ModelFilesOptions) {
    this.models = models;
    this.options = options;
    const served = ([name, path]: [string, string]): [string, Served] => [
      name,
      { path, looked: undefined, fingerprint: undefined, running: Promise.resolve(), next: undefined },
    ];
    this.files = new Map([...paths].map(served));
  }

  /** Reads all models. Throws a BaxError for the first that cannot be served. */
  async open(): Promise<void> {
    for (const [name, file] of this.files) await this.read(name, file);
  }

  /** Reads a model anew and serves it, if its file is another than before. Throws a Problem where that cannot be; the old one goes on. */
  reload: Reload = (name) => {
    const file = this.files.get(name);
    if (!file) return Promise.reject(new Problem("invalid", "The model was not read from a file."));
    file.next ??= this.after(file, name);
    return file.next;
  };

  /** Reads all models anew; what cannot be used is told of to the events. */
  async reloadAll(): Promise<void> {
    for (const name of this.files.keys()) await this.reload(name).catch(() => {});
  }

  /** Looks every so many milliseconds whether a file has changed, and reads it anew once it has stayed as it is for as long. */
  watch(milliseconds: number): void {
    const seen = new Map<string, FileState | undefined>();
    const look = async (): Promise<void> => {
      for (const [name, file] of this.files) {
        const state = await stateOf(file.path).catch(() => undefined);
        // A file that is gone for a moment, or still grows, is no new model yet.
        const isStill = isSameState(state, seen.get(name));
        seen.set(name, state);
        if (isStill && !isSameState(state, file.looked)) await this.reload(name).catch(() => {});
      }
      if (this.timer) this.timer = setTimeout(look, milliseconds).unref();
    };
    this.timer = setTimeout(look, milliseconds).unref();
  }

  /** Watches no longer. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private after(file: Served, name: string): Promise<ReloadAnswer> {
    const next = file.running.then(async () => {
      // Whoever asks from now on may mean a still newer file.
      file.next = undefined;
      try {
        return await this.read(name, file);
      } catch (error) {
        this.options.events.refused(name, error as Error);
        throw new Problem("invalid", "The model's file cannot be used; the log says why. The old model goes on.", {
          cause: error,
        });
      }
    });
    file.running = next.catch(() => {});
    return next;
  }

  private async read(name: string, file: Served): Promise<ReloadAnswer> {
    const began = performance.now();
    file.looked = await stateOf(file.path);
    const { classifier, fingerprint, state } = await readModelFile(file.path);
    file.looked = state;
    const version = fingerprint.slice(0, 16);
    if (file.fingerprint === fingerprint) return { name, version, changed: false };
    if (classifier.labels.length === 0)
      throw new BaxError("model", `${file.path}: a model of words, without labels`, "Serve a model that labels text.");
    const isFirst = file.fingerprint === undefined;
    file.fingerprint = fingerprint;
    // Not waited for: whoever asked for this may be the last to hold the old one.
    void this.models
      .put(name, { classifier, answerer: this.answererOf(name, classifier), fingerprint })
      .then(() => !isFirst && collectSoon());
    this.options.events.loaded(name, version, isFirst, (performance.now() - began) / 1000);
    return { name, version, changed: true };
  }

  private answererOf(name: string, classifier: TextClassifier): BatchingAnswerer {
    const { threads, waitingTexts, waitingSeconds, events } = this.options;
    const onBatch = (report: BatchReport): void => events.batch(name, report);
    if (threads === 1) return new BatchingAnswerer(classifier, { waitingTexts, waitingSeconds, onBatch });
    const workers = new Workers(classifier, threads, (error) => events.workerLost(name, error));
    return new BatchingAnswerer(classifier, {
      waitingTexts,
      waitingSeconds,
      onBatch,
      batchesAtOnce: workers.batchesAtOnce,
      work: (texts, options) => workers.predictAll(texts, options),
      close: () => workers.close(),
    });
  }
}
