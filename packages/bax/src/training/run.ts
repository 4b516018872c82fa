import { Random } from "../math/random.ts";
import type { Engine } from "./engine.ts";
import { labelEpochs, twoStageDecay } from "./labelsFirst.ts";
import type { TrainingOptions } from "./options.ts";
import type { TrainingProgress } from "./report.ts";
import { linearDecay } from "./schedule.ts";

/** One way through the epochs at one rate: shuffles, and knows how fast it is. */
export class Run {
  private readonly began = performance.now();
  private readonly engine: Engine;
  private readonly order: Uint32Array;
  private readonly random: Random;
  private readonly options: TrainingOptions;
  private readonly rate: number;
  private readonly phase: "validate" | "train";
  private done = 0;

  constructor(
    engine: Engine,
    examples: Uint32Array,
    options: TrainingOptions,
    rate: number,
    phase: "validate" | "train",
  ) {
    this.engine = engine;
    this.order = examples.slice();
    this.random = new Random(options.seed);
    this.options = options;
    this.rate = rate;
    this.phase = phase;
  }

  /** Trains one epoch (from 0) of `epochs`; the rate falls as if there were as many as the options say. Returns the mean loss. */
  async epoch(
    epoch: number,
    epochs: number,
    between: (progress: TrainingProgress) => Promise<boolean>,
  ): Promise<number> {
    const { order, engine } = this;
    this.random.shuffle(order);
    if (epoch >= labelEpochs(this.options.epochs)) engine.growTree();
    const decay = engine.labelsFirst ? twoStageDecay : linearDecay;
    const rate = decay(this.rate, epoch, this.options.epochs, order.length);
    return engine.epoch(order, rate, (done, loss) => {
      this.done = epoch * order.length + done;
      return between(this.progress(epoch, epochs, this.done / (epochs * order.length), loss));
    });
  }

  get examplesPerSecond(): number {
    return this.done / Math.max((performance.now() - this.began) / 1000, 1e-9);
  }

  progress(epoch: number, epochs: number, fraction: number, loss: number): TrainingProgress {
    const { examplesPerSecond } = this;
    const left = epochs * this.order.length - this.done;
    const secondsLeft = examplesPerSecond > 0 ? left / examplesPerSecond : 0;
    return {
      phase: this.phase,
      fraction,
      examples: this.done,
      loss,
      examplesPerSecond,
      secondsLeft,
      epoch: epoch + 1,
      epochs,
    };
  }
}
