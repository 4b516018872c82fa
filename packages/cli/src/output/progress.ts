import type { TrainingProgress } from "bax";
import type { Console } from "./console.ts";
import { duration, percent } from "./numbers.ts";

const STEP = 0.05;
/** A terminal is redrawn no more often than this, in milliseconds. */
const REDRAW = 100;

const PHASES: Readonly<Record<TrainingProgress["phase"], string>> = {
  read: "reading",
  validate: "measuring",
  train: "training",
};

/** Shows training as it goes: one live line on a terminal, elsewhere a plain line for every 5 % of a phase. */
export class ProgressLine {
  readonly #console: Console;
  #phase = "";
  #shown = 0;
  #drawn = 0;

  readonly #began: number = performance.now();
  readonly #readFraction: () => number;

  /** `readFraction`: how much of the input has been read, 0 to 1, or 0 where that is not known. */
  constructor(console: Console, readFraction: () => number) {
    this.#console = console;
    this.#readFraction = readFraction;
  }

  show(step: TrainingProgress): void {
    const progress = step.phase === "read" ? this.#withFraction(step) : step;
    if (progress.message !== undefined) this.#console.note(progress.message);
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#shown = 0;
      this.#drawn = 0;
    }
    if (this.#console.live) {
      const now = performance.now();
      if (now - this.#drawn < REDRAW) return;
      this.#drawn = now;
      this.#console.progress(describeProgress(progress));
    } else {
      const step = Math.floor(progress.fraction / STEP + 1e-9);
      if (step <= this.#shown) return;
      this.#shown = step;
      this.#console.note(describeProgress(progress));
    }
  }

  /** The library is handed a stream and cannot know its length; who opened the files can. */
  #withFraction(step: TrainingProgress): TrainingProgress {
    const fraction = this.#readFraction();
    const seconds = (performance.now() - this.#began) / 1000;
    return fraction === 0 ? step : { ...step, fraction, secondsLeft: (seconds / fraction) * (1 - fraction) };
  }

  end(): void {
    this.#console.endProgress();
  }
}

/** One line: phase, percent, loss, examples a second, time left; what is not known yet is left out. */
export function describeProgress(p: TrainingProgress): string {
  // How much there is to read is often not known.
  const share = p.phase === "read" && p.fraction === 0 ? "" : ` ${percent(p.fraction, 0)}`;
  const parts = [PHASES[p.phase] + share];
  if (p.phase === "read") parts.push(`${p.examples.toLocaleString("en-GB")} examples`);
  else {
    if (p.epochs > 0) parts.push(`epoch ${Math.min(p.epochs, Math.max(1, Math.ceil(p.epoch)))}/${p.epochs}`);
    if (Number.isFinite(p.loss)) parts.push(`loss ${p.loss.toFixed(4)}`);
  }
  if (p.examplesPerSecond > 0) parts.push(`${Math.round(p.examplesPerSecond).toLocaleString("en-GB")} examples/s`);
  if (p.secondsLeft > 0 && Number.isFinite(p.secondsLeft)) parts.push(`${duration(p.secondsLeft)} left`);
  return parts.join("  ");
}
