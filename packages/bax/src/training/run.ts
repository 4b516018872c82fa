import { Random } from "../math/random.ts";
import type { Engine } from "./engine.ts";
import { labelEpochs, twoStageDecay } from "./labelsFirst.ts";
import type { TrainingOptions } from "./options.ts";
import type { Course, Part } from "./part.ts";
import type { TrainingProgress } from "./report.ts";
import { linearDecay } from "./schedule.ts";

/** Where in an epoch training is: the windows that are done, and how many examples of the one that is not. */
export interface Place {
  epoch: number;
  window: number;
  example: number;
}

/** What a run tells now and then: where it is, for whoever wants to go on from there. */
export interface RunStep {
  place: Place;
  progress: TrainingProgress;
}

/** One way through the epochs at one rate: shuffles, and knows how fast it is. */
export class Run {
  private readonly began = performance.now();
  private readonly engine: Engine;
  private readonly count: number;
  private readonly course: Course;
  private readonly options: TrainingOptions;
  private readonly rate: number;
  private readonly phase: "validate" | "train";
  private done = 0;
  /** Examples that were not learned from here, since the run goes on from elsewhere. */
  private skipped = 0;

  constructor(engine: Engine, part: Part, options: TrainingOptions, rate: number, phase: "validate" | "train") {
    this.engine = engine;
    this.count = part.count;
    this.course = part.course(new Random(options.seed));
    this.options = options;
    this.rate = rate;
    this.phase = phase;
  }

  /** Passes over what other epochs took, so that the next has its own order and negatives. */
  skip(epochs: number): void {
    for (let epoch = 0; epoch < epochs; epoch++) {
      this.course.pass();
      this.engine.beginEpoch();
    }
    this.skipped += epochs * this.count;
  }

  /**
   * Trains one epoch (from 0) of `epochs`, or what is left of it from `from` on; the rate falls as if there were as many as the options
   * say. `between` answers false to end it early. Returns the mean loss.
   */
  async epoch(
    epoch: number,
    epochs: number,
    between: (step: RunStep) => Promise<boolean>,
    from: { window: number; example: number; sums: { loss: number; weight: number } } | undefined = undefined,
  ): Promise<number> {
    const { engine, count } = this;
    const windows = this.course.pass();
    if (epoch >= labelEpochs(this.options.epochs)) engine.growTree();
    const decay = engine.labelsFirst ? twoStageDecay : linearDecay;
    const rate = decay(this.rate, epoch, this.options.epochs, count);
    engine.beginEpoch();
    if (from) engine.sums = from.sums;
    let offset = 0;
    let number = 0;
    for (const window of windows) {
      const isDone = from !== undefined && number < from.window;
      const first = from !== undefined && number === from.window ? from.example : 0;
      if (isDone || first > 0) this.skipped += isDone ? window.count : first;
      const place = { epoch, window: number++, example: 0 };
      if (!isDone) {
        const goesOn = await engine.learn(window.load(), first, offset, rate, (done) => {
          this.done = epoch * count + offset + done;
          place.example = done;
          const fraction = this.done / (epochs * count);
          return between({ place, progress: this.progress(epoch, epochs, fraction, engine.meanLoss) });
        });
        if (!goesOn) break;
      }
      offset += window.count;
    }
    return engine.meanLoss;
  }

  get examplesPerSecond(): number {
    return Math.max(0, this.done - this.skipped) / Math.max((performance.now() - this.began) / 1000, 1e-9);
  }

  progress(epoch: number, epochs: number, fraction: number, loss: number): TrainingProgress {
    const { examplesPerSecond } = this;
    const left = epochs * this.count - this.done;
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
