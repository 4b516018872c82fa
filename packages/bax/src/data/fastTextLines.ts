// fastText's line format, on bytes: labels with the prefix `__label__` and text, separated by white space, one example a line.

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What labels begin with, as the reader of lines takes it; `encodePrefix` makes others. */
export const LABEL_PREFIX_BYTES: Uint8Array = encodePrefix("__label__");

/** A prefix of labels as UTF-8. */
export function encodePrefix(prefix: string): Uint8Array {
  return new TextEncoder().encode(prefix);
}

/** fastText's separators: space, tab, line feed, vertical tab, form feed, carriage return, NUL. */
function isSeparator(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13) || byte === 0;
}

function hasPrefix(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean {
  if (at + prefix.length > end) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end && !isSeparator(bytes[to])) to++;
  return to;
}

/** Names of labels by a hash of their bytes: a label is read thousands of times, and decoding it anew each time makes garbage. */
const names = new Map<number, { bytes: Uint8Array; name: string }>();
/** Beyond so many the names are forgotten and collected anew. */
const MOST_NAMES = 10_000;

function sameBytes(known: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (known.length !== end - at) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[at + i]) return false;
  return true;
}

/** The label whose bytes are [at, end) of `bytes`. */
function labelName(bytes: Uint8Array, at: number, end: number): string {
  let hash = 0;
  for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  const known = names.get(hash);
  if (known && sameBytes(known.bytes, bytes, at, end)) return known.name;
  const own = bytes.slice(at, end);
  const name = decoder.decode(own);
  if (names.size >= MOST_NAMES) names.clear();
  names.set(hash, { bytes: own, name });
  return name;
}

/** One line: its labels without their prefix, and its text. */
export interface Line {
  labels: string[];
  textBegin: number;
  textEnd: number;
  /** The text where it is not simply bytes [textBegin, textEnd): a copy without labels that stood behind its first word. */
  cleaned: Uint8Array | null;
}

/** Reads the line [begin, end) of `bytes` into `line`. Labels, which begin with `prefix`, may stand anywhere in it, as in fastText. */
export function readLine(
  bytes: Uint8Array,
  begin: number,
  end: number,
  line: Line,
  prefix: Uint8Array = LABEL_PREFIX_BYTES,
): void {
  line.labels = [];
  line.cleaned = null;
  let at = begin;
  for (;;) {
    while (at < end && isSeparator(bytes[at])) at++;
    if (at === end || !hasPrefix(bytes, at, end, prefix)) break;
    const to = tokenEnd(bytes, at, end);
    line.labels.push(labelName(bytes, at + prefix.length, to));
    at = to;
  }
  line.textBegin = at;
  line.textEnd = end;
  // A label further on is rare: look for its first byte before anything slower.
  const text = bytes.subarray(at, end);
  const [first] = prefix;
  for (let found = text.indexOf(first); found >= 0; found = text.indexOf(first, found + 1)) {
    if (found === 0 || !isSeparator(text[found - 1]) || !hasPrefix(text, found, text.length, prefix)) continue;
    const to = tokenEnd(text, found, text.length);
    line.labels.push(labelName(text, found + prefix.length, to));
    line.cleaned ??= text.slice();
    line.cleaned.fill(SPACE, found, to);
  }
}

/**
 * Calls `each` with the bounds of every line (without its line end) and its number, from index `from` on; a last line without a newline
 * counts.
 */
export function eachLine(
  bytes: Uint8Array,
  firstLine: number,
  each: (begin: number, end: number, line: number) => void,
  from = 0,
): void {
  let line = firstLine;
  for (let begin = from; begin < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const end = newline < 0 ? bytes.length : newline;
    each(begin, end > begin && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end, line);
    begin = end + 1;
  }
}
