/** How a table of text is written: lines with labels, with separators, or as JSON. */
export type TextFormat = "txt" | "csv" | "tsv" | "json" | "jsonl";

/** The format that a file's ending tells, without its dot and in small letters. */
export const TEXT_ENDINGS: Readonly<Record<string, TextFormat>> = {
  txt: "txt",
  text: "txt",
  train: "txt",
  test: "txt",
  valid: "txt",
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
};
