import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import { nearest } from "@bax/tables";
import { BaxError, type TextClassifier } from "bax";
import { load } from "bax/node";
import { fileError, isSameFile, statFile } from "../input/files.ts";
import type { Source } from "../input/sources.ts";

const ENDINGS = [".safetensors", ".bin", ".ftz", ".vec"];

/** Loads a model; a path that is missing or a folder is told apart before the library looks at the bytes. */
export async function loadModel(file: string): Promise<TextClassifier> {
  const info = await statFile(file);
  if (info.isDirectory()) {
    throw new BaxError("file", `${file}: is a folder, expected a model`, "Give the .safetensors file in it.");
  }
  return load(file);
}

/**
 * Refuses a path that a model cannot be written to, before any time is spent on training.
 *
 * The model is written to a new file beside it and then renamed, so it is the folder that must be writable.
 */
export async function checkOutput(file: string | undefined): Promise<string> {
  if (file === undefined) {
    throw new BaxError("usage", "-o is missing, the file to write the model to", "Add -o model.safetensors.");
  }
  if (file.trim() === "" || file === "-") {
    throw new BaxError("usage", `-o: got "${file}", expected the path of a file`, "Add -o model.safetensors.");
  }
  const folder = path.dirname(path.resolve(file));
  try {
    const info = await stat(folder);
    if (!info.isDirectory()) throw new BaxError("file", `${folder}: is a file, expected a folder`, "Write elsewhere.");
    await access(folder, constants.W_OK);
  } catch (error) {
    if (error instanceof BaxError) throw error;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(folder, error);
    throw new BaxError(
      "file",
      `${file}: the folder ${folder} does not exist`,
      "Make it with mkdir, or write elsewhere.",
    );
  }
  const existing = await stat(file).catch(() => null);
  if (existing?.isDirectory()) {
    throw new BaxError(
      "file",
      `${file}: is a folder, expected a file`,
      `Add a name: -o ${path.join(file, "model.safetensors")}.`,
    );
  }
  return file;
}

/** Where the ending chooses the format, it must be one. */
export function checkEnding(output: string): void {
  const ending = path.extname(output);
  if (ENDINGS.includes(ending.toLowerCase())) return;
  const near = nearest(ending, ENDINGS);
  throw new BaxError(
    "usage",
    `-o: ${output} ends in "${ending}", expected ${ENDINGS.join(", ")}`,
    near === null ? "The ending chooses the format: add .safetensors for bax's own." : `Did you mean ${near}?`,
  );
}

/** A slip such as naming the same file twice may not cost anybody their model. */
export function refuseSameFile(input: string, output: string, what: string): void {
  if (!isSameFile(input, output)) return;
  throw new BaxError("usage", `-o: ${output} is ${what}`, "Write to another file.");
}

/** The same for the data that are read. */
export function refuseReadFiles(sources: readonly Source[], output: string): void {
  for (const source of sources)
    if (source.format !== "query" && source.seekable) refuseSameFile(source.path, output, "one of the files to read");
}
