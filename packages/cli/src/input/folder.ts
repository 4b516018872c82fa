import { readdir } from "node:fs/promises";
import path from "node:path";
import { BaxError } from "bax";
import { fileError } from "./files.ts";

/**
 * The files of a folder and of those below it whose format `formatOf` knows, sorted; hidden ones are left out, others are none of data.
 *
 * Throws BaxError "data" where there is none, and "usage" where lines of text and tables lie together: they are read differently.
 */
export async function filesInFolder(folder: string, formatOf: (file: string) => string | undefined): Promise<string[]> {
  const files = (await filesBelow(folder)).filter((file) => formatOf(file) !== undefined).sort();
  if (files.length === 0) {
    throw new BaxError(
      "data",
      `${folder}: the folder holds no data`,
      "Its files should end in .txt, .csv, .tsv, .json, .jsonl or .parquet; --format says otherwise.",
    );
  }
  const text = files.find((file) => formatOf(file) === "txt");
  const table = files.find((file) => formatOf(file) !== "txt");
  if (text === undefined || table === undefined) return files;
  throw new BaxError(
    "usage",
    `${folder}: holds both lines of text (${path.relative(folder, text)}) and tables (${path.relative(folder, table)})`,
    `Give a pattern, for example "${path.join(folder, "**", `*${path.extname(text)}`)}" in quotes.`,
  );
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const found: string[] = [];
  for (const entry of entries) {
    const below = path.join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) found.push(...(await filesBelow(below)));
    else found.push(below);
  }
  return found;
}
