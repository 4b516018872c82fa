import { BaxError } from "bax";
import type { Meter } from "../meter.ts";

/** What a search maximises. */
export interface Metric {
  readonly kind: "f1" | "precisionAtRecall" | "recallAtPrecision";
  /** The other share that must be reached, 0 to 1; of no meaning for f1. */
  readonly bound: number;
  /** The label it is measured of, as the user wrote it; undefined for all. */
  readonly label: string | undefined;
}

/** Reads `-autotune-metric`. Throws BaxError "usage". */
export function parseMetric(text: string): Metric {
  const [kind, ...rest] = text.split(":");
  if (kind === "f1") return { kind, bound: 0, label: rest.length > 0 ? rest.join(":") : undefined };
  const bound = Number(rest[0]);
  const isCurve = kind === "precisionAtRecall" || kind === "recallAtPrecision";
  if (isCurve && rest.length > 0 && rest[0].trim() !== "" && bound >= 0 && bound <= 100) {
    return { kind, bound: bound / 100, label: rest.length > 1 ? rest.slice(1).join(":") : undefined };
  }
  throw new BaxError(
    "usage",
    `Unknown metric : ${text}`,
    "Use f1, f1:label, precisionAtRecall:percent[:label] or recallAtPrecision:percent[:label].",
  );
}

/** The figure itself; 0 where it is 0/0. `label`: number of the metric's label. */
export function score({ kind, bound }: Metric, meter: Meter, label: number | undefined): number {
  const figure =
    kind === "f1"
      ? meter.f1(label)
      : kind === "precisionAtRecall"
        ? meter.precisionAtRecall(bound, label)
        : meter.recallAtPrecision(bound, label);
  return Number.isFinite(figure) ? figure : 0;
}
