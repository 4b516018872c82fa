import type { Calibration, Evaluation, TextClassifier } from "bax";
import type { AnsweredText, ConfusionCell, Measured, Mistake, RankingCurve } from "../reportData.ts";
import type { LabelNumbers } from "./labelNumbers.ts";
import { CurveCounter } from "./rankingCurve.ts";
import { RowStore } from "./rowStore.ts";
import { ONE_OF_MANY, shownExplanation } from "./shownExplanation.ts";
import type { TextBudget } from "./shownText.ts";
import { TextStore } from "./textStore.ts";
import { ThresholdCounter } from "./thresholds.ts";
import { reliabilityOf, withoutCalibration } from "./uncalibrated.ts";

/** Probabilities that are kept, 128 MiB of them: past it the page has no curves. */
const MOST_PROBABILITIES = 1 << 25;
/** Labels with a curve of their own: the most frequent. */
const MOST_CURVES = 500;
/** Stands for the label of the curve of all pairs. */
const ALL_PAIRS = -1;
/** Examples that are enough to see what calibration did, evenly spread over all. */
const MOST_UNCALIBRATED = 50_000;
const MOST_CELLS = 10_000;
const MOST_MISTAKES = 50;
/** Texts behind a cell of mistakes, and behind one of right answers. */
const TEXTS_OF_MISTAKES = 20;
const TEXTS_OF_RIGHT = 10;

/** An example, and what the model said. */
export interface AnsweredExample {
  readonly gold: readonly string[];
  /** The first answer, a number into the model's labels. */
  readonly first: number;
  readonly confidence: number;
  /** (labels) probabilities of all; may be overwritten later. */
  readonly all: Float32Array | undefined;
  readonly text: Uint8Array | string | undefined;
  readonly weight: number;
}

/** What is told when all examples were seen. */
export interface MeasuredFacts {
  readonly name: string;
  readonly evaluation: Evaluation;
  /** What the probabilities were corrected with, if they were, where it can be taken back. */
  readonly calibration: Calibration | undefined;
  /** Explains the mistakes; it need not be the very model that made them. */
  readonly model: Pick<TextClassifier, "explain" | "labels"> | undefined;
  /** As in `Measured`. */
  readonly explained?: string | null;
  readonly notes: readonly string[];
}

/** Takes in answers one by one and makes of them what a report shows. */
export class MeasuredCollector {
  private readonly numbers: LabelNumbers;
  private readonly modelLabels: number;
  private readonly rows: RowStore;
  private readonly texts = new TextStore();
  private readonly gold: (readonly number[])[] = [];
  private readonly first: number[] = [];
  private readonly confidences: number[] = [];
  private readonly weights: number[] = [];
  private isMulti = false;

  /** `modelLabels`: how many of the labels are the model's. */
  constructor(numbers: LabelNumbers, modelLabels: number, mostProbabilities: number = MOST_PROBABILITIES) {
    this.numbers = numbers;
    this.modelLabels = modelLabels;
    this.rows = new RowStore(modelLabels, mostProbabilities);
  }

  add({ gold, first, confidence, all, text, weight }: AnsweredExample): void {
    this.gold.push([...new Set(gold)].map((label) => this.numbers.of(label)));
    this.first.push(first);
    this.confidences.push(confidence);
    this.weights.push(weight);
    if (gold.length > 1) this.isMulti = true;
    if (all) this.rows.add(all);
    else this.rows.full = true;
    if (text === undefined) this.texts.dropped++;
    else this.texts.add(text);
  }

  result(
    { name, evaluation, calibration, model, explained = null, notes }: MeasuredFacts,
    budget: TextBudget,
  ): Measured {
    const mistakes = this.mistakes(model, budget);
    const curves = this.rows.full ? null : this.curves();
    return {
      name,
      evaluation: this.completed(evaluation, curves),
      uncalibrated: calibration && !this.rows.full ? this.uncalibrated(calibration) : null,
      cells: this.cells(budget),
      curves,
      thresholds: this.thresholds(),
      explained,
      mistakes,
      notes: [...notes, ...this.remarks()],
    };
  }

