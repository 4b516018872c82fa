import { BaxError, type FastTextModel } from "bax";
import { loadFastText } from "bax/node";
import { parseInteger, parseNumber } from "./arguments.ts";
import { canRead } from "./lines.ts";

/** How many answers, from a command's argument: −1 for all. Throws BaxError "usage". */
export function parseK(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const k = parseInteger(text);
  if (k === undefined)
    throw new BaxError("usage", `<k>: got "${text}", expected a whole number`, "Try 1, or -1 for all.");
  return k;
}

/** `parseK` for labels, of which at least one must be asked for. */
export function parseLabelK(text: string | undefined): number {
  const k = parseK(text, 1);
  if (k === -1 || k >= 1) return k;
  throw new BaxError("usage", `<k>: got ${k}; k needs to be 1 or higher!`, "Try 1, or -1 for all labels.");
}

/** The least probability, from a command's argument. Throws BaxError "usage". */
export function parseThreshold(text: string | undefined): number {
  if (text === undefined) return 0;
  const threshold = parseNumber(text);
  if (threshold !== undefined) return threshold;
  throw new BaxError("usage", `<th>: got "${text}", expected a number`, "Try 0.5.");
}

/** Loads a model. Throws BaxError "file" for what cannot be opened, "model" for what is none. */
export async function loadModel(path: string): Promise<FastTextModel> {
  if (!(await canRead(path))) {
    throw new BaxError("file", `${path} cannot be opened for loading!`, "Check the path; it needs its ending.");
  }
  return loadFastText(path);
}

/** `loadModel`, for a model that is to predict. */
export async function loadSupervised(path: string): Promise<FastTextModel> {
  const model = await loadModel(path);
  if (model.supervised) return model;
  throw new BaxError(
    "model",
    `${path}: Model needs to be supervised for prediction!`,
    "This is a model of word vectors: give one that `supervised` made.",
  );
}

/** Refuses data that cannot be opened. */
export async function requireReadable(path: string, what: string): Promise<void> {
  if (await canRead(path)) return;
  throw new BaxError("file", `${path}: ${what} cannot be opened!`, "Check the path; - is standard input.");
}

/** Collects output, and hands it on in pieces that are neither small nor large. */
export class Output {
  #text = "";

  add(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length > 1 << 16 ? this.flush() : undefined;
  }

  /** Writes what is there; resolves when the reader has room for more. */
  flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text === "" || process.stdout.write(text)) return Promise.resolve();
    return new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}
