import type { Evaluation } from "../evaluation/index.ts";
import type { ModelParts } from "../model/index.ts";
import type { Checkpointing } from "./checkpoint.ts";
import type { SpawnWorker } from "./control.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";
import type { OutOfFold } from "./outOfFold.ts";
import type { ScratchFile } from "./spilledStore.ts";

/** Where training stands; `fraction` is of the phase. */
export interface TrainingProgress {
  phase: "read" | "validate" | "train";
  fraction: number;
  examples: number;
  /** Mean loss of the epoch so far, in nats: of whatever is minimised. */
  loss: number;
  examplesPerSecond: number;
  secondsLeft: number;
  /** From 1. */
  epoch: number;
  epochs: number;
  /** Once after each epoch that was measured on the held-out part: as in the learning curve. */
  validation?: { accuracy: number; logLoss: number | null };
  /** Once, when all text is read and its features are fastText's: tokens of the text, and distinct words and labels that are kept. */
  vocabulary?: { tokens: number; words: number; labels: number };
  /** Something that a user should be told at once. */
  message?: string;
}

/**
 * After each epoch, from 1: its mean loss, and what was measured on the held-out part. The log loss is that of the probabilities as they
 * were learned, before they are corrected, so that epochs can be compared.
 */
export type LearningCurve = readonly {
  epoch: number;
  loss: number;
  accuracy: number;
  logLoss: number | null;
}[];

/** What a training run did. */
export interface TrainingReport {
  examples: number;
  labels: number;
  features: number;
  options: TrainingOptions;
  /** What of them was chosen by the caller. */
  choices: TrainingChoices;
  /** What the model depends on besides: a model that learned on, vectors, examples to validate on; each with what tells it apart. */
  given: readonly string[];
  /** Of the part that was held out, by a model that had not seen it; null where none was. */
  valid: Evaluation | null;
  /** Of the part that was learned from and of the one that was held out; empty where none was. */
  curve: LearningCurve;
  /** What was answered to the held-out part, where `keepHeldOut` asked for it and this run made the epoch that was kept. */
  heldOut: OutOfFold | undefined;
  seconds: { read: number; train: number; total: number };
  /** Examples a second of all epochs of the final model. */
  examplesPerSecond: number;
  /** Of texts and labels, in order: 16 hexadecimal digits. */
  fingerprint: string;
  /** Whether `stopSignal` ended it early. */
  interrupted: boolean;
  /** One line each: what a user should know. */
  notes: string[];
}

/** What a caller of training may hand in besides options. */
export interface TrainingHooks {
  onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** Stops at once: training throws a BaxError ("aborted"). */
  signal?: AbortSignal | undefined;
  /** Stops soon and keeps what is learned so far. */
  stopSignal?: AbortSignal | undefined;
  /**
   * Whether the report is to have the answers to each held-out example; they must fit in memory. A number: only where they are at most so
   * many probabilities and the examples are in memory, else they are left out.
   */
  keepHeldOut?: boolean | number | undefined;
  /** Where to write what a run that is cut off can go on from; a run that finds such there goes on. */
  checkpoint?: Checkpointing | undefined;
}

/** What the runtime gives: a way to start workers, and how many cores there are. */
export interface TrainingPlatform {
  spawn?: SpawnWorker | undefined;
  cores: number;
  /** A file for examples that memory does not hold, where there is a file system. */
  openScratch?: (() => ScratchFile) | undefined;
}

/** A finished run: the model in its heap, and what there is to tell of it. */
export interface Trained {
  parts: ModelParts;
  report: TrainingReport;
}
