import { type Examples, eachLine, type Line, type LineBlock, labelsOf, readLine } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import type { Corpus } from "./corpus.ts";

/** What was met while reading that a user should know. */
export interface Intake {
  /** Examples without a label: left out. */
  unlabelled: number;
  /** Where the first of them was. */
  firstUnlabelled: string;
  fingerprint: string;
}

/** Examples between two looks at the event loop, when they come one by one. */
const YIELD_EVERY = 4096;

/** 64 bits over all labels and texts in order (two multiply-xor lanes of 32): tells data sets apart; it is no cryptographic hash. */
class Fingerprint {
  private low = 0x811c9dc5;
  private high = 0x9e3779b9;
  add(bytes: Uint8Array): void {
    let { low, high } = this;
    for (let i = 0; i < bytes.length; i++) {
      low = Math.imul(low ^ bytes[i], 0x01000193);
      high = Math.imul(high ^ low, 0x85ebca6b) ^ (high >>> 15);
    }
    this.low = low;
    this.high = high;
  }
  toString(): string {
    const hex = (n: number) => (n >>> 0).toString(16).padStart(8, "0");
    return hex(this.high) + hex(this.low);
  }
}

/** Reads all examples into the corpus. `progress` is called now and then and may throw to stop. */
export async function readExamples(
  examples: Examples,
  corpus: Corpus,
  progress: (examples: number) => Promise<void>,
): Promise<Intake> {
  const intake: Intake = { unlabelled: 0, firstUnlabelled: "", fingerprint: "" };
  const fingerprint = new Fingerprint();
  const encoder = new TextEncoder();
  const line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
  const skip = (where: string) => {
    intake.unlabelled++;
    intake.firstUnlabelled ||= where;
  };
  const addBlock = (block: LineBlock) => {
    const { lines } = block;
    fingerprint.add(lines);
    const at = corpus.place(lines);
    eachLine(lines, block.firstLine, (begin, end, number) => {
      if (begin === end) return;
      readLine(lines, begin, end, line);
      if (line.labels.length === 0) skip(`${block.file}:${number}`);
      else if (line.cleaned) corpus.addCopy(line.cleaned, line.labels);
      else corpus.addBytes(at + line.textBegin, line.textEnd - line.textBegin, line.labels);
    });
  };
  let count = 0;
  for await (const example of examples) {
    if ("lines" in example) {
      addBlock(example);
      await progress(corpus.exampleCount);
      continue;
    }
    count++;
    const labels = labelsOf(example);
    if (typeof example.text !== "string") {
      throw new BaxError(
        "data",
        `example ${count}: text is ${typeof example.text}, not a string`,
        "Give each example as { text, label }.",
      );
    }
    if (labels.length === 0) skip(`example ${count}`);
    else {
      const bytes = encoder.encode(example.text);
      fingerprint.add(encoder.encode(`${labels.join("\t")}\n`));
      fingerprint.add(bytes);
      corpus.addBytes(corpus.place(bytes), bytes.length, labels);
    }
    if (count % YIELD_EVERY === 0) await progress(corpus.exampleCount);
  }
  await progress(corpus.exampleCount);
  intake.fingerprint = fingerprint.toString();
  return intake;
}
