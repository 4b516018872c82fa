import { BaxError } from "../errors.ts";
import { turn } from "../turn.ts";
import type { TrainingHooks, TrainingProgress } from "./report.ts";

/** What training tells its caller, and what the caller tells it. */
export class Narration {
  /** One line each: what a user should know. */
  readonly notes: string[] = [];
  /** Whether `stopSignal` ended training. */
  interrupted = false;
  private readonly began = performance.now();
  private readonly hooks: TrainingHooks;

  constructor(hooks: TrainingHooks) {
    this.hooks = hooks;
  }

  /** Since training began. */
  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Goes on with the notes of an earlier run. */
  resume(notes: readonly string[]): void {
    this.notes.splice(0, this.notes.length, ...notes);
  }

  tell(progress: TrainingProgress): void {
    this.hooks.onProgress?.(progress);
  }

  /** Tells how far reading is, or something that is known when it has ended. */
  tellRead(examples: number, more: Partial<TrainingProgress> = {}): void {
    const rest = { loss: 0, examplesPerSecond: 0, secondsLeft: 0, epoch: 0, epochs: 0 };
    this.tell({ phase: "read", fraction: 0, examples, ...rest, ...more });
  }

  /** While text is read: what was not learned from yet cannot be kept. */
  async reading(examples: number): Promise<void> {
    this.tellRead(examples, { examplesPerSecond: examples / Math.max(this.seconds, 1e-9) });
    await this.pause();
    if (this.interrupted) {
      throw new BaxError("aborted", "stopped while reading, before anything was learned", "Run it again to train.");
    }
  }

  /** Lets signals through. Throws a BaxError ("aborted") by `signal`. */
  async pause(): Promise<void> {
    await turn();
    if (this.hooks.signal?.aborted) throw new BaxError("aborted", "training was stopped", "Run it again to train.");
    if (this.hooks.stopSignal?.aborted) this.interrupted = true;
  }
}