  /** While training measures itself it leaves out what takes all probabilities; here they are. */
  private completed(evaluation: Evaluation, curves: readonly RankingCurve[] | null): Evaluation {
    const byLabel = new Map(curves?.map((curve) => [this.numbers.names[curve.label] ?? "", curve]));
    const answers = (): { confidence: number; isRight: boolean }[] =>
      this.confidences.map((confidence, example) => ({ confidence, isRight: this.isRight(example) }));
    return {
      ...evaluation,
      reliability: evaluation.reliability ?? reliabilityOf(answers()).reliability,
      perLabel: evaluation.perLabel.map((row) => ({
        ...row,
        averagePrecision: row.averagePrecision ?? byLabel.get(row.label)?.averagePrecision ?? null,
        rocAuc: row.rocAuc ?? byLabel.get(row.label)?.rocAuc ?? null,
      })),
    };
  }

  private remarks(): string[] {
    const remarks: string[] = [];
    const { dropped } = this.texts;
    if (dropped > 0) {
      remarks.push(
        `${dropped.toLocaleString("en-GB")} texts were too many to keep: they count in all figures, but cannot be shown.`,
      );
    }
    if (this.rows.full) remarks.push("The probabilities of all labels are too many to keep: there are no curves.");
    return remarks;
  }

  private isRight(example: number): boolean {
    return this.gold[example].includes(this.first[example]);
  }

  private answered(example: number, budget: TextBudget): AnsweredText | undefined {
    const text = this.texts.get(example);
    const shown = text === undefined ? undefined : budget.take(text);
    return shown && { ...shown, confidence: rounded(this.confidences[example]) };
  }

  private cells(budget: TextBudget): ConfusionCell[] {
    const found = new Map<string, { gold: number; predicted: number; examples: number[] }>();
    const put = (gold: number, predicted: number, example: number): void => {
      const key = `${gold} ${predicted}`;
      const cell = found.get(key);
      if (cell) cell.examples.push(example);
      else found.set(key, { gold, predicted, examples: [example] });
    };
    for (const [example, predicted] of this.first.entries()) {
      if (this.isRight(example)) put(predicted, predicted, example);
      else for (const gold of this.gold[example]) put(gold, predicted, example);
    }
    const isDiagonal = (cell: { gold: number; predicted: number }): boolean => cell.gold === cell.predicted;
    const sorted = [...found.values()]
      .sort(
        (a, b) =>
          Number(isDiagonal(a)) - Number(isDiagonal(b)) ||
          b.examples.length - a.examples.length ||
          a.gold - b.gold ||
          a.predicted - b.predicted,
      )
      .slice(0, MOST_CELLS);
    const cells = sorted.map((cell) => {
      const sign = isDiagonal(cell) ? 1 : -1;
      const order = [...cell.examples].sort((a, b) => sign * (this.confidences[a] - this.confidences[b]) || a - b);
      const most = isDiagonal(cell) ? TEXTS_OF_RIGHT : TEXTS_OF_MISTAKES;
      return { ...cell, shown: order.slice(0, most), texts: [] as AnsweredText[] };
    });
    // Round by round, so that where room is short every cell has some text; the mistakes before what is right.
    for (const diagonal of [false, true]) {
      for (let round = 0; round < TEXTS_OF_MISTAKES; round++) {
        for (const cell of cells) {
          if (isDiagonal(cell) !== diagonal || round >= cell.shown.length) continue;
          const text = this.answered(cell.shown[round], budget);
          if (text) cell.texts.push(text);
        }
      }
    }
    return cells.map(({ gold, predicted, examples, texts }) => ({ gold, predicted, count: examples.length, texts }));
  }

