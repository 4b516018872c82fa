import { BaxError } from "../errors.ts";
import { Random } from "../math/random.ts";
import { detectPlatform } from "../platform/index.ts";
import { crossValidate, type OutOfFold, type TrainingChoices, type TrainingHooks } from "../training/index.ts";
import { type Draft, type LabelErrorSummary, quoted, share } from "./report.ts";
import type { TextStore } from "./textStore.ts";

/** Numbers that the table of probabilities may have: 400 MB. Of more rows a sample is looked at. */
const MOST_PROBABILITIES = 1e8;
/** A label is listed where the likeliest other one is so many times as likely, and something is done from the second number on. */
const LISTED = 3;
const ACTED = 6;
/** The other label takes the place of the own one where it is so many times as likely. */
const RELABELLED = 20;
/** Of a label with fewer rows models know too little to doubt it. */
const LEAST_LABEL_ROWS = 5;
/** A label among several goes where models give it so small a part of its share: labels that are rare and right have little, too. */
const SEVERAL_ACTED = 100;
/** Something is done about at most so many times the rows that confident learning holds for wrong. */
const ACTED_TIMES = 1.5;
/**
 * Of rows with several labels: one that is missing is listed from this share on of what a label that is there should have, if all of the
 * row's own have this share at least. Its score is lower, since texts may be about more than they are labelled for.
 */
const MISSING = 0.7;
const BELIEVED = 0.5;
const MISSING_SCORE = 0.6;
/** The least part of its weight that a row keeps in the second round: what is dropped for good can never be found to be right. */
const LEAST_WEIGHT = 0.01;

/** What models that had not seen a row say of it. */
export interface Beliefs {
  /** Numbers of labels in the store that the models know, in the order of the columns. */
  readonly labels: readonly number[];
  /** (rows) numbers of rows in the store. */
  readonly rows: Uint32Array;
  /** (rows, labels). */
  readonly probabilities: Float32Array;
  /** Whether rows have several labels. */
  readonly isMultiLabel: boolean;
  /** Whether each label has a probability by itself (one-vs-all), instead of all of them together 1. */
  readonly isIndependent: boolean;
}

/** What is asked of cross-validation. */
export interface BeliefPlan {
  readonly folds: number;
  readonly sample: number;
  readonly choices: TrainingChoices;
  readonly hooks: TrainingHooks;
}

/** Which rows are looked at: those with a label, or a sample of them. */
function chooseRows(store: TextStore, plan: BeliefPlan, notes: string[]): Uint32Array {
  const counts = new Uint32Array(store.labels.length);
  const labelled: number[] = [];
  for (let row = 0; row < store.count; row++) {
    const count = store.labelCount(row);
    for (let n = 0; n < count; n++) counts[store.label(row, n)]++;
    if (count > 0 && store.weight(row) > 0) labelled.push(row);
  }
  const known = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  const most = Math.min(plan.sample, Math.floor(MOST_PROBABILITIES / Math.max(1, known)));
  const rows = Uint32Array.from(labelled);
  if (rows.length <= most) return rows;
  const sample = new Random(plan.choices.seed ?? 1).shuffle(rows).slice(0, most).sort();
  notes.push(
    `label errors were looked for in ${most} of ${rows.length} rows, drawn at random: more would take long or much memory`,
  );
  return sample;
}

/**
 * Cross-validates twice. In the second round each row counts by how far the models of the first believed its label: p(own) / p(likeliest),
 * so that wrong labels mislead the models less. Null, with a note, where there is too little to learn from.
 */
export async function believe(store: TextStore, plan: BeliefPlan, notes: string[]): Promise<Beliefs | null> {
  const rows = chooseRows(store, plan, notes);
  const isMultiLabel = rows.some((row) => store.labelCount(row) > 1);
  const different = new Set<number>();
  for (const row of rows) different.add(store.label(row));
  if (different.size < 2 || rows.length < 2 * plan.folds) {
    const what = different.size < 2 ? "fewer than two labels" : `${rows.length} labelled rows for ${plan.folds} folds`;
    notes.push(`label errors were not looked for: the data have ${what}`);
    return null;
  }
  const { choices } = plan;
  const isIndependent = choices.loss === "ova" || choices.loss === "ns";
  const numbers = new Map(store.labels.map((label, number) => [label, number]));
  const round = async (factors: Float64Array | null): Promise<Beliefs> => {
    function* examples() {
      for (const [n, row] of rows.entries()) yield store.example(row, factors ? factors[n] : 1);
    }
    const { folds } = plan;
    const inputs = { examples: examples() };
    const found = await crossValidate(
      inputs,
      choices,
      { folds, keepProbabilities: true },
      plan.hooks,
      detectPlatform(),
    );
    return { ...columnsOf(found.outOfFold as OutOfFold, rows, numbers), isMultiLabel, isIndependent };
  };
  try {
    const first = await round(null);
    return await round(trust(store, first));
  } catch (error) {
    // Too few texts for the folds, or none with a feature: the other checks go on.
    if (!(error instanceof BaxError && error.code === "data")) throw error;
    notes.push(`label errors were not looked for: ${error.message.replace(/^training data: /, "")}`);
    return null;
  }
}

