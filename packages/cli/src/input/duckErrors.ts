import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import type { Source } from "./sources.ts";

/** DuckDB's many lines in two of ours: the file, the line where it gives one, and the reason. */
export function tableError(source: Source, error: unknown): BaxError {
  if (source.format === "query") return queryError(error);
  const message = error instanceof Error ? error.message : String(error);
  const line = /(?:Line: |in line )(\d+)/.exec(message)?.[1];
  const where = line === undefined ? source.name : `${source.name}:${line}`;
  const fail = (what: string, advice: string): BaxError =>
    new BaxError("data", `${where}: ${what}`, advice, { cause: error });
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns) {
    return fail(
      `the row has ${columns[2]} fields, expected ${columns[1]}`,
      "Quote fields that hold the delimiter or a line break; --on-error skip leaves such rows out.",
    );
  }
  if (/unicode|utf-?8/i.test(message)) {
    return fail("the text is not UTF-8", "Convert the file, for example with iconv -f LATIN1 -t UTF-8.");
  }
  if (/unterminated quote|quote.*not.*terminated|Value with unterminated/i.test(message)) {
    return fail("a quote is never closed", "Close it, or double a quote that belongs to the text.");
  }
  if (/Maximum line size|maximum_object_size/i.test(message)) {
    return fail("a row is too long for the table reader", "Cut the text, or give it as a .txt file.");
  }
  return fail(firstSentence(message), adviceFor(source));
}

function adviceFor({ format }: Source): string {
  if (format === "duckdb") return "Check that the file is whole, and that no other program has it open for writing.";
  if (format === "sqlite")
    return "Check that the file is whole; a database in WAL mode wants its -wal file folded in first.";
  return `Check that the file is whole and really ${format}; --format says otherwise.`;
}

/** What is wrong with the SQL that the user wrote: the place, and the nearest name where DuckDB knows one. */
export function queryError(error: unknown): BaxError {
  const message = error instanceof Error ? error.message : String(error);
  const place = position(message);
  const what = firstSentence(message).replace(/^Table with name (.*) does not exist!?$/, 'there is no table "$1"');
  const fail = (text: string, advice: string): BaxError =>
    new BaxError("data", `the query${place}: ${text}`, advice, { cause: error });
  const missing = /No files found that match the pattern "(.*)"/.exec(message)?.[1];
  if (missing !== undefined)
    return fail(`${missing}: no file matches`, "Check the path; relative ones start at the current folder.");
  const column = /Referenced column "(.*?)" not found/.exec(message)?.[1];
  if (column !== undefined) {
    const candidates = [...(/Candidate bindings: (.*)/.exec(message)?.[1] ?? "").matchAll(/"(.*?)"/g)].map(([, name]) =>
      name.replace(/^.*\./, ""),
    );
    const near = didYouMean(column, candidates);
    const others = candidates.length > 0 ? `Columns with a similar name: ${candidates.join(", ")}.` : "Check the name.";
    return fail(`there is no column "${column}"`, near === "" ? others : near.trim());
  }
  if (/xtension/.test(message) && /install|autoload/i.test(message)) {
    return fail(
      "needs an extension of DuckDB, which bax does not load",
      "Turn the data into CSV, JSON or Parquet first.",
    );
  }
  const near = /Did you mean "(.*?)"/.exec(message)?.[1];
  // DuckDB knows tables of its own that nobody means.
  if (near !== undefined && !/^(?:pg_|duckdb_|sqlite_|information_schema)/.test(near))
    return fail(what, `Did you mean "${near}"?`);
  if (/There is no table/i.test(what))
    return fail(what, "Name a file in quotes, such as from 'reviews.parquet', or give the database with --database.");
  return fail(what, "Check the query; it is in DuckDB's SQL, with names of files in single quotes.");
}

/** Where in the query, from DuckDB's picture of it: a line `LINE n: …` with a caret below. */
function position(message: string): string {
  const picture = /\nLINE (\d+): (.*)\n( *)\^/.exec(message);
  if (!picture) return "";
  const [, line, shown, space] = picture;
  const column = space.length - `LINE ${line}: `.length + 1;
  // Of a long line DuckDB shows a part.
  if (shown.startsWith("...")) return line === "1" ? "" : `, line ${line}`;
  return line === "1" ? `, character ${column}` : `, line ${line}, character ${column}`;
}

function firstSentence(message: string): string {
  const known = /^(?:Failed to [a-z ]+: )?(?:[A-Z][A-Za-z ]*Error: )*([^\n]*)/.exec(message)?.[1] ?? message;
  return known.slice(0, 240).replace(/\.?\s*$/, "");
}
