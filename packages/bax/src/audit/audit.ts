import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { Heap } from "../kernels/index.ts";
import { checkOptions, type TrainingProgress } from "../training/index.ts";
import { turn } from "../turn.ts";
import { findLeaks, groupNear } from "./duplicates.ts";
import { inseparableLabels } from "./inseparable.ts";
import { type Beliefs, believe, labelErrors } from "./labelErrors.ts";
import { NormalForm } from "./normalForm.ts";
import { findOddities } from "./oddities.ts";
import { type AuditOptions, type AuditPlan, type AuditProgress, planOf } from "./options.ts";
import { leaks, nearRepeats, repeats } from "./repeats.ts";
import {
  AUDIT_KINDS,
  type Audit,
  type AuditFinding,
  type AuditKind,
  type Draft,
  type LabelErrorSummary,
} from "./report.ts";
import { BANDS } from "./shingles.ts";
import { TextIndex } from "./textIndex.ts";
import { readStore, TextStore } from "./textStore.ts";

/** Of a finding's text. */
const MOST_CHARACTERS = 1000;
const LEARNT: readonly AuditKind[] = ["label-error", "inseparable-labels"];
const COMPARED: readonly AuditKind[] = ["duplicate", "near-duplicate", "conflict", "leak"];
const LOOKED_AT: readonly AuditKind[] = ["empty", "long", "language", "encoding", "outlier"];

/** What `audit` does (index.ts). */
export async function audit(examples: Examples, options: AuditOptions = {}): Promise<Audit> {
  const plan = planOf(options);
  checkOptions({ ...options.training });
  const began = performance.now();
  const report = (stage: AuditProgress["stage"], fraction: number, rows: number): void =>
    options.onProgress?.({ stage, fraction, rows });
  const pause = async (): Promise<void> => {
    await turn();
    if (options.signal?.aborted) throw stopped();
  };
  const reading = async (rows: number): Promise<void> => {
    report("read", 0, rows);
    await pause();
  };
  const store = await readStore(examples, new TextStore(), reading);
  if (store.count === 0) {
    throw new BaxError("data", "training data: there are no examples", "Give labelled text.");
  }
  const test = options.test ? await readStore(options.test, new TextStore(store), reading) : null;
  const notes: string[] = [];
  const drafts: Draft[] = [];
  const hasSome = (kinds: readonly AuditKind[]): boolean => kinds.some((kind) => plan.wanted.has(kind));
  const comparing = async (fraction: number): Promise<void> => {
    report("compare", fraction, store.count);
    await pause();
  };
  if (hasSome(COMPARED)) for await (const draft of compare(store, test, plan, comparing)) drafts.push(draft);

  let beliefs: Beliefs | null = null;
  let summary: LabelErrorSummary | null = null;
  if (hasSome(LEARNT)) {
    const onProgress = ({ phase, fraction }: TrainingProgress): void =>
      report("learn", phase === "read" ? 0 : fraction, store.count);
    const hooks = { onProgress, signal: options.signal };
    const { folds, sample } = plan;
    beliefs = await believe(store, { folds, sample, choices: options.training ?? {}, hooks }, notes).catch((error) => {
      // Training would say of itself that it was stopped.
      throw options.signal?.aborted ? stopped() : error;
    });
    if (beliefs && plan.wanted.has("label-error")) {
      const found = labelErrors(store, beliefs, folds, notes);
      for (const draft of found.drafts) drafts.push(draft);
      summary = found.summary;
    }
    if (beliefs && plan.wanted.has("inseparable-labels")) drafts.push(...inseparableLabels(store, beliefs));
  }
  if (hasSome(LOOKED_AT)) {
    const form = new NormalForm(new Heap(false));
    const looking = async (): Promise<void> => {
      report("look", 0, store.count);
      await pause();
    };
    for (const draft of await findOddities(store, form, plan.wanted, beliefs, notes, looking)) drafts.push(draft);
  }
  const findings = rank(store, drafts);
  const checks = AUDIT_KINDS.filter((kind) => plan.wanted.has(kind));
  const counts: Partial<Record<AuditKind, number>> = {};
  for (const kind of checks) counts[kind] = 0;
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return {
    rows: store.count,
    testRows: test?.count ?? null,
    labels: [...store.labels],
    checks,
    counts,
    findings,
    labelErrors: summary,
    notes,
    seconds: (performance.now() - began) / 1000,
  };
}

function stopped(): BaxError {
  return new BaxError("aborted", "the audit was stopped", "Run it again.");
}

/** Repeats among the texts, and of the test data. */
async function* compare(
  store: TextStore,
  test: TextStore | null,
  { wanted, similarity }: AuditPlan,
  progress: (fraction: number) => Promise<void>,
): AsyncGenerator<Draft> {
  const heap = new Heap(false);
  const near = wanted.has("near-duplicate");
  // A leak that is nearly the same text does as much harm.
  const leaky = wanted.has("leak") && test !== null;
  const total = store.count + (leaky ? test.count : 0);
  // Reading is about half of the work, and each band as much as another.
  let done = 0;
  const bands = (near ? BANDS : 0) + (leaky ? BANDS : 0);
  const banded = (): Promise<void> => progress(0.5 + (0.5 * ++done) / Math.max(1, bands));
  const index = await TextIndex.of(store, heap, near || leaky, (rows) => progress((0.5 * rows) / total));
  yield* repeats(index, wanted);
  if (near) yield* nearRepeats(index, await groupNear(index, similarity, banded));
  if (leaky) {
    const reading = (rows: number): Promise<void> => progress((0.5 * (store.count + rows)) / total);
    const other = await TextIndex.of(test, heap, true, reading);
    yield* leaks(index, other, await findLeaks(index, other, similarity, banded));
    other.release();
  }
  index.release();
}

/** Best first; equals by kind, as `AUDIT_KINDS` has them, then by row. */
function rank(store: TextStore, drafts: readonly Draft[]): AuditFinding[] {
  const order = new Map(AUDIT_KINDS.map((kind, n) => [kind, n]));
  const orderOf = ({ kind }: Draft): number => order.get(kind) ?? 0;
  const ranked = [...drafts].sort(
    (a, b) => b.score - a.score || orderOf(a) - orderOf(b) || (a.row ?? -1) - (b.row ?? -1),
  );
  return ranked.map(({ kind, row, score, reason, labels, suggestion, others, otherCount }, n) => ({
    rank: n + 1,
    kind,
    row,
    score,
    reason,
    text: row === null ? null : cut(store, row),
    labels: labels ?? (row === null ? [] : store.labelNames(row)),
    suggestion,
    others,
    otherCount: otherCount ?? others.length,
  }));
}

function cut(store: TextStore, row: number): string {
  const text = store.text(row);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
