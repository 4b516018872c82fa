import type { DuckDBBlobVector, DuckDBDataChunk } from "@duckdb/node-api";
import { BaxError } from "bax";
import { fileLiteral, loadDuck, queryAll, queryChunks } from "../input/duck.ts";
import { readLineBlocks } from "../input/lines.ts";
import type { CopiedColumn, Relation } from "../input/relation.ts";
import type { Source } from "../input/sources.ts";
import { listRejects, openTable, refuseRows } from "../input/tables.ts";
import { type AnswerJob, type Answers, answerBytes } from "./answerJob.ts";
import { type AnswerLayout, AnswerTable, answerNames } from "./answerTable.ts";
import { count } from "./numbers.ts";
import type { Parts } from "./parts.ts";

/** Rows of a part, where they are of usual size: those of a row group in Parquet. */
const PART_ROWS = 122_880;
/** A part has about so many bytes at most. */
const PART_BYTES = 64 << 20;
const CHUNK_ROWS = 2048;
const NO_BYTES = new Uint8Array(0);

/** A source that is open: its columns, and the SQL of what is read of it. Lines of text have one column and no SQL. */
interface Input {
  readonly source: Source;
  readonly relation: Relation | null;
  readonly from: string;
  readonly columns: readonly CopiedColumn[];
  readonly text: string;
}

/** Writes each row with its answers, in parts and then as one table to `parts.unfinished`. `copy`: its format, as DuckDB wants to hear it. */
export async function writeAnswerRows(
  job: AnswerJob,
  copy: string,
  openParts: (layout: unknown) => Promise<Parts>,
): Promise<{ rows: number }> {
  const inputs: Input[] = [];
  for (const source of job.sources) inputs.push(await openInput(source, job));
  refuseDifferentColumns(inputs);
  const columns = inputs[0].columns.map(({ name, type }) => ({ name, type }));
  const answers = answerNames(
    columns.map(({ name }) => name),
    Math.min(job.options.k, job.model.labels.length),
    job.options.log,
  );
  const partRows = await partRowsOf(inputs[0]);
  const again = readAgain(inputs);
  const layout: AnswerLayout = { columns, answers, labels: job.model.labels, partRows, again };
  const parts = await openParts({ columns, answers, partRows, again, text: inputs.map(({ text }) => text) });
  const written = parts.count * partRows;
  if (written > 0) job.note(`${job.output}: going on after ${count(parts.count, "part")} of an earlier run`);
  const table = await AnswerTable.create(layout, parts);
  let rows = 0;
  let asked = 0;
  const answered = async ({ chunk, answer }: Batch): Promise<{ chunk: DuckDBDataChunk; answers: Answers | null }> => {
    const ask = answer();
    asked += chunk.rowCount;
    return { chunk, answers: asked > written ? await ask() : null };
  };
  for (const input of inputs) {
    for await (const { chunk, answers } of job.pool.inOrder(batchesOf(input, table, layout, job), answered)) {
      if (answers) await table.add(chunk, answers, Math.max(0, written - rows));
      rows += chunk.rowCount;
      job.progress(rows);
    }
  }
  const copied = await table.finish(copy);
  if (copied !== rows)
    throw new BaxError(
      "data",
      `${job.output}: read ${rows} rows, wrote ${copied}`,
      "Remove the folder of its parts, and run again.",
    );
  return { rows };
}

async function openInput(source: Source, job: AnswerJob): Promise<Input> {
  if (source.format === "txt") {
    return { source, relation: null, from: "", columns: [{ name: "text", type: "VARCHAR", sql: "" }], text: "" };
  }
  const options = { text: job.flags.text, needLabel: false };
  const { relation, columns } = await openTable(source, options, job.errors, job.note);
  return { source, relation, ...(await relation.copy()), text: relation.text(columns.text) };
}

/** How the columns of Parquet, which is quick to read, are read once more; null for anything else, whose rows may even be others then. */
function readAgain(inputs: readonly Input[]): AnswerLayout["again"] {
  if (!inputs.every(({ source, from }) => source.format === "parquet" && from.startsWith("read_parquet("))) return null;
  const files = inputs.map(({ source }) => fileLiteral(source)).join(", ");
  return { columns: inputs[0].columns.map(({ sql }) => sql).join(", "), from: `read_parquet([${files}])` };
}

