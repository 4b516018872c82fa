import type { TrainingProgress } from "bax";
import { fixed } from "./numbers.ts";

/** Milliseconds between two lines of progress. */
const INTERVAL = 100;

/** What is said while `supervised` works: on standard error, as much as `-verbose` asks for. */
export class TrainingReporter {
  readonly #verbose: number;
  readonly #lr: number;
  readonly #threads: number;
  readonly #write: (text: string) => void;
  #shown = 0;
  #fraction = 0;
  #loss = Number.NaN;
  #wordsPerSecond = 0;

  constructor(
    { verbose, lr, threads }: { verbose: number; lr: number; threads: number },
    write: (text: string) => void = (text) => process.stderr.write(text),
  ) {
    this.#verbose = verbose;
    this.#lr = lr;
    this.#threads = threads;
    this.#write = write;
  }

  /** What was read: all tokens, and the distinct words and labels that are kept. */
  read({ tokens, words, labels }: NonNullable<TrainingProgress["vocabulary"]>): void {
    if (this.#verbose <= 0) return;
    this.#write(`\rRead ${Math.floor(tokens / 1e6)}M words\nNumber of words:  ${words}\nNumber of labels: ${labels}\n`);
  }

  /** Where training stands; `tokensPerExample` turns texts a second into words a second. */
  training(progress: TrainingProgress, tokensPerExample: number): void {
    this.#fraction = progress.fraction;
    if (Number.isFinite(progress.loss)) this.#loss = progress.loss;
    if (progress.examplesPerSecond > 0) {
      this.#wordsPerSecond = (progress.examplesPerSecond * tokensPerExample) / this.#threads;
    }
    const now = performance.now();
    if (this.#verbose <= 1 || now - this.#shown < INTERVAL) return;
    this.#shown = now;
    this.#line(progress.fraction, progress.secondsLeft);
  }

  /** The last line of progress, when all is learned, or what there was time for. */
  done(isWhole: boolean): void {
    if (this.#verbose <= 0) return;
    this.#line(isWhole ? 1 : this.#fraction, 0);
    this.#write("\n");
  }

  #line(fraction: number, secondsLeft: number): void {
    const parts = [
      `Progress: ${fixed(fraction * 100, 1).padStart(5)}%`,
      `words/sec/thread: ${String(Math.round(this.#wordsPerSecond)).padStart(7)}`,
      `lr: ${fixed(this.#lr * (1 - fraction), 6).padStart(9)}`,
      `avg.loss: ${fixed(this.#loss, 6).padStart(9)}`,
      `ETA: ${clock(secondsLeft)}`,
    ];
    this.#write(`\r${parts.join(" ")}`);
  }
}

/** Seconds as fastText shows them: "  0h 3m20s". */
export function clock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const hours = String(Math.floor(whole / 3600)).padStart(3);
  const minutes = String(Math.floor((whole % 3600) / 60)).padStart(2);
  return `${hours}h${minutes}m${String(whole % 60).padStart(2)}s`;
}
