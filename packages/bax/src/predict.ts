// Predicting alone, small enough for a page or the edge: `import { load } from "bax/predict"`. docs/deployment.md says what is left out.
import { TextPredictor } from "./edge/index.ts";
import { BaxError } from "./errors.ts";

export { type Prediction, type PredictOptions, TextPredictor } from "./edge/index.ts";
export { BaxError, type BaxErrorCode } from "./errors.ts";

/**
 * Reads the bytes of a model file that bax wrote: any loss, compressed or not, but not with fastText's features. Throws a BaxError ("model")
 * with the byte and the reason for any other.
 */
export function load(bytes: Uint8Array): TextPredictor {
  try {
    return new TextPredictor(bytes);
  } catch (error) {
    if (error instanceof BaxError) throw error;
    // A header of any other kind than bax writes comes to nothing somewhere.
    throw new BaxError("model", "byte 8: the header is not that of a model", "Copy the file again.", { cause: error });
  }
}
