import { describe, expect, test } from "vitest";
import type { Example } from "../index.ts";
import { inseparableLabels } from "./inseparable.ts";
import { type Beliefs, labelErrors } from "./labelErrors.ts";
import { readStore, TextStore } from "./textStore.ts";

type Row = [labels: string[], probabilities: number[]];

/** A store of rows with these labels, and what models are made to say of them; columns are a, b, c. */
async function believed(rows: readonly Row[], isMultiLabel = false): Promise<{ store: TextStore; beliefs: Beliefs }> {
  // One row each that settles the order of labels, and is not looked at.
  const first = ["a", "b", "c"].map((label): Example => ({ text: "x", label }));
  const examples = rows.map(([labels]): Example => ({ text: "x", labels }));
  const store = await readStore([...first, ...examples], new TextStore(), async () => {});
  const beliefs = {
    labels: [0, 1, 2],
    rows: Uint32Array.from(rows, (_, n) => n + 3),
    probabilities: Float32Array.from(rows.flatMap(([, probabilities]) => probabilities)),
    isMultiLabel,
    isIndependent: false,
  };
  return { store, beliefs };
}

const many = (count: number, row: Row): Row[] => Array.from({ length: count }, () => row);

describe("label errors", () => {
  test("are ranked by 1 − p(own); far likelier labels take the place, others leave the row out or only list it", async () => {
    const { store, beliefs } = await believed([
      ...many(20, [["a"], [0.8, 0.1, 0.1]]),
      ...many(20, [["b"], [0.1, 0.8, 0.1]]),
      [["a"], [0.01, 0.97, 0.02]], // 23 + 20: b is 97 times as likely, and above its mean
      [["a"], [0.08, 0.84, 0.08]], // 10 times, above the mean
      [["b"], [0.5, 0.03, 0.47]], // below the mean of a
      [["a"], [0.2, 0.7, 0.1]], // 3.5 times
      [["a"], [0.35, 0.45, 0.2]], // less than 3 times
    ]);
    const { drafts, summary } = labelErrors(store, beliefs, 5, []);
    expect(drafts.map(({ row, suggestion }) => [row, suggestion])).toEqual([
      [43, { action: "relabel", labels: ["b"] }],
      [45, { action: "remove" }],
      [44, { action: "remove" }],
      [46, null],
    ]);
    expect(drafts[0].score).toBeCloseTo(0.99, 6);
    expect(drafts[0].reason).toBe('labelled "a", but models that did not see it say "b" with 0.97 and "a" with 0.01');
    expect(summary).toMatchObject({ rows: 45, folds: 5, estimate: 2 });
    expect(summary.agreement).toBeCloseTo(40 / 45, 12);
  });

  test("nothing is done about more than one and a half times what confident learning counts", async () => {
    const { store, beliefs } = await believed([
      ...many(20, [["a"], [0.99, 0.005, 0.005]]),
      ...many(20, [["b"], [0.005, 0.99, 0.005]]),
      ...many(10, [["c"], [0.7, 0.1, 0.05]]), // doubted, but a is far below its mean
    ]);
    const { drafts, summary } = labelErrors(store, beliefs, 5, []);
    expect(summary.estimate).toBe(0);
    expect(drafts).toHaveLength(10);
    expect(new Set(drafts.map(({ suggestion }) => suggestion))).toEqual(new Set([null]));
  });

  test("a label with fewer than five rows is not doubted, and a note says so", async () => {
    const { store, beliefs } = await believed([
      ...many(20, [["a"], [0.9, 0.05, 0.05]]),
      ...many(4, [["c"], [0.99, 0.005, 0.005]]),
    ]);
    const notes: string[] = [];
    expect(labelErrors(store, beliefs, 5, notes).drafts).toEqual([]);
    expect(notes.join()).toMatch(/in 4 rows whose label has fewer than 5 rows/);
  });

  test("of several labels the worst counts, as a share of what it should have; one that is missing is named", async () => {
    const { store, beliefs } = await believed(
      [
        ...many(10, [
          ["a", "b"],
          [0.5, 0.45, 0.05],
        ]),
        [
          ["a", "c"],
          [0.7, 0.298, 0.002],
        ],
        [
          ["a", "b"],
          [0.96, 0.02, 0.02],
        ],
        [["a"], [0.52, 0.47, 0.01]],
        ...many(5, [["c"], [0.1, 0.1, 0.8]]),
      ],
      true,
    );
    const { drafts } = labelErrors(store, beliefs, 5, []);
    expect(drafts.map(({ row, suggestion }) => [row, suggestion])).toEqual([
      [13, { action: "relabel", labels: ["a"] }],
      [14, null],
      [15, null],
    ]);
    expect(drafts[0].score).toBeCloseTo(1 - 2 * 0.002, 6);
    expect(drafts[2].reason).toMatch(/say "b" as well, with 0.47/);
  });
});

describe("labels that never separate", () => {
  test("are those of which 30 % of the rows are taken for each other, both labels counting the same", async () => {
    const rows = (wrong: number): Row[] => [
      ...many(100 - wrong, [["a"], [0.5, 0.4, 0.1]]),
      ...many(wrong, [["a"], [0.4, 0.5, 0.1]]),
      ...many(20, [["b"], [0.2, 0.7, 0.1]]),
      ...many(10, [["c"], [0.1, 0.1, 0.8]]),
    ];
    const clear = await believed(rows(58));
    expect([...inseparableLabels(clear.store, clear.beliefs)]).toEqual([]);
    const blurred = await believed(rows(62));
    const [found, ...more] = inseparableLabels(blurred.store, blurred.beliefs);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "inseparable-labels", row: null, labels: ["a", "b"], otherCount: 62 });
    expect(found.score).toBeCloseTo(0.62, 12);
    expect(found.reason).toMatch(/take 62 of 100 rows of "a" for "b" and 0 of 20 the other way round, 31 % on average/);
  });
});
