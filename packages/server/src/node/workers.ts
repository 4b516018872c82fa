import { BaxError, type Prediction, type PredictionPool, type PredictOptions, type TextClassifier } from "bax";

/**
 * Workers that answer for a model on one copy of it. Where one of them ends, as when its memory runs out or somebody ends it, all are
 * started anew, and the texts that they had are answered by the calling thread: no answer is lost.
 */
export class Workers {
  private readonly classifier: TextClassifier;
  private readonly threads: number;
  private readonly onLost: (error: Error) => void;
  private pool: PredictionPool;
  private isClosed = false;

  /** `onLost`: hears of a worker that ended. */
  constructor(classifier: TextClassifier, threads: number, onLost: (error: Error) => void) {
    this.classifier = classifier;
    this.threads = threads;
    this.onLost = onLost;
    this.pool = classifier.pool({ threads });
  }

  /** Batches that keep all workers busy. */
  get batchesAtOnce(): number {
    return this.pool.jobsAtOnce;
  }

  /** `TextClassifier.predictAll`, to the bit. */
  async predictAll(texts: readonly string[], options: PredictOptions): Promise<Prediction[][]> {
    const { pool } = this;
    try {
      return await pool.predictAll(texts, options);
    } catch (error) {
      // Refusals of what was asked are for who asked; only the loss of a worker is ours.
      if (this.isClosed || !(error instanceof BaxError) || !["limit", "aborted"].includes(error.code)) throw error;
      this.replace(pool, error);
      return this.classifier.predictAll(texts, options);
    }
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.pool.close();
  }

  private replace(lost: PredictionPool, error: Error): void {
    if (lost !== this.pool) return;
    this.onLost(error);
    this.pool = this.classifier.pool({ threads: this.threads });
    void lost.close();
  }
}
