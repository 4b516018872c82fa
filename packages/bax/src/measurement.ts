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
import { type Evaluation, Evaluator, wilsonInterval } from "./evaluation/index.ts";
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
  /** (k) of the answers; 0 past the last. Only for now, too. */
  readonly probabilities: Float32Array;
  /** (labels) of all labels, in the model's order; only for now. Undefined where a tree has too many. */
  readonly all: Float32Array | undefined;
  /** The text as UTF-8. */
  readonly text: Uint8Array;
  readonly weight: number;
}

/** How to measure. */
export interface EvaluateOptions {
  /** Answers that count for each text; 1 unless given. */
  readonly k?: number;
  /**
   * (labels), in the model's order: from which probability on each label is decided in multi-label data; unless given the model's own, or
   * 0.5 where it has none.
   */
  readonly thresholds?: Float32Array | undefined;
  /** Whether to measure the model as it is: not calibrated, and without its thresholds. */
  readonly raw?: boolean | undefined;
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
  private readonly each: EvaluateOptions["each"];
  private readonly raw: boolean;
  /** (labels) from which probability on the model answers; none where it always does. */
  private readonly decision: Float32Array | undefined;
  private readonly answered = { weight: 0, right: 0, total: 0 };
  private readonly encoder = new TextEncoder();
  private readonly line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
  private readonly waiting: GoldText[] = [];
  private count = 0;

  /** Throws a BaxError ("usage") for thresholds that are not one for each label. */
  constructor(classifier: Classifier, { k = 1, thresholds, raw = false, each }: EvaluateOptions = {}) {
    const { labels, head, decision } = classifier.parts;
    if (thresholds && thresholds.length !== labels.length) {
      throw new BaxError(
        "usage",
        `thresholds: got ${thresholds.length}, but the model has ${labels.length} labels`,
        "Give one for each label, in the order of the model's labels.",
      );
    }
    this.classifier = classifier;
    this.raw = raw;
    if (decision && !raw) this.decision = Float32Array.from(decision.thresholds);
    this.evaluator = new Evaluator(labels, k, thresholds ?? this.decision);
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
    const evaluation = this.evaluator.result((performance.now() - this.began) / 1000);
    const { weight, right, total } = this.answered;
    if (!this.decision) return evaluation;
    const accuracy = weight === 0 ? 0 : right / weight;
    return {
      ...evaluation,
      answered: { share: total === 0 ? 0 : weight / total, accuracy, interval: wilsonInterval(accuracy, weight) },
    };
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
    forward.raw = this.raw;
    classifier.predictMany(place, (first, lanes) => {
      const batch = waiting.slice(first, first + lanes);
      const indexOf = (label: string) => indices.get(label) ?? -1;
      const losses = forward.measureBatch(batch.map(({ labels, shares }) => ({ labels: labels.map(indexOf), shares })));
      for (const [lane, { bytes, labels, shares, weight }] of batch.entries()) {
        forward.top(best.length, lane, false, best, probabilities, 0);
        const right = likeliest(labels, shares);
        const unknown = right.filter((label) => !indices.has(label));
        const gold = right.map(indexOf);
        if (all) {
          forward.all(lane, false, all);
          evaluator.addAll(all, best, probabilities, gold, losses[lane], unknown, weight);
        } else evaluator.add(best, probabilities, gold, losses[lane], unknown, weight);
        if (right.length === 0) continue;
        each?.({ gold: right, answers: best, probabilities, all, text: bytes, weight: weight ?? 1 });
        if (this.decision) this.countAnswer(lane, gold, weight ?? 1, this.decision);
      }
    });
    forward.raw = false;
    waiting.length = 0;
  }

  /** Whether the model answers at all, by its own thresholds, and is right then. */
  private countAnswer(lane: number, gold: readonly number[], weight: number, thresholds: Float32Array): void {
    const { answered } = this;
    const first = new Int32Array(1);
    this.classifier.forward.top(1, lane, false, first, new Float32Array(1), 0, thresholds);
    answered.total += weight;
    if (first[0] < 0) return;
    answered.weight += weight;
    if (gold.includes(first[0])) answered.right += weight;
  }
}
