import type { Heap } from "../kernels/index.ts";
import type { ModelParts, StoredFile } from "../model/index.ts";
import { FASTTEXT_MAGIC } from "./fastTextFile.ts";
import { readFastTextModel, requireSupervised } from "./fastTextModel.ts";
import { type ModelDescription, readModelFile } from "./modelFile.ts";

/** Whether bytes begin as fastText's models do. */
export function beginsAsFastText(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) === FASTTEXT_MAGIC;
}

/** Reads a classifier that lies at the start of a heap block of `length` bytes: bax's own file or fastText's, told by its first bytes. `file`: as `readModelFile` takes it. */
export function readModel(
  heap: Heap,
  at: number,
  length: number,
  file?: StoredFile,
): { parts: ModelParts; description: ModelDescription } {
  if (!beginsAsFastText(heap.u8At(at, length))) return readModelFile(heap, at, length, file);
  const contents = readFastTextModel(heap, at, length);
  requireSupervised(contents);
  const { parts, fastText, version } = contents;
  return {
    parts,
    description: {
      options: { ...parts.options, ...fastText.arguments },
      training: { format: `fastText ${version}`, quantized: parts.parameters.compressed?.kind === "product" },
    },
  };
}
