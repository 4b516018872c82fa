import type { Source } from "./sources.ts";

/** How much of the input has been read, in bytes as they lie on the disk. Known for text files only: DuckDB does not tell. */
export class ReadMeter {
  readonly #total: number;
  #done = 0;

  constructor(sources: readonly Source[]) {
    const known = sources.every(
      ({ seekable, format, compression }) => seekable && format === "txt" && compression !== "zstd",
    );
    this.#total = known ? sources.reduce((sum, source) => sum + source.bytes, 0) : 0;
  }

  add(bytes: number): void {
    this.#done += bytes;
  }

  /** 0 to 1; 0 where it is not known. */
  get fraction(): number {
    return this.#total === 0 ? 0 : Math.min(1, this.#done / this.#total);
  }
}
