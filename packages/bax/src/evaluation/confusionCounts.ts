import type { Confusion } from "./evaluation.ts";

const MOST_CONFUSIONS = 20;

/** Counts how labels are answered, cell by cell; memory grows with the cells that occur. */
export class ConfusionCounts {
  readonly #labels: readonly string[];
  /** By gold · labels + predicted. */
  readonly #cells: Map<number, number> = new Map();
  /** Of labels that the model lacks: by name, then by predicted. */
  readonly #unknown: Map<string, Map<number, number>> = new Map();

  /** `labels`: the model's. */
  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  add(gold: number, predicted: number): void {
    const cell = gold * this.#labels.length + predicted;
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1);
  }

  addUnknown(gold: string, predicted: number): void {
    const row = this.#unknown.get(gold) ?? new Map<number, number>();
    this.#unknown.set(gold, row.set(predicted, (row.get(predicted) ?? 0) + 1));
  }

  /** Cells off the diagonal, the most frequent first, of labels that the model has. */
  mostFrequent(): Confusion[] {
    const labels = this.#labels.length;
    return [...this.#cells]
      .filter(([cell]) => Math.floor(cell / labels) !== cell % labels)
      .sort(([a, n], [b, m]) => m - n || a - b)
      .slice(0, MOST_CONFUSIONS)
      .map((cell) => this.#named(cell));
  }

  /** All cells, row by row. */
  matrix(): Confusion[] {
    const known = [...this.#cells].sort(([a], [b]) => a - b).map((cell) => this.#named(cell));
    const unknown = [...this.#unknown]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([gold, row]) =>
        [...row]
          .sort(([a], [b]) => a - b)
          .map(([predicted, count]) => ({ gold, predicted: this.#labels[predicted], count })),
      );
    return [...known, ...unknown];
  }

  #named([cell, count]: [number, number]): Confusion {
    const labels = this.#labels.length;
    return { gold: this.#labels[Math.floor(cell / labels)], predicted: this.#labels[cell % labels], count };
  }
}
