import {
  checkExample,
  type Example,
  eachLine,
  encodePrefix,
  isLineBlock,
  type Line,
  type LineBlock,
  likeliest,
  readLine,
} from "./data/index.ts";
import { type Evaluation, Evaluator } from "./evaluation/index.ts";
import type { Classifier } from "./model/index.ts";

/** Texts that wait until so many are there: then they are answered together. */
const WAITING = 1024;

/** A text that waits to be measured, and its labels. */
interface GoldText {
  bytes: Uint8Array;
  labels: readonly string[];
  shares?: readonly number[] | undefined;
  weight?: number;
}

/** Measures a classifier on labelled text that comes bit by bit. */
export class Measurement {
  private readonly began = performance.now();
  private readonly classifier: Classifier;
  private readonly evaluator: Evaluator;
  /** Index of each label of the model. */
  private readonly indices: Map<string, number>;
  private readonly best: Int32Array;
  private readonly probabilities: Float32Array;
  private readonly encoder = new TextEncoder();
  private readonly line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
  private readonly waiting: GoldText[] = [];
  private count = 0;

  /** `k`: answers that count for each text. */
  constructor(classifier: Classifier, k: number) {
    const { labels } = classifier.parts;
    this.classifier = classifier;
    this.evaluator = new Evaluator(labels, k);
    this.indices = new Map(labels.map((label, index) => [label, index]));
    this.best = new Int32Array(k);
    this.probabilities = new Float32Array(k);
  }

  /** Takes in an example, or lines of them. Throws a BaxError ("data") for what is none. */
  add(example: Example | LineBlock): void {
    if (isLineBlock(example)) {
      this.addLines(example);
      return;
    }
    const { text, ...target } = checkExample(example, ++this.count);
    this.push({ bytes: this.encoder.encode(text), ...target });
  }

  /** The metrics of all that was added. */
  result(): Evaluation {
    this.flush();
    return this.evaluator.result((performance.now() - this.began) / 1000);
  }

  private addLines({ lines, firstLine, labelPrefix }: LineBlock): void {
    const { line } = this;
    const prefix = labelPrefix === undefined ? undefined : encodePrefix(labelPrefix);
    eachLine(lines, firstLine, (begin, end) => {
      if (begin === end) return;
      readLine(lines, begin, end, line, prefix);
      // A copy: the texts wait, and a reader may fill its buffer again.
      this.push({ bytes: line.cleaned ?? lines.slice(line.textBegin, line.textEnd), labels: line.labels });
    });
  }

  private push(text: GoldText): void {
    if (this.waiting.push(text) === WAITING) this.flush();
  }

  private flush(): void {
    const { classifier, waiting, indices, best, probabilities, evaluator } = this;
    const { forward } = classifier;
    let next = 0;
    const place = (range: { at: number; length: number }) => {
      if (next === waiting.length) return false;
      const { bytes } = waiting[next++];
      range.at = classifier.placeBytes(bytes);
      range.length = bytes.length;
      return true;
    };
    classifier.predictMany(place, (first, lanes) => {
      const batch = waiting.slice(first, first + lanes);
      const indexOf = (label: string) => indices.get(label) ?? -1;
      const losses = forward.measureBatch(batch.map(({ labels, shares }) => ({ labels: labels.map(indexOf), shares })));
      for (const [lane, { labels, shares, weight }] of batch.entries()) {
        forward.top(best.length, lane, false, best, probabilities, 0);
        const right = likeliest(labels, shares);
        const unknown = right.filter((label) => !indices.has(label));
        evaluator.add(best, probabilities, right.map(indexOf), losses[lane], unknown, weight);
      }
    });
    waiting.length = 0;
  }
}