/** Rows to be answered. */
interface Batch {
  readonly chunk: DuckDBDataChunk;
  /** Looks at each row, which may end the work, and gives what answers them. */
  answer(): () => Promise<Answers>;
}

async function* batchesOf(
  input: Input,
  table: AnswerTable,
  layout: AnswerLayout,
  job: AnswerJob,
): AsyncGenerator<Batch> {
  const { source, relation, from, columns, text } = input;
  if (relation === null) {
    yield* lineBatches(source, layout, job);
    return;
  }
  const own = layout.again === null ? `${columns.map(({ sql }) => sql).join(", ")}, ${table.emptyAnswers}, ` : "";
  const broken = relation.broken === null ? "false" : `(${relation.broken})`;
  const width = layout.again === null ? columns.length + layout.answers.length : 0;
  let firstRow = 1;
  const select = `SELECT ${own}encode((${text})::VARCHAR), ${broken} FROM ${from}`;
  for await (const chunk of queryChunks(source, select)) {
    const first = firstRow;
    const answer = (): (() => Promise<Answers>) => {
      const cells = chunk.getColumnVector(width) as DuckDBBlobVector;
      const texts = Array.from({ length: chunk.rowCount }, (_, n) => cells.getItemBytes(n));
      const none = relation.broken === null ? null : chunk.getColumnValues(width + 1);
      refuseRows(texts, NO_BYTES, none, relation, source.name, first, job.errors);
      return () => answerBytes(job, texts);
    };
    yield { chunk, answer };
    firstRow += chunk.rowCount;
  }
  await listRejects(source, relation, job.errors);
}

/** Lines of text as rows of a table with the column `text`. */
async function* lineBatches(source: Source, layout: AnswerLayout, job: AnswerJob): AsyncGenerator<Batch> {
  const { BLOB, BOOLEAN, DuckDBDataChunk, ENUM, FLOAT, VARCHAR } = loadDuck();
  const label = ENUM(job.model.labels);
  const types = [VARCHAR, ...layout.answers.map((_, i) => (i % 2 === 0 ? label : FLOAT)), BLOB, BOOLEAN];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const { lines } of readLineBlocks(source, job.note)) {
    const texts = decoder.decode(lines).split("\n");
    if (texts.at(-1) === "") texts.pop();
    for (let begin = 0; begin < texts.length; begin += CHUNK_ROWS) {
      const some = texts.slice(begin, begin + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create(types, some.length);
      chunk.setColumnValues(
        0,
        some.map((text) => (text.endsWith("\r") ? text.slice(0, -1) : text)),
      );
      const nothing = some.map(() => null);
      chunk.setColumnValues(types.length - 2, nothing);
      chunk.setColumnValues(types.length - 1, nothing);
      const answer = (): Promise<Answers> => job.pool.predictBlock(Buffer.from(`${some.join("\n")}\n`), job.options);
      yield { chunk, answer: () => answer };
    }
  }
}

/** One output has one set of columns. */
function refuseDifferentColumns(inputs: readonly Input[]): void {
  const [first, ...others] = inputs;
  const describe = ({ columns }: Input): string => columns.map(({ name, type }) => `${name} ${type}`).join(", ");
  const other = others.find((input) => describe(input) !== describe(first));
  if (other === undefined) return;
  const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
  throw new BaxError(
    "data",
    `${other.source.name}: has other columns than ${first.source.name}, so they do not fit in one table`,
    `One has ${cut(describe(other))}; the other ${cut(describe(first))}. Write them to two files.`,
  );
}

/** Rows of a part, by the size of the first rows. */
async function partRowsOf({ source, relation }: Input): Promise<number> {
  // A query would have to run once more to tell.
  if (relation === null || source.format === "query") return PART_ROWS;
  let bytes = 0;
  if (relation.sample.length > 0) {
    for (const row of relation.sample) for (const cell of row) bytes += cell?.length ?? 0;
    bytes /= relation.sample.length;
  } else {
    const [[average]] = await queryAll(
      source,
      `SELECT avg(n)::VARCHAR FROM (SELECT strlen(${relation.row}) AS n FROM ${relation.from} LIMIT 1000)`,
    );
    bytes = Number(average ?? 0);
  }
  const rows = Math.floor(PART_BYTES / Math.max(1, bytes) / CHUNK_ROWS) * CHUNK_ROWS;
  return Math.min(PART_ROWS, Math.max(CHUNK_ROWS, rows));
}
