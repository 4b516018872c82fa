import { access, constants, stat } from "node:fs/promises";
import path from "node:path";
import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import { fileError } from "../input/files.ts";

/** How a table is written: what `COPY … TO` of DuckDB wants to hear; `lines` is what standard output would get. */
export type OutputFormat = { readonly kind: "lines" } | { readonly kind: "table"; readonly copy: string };

const TABLES: Readonly<Record<string, string>> = {
  parquet: "FORMAT parquet",
  pq: "FORMAT parquet",
  csv: "FORMAT csv, HEADER true",
  tsv: "FORMAT csv, HEADER true, DELIMITER '\t'",
  json: "FORMAT json, ARRAY true",
  jsonl: "FORMAT json, ARRAY false",
  ndjson: "FORMAT json, ARRAY false",
};
const PACKED: Readonly<Record<string, string>> = { gz: "gzip", gzip: "gzip", zst: "zstd", zstd: "zstd" };

/** The format that a name asks for. Throws BaxError "usage", with the nearest ending, for another. */
export function outputFormat(file: string): OutputFormat {
  const endings = path.basename(file).toLowerCase().split(".").slice(1);
  const packed = PACKED[endings.at(-1) ?? ""];
  const ending = endings.at(packed === undefined ? -1 : -2) ?? "";
  if (ending === "txt" && packed === undefined) return { kind: "lines" };
  const copy = TABLES[ending];
  if (copy === undefined || (packed !== undefined && /^(parquet|pq)$/.test(ending))) {
    const known = ["parquet", "csv", "tsv", "json", "jsonl", "txt"];
    throw new BaxError(
      "usage",
      `-o: ${file} ends in none of .${known.join(", .")}`,
      `The ending chooses the format; .gz and .zst pack CSV, TSV and JSON.${didYouMean(ending, known)}`,
    );
  }
  // Otherwise DuckDB would pack by the ending of the temporary name.
  const packing = copy.includes("parquet") ? "snappy" : (packed ?? "uncompressed");
  return { kind: "table", copy: `${copy}, COMPRESSION ${packing}` };
}

/** Refuses a path that nothing can be written to, before any time is spent. Throws BaxError "file". */
export async function checkOutputFile(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const info = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw fileError(folder, error);
    throw new BaxError(
      "file",
      `${file}: the folder ${folder} does not exist`,
      "Make it with mkdir, or write elsewhere.",
    );
  });
  if (!info.isDirectory()) throw new BaxError("file", `${folder}: is a file, expected a folder`, "Write elsewhere.");
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const existing = await stat(file).catch(() => null);
  if (existing !== null && !existing.isFile()) {
    const what = existing.isDirectory() ? "a folder" : "no regular file";
    throw new BaxError(
      "file",
      `${file}: is ${what}, expected a file`,
      "Give -o the name of a file, such as out.parquet.",
    );
  }
}
