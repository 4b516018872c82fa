import type { Prediction, PredictOptions, TextClassifier } from "bax";
import { type Call, DirectAnswerer } from "./answerer.ts";
import { Batcher, type BatchOptions, type BatchWork } from "./batcher.ts";

/** Where batches are answered. */
export interface BatchingOptions extends BatchOptions {
  /** Answers a batch, in workers say; the model itself unless given. */
  work?: BatchWork | undefined;
  /** Ends what `work` works with. Called when nothing waits any more. */
  close?: (() => Promise<void>) | undefined;
}

/** Gathers texts of many requests and has them answered together; explains and scores on the calling thread. */
export class BatchingAnswerer extends DirectAnswerer {
  private readonly batcher: Batcher;
  private readonly closeWork: (() => Promise<void>) | undefined;

  constructor(classifier: TextClassifier, options: BatchingOptions = {}) {
    super(classifier);
    const work = options.work ?? ((texts, choices) => classifier.predictAll(texts, choices));
    this.batcher = new Batcher(work, options);
    this.closeWork = options.close;
  }

  override get waiting(): number {
    return this.batcher.waiting;
  }

  override predict(texts: readonly string[], options: PredictOptions, call: Call): Promise<Prediction[][]> {
    return this.batcher.ask(texts, options, call);
  }

  override room(): Promise<void> | undefined {
    return this.batcher.room();
  }

  override async close(): Promise<void> {
    await this.batcher.close();
    await this.closeWork?.();
  }
}
