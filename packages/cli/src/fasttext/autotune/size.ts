import { BaxError, type TextClassifier } from "bax";
import { quantizeToSize } from "../library.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
/** The vectors of so many labels are worth quantising. */
const MANY_LABELS = 256;

/** Reads `-autotune-modelsize`: bytes, or k, M, G for their thousands. Throws BaxError "usage". */
export function parseModelSize(text: string): number {
  const parts = /^(\d+)([kmg]?)$/i.exec(text.trim());
  if (parts) return Number(parts[1]) * UNITS[parts[2].toLowerCase()];
  throw new BaxError(
    "usage",
    `Unable to parse model size ${text}`,
    "Give bytes, or a whole number with k, M or G: 2M.",
  );
}

/** Quantises a model so that its .ftz has at most `bytes`: with all rows if they fit, otherwise with as many as do; null where none do. */
export function fitToSize(model: TextClassifier, bytes: number, dsub: number): TextClassifier | null {
  return quantizeToSize(model, bytes, { dsub, qnorm: true, qout: model.labels.length >= MANY_LABELS });
}
