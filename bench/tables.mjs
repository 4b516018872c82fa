// How fast are tables: CSV to examples, and Parquet to Parquet with answers, beside the same texts as plain lines?
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { claim } from "./claims.mjs";
import { compare, progress, runOnce, scratchFolder } from "./measure.mjs";
import { bax, bench, cache, shared } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";

/** Rows of the table that is read, and of that whose rows get answers; of a short run. */
const READ_ROWS = 1_000_000;
const ANSWERED_ROWS = 400_000;
const QUICK_ROWS = 20_000;
/** What is asked of the two. */
const LEAST_ROWS_A_SECOND = 150_000;
const LEAST_SHARE = 0.9;

/** The examples of a set, again and again, as `count` rows: lines of text, CSV and Parquet. */
async function writeTables(lines, count, folder) {
  const files = Object.fromEntries(["txt", "csv", "parquet"].map((ending) => [ending, join(folder, `rows.${ending}`)]));
  const rows = Array.from({ length: count }, (_, n) => /^__label__(\S+) (.*)$/.exec(lines[n % lines.length]).slice(1));
  writeFileSync(files.txt, `${rows.map(([, text]) => text).join("\n")}\n`);
  const quoted = rows.map(([label, text], n) => `${n},"${text.replaceAll('"', '""')}",${label}\n`);
  writeFileSync(files.csv, ["id,text,label\n", ...quoted].join(""));
  const duck = await (await DuckDBInstance.create(":memory:")).connect();
  await duck.run(
    `COPY (SELECT * FROM read_csv('${files.csv}', types = {'text': 'VARCHAR', 'label': 'VARCHAR'})) TO '${files.parquet}'`,
  );
  return files;
}

export async function ask({ data, runs, quick }) {
  const folder = scratchFolder(cache, "tables");
  const set = join(data ?? join(shared, "data"), "sst2", "train.txt");
  const lines = readFileSync(set, "utf8").trimEnd().split("\n");
  const counts = quick ? [QUICK_ROWS, QUICK_ROWS] : [READ_ROWS, ANSWERED_ROWS];
  progress("making tables");
  const read = await writeTables(lines, counts[0], scratchFolder(folder, "read"));
  const answered = await writeTables(lines, counts[1], scratchFolder(folder, "answered"));
  const model = join(folder, "model.safetensors");
  progress("training");
  runOnce([process.execPath, bax, "train", set, "-o", model, "--quiet"]);
  const reader = [process.execPath, join(bench, "readTable.mjs")];
  const predict = [process.execPath, bax, "predict", model];
  const measured = compare(
    {
      "CSV to examples": [...reader, read.csv],
      "Parquet to examples": [...reader, read.parquet],
      "plain text": [...predict, answered.txt, "--quiet"],
      "Parquet to Parquet": [...predict, answered.parquet, "-o", join(folder, "out.parquet"), "--quiet"],
    },
    { runs, discard: true },
  );
  const row = (name, rows, asked) => {
    const { seconds, peakMegabytes } = measured[name];
    return [name, number(seconds), number(rows / seconds, 0), asked, number(peakMegabytes, 0)];
  };
  const share = measured["plain text"].seconds / measured["Parquet to Parquet"].seconds;
  const section = `Rows of SST-2, again and again: ${counts[0].toLocaleString("en-GB")} to read, ${counts[1].toLocaleString("en-GB")} to answer; whole processes, their start included.
Plain text goes to an output that nobody reads; Parquet keeps its columns and adds label and probability.

${table(
  ["", "seconds", "rows/s", "asked", "peak, MB"],
  [
    row("CSV to examples", counts[0], `≥ ${LEAST_ROWS_A_SECOND}`),
    row("Parquet to examples", counts[0], ""),
    row("plain text", counts[1], ""),
    row("Parquet to Parquet", counts[1], `≥ ${LEAST_SHARE} of plain text`),
  ],
)}

Parquet to Parquet beside plain text: ${ratio(share, 1)}.`;
  publish("tables", {
    title: "Tables",
    claims: [
      claim("CSV to examples", "≥", LEAST_ROWS_A_SECOND, counts[0] / measured["CSV to examples"].seconds, {
        unit: "rows/s",
      }),
      claim("Parquet to Parquet with answers, beside the rate of plain text", "≥", LEAST_SHARE, share),
    ],
    sections: [section],
    data: { counts, share, measured },
    versions: {},
    runs,
    quick,
  });
}
