import { z } from "@hono/zod-openapi";
import { exactly } from "./exactly.ts";

/** A model in the list of all. */
export interface ModelEntry {
  name: string;
  /** The beginning of the fingerprint. */
  version: string;
  /** How many labels it has. */
  labels: number;
}

/** All models, by name. */
export interface ModelList {
  models: ModelEntry[];
}

/** How the model's probabilities are corrected. */
export interface ModelCalibration {
  temperature: number;
  platt: { slopes: number[]; offsets: number[] } | null;
}

/** From which probability on each label is answered; above 1: never. */
export interface ModelDecision {
  /** What was wanted of the answers when the thresholds were chosen. */
  wanted: Record<string, number>;
  thresholds: number[];
}

/** What a model tells of itself. */
export interface ModelDetails {
  name: string;
  /** The beginning of the fingerprint. */
  version: string;
  /** SHA-256 of the model file's bytes, in hexadecimal. */
  fingerprint: string;
  labels: string[];
  dimension: number;
  /** How many features it knows. */
  features: number;
  /** The options that it was trained with. */
  options: Record<string, unknown>;
  /** What the file says of the training. */
  training: Record<string, unknown>;
  /** What was measured on the held-out part; null where nothing was. */
  metrics: Record<string, unknown> | null;
  calibration: ModelCalibration | null;
  decision: ModelDecision | null;
}

/** What a reload did. */
export interface ReloadAnswer {
  name: string;
  /** The version that answers from now on. */
  version: string;
  /** Whether that is another one than before. */
  changed: boolean;
}

const version = z.string().openapi({ description: "The beginning of the fingerprint." });

export const modelList: z.ZodType<ModelList> = exactly<ModelList>()(
  z
    .strictObject({
      models: z.array(z.strictObject({ name: z.string(), version, labels: z.int() }).openapi("ModelEntry")),
    })
    .openapi("ModelList"),
);
export const modelDetails: z.ZodType<ModelDetails> = exactly<ModelDetails>()(
  z
    .strictObject({
      name: z.string(),
      version,
      fingerprint: z.string().openapi({ description: "SHA-256 of the model file's bytes, in hexadecimal." }),
      labels: z.array(z.string()),
      dimension: z.int(),
      features: z.int().openapi({ description: "How many features it knows." }),
      options: z.record(z.string(), z.unknown()).openapi({ description: "The options that it was trained with." }),
      training: z.record(z.string(), z.unknown()).openapi({ description: "What the file says of the training." }),
      metrics: z
        .record(z.string(), z.unknown())
        .nullable()
        .openapi({ description: "What was measured on the held-out part; null where nothing was." }),
      calibration: z
        .strictObject({
          temperature: z.number(),
          platt: z.strictObject({ slopes: z.array(z.number()), offsets: z.array(z.number()) }).nullable(),
        })
        .nullable(),
      decision: z
        .strictObject({ wanted: z.record(z.string(), z.number()), thresholds: z.array(z.number()) })
        .nullable(),
    })
    .openapi("ModelDetails"),
);
export const reloadAnswer: z.ZodType<ReloadAnswer> = exactly<ReloadAnswer>()(
  z.strictObject({ name: z.string(), version, changed: z.boolean() }).openapi("ReloadAnswer"),
);
