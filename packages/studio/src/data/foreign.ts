import { BaxError } from "bax";

/** What a file is by its first bytes, and what its owner can do. */
interface Kind {
  readonly what: string;
  readonly advice: string;
}

const SPREADSHEET = "Open it in the spreadsheet, save it as CSV (UTF-8), and give that file.";
const COMMAND = "Train on it with `bax train` on the command line, which reads it, or turn it into CSV.";
const MODEL =
  "A model is opened under its own name, which ends in .safetensors, .bin or .ftz; data are texts with labels.";
const UNPACK = "Unpack it, and give the file inside that holds the texts.";
const TEXTS = "Give texts with labels: CSV, TSV, JSON, JSON lines, or lines with __label__.";

/** First bytes, and where they stand unless at the very start. */
const KNOWN: readonly (readonly [magic: string, what: string, advice: string, at?: number])[] = [
  ["PAR1", "a Parquet table", COMMAND],
  ["\x28\xb5\x2f\xfd", "packed with Zstandard", COMMAND],
  ["SQLite format 3\0", "an SQLite database", COMMAND],
  ["DUCK", "a DuckDB database", COMMAND, 8],
  ["\xba\x16\x4f\x2f", "a fastText model", MODEL],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word document", SPREADSHEET],
  ["%PDF", "a PDF document", "Copy the texts into a spreadsheet, a row each, and save it as CSV."],
  ["{\\rtf", "a text document with formatting (RTF)", "Save it as plain text (UTF-8)."],
  ["1AY&SY", "packed with bzip2", UNPACK, 4],
  ["\xfd7zXZ\0", "packed with xz", UNPACK],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK],
  ["Rar!\x1a\x07", "a RAR archive", UNPACK],
  ["ustar", "a tar archive", UNPACK, 257],
  ["\x1f\x8b", "packed with gzip twice", UNPACK],
  ["\x89PNG", "an image", TEXTS],
  ["\xff\xd8\xff", "an image", TEXTS],
  ["GIF8", "an image", TEXTS],
  ["RIFF", "an image or a sound", TEXTS],
  ["\x93NUMPY", "an array of numbers (NumPy)", TEXTS],
  ["\x7fELF", "a program", TEXTS],
  ["MZ\x90\0", "a program", TEXTS],
  ["\0asm", "a program", TEXTS],
  ["\xff\xfe\0\0", "text in UTF-32", "Save it again as UTF-8."],
  ["\0\0\xfe\xff", "text in UTF-32", "Save it again as UTF-8."],
];

/** Refuses what is no text by its first bytes (some thousand are enough). Throws BaxError "data" with what it seems to be. */
export function refuseForeign(name: string, start: Uint8Array): void {
  const kind = kindOf(start);
  if (kind !== null) throw new BaxError("data", `${name}: this is ${kind.what}, not a table of texts`, kind.advice);
}

function kindOf(start: Uint8Array): Kind | null {
  const latin = String.fromCharCode(...start.subarray(0, 4096));
  if (latin.startsWith("PK\x03\x04")) return zipKind(latin);
  // A word in the midst of a text may be the mark of some format: such a file has bytes in it that no text has.
  const hasControls = start.subarray(0, 4096).some(isControl);
  const known = KNOWN.find(([magic, , , at = 0]) => (at === 0 || hasControls) && latin.startsWith(magic, at));
  if (known) return { what: known[1], advice: known[2] };
  // The length of a JSON header in eight bytes, and the header.
  if (latin[8] === "{" && latin.slice(4, 8) === "\0\0\0\0") return { what: "a model (safetensors)", advice: MODEL };
  if (/^\s*<(?:!doctype html|html)/i.test(latin)) {
    return { what: "a web page", advice: "Download the file itself rather than the page that shows it." };
  }
  return isUtf16(start) ? null : binaryKind(start);
}

/** By the names of the first files in it. */
function zipKind(latin: string): Kind {
  if (latin.includes("xl/")) return { what: "an Excel workbook", advice: SPREADSHEET };
  if (latin.includes("opendocument.spreadsheet")) return { what: "a LibreOffice spreadsheet", advice: SPREADSHEET };
  if (latin.includes("word/")) {
    return { what: "a Word document", advice: "Copy the texts into a spreadsheet, a row each, and save it as CSV." };
  }
  // Which comes first in a workbook; the names that tell may lie far behind it.
  if (latin.includes("[Content_Types].xml")) return { what: "an Office document", advice: SPREADSHEET };
  return { what: "a zip archive", advice: UNPACK };
}

/** Whether text begins with the mark of UTF-16. */
export function isUtf16(start: Uint8Array): boolean {
  return (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
}

/** NUL alone is odd but text; with broken UTF-8, or many control characters, it is none. */
function binaryKind(start: Uint8Array): Kind | null {
  const sample = start.subarray(0, 4096);
  const zeros = [0, 0];
  let controls = 0;
  for (const [at, byte] of sample.entries()) {
    if (byte === 0) zeros[at & 1]++;
    if (isControl(byte)) controls++;
  }
  const half = sample.length / 2;
  if (sample.length >= 4 && zeros.some((count, side) => count > 0.8 * half && zeros[1 - side] < 0.1 * half)) {
    return { what: "text in UTF-16 without the mark that says so", advice: "Save it again as UTF-8." };
  }
  const isBinary = controls > 0.1 * sample.length || (zeros[0] + zeros[1] > 0 && !isUtf8Start(sample));
  return isBinary ? { what: "a binary file", advice: TEXTS } : null;
}

/** Whether a byte is one that hardly any text has: not a space of some kind, nor the escape of terminals. */
function isControl(byte: number): boolean {
  return byte < 32 && !(byte >= 9 && byte <= 13) && byte !== 27;
}

/** Whether bytes are UTF-8, but for a character that their end cuts. */
function isUtf8Start(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
