import type { Heap } from "../kernels/index.ts";
import type { ModelParts } from "../model/index.ts";
import { FASTTEXT_MAGIC } from "./fastTextFile.ts";
import { readFastTextModel, requireSupervised } from "./fastTextModel.ts";
import { type ModelDescription, readModelFile } from "./modelFile.ts";

/** Reads a classifier that lies at the start of a heap block of `length` bytes: bax's own file or fastText's, told by its first bytes. */
export function readModel(
  heap: Heap,
  at: number,
  length: number,
): { parts: ModelParts; description: ModelDescription } {
  const bytes = heap.u8At(at, length);
  const magic = length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  if (magic !== FASTTEXT_MAGIC) return readModelFile(heap, at, length);
  const contents = readFastTextModel(heap, at, length);
  requireSupervised(contents);
  const { parts, version, quantized } = contents;
  return {
    parts,
    description: {
      options: { ...parts.options, ...contents.arguments },
      training: { format: `fastText ${version}`, quantized },
    },
  };
}
