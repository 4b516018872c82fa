import { checkExample, type Example, isLineBlock, type LineBlock, likeliest } from "./example.ts";
import { eachLine, encodePrefix, type Line, readLine } from "./fastTextLines.ts";

/** A text as a string, and its labels: of soft ones the likeliest. */
export interface LabelledText {
  text: string;
  labels: readonly string[];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The texts of an example, or of a block of lines; empty lines are none. `number`: of the example, from 1, for messages. Throws a BaxError
 * ("data") for what is no example.
 */
export function labelledTexts(item: Example | LineBlock, number: number): LabelledText[] {
  if (!isLineBlock(item)) {
    const { text, labels, shares } = checkExample(item, number);
    return [{ text, labels: likeliest(labels, shares) }];
  }
  const { lines, firstLine, labelPrefix } = item;
  const prefix = labelPrefix === undefined ? undefined : encodePrefix(labelPrefix);
  const line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
  const found: LabelledText[] = [];
  eachLine(lines, firstLine, (begin, end) => {
    if (begin === end) return;
    readLine(lines, begin, end, line, prefix);
    const bytes = line.cleaned ?? lines.subarray(line.textBegin, line.textEnd);
    found.push({ text: decoder.decode(bytes), labels: line.labels });
  });
  return found;
}
