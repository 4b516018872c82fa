import { occursIn, textCount } from "../features/index.ts";
import type { TrainingOptions } from "../training/index.ts";

/** What a model costs whoever uses it. Counted, never clocked: the same on every machine. */
export interface ModelCost {
  /** Length of the model's file. The header, of a few kilobytes, is estimated. */
  bytes: number;
  /** To label one text of the data on one core, in microseconds of the machine that the constants below were measured on. */
  microseconds: number;
}

/** What the features of a text come to before and after rare ones are dropped. */
export interface CountedFeatures {
  /** (features seen) in how many texts each occurs, with the bit of its block. */
  documents: Uint32Array;
  /** Features of all texts together, rare ones included. */
  total: number;
  examples: number;
  labels: readonly string[];
}

/** Beside the names of the labels: names of tensors and options, what was measured. */
const HEADER_BYTES = 1300;
/**
 * Nanoseconds for a text, for each feature that is cut out of it, and for each multiplication with A and with B: fitted to the time that
 * 13 models of four sets took for a text, which it meets within a third (docs/tuning.md).
 */
const NANOSECONDS = { text: 100, feature: 42, inA: 0.22, inB: 0.095 } as const;

/** What a model with these options will cost. */
export function modelCost(features: CountedFeatures, options: TrainingOptions): ModelCost {
  const { documents, total, examples, labels } = features;
  const { minCount, minCountChars, buckets, dim, weighting } = options;
  const least = Math.max(minCount, minCountChars);
  let rows = 0;
  let kept = 0;
  for (const entry of documents) {
    if (!occursIn(entry, minCount, least)) continue;
    rows++;
    kept += textCount(entry);
  }
  const perRow = 4 * (dim + (weighting === "none" ? 1 : 2));
  const header = HEADER_BYTES + labels.reduce((sum, label) => sum + label.length + 5, 0);
  const { text, feature, inA, inB } = NANOSECONDS;
  const nanoseconds = text + feature * (total / examples) + dim * (inA * (kept / examples) + inB * labels.length);
  return {
    // B, and the mean of each label.
    bytes: Math.min(rows, buckets) * perRow + 2 * labels.length * dim * 4 + labels.length * 4 + header,
    microseconds: nanoseconds / 1000,
  };
}
