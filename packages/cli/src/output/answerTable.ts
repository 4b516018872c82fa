import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import { BaxError } from "bax";
import { connectDuck, identifier, literal, loadDuck } from "../input/duck.ts";
import { fileError } from "../input/files.ts";
import type { Answers } from "./answerJob.ts";
import type { Parts } from "./parts.ts";

/** DuckDB's name of the type of labels: a row holds a number, and the texts are there once. */
const LABEL_TYPE = "memory.main.bax_label";

/** How the table of answers is made. */
export interface AnswerLayout {
  /** Names of the input's columns with their types, as SQL. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Names for the k labels and their probabilities: label, probability, label_2, probability_2 … */
  readonly answers: readonly string[];
  readonly labels: readonly string[];
  /** Rows of a part. */
  readonly partRows: number;
  /** Where the input's own columns are read once more in the end, so that parts hold only answers; null: parts hold whole rows. */
  readonly again: { readonly columns: string; readonly from: string } | null;
}

/** Names of the columns of k answers that clash with none of the input's, where case does not count: `predicted_` stands before all. */
export function answerNames(taken: readonly string[], k: number, log = false): string[] {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  const plain = Array.from({ length: k }, (_, i) => (i === 0 ? "" : `_${i + 1}`)).flatMap((end) => [
    `label${end}`,
    `${log ? "log_probability" : "probability"}${end}`,
  ]);
  let names = plain;
  while (names.some((name) => used.has(name))) names = names.map((name) => `predicted_${name}`);
  return names;
}

/**
 * Collects rows with their answers and writes them as parts. The input's own columns pass through as DuckDB holds them, or are read once
 * more in the end: no value of theirs becomes one of JavaScript's. A part is written while the next one is collected.
 */
