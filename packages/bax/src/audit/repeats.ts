import type { Leaks, NearGroups } from "./duplicates.ts";
import { type AuditKind, type AuditRow, type Draft, MOST_OTHERS, quoted, share } from "./report.ts";
import type { TextIndex } from "./textIndex.ts";
import type { TextStore } from "./textStore.ts";

/** Scores: how sure and how bad. A leak makes a measurement worthless, a repeat only costs time. */
const LEAK = 1;
const CONFLICT = 0.95;
const TIE = 0.85;
const DUPLICATE = 0.5;
const NEAR_DUPLICATE = 0.4;

function here(rows: readonly number[]): AuditRow[] {
  return rows.slice(0, MOST_OTHERS).map((row) => ({ row, inTest: false }));
}

/** A few rows of a group besides two of them. */
function firstOthers(rows: readonly number[], row: number, other: number): number[] {
  const found: number[] = [];
  for (const one of rows) {
    if (one === row || one === other) continue;
    if (found.push(one) === MOST_OTHERS) break;
  }
  return found;
}

/** Rows of the same text, for every text that is there more than once. */
function* repeatedTexts({ leader }: TextIndex): Generator<number[]> {
  const groups = new Map<number, number[]>();
  for (const [row, first] of leader.entries()) {
    if (first < 0 || first === row) continue;
    const group = groups.get(first);
    if (group) group.push(row);
    else groups.set(first, [first, row]);
  }
  yield* groups.values();
}

/** Rows of one text that have the same labels. */
type Kind = readonly number[];

/** The rows of a text by their labels, the most frequent first; among equals the one that comes first in the data. */
function byLabels(store: TextStore, rows: readonly number[]): Kind[] {
  const kinds: number[][] = [];
  for (const row of rows) {
    const known = kinds.find(([first]) => store.sameLabels(row, first));
    if (known) known.push(row);
    else kinds.push([row]);
  }
  return kinds.sort((a, b) => b.length - a.length || a[0] - b[0]);
}

/** How another row has the text: the very same bytes or not. */
function sameness(index: TextIndex, row: number, other: number, of: TextIndex = index): string {
  return index.isIdentical(row, of, other) ? "the same text" : "the same text but for case, spacing and punctuation";
}

/** Duplicates, which should go but for one, and conflicts, where the same text has other labels. */
export function* repeats(index: TextIndex, wanted: ReadonlySet<AuditKind>): Generator<Draft> {
  const { store } = index;
  for (const rows of repeatedTexts(index)) {
    const kinds = byLabels(store, rows);
    if (wanted.has("conflict")) yield* conflicts(store, kinds, wanted.has("duplicate"));
    if (!wanted.has("duplicate")) continue;
    for (const [first, ...more] of kinds) {
      for (const row of more) {
        const others = [first, ...firstOthers(rows, row, first)];
        yield {
          kind: "duplicate",
          row,
          score: DUPLICATE,
          reason: `${sameness(index, row, first)} as in another row${rows.length > 2 ? `, ${rows.length} times in all` : ""}`,
          suggestion: { action: "remove" },
          others: here(others),
          otherCount: rows.length - 1,
        };
      }
    }
  }
}

/** `remove`: a row that loses its vote goes, since with other labels it would be a duplicate. */
function* conflicts(store: TextStore, kinds: readonly Kind[], remove: boolean): Generator<Draft> {
  const labelled = kinds.filter(([row]) => store.labelCount(row) > 0);
  if (labelled.length < 2) return;
  const [most, second] = labelled;
  const isTie = most.length === second.length;
  const labels = store.labelNames(most[0]);
  const total = labelled.reduce((sum, kind) => sum + kind.length, 0);
  for (const kind of labelled) {
    if (kind === most && !isTie) continue;
    const target = kind === most ? second : most;
    const others = labelled.filter((other) => other !== kind).flatMap((other) => other.slice(0, MOST_OTHERS));
    const names = `${quoted(store.labelNames(kind[0]))} here and ${quoted(store.labelNames(target[0]))}`;
    const reason = isTie
      ? `the same text is labelled ${names} in another row`
      : `the same text is labelled ${names} in ${most.length} of ${total} rows`;
    for (const row of kind) {
      yield {
        kind: "conflict",
        row,
        score: isTie ? TIE : CONFLICT,
        reason,
        suggestion: isTie ? null : remove ? { action: "remove" } : { action: "relabel", labels },
        others: here(others),
        otherCount: total - kind.length,
      };
    }
  }
}

/** Texts that are nearly the same; where their labels differ a person has to look, since the difference may be what matters. */
export function* nearRepeats(index: TextIndex, { group, partner, similarity }: NearGroups): Generator<Draft> {
  const { store } = index;
  const members = new Map<number, number[]>();
  for (const [row, first] of group.entries()) {
    if (index.leader[row] !== row || first === row) continue;
    const known = members.get(first);
    if (known) known.push(row);
    else members.set(first, [first, row]);
  }
  for (const rows of members.values()) {
    for (const row of rows) {
      const other = partner[row];
      if (other < 0) continue;
      const agrees = store.sameLabels(row, other);
      const rest = [other, ...firstOthers(rows, row, other)];
      const labels = agrees
        ? ""
        : `, but labelled ${quoted(store.labelNames(row))} here and ${quoted(store.labelNames(other))} there`;
      yield {
        kind: "near-duplicate",
        row,
        score: NEAR_DUPLICATE * similarity[row],
        reason: `nearly the same text as another row (${share(similarity[row])} of their runs of 5 characters in common)${labels}`,
        suggestion: agrees ? { action: "remove" } : null,
        others: here(rest),
        otherCount: rows.length - 1,
      };
    }
  }
}

/** Rows whose text is in the test data: whoever learns from them and measures there measures memory. */
export function* leaks(index: TextIndex, test: TextIndex, found: Leaks): Generator<Draft> {
  const { store } = index;
  for (const [row, first] of index.leader.entries()) {
    if (first < 0 || found.row[first] < 0) continue;
    const other = found.row[first];
    const alike = found.similarity[first];
    const what =
      alike === 1
        ? `${sameness(index, row, other, test)} is in the test data`
        : `nearly the same text is in the test data (${share(alike)} of their runs of 5 characters in common)`;
    const labels = store.sameLabels(row, other, test.store)
      ? ""
      : `, labelled ${quoted(test.store.labelNames(other))} there`;
    yield {
      kind: "leak",
      row,
      score: LEAK * alike,
      reason: `${what}${labels}`,
      suggestion: { action: "remove" },
      others: [{ row: other, inTest: true }],
    };
  }
}
