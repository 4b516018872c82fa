import { BaxError, labelledTexts } from "bax";
import { ColumnOfNumbers, ColumnOfTexts } from "./columnOfTexts.ts";
import { type BrokenRows, COMMAND_ADVICE, MOST_ROWS } from "./dataSource.ts";
import { invalidLine, type Piece } from "./pieces.ts";
import { makeTable, type Table } from "./table.ts";

const TEXT = "text";
const LABEL = "label";
const SAMPLE = 1000;

/** Reads fastText lines (`__label__x text`) by the library's own reader: a table with a column "text" and a column "label". Blank lines are none. */
export async function readLines(
  name: string,
  isFormatGuessed: boolean,
  pieces: AsyncIterable<Piece>,
  brokenRows: BrokenRows,
  notes: string[],
): Promise<Table> {
  const texts = new ColumnOfTexts();
  // As JSON lists.
  const labels = new ColumnOfTexts();
  const numbers = new ColumnOfNumbers();
  let isTold = false;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const { bytes, firstLine } of pieces) {
    for (const { text, labels: given } of labelledTexts({ lines: bytes, file: name, firstLine }, 1)) {
      texts.add(text);
      labels.add(JSON.stringify(given));
    }
    addNumbers(bytes, firstLine, numbers);
    if (texts.length > MOST_ROWS) {
      throw new BaxError("limit", `${name}: more than 5 million lines, too many for a page`, COMMAND_ADVICE);
    }
    if (isTold || isValid(decoder, bytes)) continue;
    isTold = true;
    const line = (firstLine + invalidLine(bytes)).toLocaleString("en-GB");
    notes.push(
      `Line ${line} has bytes that are not UTF-8; they are read as \ufffd. Save the file as UTF-8 to keep what they meant.`,
    );
  }
  if (texts.length === 0) {
    throw new BaxError("data", `${name}: there is nothing in it but blank lines`, "Give a line for each text.");
  }
  const labelsOf = (row: number): string[] => JSON.parse(labels.get(row) ?? "[]");
  const cell = (row: number, column: string): string | null => {
    if (column === TEXT) return texts.get(row);
    const given = column === LABEL ? labelsOf(row) : [];
    return given.length === 0 ? null : given.join(", ");
  };
  const sample = Array.from({ length: Math.min(SAMPLE, texts.length) }, (_, row) => [
    cell(row, TEXT),
    cell(row, LABEL),
  ]);
  return makeTable(
    {
      name,
      format: "txt",
      isFormatGuessed,
      names: [TEXT, LABEL],
      nested: [],
      key: null,
      sample,
      rowCount: texts.length,
      brokenRows,
      leftOut: 0,
      notes,
    },
    {
      cell,
      labelCell: cell,
      labelIsJson: false,
      labels: (row, column) => (column === LABEL ? labelsOf(row) : undefined),
      place: (row) => `line ${numbers.get(row).toLocaleString("en-GB")}`,
    },
  );
}

/** The numbers of the lines that are not blank. */
function addNumbers(bytes: Uint8Array, firstLine: number, numbers: ColumnOfNumbers): void {
  let line = firstLine;
  for (let begin = 0; begin < bytes.length; line++) {
    const newline = bytes.indexOf(10, begin);
    const end = newline < 0 ? bytes.length : newline;
    const length = end - begin - (end > begin && bytes[end - 1] === 13 ? 1 : 0);
    if (length > 0) numbers.add(line);
    begin = end + 1;
  }
}

function isValid(decoder: TextDecoder, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
