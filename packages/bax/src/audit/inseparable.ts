import { argmax, type Beliefs, columnNumbers } from "./labelErrors.ts";
import { type Draft, MOST_OTHERS, percent } from "./report.ts";
import type { TextStore } from "./textStore.ts";

/** Rows that each of two labels must have, and confusions of both together, before anything is said of them. */
const LEAST_ROWS = 10;
const LEAST_CONFUSIONS = 5;
/** Errors in telling two labels apart; chance makes a half of them. */
const LEAST_ERROR = 0.3;

interface Pair {
  readonly a: number;
  readonly b: number;
  /** Rows of a that are believed to be b rather than a, and the other way round. */
  aAsB: number[];
  bAsA: number[];
}

/**
 * Pairs of labels that models cannot tell apart: of the rows of either, asked only which of the two it is, they get wrong at least 30 %,
 * both labels counting the same. Rows with both labels are left out.
 */
export function* inseparableLabels(store: TextStore, beliefs: Beliefs): Generator<Draft> {
  const columns = columnNumbers(store, beliefs);
  const width = beliefs.labels.length;
  const counts = new Uint32Array(width);
  const confusions = new Map<number, number>();
  for (const [n, row] of beliefs.rows.entries()) {
    const best = argmax(beliefs.probabilities.subarray(n * width, (n + 1) * width));
    const own = ownColumns(store, columns, row);
    for (const column of own) {
      counts[column]++;
      if (own.includes(best)) continue;
      const key = Math.min(column, best) * width + Math.max(column, best);
      confusions.set(key, (confusions.get(key) ?? 0) + 1);
    }
  }
  const pairs: Pair[] = [];
  const pairsOf = new Map<number, Pair[]>();
  for (const [key, count] of confusions) {
    const [a, b] = [Math.floor(key / width), key % width];
    if (count < LEAST_CONFUSIONS || Math.min(counts[a], counts[b]) < LEAST_ROWS) continue;
    const pair = { a, b, aAsB: [], bAsA: [] };
    pairs.push(pair);
    for (const column of [a, b]) pairsOf.set(column, [...(pairsOf.get(column) ?? []), pair]);
  }
  for (const [n, row] of beliefs.rows.entries()) {
    const own = ownColumns(store, columns, row);
    for (const column of own) {
      for (const pair of pairsOf.get(column) ?? []) {
        const other = pair.a === column ? pair.b : pair.a;
        if (own.includes(other)) continue;
        const isWrong = beliefs.probabilities[n * width + other] > beliefs.probabilities[n * width + column];
        if (isWrong) (pair.a === column ? pair.aAsB : pair.bAsA).push(row);
      }
    }
  }
  for (const { a, b, aAsB, bAsA } of pairs) {
    const error = (aAsB.length / counts[a] + bAsA.length / counts[b]) / 2;
    if (error < LEAST_ERROR) continue;
    const [first, second] = [store.labels[beliefs.labels[a]], store.labels[beliefs.labels[b]]];
    const half = MOST_OTHERS / 2;
    const others = [...aAsB.slice(0, half), ...bAsA.slice(0, half)].map((row) => ({ row, inTest: false }));
    yield {
      kind: "inseparable-labels",
      row: null,
      score: Math.min(1, 2 * error),
      labels: [first, second],
      reason: `asked which of the two it is, models that did not see the row take ${aAsB.length} of ${counts[a]} rows of "${first}" for "${second}" and ${bAsA.length} of ${counts[b]} the other way round, ${percent(error)} on average where guessing gives 50 %: merge them, or say better what parts them`,
      suggestion: null,
      others,
      otherCount: aAsB.length + bAsA.length,
    };
  }
}

function ownColumns(store: TextStore, columns: Int32Array, row: number): number[] {
  return Array.from({ length: store.labelCount(row) }, (_, i) => columns[store.label(row, i)]);
}
