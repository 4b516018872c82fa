import {
  checkExample,
  checkShares,
  type Examples,
  eachLine,
  encodePrefix,
  isLineBlock,
  type Line,
  type LineBlock,
  readLine,
} from "../data/index.ts";
import { LABEL_PREFIX } from "../features/index.ts";
import type { Corpus } from "./corpus.ts";

/** What was met while reading that a user should know. */
export interface Intake {
  /** Examples without a label: left out. */
  unlabelled: number;
  /** Where the first of them was. */
  firstUnlabelled: string;
  /** Numbers of all of them among the examples, from 0. */
  skipped: number[];
}

/** Examples between two looks at the event loop, when they come one by one. */
const YIELD_EVERY = 4096;

/** Reads all examples into the corpus. `progress` is called now and then and may throw to stop. */
export async function readExamples(
  examples: Examples,
  corpus: Corpus,
  progress: (examples: number) => Promise<void>,
): Promise<Intake> {
  const intake: Intake = { unlabelled: 0, firstUnlabelled: "", skipped: [] };
  const encoder = new TextEncoder();
  const line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
  const skip = (where: string) => {
    intake.skipped.push(corpus.exampleCount + intake.unlabelled++);
    intake.firstUnlabelled ||= where;
  };
  const addBlock = (block: LineBlock) => {
    const { lines } = block;
    const at = corpus.place(lines);
    if (block.labelPrefix !== undefined) corpus.labelPrefix = block.labelPrefix;
    const prefix = encodePrefix(block.labelPrefix ?? LABEL_PREFIX);
    const addLine = (begin: number, end: number, number: number) => {
      if (begin === end) return;
      readLine(lines, begin, end, line, prefix);
      if (line.labels.length === 0) skip(`${block.file}:${number}`);
      else if (line.cleaned) corpus.addCopy(line.cleaned, line);
      else corpus.addBytes(at + line.textBegin, line.textEnd - line.textBegin, line);
    };
    if (!corpus.readsLines) {
      eachLine(lines, block.firstLine, addLine);
      return;
    }
    corpus.addLines(at, lines.length, block.firstLine, prefix, (odd) => {
      if (odd.kind === "unlabelled") skip(`${block.file}:${odd.number}`);
      else eachLine(lines.subarray(0, odd.end - at), odd.number, addLine, odd.begin - at);
    });
  };
  let count = 0;
  for await (const example of examples) {
    if (isLineBlock(example)) {
      addBlock(example);
      await progress(corpus.exampleCount);
      continue;
    }
    count++;
    const checked = checkExample(example, count);
    if (checked.labels.length === 0) skip(`example ${count}`);
    else {
      if (corpus.areShares) checkShares(checked.shares, count);
      const bytes = encoder.encode(checked.text);
      corpus.addBytes(corpus.place(bytes), bytes.length, checked);
    }
    if (count % YIELD_EVERY === 0) await progress(corpus.exampleCount);
  }
  await progress(corpus.exampleCount);
  return intake;
}
