import { fixed, general } from "./numbers.ts";

/** An answer to a text: a label and its probability. */
export interface Answer {
  readonly label: number;
  readonly probability: number;
}

/** What was counted: true labels, answers, and answers that are true labels. */
interface Counts {
  gold: number;
  predicted: number;
  right: number;
}

/** A probability that a label was answered with, and whether it was true; true labels that were not answered are not here. */
interface Scored {
  readonly score: number;
  readonly right: boolean;
}

const nothing = (): Counts => ({ gold: 0, predicted: 0, right: 0 });

/** fastText's measures: precision, recall and F1 of the best k answers, of all labels together or of one. 0/0 is NaN. */
export class Meter {
  /** Texts counted. */
  examples = 0;
  readonly #all: Counts = nothing();
  readonly #byLabel: Map<number, Counts> = new Map();
  readonly #scores: Map<number, Scored[]> = new Map();
  readonly #keepsScores: boolean;

  /** `keepsScores`: whether curves will be asked for, which takes memory for every answer. */
  constructor(keepsScores = false) {
    this.#keepsScores = keepsScores;
  }

  /** Counts a text with its true labels, as far as the model knows them. */
  add(gold: readonly number[], answers: readonly Answer[]): void {
    this.examples++;
    this.#all.gold += gold.length;
    this.#all.predicted += answers.length;
    for (const label of gold) this.#of(label).gold++;
    for (const { label, probability } of answers) {
      const right = gold.includes(label);
      const counts = this.#of(label);
      counts.predicted++;
      if (right) {
        counts.right++;
        this.#all.right++;
      }
      if (!this.#keepsScores) continue;
      const scores = this.#scores.get(label) ?? [];
      scores.push({ score: Math.min(1, probability), right });
      this.#scores.set(label, scores);
    }
  }

  precision(label?: number): number {
    const { right, predicted } = this.#counts(label);
    return right / predicted;
  }

  recall(label?: number): number {
    const { right, gold } = this.#counts(label);
    return right / gold;
  }

  f1(label?: number): number {
    const { right, predicted, gold } = this.#counts(label);
    return (2 * right) / (predicted + gold);
  }

  /** The best precision among thresholds whose recall is at least `recall`; 0 where none is. */
  precisionAtRecall(recall: number, label?: number): number {
    let best = 0;
    for (const point of this.#curve(label)) if (point.recall >= recall) best = Math.max(best, point.precision);
    return best;
  }

  /** The best recall among thresholds whose precision is at least `precision`; 0 where none is. */
  recallAtPrecision(precision: number, label?: number): number {
    let best = 0;
    for (const point of this.#curve(label)) if (point.precision >= precision) best = Math.max(best, point.recall);
    return best;
  }

  /** The three lines of `test`; `digits` formats a share. */
  summary(k: number, digits: (value: number) => string = (value) => general(value, 3)): string {
    return `N\t${this.examples}\nP@${k}\t${digits(this.precision())}\nR@${k}\t${digits(this.recall())}\n`;
  }

  /** The line of one label in `test-label`. */
  labelLine(label: number, name: string): string {
    const show = (value: number) => (Number.isFinite(value) ? fixed(value, 6) : "--------");
    const shares = `F1-Score : ${show(this.f1(label))}  Precision : ${show(this.precision(label))}`;
    return `${shares}  Recall : ${show(this.recall(label))}   ${name}\n`;
  }

  /** Precision and recall where the threshold is each of the probabilities in turn, the largest first. */
  #curve(label?: number): { precision: number; recall: number }[] {
    const scores = label === undefined ? [...this.#scores.values()].flat() : (this.#scores.get(label) ?? []);
    const { gold } = this.#counts(label);
    const falling = scores.slice().sort((a, b) => b.score - a.score);
    const points = [{ precision: 1, recall: 0 }];
    let right = 0;
    for (const [n, scored] of falling.entries()) {
      if (scored.right) right++;
      // Answers with the same probability are taken together.
      if (falling[n + 1]?.score === scored.score) continue;
      points.push({ precision: right / (n + 1), recall: gold === 0 ? Number.NaN : right / gold });
    }
    return points;
  }

  #counts(label?: number): Counts {
    return label === undefined ? this.#all : (this.#byLabel.get(label) ?? nothing());
  }

  #of(label: number): Counts {
    const known = this.#byLabel.get(label);
    if (known) return known;
    const made = nothing();
    this.#byLabel.set(label, made);
    return made;
  }
}
