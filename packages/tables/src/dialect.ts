/** How a CSV or TSV file is written. */
export interface Dialect {
  readonly delimiter: string;
  /** `"`, or nothing where quotes are part of the text. */
  readonly quote: string;
  readonly header: boolean;
  /** From the header, or column1, column2 …; each once. */
  readonly names: readonly string[];
  /** Records of the sample, without the header. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Tells the dialect from the first lines of a file.
 *
 * The delimiter of CSV is the one of `, ; | tab` that the first record has most of; TSV has tabs, and quotes only where
 * every field of the sample that starts with a quote ends with one: stray quotes are common there. The first record is a header unless one of its cells turns up
 * again in its own column (as a label would), or is empty or a number. `wanted` names make it a header whatever it looks like.
 */
export function detectDialect(lines: readonly string[], format: "csv" | "tsv", wanted: readonly string[]): Dialect {
  const text = lines.join("\n").replace(/^\uFEFF/, "");
  const delimiter = format === "tsv" ? "\t" : commonest(text.slice(0, 65536));
  const quote = format === "csv" || quotesFields(text) ? '"' : "";
  const records = parseRecords(text, delimiter, quote);
  const first = records[0] ?? [];
  const cells = first.map((cell) => cell.trim());
  const header =
    first.length > 0 &&
    (wanted.some((name) => cells.includes(name)) ||
      (new Set(cells).size === cells.length &&
        cells.every((cell) => cell !== "" && !/^[-+]?[\d.]+$/.test(cell)) &&
        !records.slice(1).some((record) => record.some((field, j) => field.trim() === cells[j]))));
  const names = header ? cells : first.map((_, j) => `column${j + 1}`);
  return { delimiter, quote, header, names: unique(names), rows: header ? records.slice(1) : records };
}

/** Whether a TSV text quotes: some field starts with a quote, and all that do end with one. */
function quotesFields(text: string): boolean {
  const opened = parseRecords(text, "\t", "").flatMap((record) => record.filter((field) => field.startsWith('"')));
  return opened.length > 0 && opened.every((field) => /^"(?:[^"]|"")*"$/.test(field));
}

/** Of the first record: quoted fields, which may hold anything, are taken out first. */
function commonest(text: string): string {
  const unquoted = text.replace(/"(?:[^"]|"")*"/g, "").split("\n", 1)[0];
  let best = ",";
  let most = 0;
  for (const candidate of [",", ";", "\t", "|"]) {
    const count = unquoted.split(candidate).length - 1;
    if (count > most) {
      best = candidate;
      most = count;
    }
  }
  return best;
}

function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}

/** Records of CSV text (RFC 4180), quotes doubled inside quotes; `quote` "" for none. Only for the sample: DuckDB reads the file. */
export function parseRecords(text: string, delimiter: string, quote: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let quoted = false;
  let started = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== quote) field += c;
      else if (text[i + 1] === quote) {
        field += c;
        i++;
      } else quoted = false;
    } else if (c === quote && field === "" && quote !== "") {
      quoted = true;
      started = true;
    } else if (c === delimiter) {
      record.push(field);
      field = "";
      started = true;
    } else if (c === "\n") {
      if (started || field !== "") records.push([...record, field.replace(/\r$/, "")]);
      record = [];
      field = "";
      started = false;
    } else field += c;
  }
  if (started || field !== "") records.push([...record, field.replace(/\r$/, "")]);
  return records;
}