function columnsOf(
  { labels, examples, probabilities }: OutOfFold,
  rows: Uint32Array,
  numbers: ReadonlyMap<string, number>,
): Pick<Beliefs, "labels" | "rows" | "probabilities"> {
  return {
    labels: labels.map((label) => numbers.get(label) as number),
    rows: examples.map((example) => rows[example]),
    probabilities,
  };
}

/** (rows) how far the models believe a row's labels, in comparison with the likeliest: from 0 to 1. */
function trust(store: TextStore, beliefs: Beliefs): Float64Array {
  const columns = columnNumbers(store, beliefs);
  const width = beliefs.labels.length;
  return Float64Array.from(beliefs.rows, (row, n) => {
    const likely = beliefs.probabilities.subarray(n * width, (n + 1) * width);
    let best = 0;
    for (const p of likely) if (p > best) best = p;
    let own = Number.POSITIVE_INFINITY;
    const count = store.labelCount(row);
    for (let i = 0; i < count; i++) own = Math.min(own, likely[columns[store.label(row, i)]]);
    return best > 0 ? Math.max(LEAST_WEIGHT, own / best) : 1;
  });
}

/** (labels of the store) the column of each, or −1. */
export function columnNumbers(store: TextStore, { labels }: Beliefs): Int32Array {
  const columns = new Int32Array(store.labels.length).fill(-1);
  for (const [column, label] of labels.entries()) columns[label] = column;
  return columns;
}

/**
 * The thresholds of confident learning: for each label the mean of its probability over the rows that have it (Northcutt, Jiang and
 * Chuang 2021, equation 2), 1 for a label without rows; and how many those are.
 */
function thresholds(
  store: TextStore,
  beliefs: Beliefs,
  columns: Int32Array,
): { means: Float64Array; counts: Float64Array } {
  const width = beliefs.labels.length;
  const sums = new Float64Array(width);
  const counts = new Float64Array(width);
  for (const [n, row] of beliefs.rows.entries()) {
    const count = store.labelCount(row);
    for (let i = 0; i < count; i++) {
      const column = columns[store.label(row, i)];
      sums[column] += beliefs.probabilities[n * width + column];
      counts[column]++;
    }
  }
  return { means: sums.map((sum, column) => (counts[column] > 0 ? sum / counts[column] : 1)), counts };
}

/**
 * Rows whose label is likely wrong, and how many of them there are by confident learning. What to do is suggested for the first so many of
 * them, and half as many again: in good data even a label that models do not believe is right as a rule.
 */
export function labelErrors(
  store: TextStore,
  beliefs: Beliefs,
  folds: number,
  notes: string[],
): { drafts: Draft[]; summary: LabelErrorSummary } {
  const columns = columnNumbers(store, beliefs);
  const { means, counts } = thresholds(store, beliefs, columns);
  const width = beliefs.labels.length;
  let agreeing = 0;
  let unjudged = 0;
  let estimate = 0;
  const drafts: Draft[] = [];
  for (const [n, row] of beliefs.rows.entries()) {
    const likely = beliefs.probabilities.subarray(n * width, (n + 1) * width);
    const own = Array.from({ length: store.labelCount(row) }, (_, i) => columns[store.label(row, i)]);
    const best = argmax(likely);
    if (own.includes(best)) agreeing++;
    const judged = own.filter((column) => counts[column] >= LEAST_LABEL_ROWS);
    if (judged.length === 0) {
      unjudged++;
      continue;
    }
    const missing = beliefs.isMultiLabel ? missingLabel(store, beliefs, likely, own) : null;
    const verdict =
      missing ??
      (own.length > 1
        ? severalLabels(store, beliefs, likely, own, judged)
        : oneLabel(store, beliefs, likely, own[0], best, means));
    if (!verdict) continue;
    if (verdict.isConfident) estimate++;
    if (verdict.isListed) drafts.push({ kind: "label-error", row, others: [], ...verdict.draft });
  }
  if (unjudged > 0) {
    notes.push(
      `label errors were not looked for in ${unjudged} rows whose label has fewer than ${LEAST_LABEL_ROWS} rows: models cannot know it`,
    );
  }
  drafts.sort((a, b) => b.score - a.score || (a.row as number) - (b.row as number));
  const acted = Math.ceil(ACTED_TIMES * estimate);
  return {
    drafts: drafts.map((draft, n) => (n < acted ? draft : { ...draft, suggestion: null })),
    summary: { rows: beliefs.rows.length, folds, agreement: agreeing / Math.max(1, beliefs.rows.length), estimate },
  };
}

