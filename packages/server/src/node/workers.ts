import { BaxError, type Prediction, type PredictionPool, type PredictOptions, type TextClassifier } from "bax";

/** Seconds a text: what takes less is sooner answered than handed over and taken back. */
const WORTH_HANDING_OVER = 50e-6;
/** Seconds of a batch: what takes less keeps nobody waiting; what takes more is handed over, worth it or not. */
const SHORT = 0.001;
const LONG = 0.01;
/** What a text costs besides its characters, in characters. */
const TEXT_COST = 64;
/** Seconds a character before anything was seen. */
const FIRST_PACE = 1e-7;
/** How fast the estimate follows what was seen. */
const LEARNING = 0.05;
/** How fast it is doubted while nothing is seen. */
const DOUBT = 0.01;

/**
 * Answers for a model: what is quick on the calling thread, the rest by workers on one copy of the model. Time decides where, never what is
 * answered. Where a worker ends, as when its memory runs out or somebody ends it, all are started anew, and the texts that they had are
 * answered by the calling thread: no answer is lost.
 */
export class Workers {
  private readonly classifier: TextClassifier;
  private readonly threads: number;
  private readonly onLost: (error: Error) => void;
  private pool: PredictionPool;
  private isClosed = false;
  /** Seconds a character, as lately seen on the calling thread. */
  private pace = FIRST_PACE;

  /** `onLost`: hears of a worker that ended, or did not come up. */
  constructor(classifier: TextClassifier, threads: number, onLost: (error: Error) => void) {
    this.classifier = classifier;
    this.threads = threads;
    this.onLost = onLost;
    this.pool = this.start();
  }

  /** Batches that keep all workers busy. */
  get batchesAtOnce(): number {
    return this.pool.jobsAtOnce;
  }

  /** `TextClassifier.predictAll`, to the bit. */
  predictAll(texts: readonly string[], options: PredictOptions): Prediction[][] | Promise<Prediction[][]> {
    let cost = 0;
    for (const { length } of texts) cost += length + TEXT_COST;
    const seconds = cost * this.pace;
    const isWorthIt = seconds > SHORT && seconds > WORTH_HANDING_OVER * texts.length;
    if (!isWorthIt && seconds < LONG) return this.answer(texts, options, cost);
    this.pace *= 1 - DOUBT;
    return this.handOver(texts, options);
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.pool.close();
  }

  private answer(texts: readonly string[], options: PredictOptions, cost: number): Prediction[][] {
    const began = performance.now();
    const answers = this.classifier.predictAll(texts, options);
    this.pace += LEARNING * ((performance.now() - began) / 1000 / cost - this.pace);
    return answers;
  }

  private async handOver(texts: readonly string[], options: PredictOptions): Promise<Prediction[][]> {
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

  private replace(lost: PredictionPool, error: Error): void {
    if (lost !== this.pool) return;
    this.onLost(error);
    this.pool = this.start();
    void lost.close();
  }

  private start(): PredictionPool {
    const pool = this.classifier.pool({ threads: this.threads });
    // It is done without those that do not come up; whoever watches the server should know.
    void pool.ready().then(() => {
      const missing = this.threads - pool.workers;
      if (missing > 0 && pool === this.pool && !this.isClosed)
        this.onLost(new Error(`${missing} of ${this.threads} workers could not be started`));
    });
    return pool;
  }
}
