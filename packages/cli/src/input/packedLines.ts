import { linesQuery, queryRows } from "./duck.ts";
import type { Source } from "./sources.ts";

/** The bytes of a Zstandard text file, unpacked by DuckDB, line by line put together again. */
export async function* readPackedLines(source: Source): AsyncGenerator<Uint8Array> {
  for await (const rows of queryRows(source, linesQuery(source))) {
    yield Buffer.from(`${rows.map(([line]) => line ?? "").join("\n")}\n`);
  }
}
