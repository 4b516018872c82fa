import { ENTRY_SKIPPED, type Heap, TOKEN_BYTES } from "../kernels/index.ts";
import type { FastTextBags } from "../model/index.ts";
import { type Trace, utf16Offsets } from "./trace.ts";

/**
 * Traces fastText's features: each occurrence has the weight 1 / n. The token for the end of the line stands behind the text, where it has
 * no width. N-grams without a row, which only make n larger, are not told.
 */
export function traceFastText(
  heap: Heap,
  bags: FastTextBags,
  text: string,
  at: number,
  length: number,
  wordCount: number,
): Trace {
  const bag = bags.bagOf(at, length, true, true);
  const { spans, tokens, tokenCount } = bags.text;
  const utf16 = utf16Offsets(text, length);
  // The end of the line is not among the text's bytes.
  const position = (address: number) => utf16[address >= at && address <= at + length ? address - at : length];
  const span = (begin: number, end: number) => ({ start: position(begin), end: position(end) });
  const rows = heap.u32At(bag.ids, bag.count).slice();
  const bounds = heap.u32At(spans, 2 * bag.count).slice();
  const entries = heap.u32At(tokens, (tokenCount * TOKEN_BYTES) / 4).slice();
  const ends = new Map<number, number>();
  const found: { start: number; end: number }[] = [];
  for (let token = 0; token < entries.length; token += TOKEN_BYTES / 4) {
    const [begin, end, , entry] = entries.subarray(token, token + TOKEN_BYTES / 4);
    ends.set(begin, end);
    if (entry !== ENTRY_SKIPPED) found.push(span(begin, end));
  }
  const occurrences = Array.from(rows, (row, i) => {
    const [begin, end] = [bounds[2 * i], bounds[2 * i + 1]];
    // A run of words begins where a token does and ends behind that token; characters stay within one.
    const isRun = ends.has(begin) && (end > ends.get(begin)! || end < begin);
    const kind = row < wordCount ? "word" : isRun ? "word n-gram" : "character n-gram";
    const { start, end: last } = span(begin, end);
    const name = text.slice(start, last).replace(/\s+/g, " ");
    return { kind, name, start, end: last, row, weight: bag.scale } as const;
  });
  return { bag, occurrences, tokens: found };
}