  private mistakes(model: MeasuredFacts["model"], budget: TextBudget): Mistake[] {
    const wrong = [...this.first.keys()].filter((example) => !this.isRight(example));
    wrong.sort((a, b) => this.confidences[b] - this.confidences[a] || a - b);
    return wrong.slice(0, MOST_MISTAKES).flatMap((example) => {
      const shown = this.answered(example, budget);
      if (!shown) return [];
      const [gold, predicted] = [this.gold[example], this.first[example]];
      const known = gold.find((label) => label < this.modelLabels);
      const text = this.texts.get(example) ?? "";
      const explanation =
        model && known !== undefined
          ? model.explain(text, { label: model.labels[predicted], against: model.labels[known] })
          : undefined;
      return [
        {
          ...shown,
          gold,
          predicted,
          explanation: explanation ? shownExplanation(text, explanation, ONE_OF_MANY) : null,
        },
      ];
    });
  }

  private curves(): RankingCurve[] {
    const support = new Map<number, number>();
    for (const labels of this.gold) for (const label of labels) support.set(label, (support.get(label) ?? 0) + 1);
    const labels = [...support]
      .filter(([label]) => label < this.modelLabels)
      .sort(([a, m], [b, n]) => n - m || a - b)
      .slice(0, MOST_CURVES)
      .map(([label]) => label)
      .sort((a, b) => a - b);
    return this.curvesOf(labels);
  }

  /** The curve of all pairs, and those of some labels; the probabilities are gone through twice, however many labels there are. */
  private curvesOf(labels: readonly number[]): RankingCurve[] {
    const scores = new Map<number, number[]>([
      [ALL_PAIRS, []],
      ...labels.map((label) => [label, []] as [number, number[]]),
    ]);
    for (const [example, gold] of this.gold.entries()) {
      const row = this.rows.row(example);
      for (const label of gold) {
        if (label >= this.modelLabels) continue;
        scores.get(ALL_PAIRS)?.push(row[label]);
        scores.get(label)?.push(row[label]);
      }
    }
    const counters = new Map([...scores].map(([label, found]) => [label, new CurveCounter(Float32Array.from(found))]));
    const all = counters.get(ALL_PAIRS) as CurveCounter;
    const own = Array.from({ length: this.modelLabels }, (_, label) => counters.get(label));
    for (const [example, gold] of this.gold.entries()) {
      const row = this.rows.row(example);
      const weight = this.weights[example];
      for (let label = 0; label < row.length; label++) {
        const isPositive = gold.includes(label);
        all.count(row[label], isPositive, weight);
        own[label]?.count(row[label], isPositive, weight);
      }
    }
    return [...counters].map(([label, counter]) => counter.curve(label));
  }

  private thresholds(): Measured["thresholds"] {
    const each = this.isMulti && !this.rows.full;
    const counter = new ThresholdCounter(each ? "each" : "first");
    for (const [example, gold] of this.gold.entries()) {
      const [weight, first] = [this.weights[example], this.first[example]];
      counter.example(gold, this.confidences[example], weight);
      if (!each) {
        counter.answer(first, this.confidences[example], gold.includes(first), weight);
        continue;
      }
      for (const [label, probability] of this.rows.row(example).entries())
        counter.answer(label, probability, gold.includes(label), weight);
    }
    return counter.figures();
  }

  private uncalibrated(calibration: Calibration): Measured["uncalibrated"] {
    const stride = Math.ceil(this.gold.length / MOST_UNCALIBRATED);
    const sample = [...this.gold.keys()].filter((example) => example % stride === 0);
    const answers = sample.map((example) => {
      const gold = this.gold[example];
      const raw = withoutCalibration(this.rows.row(example), calibration);
      let best = 0;
      for (let label = 1; label < raw.length; label++) if (raw[label] > raw[best]) best = label;
      return { confidence: raw[best], isRight: gold.includes(best) };
    });
    return reliabilityOf(answers);
  }
}

function rounded(probability: number): number {
  return Number(probability.toFixed(5));
}
