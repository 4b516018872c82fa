// Files, for Node and what is compatible with it: `import { load, save } from "bax/node"`.
import { readWordVectors, type WordVectors } from "./data/index.ts";
import { BaxError } from "./errors.ts";
import { FastTextModel } from "./fastTextModel.ts";
import { beginsAsFastText } from "./formats/index.ts";
import { type FileInHeap, readBeside, readIntoHeap, readStart } from "./platform/nodeFiles.ts";
import { offerUnicodeTables, UNICODE_VERSION } from "./text/index.ts";
import { TextClassifier } from "./textClassifier.ts";
import type { CheckpointStore } from "./training/index.ts";

/** Files of bax's own from this size on are read where they are needed. */
const LARGE_BYTES = 64 << 20;

/** How a model is opened. */
export interface LoadOptions {
  /**
   * Bytes of a model file from which on it stays open, and only those rows are read that texts ask for: 64 MiB unless given; Infinity
   * reads any file whole. For bax's own files whose rows are floats; the answers are the same.
   */
  wholeBelow?: number | undefined;
}

/**
 * Reads a model file. Throws a BaxError: "file" if it cannot be read, "model" (with the byte offset) if it is damaged or foreign. A large
 * file may not change while its model is in use: what asks for more of it then throws "file"; damage in it shows when it is read.
 */
export async function load(path: string, { wholeBelow = LARGE_BYTES }: LoadOptions = {}): Promise<TextClassifier> {
  return readNamed(path, ({ heap, at, length, file }) => TextClassifier.fromHeap(heap, at, length, file), wholeBelow);
}

/** Reads a fastText model (.bin, .ftz) with all that fastText can be asked of it. Throws as `load` does. */
export async function loadFastText(path: string): Promise<FastTextModel> {
  return readNamed(path, ({ heap, at, length }) => FastTextModel.fromHeap(heap, at, length));
}

/** Whether a file begins as fastText's models do. Throws a BaxError ("file") if it cannot be read. */
export async function isFastText(path: string): Promise<boolean> {
  return beginsAsFastText(readStart(path, 4));
}

/** Reads vectors of words (.vec). Throws a BaxError: "file" if it cannot be read, "data" with the line of what is wrong. */
export async function loadVectors(path: string): Promise<WordVectors> {
  return readNamed(path, ({ heap, at, length }) => readWordVectors(heap.u8At(at, length)));
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
  return { path, bytes: await writeFile(path, chunksOf(model, format)) };
}

/**
 * Checkpoints in a folder, for `TextClassifier.train(…, { checkpoint: { store: checkpointIn("folder") } })`: a run that is cut off goes on
 * when it is repeated. Call its `remove` once the model is saved.
 */
export function checkpointIn(folder: string): CheckpointStore {
  const name = process.getBuiltinModule("node:path").join(folder, "training.checkpoint");
  const file = async () => new (await import("./platform/checkpointFile.ts")).CheckpointFile(name);
  return {
    name,
    open: async () => (await file()).open(),
    write: async (chunks) => (await file()).write(chunks),
    remove: async () => (await file()).remove(),
  };
}

/** Writes pieces of bytes to a file, whole or not at all. Throws a BaxError ("file"). */
export async function writeFile(path: string, chunks: Iterable<Uint8Array>): Promise<number> {
  const { writeAtomically } = await import("./platform/atomicFile.ts");
  return writeAtomically(path, chunks);
}

/** The bytes of a model in a format, piece by piece. Throws a BaxError ("model") for what it cannot express. */
export function chunksOf(model: TextClassifier, format: ModelFormat): Iterable<Uint8Array> {
  if (format === "vec") return model.toFastTextModel().toWordVectors();
  return format === "safetensors" ? model.toFile().chunks() : model.toFastText(format).chunks();
}

/** Reads a file into a heap and makes something of it; a refusal names the file. */
async function readNamed<T>(path: string, read: (contents: FileInHeap) => T, wholeBelow?: number): Promise<T> {
  // Its answers need them perhaps; whoever trains has time to make them.
  offerUnicodeTables(() => readBeside(import.meta.url, `unicode-${UNICODE_VERSION}.bin`));
  const contents = await readIntoHeap(path, wholeBelow);
  try {
    return read(contents);
  } catch (error) {
    contents.file?.close();
    throw named(path, error);
  }
}

function named(path: string, error: unknown): unknown {
  if (!(error instanceof BaxError) || error.code === "file") return error;
  return new BaxError(error.code, `${path}, ${error.message}`, error.advice, { cause: error });
}
