// Training and predicting for a page, without the rest of the library (docs/deployment.md): `import { load, train } from "bax/train"`.
import type { Examples } from "./data/index.ts";
import { writeModelFile } from "./formats/index.ts";
import { detectPlatform } from "./platform/index.ts";
import { recordOf } from "./record.ts";
import { train as learn, type TrainingChoices, type TrainingHooks } from "./training/index.ts";

export { BaxError, load, type Prediction, type PredictOptions, TextPredictor } from "./predict.ts";
export type { Examples, TrainingChoices, TrainingHooks };

/**
 * Learns from labelled text, as `TextClassifier.train` does; gives the bytes of the model's file, for `load` of here or of `bax/predict`, or to be
 * kept. Throws a BaxError as that does.
 */
export async function train(
  examples: Examples,
  {
    onProgress,
    signal,
    stopSignal,
    ...choices
  }: TrainingChoices & Pick<TrainingHooks, "onProgress" | "signal" | "stopSignal"> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { parts, report } = await learn({ examples }, choices, { onProgress, signal, stopSignal }, detectPlatform());
  const { byteLength, chunks } = writeModelFile(parts, recordOf(report));
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
