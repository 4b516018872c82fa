import { OPTIONS, type TextClassifier } from "bax";
import type { ModelFacts } from "../reportData.ts";

/** What a model's file says of how it was trained; any of it may be missing. */
interface TrainingFacts {
  readonly version?: string;
  readonly examples?: number;
  readonly fingerprint?: string;
  readonly choices?: Readonly<Record<string, unknown>>;
}

/** What a report says of a model. `file`: what it is called and how large it is, where it is one. */
export function modelFacts(model: TextClassifier, file: { path: string; bytes: number } | null): ModelFacts {
  const { options, training } = model.metadata as unknown as {
    options?: Readonly<Record<string, unknown>>;
    training?: TrainingFacts;
  };
  const choices = training?.choices ?? {};
  return {
    file: file?.path ?? null,
    bytes: file?.bytes ?? null,
    features: model.featureCount,
    dimension: model.dimension,
    labels: model.labels.length,
    examples: training?.examples ?? null,
    fingerprint: training?.fingerprint ?? null,
    version: training?.version ?? null,
    calibration: model.calibration
      ? { temperature: model.calibration.temperature, eachLabel: model.calibration.platt !== null }
      : null,
    seconds: model.report?.seconds ?? null,
    options: OPTIONS.flatMap(({ key, flag }) => {
      const value = options?.[key];
      return value === undefined
        ? []
        : [{ name: flag.replace(/^--/, ""), value: written(value), chosen: choices[key] !== undefined }];
    }),
  };
}

function written(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return value.every((end) => end === 0) ? "none" : value.join("–");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** How a model's probabilities are corrected, where the correction can be taken back from them: not along a tree. */
export function calibrationOf(model: TextClassifier): TextClassifier["calibration"] {
  const { options } = model.metadata as { options?: { loss?: string } };
  return options?.loss === "hs" ? undefined : model.calibration;
}
