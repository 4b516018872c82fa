import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { BaxError } from "bax";
import { fileError } from "../input/files.ts";
import type { Source } from "../input/sources.ts";

/** What the parts of an output are made of; a run goes on with the parts of another only where all of it is the same. */
export interface Recipe {
  readonly model: string;
  readonly inputs: readonly { readonly path: string; readonly bytes: number; readonly changed: number }[];
  /** Flags, columns, rows of a part. */
  readonly options: unknown;
  /** Whether the inputs would give the same rows again: not so a pipe or a query. */
  readonly repeatable: boolean;
}

const MANIFEST = "manifest.json";

/**
 * An output in the making: a folder beside it, `.NAME.parts`, with whole parts in their order and what they are made of. A run that was
 * killed is taken up after its last whole part. The output gets its name when it is complete, and then the folder goes.
 */
export class Parts {
  readonly output: string;
  readonly folder: string;
  #count: number;

  private constructor(output: string, folder: string, count: number) {
    this.output = output;
    this.folder = folder;
    this.#count = count;
  }

  /** Takes up the parts of an earlier run of the same recipe, or begins anew. `note` is told which, if there was one. */
  static async open(output: string, recipe: Recipe, note: (text: string) => void): Promise<Parts> {
    const folder = path.join(path.dirname(output), `.${path.basename(output)}.parts`);
    const wanted = JSON.stringify(recipe);
    const found = await readFile(path.join(folder, MANIFEST), "utf8").catch(() => null);
    if (found === wanted && recipe.repeatable) {
      const parts = new Parts(output, folder, 0);
      while (existsSync(parts.#path(parts.#count))) parts.#count++;
      await parts.#removeUnfinished();
      return parts;
    }
    if (found !== null) note(`${output}: starting afresh: ${difference(found, recipe)}`);
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      // Under its name only when whole: a manifest cut short is none.
      await writeFile(path.join(folder, "manifest.tmp"), wanted);
      await rename(path.join(folder, "manifest.tmp"), path.join(folder, MANIFEST));
    } catch (error) {
      throw fileError(folder, error);
    }
    return new Parts(output, folder, 0);
  }

  /** How many parts are whole. */
  get count(): number {
    return this.#count;
  }

  /** The whole parts, in their order. */
  get paths(): string[] {
    return Array.from({ length: this.#count }, (_, n) => this.#path(n));
  }

  /** Where the next part, or the whole output, is to be written. */
  get unfinished(): string {
    return path.join(this.folder, "unfinished");
  }

  /** Counts what was written to `unfinished` as the next part. */
  async add(): Promise<void> {
    await rename(this.unfinished, this.#path(this.#count)).catch((error: unknown) => {
      throw fileError(this.output, error);
    });
    this.#count++;
  }

  /** Gives what was written to `unfinished` the name of the output, and removes the parts; returns its bytes. */
  async finish(): Promise<number> {
    try {
      const file = await open(this.unfinished, "r+");
      await file.sync();
      const { size } = await file.stat();
      await file.close();
      await rename(this.unfinished, this.output);
      await rm(this.folder, { recursive: true, force: true });
      return size;
    } catch (error) {
      throw fileError(this.output, error);
    }
  }

  /** Removes the parts: nothing could go on from them. */
  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  #path(n: number): string {
    return path.join(this.folder, `part-${String(n).padStart(6, "0")}`);
  }

  async #removeUnfinished(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (name !== MANIFEST && !/^part-\d+$/.test(name)) await rm(path.join(this.folder, name), { force: true });
    }
  }
}

/** What tells whether a file is still the same: nothing for what is no file. */
export async function stateOf(source: Source): Promise<Recipe["inputs"][number]> {
  const file = source.format === "query" ? (source.database ?? "-") : source.path;
  if (file === "-" || !source.seekable) return { path: source.path, bytes: 0, changed: 0 };
  const { size, mtimeMs } = await stat(file).catch((error: unknown) => {
    throw fileError(file, error);
  });
  return { path: source.path, bytes: size, changed: mtimeMs };
}

/** Refuses to finish what was read from a file that became another meanwhile. Throws BaxError "data". */
export async function refuseChanged(sources: readonly Source[], { inputs }: Recipe): Promise<void> {
  for (const [n, source] of sources.entries()) {
    if (JSON.stringify(await stateOf(source)) === JSON.stringify(inputs[n])) continue;
    throw new BaxError("data", `${source.name}: changed while it was read`, "Run the command again: it starts afresh.");
  }
}

/** A number of all bytes of a file. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

function difference(found: string, recipe: Recipe): string {
  if (!recipe.repeatable) return "a query or a pipe is read from its beginning";
  try {
    const old = JSON.parse(found) as Recipe;
    if (old.model !== recipe.model) return "the model is another than that of the parts that are there";
    const changed = recipe.inputs.find((input, n) => JSON.stringify(input) !== JSON.stringify(old.inputs[n]));
    if (changed) return `${changed.path} is not as it was when the parts that are there were made`;
    if (old.inputs.length !== recipe.inputs.length) return "the inputs are not those of the parts that are there";
  } catch {
    // Written by another version: the parts are of no use either way.
  }
  return "the flags are not those of the parts that are there";
}
