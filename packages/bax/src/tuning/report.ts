import type { OptionValue, TrainingChoices } from "../training/index.ts";

/** How a trial ended: with a figure; the loss left the range of numbers; the model would be too large, or too slow. */
export type TuneOutcome = "measured" | "failed" | "too large" | "too slow";

/** What one measurement of a trial found: plain data, to be kept in a log and handed in again. */
export interface TuneMeasurement {
  /** From 1; the first are the defaults. */
  readonly trial: number;
  /** How thorough it was, from 0. */
  readonly rung: number;
  /** What the trial has in place of the defaults: values, and for `times` options of the table factors of the default. */
  readonly point: Readonly<Record<string, OptionValue>>;
  readonly outcome: "measured" | "failed";
  /** The metric on all text that was measured on; null where there is none. */
  readonly score: number | null;
  /** The metric on each tenth of that text. */
  readonly parts: readonly number[];
  /** Wall time that it took. */
  readonly seconds: number;
}

/** A trial that has ended. */
export interface TuneTrial {
  /** From 1; the first are the defaults. */
  readonly number: number;
  /** Options of the trial beside those that were given: what differs from the defaults for the data. */
  readonly changes: TrainingChoices;
  readonly outcome: TuneOutcome;
  /** The metric in its last measurement; null where there is none. */
  readonly score: number | null;
  /** How much better it is than the defaults are in the same measurement, and the standard error of that; null where not known. */
  readonly gain: number | null;
  readonly error: number | null;
  /** Of the text to learn from, what the last measurement used: folds × share, in parts of a full measurement (0 to 1). */
  readonly price: number;
  /** Whether it was measured at the full price: only such trials can be the best. */
  readonly complete: boolean;
  /** Length of the file of a model with these options, from all the text; the header is estimated. */
  readonly bytes: number;
  /** What labelling a text costs, counted: see `TuneOptions`. */
  readonly microseconds: number;
  /** Wall time of all its measurements. */
  readonly seconds: number;
}
