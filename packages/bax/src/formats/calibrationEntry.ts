// The correction of probabilities and the thresholds of labels, as a model file keeps them: JSON.
import type { Calibration, Decision } from "../calibration/index.ts";
import type { ModelParts } from "../model/index.ts";

/** A temperature or slope beyond is not believed. */
const LARGEST = 1e6;

/** The entries of the file's metadata; none for a model without. */
export function calibrationMetadata({
  calibration,
  decision,
}: Pick<ModelParts, "calibration" | "decision">): Record<string, string> {
  return {
    ...(calibration && { calibration: JSON.stringify(calibration) }),
    ...(decision && { decision: JSON.stringify(decision) }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && least <= value && value <= most;
}

function areNumbers(value: unknown, count: number, least: number, most: number): value is number[] {
  return Array.isArray(value) && value.length === count && value.every((one) => isNumber(one, least, most));
}

/** Checks what "calibration" of the header says; `refuse` throws with what is wrong. */
export function readCalibration(value: unknown, labelCount: number, refuse: (reason: string) => never): Calibration {
  if (!isRecord(value)) refuse(`"calibration" is not an object`);
  const { temperature, platt } = value;
  if (!isNumber(temperature, 1 / LARGEST, LARGEST)) refuse(`"temperature" of "calibration" is no number above 0`);
  if (platt === null || platt === undefined) return { temperature, platt: null };
  if (!isRecord(platt)) refuse(`"platt" of "calibration" is not an object`);
  const { slopes, offsets } = platt;
  if (!areNumbers(slopes, labelCount, 1 / LARGEST, LARGEST))
    refuse(`"slopes" of "calibration" are not ${labelCount} numbers above 0`);
  if (!areNumbers(offsets, labelCount, -LARGEST, LARGEST))
    refuse(`"offsets" of "calibration" are not ${labelCount} numbers`);
  return { temperature, platt: { slopes, offsets } };
}

/** Checks what "decision" of the header says. */
export function readDecision(value: unknown, labelCount: number, refuse: (reason: string) => never): Decision {
  if (!isRecord(value)) refuse(`"decision" is not an object`);
  const { wanted, thresholds } = value;
  if (!areNumbers(thresholds, labelCount, 0, 2))
    refuse(`"thresholds" of "decision" are not ${labelCount} numbers from 0 to 2`);
  if (!isRecord(wanted)) refuse(`"wanted" of "decision" is not an object`);
  for (const kind of ["precision", "recall", "share"] as const) {
    const share = wanted[kind];
    if (isNumber(share, 0, 1)) return { wanted: { [kind]: share } as Decision["wanted"], thresholds };
  }
  refuse(`"wanted" of "decision" names neither precision nor recall nor share`);
}
