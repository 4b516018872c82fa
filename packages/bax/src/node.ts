// Files, for Node and what is compatible with it: `import { load, save } from "bax/node"`.
import { readWordVectors, type WordVectors } from "./data/index.ts";
import { BaxError } from "./errors.ts";
import { FastTextModel } from "./fastTextModel.ts";
import { beginsAsFastText } from "./formats/index.ts";
import type { Heap } from "./kernels/index.ts";
import { CheckpointFile } from "./platform/checkpointFile.ts";
import { readIntoHeap, readStart, writeAtomically } from "./platform/nodeFiles.ts";
import { TextClassifier } from "./textClassifier.ts";
import type { CheckpointStore } from "./training/index.ts";

/** Reads a model file. Throws a BaxError: "file" if it cannot be read, "model" (with the byte offset) if it is damaged or foreign. */
export async function load(path: string): Promise<TextClassifier> {
  return readNamed(path, TextClassifier.fromHeap);
}

/** Reads a fastText model (.bin, .ftz) with all that fastText can be asked of it. Throws as `load` does. */
export async function loadFastText(path: string): Promise<FastTextModel> {
  return readNamed(path, FastTextModel.fromHeap);
}

/** Whether a file begins as fastText's models do. Throws a BaxError ("file") if it cannot be read. */
export async function isFastText(path: string): Promise<boolean> {
  return beginsAsFastText(await readStart(path, 4));
}

/** Reads vectors of words (.vec). Throws a BaxError: "file" if it cannot be read, "data" with the line of what is wrong. */
export async function loadVectors(path: string): Promise<WordVectors> {
  return readNamed(path, (heap, at, length) => readWordVectors(heap.u8At(at, length)));
}

/** The formats of a model's file. "ftz" needs product-quantised rows; "vec" has nothing but the vectors of words. */
export type ModelFormat = "safetensors" | "bin" | "ftz" | "vec";

/** The format that a file's ending asks for: .bin, .ftz and .vec are fastText's, all else is bax's own. */
export function formatOf(path: string): ModelFormat {
  const ending = /\.(bin|ftz|vec)$/i.exec(path)?.[1].toLowerCase();
  return (ending as ModelFormat | undefined) ?? "safetensors";
}

/**
 * Writes a model file, whole or not at all, in the format of its ending. Throws a BaxError: "file", and then an older file of that name is
 * as it was; "model" for what the format cannot express.
 */
export async function save(
  model: TextClassifier,
  path: string,
  format: ModelFormat = formatOf(path),
): Promise<{ path: string; bytes: number }> {
  return { path, bytes: await writeAtomically(path, chunksOf(model, format)) };
}

/**
 * Checkpoints in a folder, for `TextClassifier.train(…, { checkpoint: { store: checkpointIn("folder") } })`: a run that is cut off goes on
 * when it is repeated. Call its `remove` once the model is saved.
 */
export function checkpointIn(folder: string): CheckpointStore {
  return new CheckpointFile(folder);
}

/** Writes pieces of bytes to a file, whole or not at all. Throws a BaxError ("file"). */
export async function writeFile(path: string, chunks: Iterable<Uint8Array>): Promise<number> {
  return writeAtomically(path, chunks);
}

/** The bytes of a model in a format, piece by piece. Throws a BaxError ("model") for what it cannot express. */
export function chunksOf(model: TextClassifier, format: ModelFormat): Iterable<Uint8Array> {
  if (format === "vec") return model.toFastTextModel().toWordVectors();
  return format === "safetensors" ? model.toFile().chunks() : model.toFastText(format).chunks();
}

/** Reads a file into a heap and makes something of it; a refusal names the file. */
async function readNamed<T>(path: string, read: (heap: Heap, at: number, length: number) => T): Promise<T> {
  const { heap, at, length } = await readIntoHeap(path);
  try {
    return read(heap, at, length);
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
    throw new BaxError(error.code, `${path}, ${error.message}`, error.advice, { cause: error });
  }
}