export class AnswerTable {
  readonly #layout: AnswerLayout;
  readonly #parts: Parts;
  readonly #fill: DuckDBConnection;
  readonly #write: DuckDBConnection;
  /** Of the answers' columns. */
  readonly #types: readonly DuckDBType[];
  readonly #newChunk: (types: readonly DuckDBType[], rows: number) => DuckDBDataChunk;
  #appender: DuckDBAppender | undefined;
  #tables = 0;
  #rows = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    layout: AnswerLayout,
    parts: Parts,
    [fill, write]: readonly [DuckDBConnection, DuckDBConnection],
    { DuckDBDataChunk, ENUM, FLOAT }: typeof import("@duckdb/node-api"),
  ) {
    this.#layout = layout;
    this.#parts = parts;
    this.#fill = fill;
    this.#write = write;
    const label = ENUM(layout.labels);
    this.#types = layout.answers.map((_, i) => (i % 2 === 0 ? label : FLOAT));
    this.#newChunk = (types, rows) => DuckDBDataChunk.create(types, rows);
  }

  static async create(layout: AnswerLayout, parts: Parts): Promise<AnswerTable> {
    const [fill, write] = [await connectDuck(), await connectDuck()];
    // The model needs one core for itself; the rest is not worth more than another.
    await fill.run("SET threads = 1");
    await fill.run(`CREATE TYPE ${LABEL_TYPE} AS ENUM (${layout.labels.map(literal).join(", ")})`);
    const table = new AnswerTable(layout, parts, [fill, write], loadDuck());
    await table.#begin(table.#definition());
    return table;
  }

  /** SQL for the answers' columns of a row that has none yet. */
  get emptyAnswers(): string {
    return this.#layout.answers.map((_, i) => (i % 2 === 0 ? `NULL::${LABEL_TYPE}` : "NULL::FLOAT")).join(", ");
  }

  /**
   * Adds a chunk: the input's columns, those of `emptyAnswers`, the text, and whether the row is none; or the answers alone where the
   * columns are read again. `drop`: leave out so many of its first rows, which an earlier run has written.
   */
  async add(read: DuckDBDataChunk, { k, labels, probabilities }: Answers, drop: number): Promise<void> {
    const isAlone = this.#layout.again !== null;
    const chunk = isAlone ? this.#newChunk(this.#types, read.rowCount) : read;
    const first = isAlone ? 0 : this.#layout.columns.length;
    for (let i = 0; i < k; i++) {
      const [names, shares] = [chunk.getColumnVector(first + 2 * i), chunk.getColumnVector(first + 2 * i + 1)];
      for (let n = 0; n < chunk.rowCount; n++) {
        const label = labels[n * k + i];
        names.setItem(n, label < 0 ? null : this.#layout.labels[label]);
        shares.setItem(n, label < 0 ? null : probabilities[n * k + i]);
      }
      names.flush();
      shares.flush();
    }
    this.#appender?.appendDataChunk(chunk);
    this.#rows += chunk.rowCount;
    if (drop > 0) await this.#write.run(`DROP TABLE memory.main.${await this.#moveOn(drop)}`);
    if (this.#rows >= this.#layout.partRows) await this.#writePart(this.#layout.partRows);
  }

  /** Writes what is left as the last part, and all parts as one table to `parts.unfinished`; `copy`: how, for DuckDB. Returns its rows. */
  async finish(copy: string): Promise<number> {
    if (this.#rows > 0 || this.#parts.count === 0) await this.#writePart(this.#rows);
    await this.#writing;
    await this.#fill.run("SET threads = 2");
    const names = this.#layout.answers.map((name, i) =>
      i % 2 === 0 ? `${identifier(name)}::VARCHAR AS ${identifier(name)}` : identifier(name),
    );
    const { again, columns } = this.#layout;
    const own = again === null ? columns.map(({ name }) => identifier(name)).join(", ") : again.columns;
    const parts = `read_parquet([${this.#parts.paths.map(literal).join(", ")}])`;
    const from = again === null ? parts : `${again.from} POSITIONAL JOIN ${parts}`;
    const result = await this.#copy(
      `COPY (SELECT ${own}, ${names.join(", ")} FROM ${from}) TO ${literal(this.#parts.unfinished)} (${copy})`,
    );
    return Number(result.rowsChanged);
  }

  #definition(): string {
    const { again } = this.#layout;
    const columns = this.#layout.columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`);
    const answers = this.#layout.answers.map(
      (name, i) => `NULL::${i % 2 === 0 ? LABEL_TYPE : "FLOAT"} AS ${identifier(name)}`,
    );
    if (again !== null) return `SELECT ${answers.join(", ")} LIMIT 0`;
    return `SELECT ${[...columns, ...answers].join(", ")}, NULL::BLOB AS ${this.#helpers[0]}, NULL::BOOLEAN AS ${this.#helpers[1]} LIMIT 0`;
  }

  /** Names for what is not written, the text and whether the row is none, that no column has: they are longer than any. */
  get #helpers(): [string, string] {
    const names = [...this.#layout.columns.map(({ name }) => name), ...this.#layout.answers];
    const longest = Math.max(...names.map((name) => name.length));
    return [identifier(`text${"_".repeat(longest)}`), identifier(`none${"_".repeat(longest)}`)];
  }

  get #table(): string {
    return `bax_rows_${this.#tables}`;
  }

  /** A table of its own for the rows that follow. */
  async #begin(rows: string): Promise<void> {
    this.#tables++;
    await this.#fill.run(`CREATE TABLE memory.main.${this.#table} AS ${rows}`);
    this.#appender = await this.#fill.createAppender(this.#table, "main", "memory");
  }

  /** Goes on with a table of what stands behind the first `count` rows; returns the name of the old one. */
  async #moveOn(count: number): Promise<string> {
    const old = this.#table;
    this.#appender?.closeSync();
    await this.#begin(`SELECT * FROM memory.main.${old} OFFSET ${count}`);
    this.#rows -= count;
    return old;
  }

  async #writePart(rows: number): Promise<void> {
    // Two parts in memory, not more.
    await this.#writing;
    const table = await this.#moveOn(rows);
    const columns = this.#layout.again === null ? `* EXCLUDE (${this.#helpers.join(", ")})` : "*";
    this.#writing = this.#copy(
      `COPY (SELECT ${columns} FROM memory.main.${table} LIMIT ${rows}) TO ${literal(this.#parts.unfinished)} (FORMAT parquet, COMPRESSION lz4_raw)`,
    ).then(async () => {
      await this.#write.run(`DROP TABLE memory.main.${table}`);
      await this.#parts.add();
    });
    // It is waited for later: until then its failure is nobody's.
    this.#writing.catch(() => {});
  }

  async #copy(sql: string) {
    try {
      return await this.#write.run(sql);
    } catch (error) {
      const message = (error as Error).message;
      if (/No space left|disk full/i.test(message)) throw fileError(this.#parts.output, { code: "ENOSPC" });
      if (/File too large|too large/i.test(message)) throw fileError(this.#parts.output, { code: "EFBIG" });
      const [reason] = message.replace(/^[A-Z][A-Za-z ]*Error: /, "").split("\n");
      throw new BaxError(
        "file",
        `${this.#parts.output}: cannot be written: ${reason}`,
        "Check the disk, or choose another format.",
        {
          cause: error,
        },
      );
    }
  }
}
