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
import { BaxError } from "./errors.ts";
import { type Evaluation, Evaluator } from "./evaluation/index.ts";
import type { Classifier } from "./model/index.ts";

/** Texts that wait until so many are there: then they are answered together. */
const WAITING = 1024;

/** A tree scores its labels one by one: past so many the figures that take all probabilities are left out. */
const MOST_TREE_LABELS = 10_000;

/** An example that was measured. */
export interface MeasuredExample {
  /** Its labels; of soft ones the likeliest. */
  readonly gold: readonly string[];
  /** (k) indices of the answers, best first, −1 past the last; only for now, the next example overwrites them. */
  readonly answers: Int32Array;
  readonly weight: number;
}

/** How to measure. */
export interface EvaluateOptions {
  /** Answers that count for each text; 1 unless given. */
  readonly k?: number;
  /** (labels), in the model's order: from which probability on each label is decided in multi-label data; 0.5 unless given. */
  readonly thresholds?: Float32Array | undefined;
}

/** What else a measurement may be told. */
interface MeasurementOptions extends EvaluateOptions {
  /** Is told each example that has a label, in their order. */
  readonly each?: ((example: MeasuredExample) => void) | undefined;
}

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
  /** (labels) probabilities of all labels, or none. */
  private readonly all: Float32Array | undefined;
  private readonly each: MeasurementOptions["each"];
  private readonly encoder = new TextEncoder();
  private readonly line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
  private readonly waiting: GoldText[] = [];
  private count = 0;

  /** Throws a BaxError ("usage") for thresholds that are not one for each label. */
  constructor(classifier: Classifier, { k = 1, thresholds, each }: MeasurementOptions = {}) {
    const { labels, head } = classifier.parts;
    if (thresholds && thresholds.length !== labels.length) {
      throw new BaxError(
        "usage",
        `thresholds: got ${thresholds.length}, but the model has ${labels.length} labels`,
        "Give one for each label, in the order of the model's labels.",
      );
    }
    this.classifier = classifier;
    this.evaluator = new Evaluator(labels, k, thresholds);
    this.indices = new Map(labels.map((label, index) => [label, index]));
    this.best = new Int32Array(k);
    this.probabilities = new Float32Array(k);
    if (head.loss !== "hs" || labels.length <= MOST_TREE_LABELS) this.all = new Float32Array(labels.length);
    this.each = each;
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
    const { classifier, waiting, indices, best, probabilities, all, evaluator, each } = this;
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
        const gold = right.map(indexOf);
        if (all) {
          forward.all(lane, false, all);
          evaluator.addAll(all, best, probabilities, gold, losses[lane], unknown, weight);
        } else evaluator.add(best, probabilities, gold, losses[lane], unknown, weight);
        if (right.length > 0) each?.({ gold: right, answers: best, weight: weight ?? 1 });
      }
    });
    waiting.length = 0;
  }
}
