import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import type { TrainingChoices } from "../training/index.ts";
import { AUDIT_KINDS, type AuditKind } from "./report.ts";

/** Where an audit stands. */
export interface AuditProgress {
  /** `read`: the data; `compare`: texts with each other; `learn`: the models of the label errors; `look`: at each text by itself. */
  readonly stage: "read" | "compare" | "learn" | "look";
  /** Of the stage, from 0 to 1; 0 where that is not known. */
  readonly fraction: number;
  /** Rows so far, or in all. */
  readonly rows: number;
}

/** What an audit is told. */
export interface AuditOptions {
  /** What to look for; everything unless given, leaks only where there are test data. */
  checks?: readonly AuditKind[] | undefined;
  /** Data that a model is to be measured on: rows that are in them too are leaks. */
  test?: Examples | undefined;
  /** From which similarity on two texts are nearly the same, from 0.5 to 1; 0.8 unless given. */
  similarity?: number | undefined;
  /** Of the cross-validation behind label errors, from 2; 5 unless given. */
  folds?: number | undefined;
  /** Rows in which label errors are looked for at most; 200,000 unless given. */
  sample?: number | undefined;
  /** Options of the models behind label errors; what is left out suits the data. `seed` also draws the sample. */
  training?: TrainingChoices | undefined;
  onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Stops at once: the audit throws a BaxError ("aborted"). */
  signal?: AbortSignal | undefined;
}

/** Options with their defaults. */
export interface AuditPlan {
  readonly wanted: ReadonlySet<AuditKind>;
  readonly similarity: number;
  readonly folds: number;
  readonly sample: number;
}

function checkNumber(name: string, value: number, least: number, most: number, isWhole: boolean): number {
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  const expected = `${isWhole ? "a whole number" : "a number"} from ${least}${most < 1e9 ? ` to ${most}` : ""}`;
  throw new BaxError("usage", `${name}: got ${value}, expected ${expected}`, `Leave --${name} out for the usual one.`);
}

/** Throws a BaxError ("usage") for what cannot be. */
export function planOf({ checks, test, similarity = 0.8, folds = 5, sample = 200_000 }: AuditOptions): AuditPlan {
  for (const kind of checks ?? []) {
    if (AUDIT_KINDS.includes(kind)) continue;
    throw new BaxError("usage", `checks: there is no "${String(kind)}"`, `Use some of ${AUDIT_KINDS.join(", ")}.`);
  }
  const wanted = new Set(checks ?? AUDIT_KINDS.filter((kind) => kind !== "leak" || test !== undefined));
  if (wanted.has("leak") && test === undefined) {
    throw new BaxError("usage", "leaks are asked for, but no test data are given", "Give --test FILE.");
  }
  if (wanted.size === 0) throw new BaxError("usage", "checks: none is given", `Use some of ${AUDIT_KINDS.join(", ")}.`);
  return {
    wanted,
    similarity: checkNumber("similarity", similarity, 0.5, 1, false),
    folds: checkNumber("folds", folds, 2, 1000, true),
    sample: checkNumber("sample", sample, 2, Number.MAX_SAFE_INTEGER, true),
  };
}