interface Verdict {
  readonly isListed: boolean;
  /** Whether confident learning, or its like for several labels, counts the label as wrong. */
  readonly isConfident: boolean;
  readonly draft: Pick<Draft, "score" | "reason" | "suggestion">;
}

/**
 * Ranked by self-confidence, 1 − p(own). Where the other label reaches its threshold and is far likelier it takes the place; else the row is
 * better left out.
 */
function oneLabel(
  store: TextStore,
  { labels }: Beliefs,
  likely: Float32Array,
  own: number,
  best: number,
  means: Float64Array,
): Verdict | null {
  if (own === best) return null;
  const [mine, other] = [likely[own], likely[best]];
  const [name, label] = [store.labels[labels[own]], store.labels[labels[best]]];
  const isConfident = other >= means[best];
  const isSure = isConfident && other >= RELABELLED * mine;
  const suggestion = isSure ? { action: "relabel" as const, labels: [label] } : { action: "remove" as const };
  return {
    isListed: other >= LISTED * mine,
    isConfident,
    draft: {
      score: 1 - mine,
      reason: `labelled "${name}", but models that did not see it say "${label}" with ${share(other)} and "${name}" with ${share(mine)}`,
      suggestion: other >= ACTED * mine ? suggestion : null,
    },
  };
}

/** A row with several labels is as doubtful as its worst: of m labels each should have the probability 1/m. */
function severalLabels(
  store: TextStore,
  { labels, isIndependent }: Beliefs,
  likely: Float32Array,
  own: readonly number[],
  judged: readonly number[],
): Verdict {
  let worst = judged[0];
  for (const column of judged) if (likely[column] < likely[worst]) worst = column;
  const belief = Math.min(1, (isIndependent ? 1 : own.length) * likely[worst]);
  const names = own.map((column) => store.labels[labels[column]]);
  const name = store.labels[labels[worst]];
  const left = names.filter((one) => one !== name);
  return {
    isListed: belief <= 1 / LISTED,
    isConfident: belief <= 2 / SEVERAL_ACTED,
    draft: {
      score: 1 - belief,
      reason: `labelled ${quoted(names)}, but models that did not see it say "${name}" with ${share(likely[worst])}`,
      suggestion: belief <= 1 / SEVERAL_ACTED ? { action: "relabel", labels: left } : null,
    },
  };
}

/** A label that a row lacks though models give it as much as those that it has; only in data of several labels, for a person to judge. */
function missingLabel(
  store: TextStore,
  { labels, isIndependent }: Beliefs,
  likely: Float32Array,
  own: readonly number[],
): Verdict | null {
  let [most, worst] = [-1, own[0]];
  for (const column of own) if (likely[column] < likely[worst]) worst = column;
  for (let column = 0; column < likely.length; column++) {
    if (!own.includes(column) && (most < 0 || likely[column] > likely[most])) most = column;
  }
  if (most < 0) return null;
  const [before, after] = isIndependent ? [1, 1] : [own.length, own.length + 1];
  const lack = Math.min(1, after * likely[most]);
  if (lack < MISSING || before * likely[worst] < BELIEVED) return null;
  const names = own.map((column) => store.labels[labels[column]]);
  return {
    isListed: true,
    isConfident: false,
    draft: {
      score: MISSING_SCORE * lack,
      reason: `labelled ${quoted(names)}, but models that did not see it say "${store.labels[labels[most]]}" as well, with ${share(likely[most])}`,
      suggestion: null,
    },
  };
}

/** The first of the largest. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let n = 1; n < values.length; n++) if (values[n] > values[best]) best = n;
  return best;
}
