import { encodingProblem } from "./encoding.ts";
import { argmax, type Beliefs } from "./labelErrors.ts";
import type { NormalForm } from "./normalForm.ts";
import { type AuditKind, type Draft, percent, share } from "./report.ts";
import { SCRIPTS, scriptOf } from "./scripts.ts";
import { PAUSE_ROWS, type Pause, type TextStore } from "./textStore.ts";
import { WordCounts } from "./wordCounts.ts";

/** A text is over-long from so many times the median length on, and so many bytes. */
const LONG_TIMES = 20;
const LONG_BYTES = 2000;

/** Language by script: letters that a text must have, and rows of one script that make the data one of one script. */
const LEAST_LETTERS = 10;
const MAIN_SCRIPT = 0.9;
/** Language by words: the commonest words, how many words a text must have, and how many of them may be among the commonest. */
const COMMON_WORDS = 100;
const LEAST_WORDS = 10;
const MOST_COMMON = 0.1;
/** The share of the commonest words in a usual text that makes the data one of one language. */
const USUAL_COMMON = 0.2;
/** How many of a strange text's words are in hardly any other: one row in a thousand, or two. */
const RARE_ROWS = 0.001;
const LEAST_RARE = 0.6;
/** Where more rows are strange than this, or of one label, it is the data's nature. */
const MOST_STRANGE = 0.05;
const MOST_OF_LABEL = 0.3;
/** A row is an outlier when so many of its words, of so many at least, are in no other. */
const OUTLIER_WORDS = 4;
const OUTLIER_SHARE = 0.8;
/** Only where words of their own are not usual: texts without spaces, or data of a few rows, have little else. */
const USUAL_OWN = 0.3;
/** Models that are as sure as this, in comparison with the text in the middle, know what to make of it. */
const UNSURE = 0.75;
/** Rows without which words tell nothing. */
const LEAST_ROWS = 100;

/** What is known of each row's words and letters. */
interface Profile {
  /** (rows) */
  readonly words: Uint32Array;
  /** (rows) words among the commonest, in hardly any other row, and in no other. */
  readonly common: Uint32Array;
  readonly rare: Uint32Array;
  readonly own: Uint32Array;
  /** (rows) letters, the script that most of them have, and how many those are. */
  readonly letters: Uint32Array;
  readonly script: Uint8Array;
  readonly ofScript: Uint32Array;
}

/** What each text shows by itself or beside the others: empty, over-long, wrongly encoded, of another language, unlike all others. */
export async function findOddities(
  store: TextStore,
  form: NormalForm,
  wanted: ReadonlySet<AuditKind>,
  beliefs: Beliefs | null,
  notes: string[],
  pause: Pause,
): Promise<Draft[]> {
  const found: Draft[] = [];
  const sorted = Uint32Array.from({ length: store.count }, (_, row) => store.byteLength(row)).sort();
  const median = sorted.length === 0 ? 0 : sorted[sorted.length >> 1];
  for (let row = 0; row < store.count; row++) {
    if (row % PAUSE_ROWS === 0) await pause();
    // A blank line between others is no row.
    if (store.byteLength(row) === 0 && store.labelCount(row) === 0) continue;
    if (wanted.has("empty")) found.push(...emptiness(store, form, row));
    if (wanted.has("long")) found.push(...length(store, row, median));
    if (!wanted.has("encoding")) continue;
    const problem = encodingProblem(store.bytes(row), () => store.text(row));
    if (problem) found.push({ kind: "encoding", row, ...problem, suggestion: null, others: [] });
  }
  if (!wanted.has("language") && !wanted.has("outlier")) return found;
  const profile = await profileOf(store, form, pause);
  const strange = new Set<number>();
  if (wanted.has("language")) {
    for (const draft of [...otherScripts(store, profile, notes), ...otherLanguages(store, profile, notes)]) {
      if (strange.has(draft.row as number)) continue;
      strange.add(draft.row as number);
      found.push(draft);
    }
  }
  if (wanted.has("outlier")) {
    for (const draft of outliers(store, profile, beliefs, notes))
      if (!strange.has(draft.row as number)) found.push(draft);
  }
  return found;
}

function* emptiness(store: TextStore, form: NormalForm, row: number): Generator<Draft> {
  const length = form.read(store.bytes(row));
  if (length === 0) {
    const reason = store.byteLength(row) === 0 ? "the text is empty" : "the text is white space alone";
    yield { kind: "empty", row, score: 0.8, reason, suggestion: { action: "remove" }, others: [] };
  } else if (!form.hasContent()) {
    yield { kind: "empty", row, score: 0.4, reason: "the text has no letter or digit", suggestion: null, others: [] };
  }
}

function* length(store: TextStore, row: number, median: number): Generator<Draft> {
  const bytes = store.byteLength(row);
  if (bytes <= LONG_BYTES || bytes <= LONG_TIMES * median) return;
  const times = Math.round(bytes / Math.max(1, median));
  yield {
    kind: "long",
    row,
    score: 0.5 - (0.3 * LONG_TIMES) / times,
    reason: `has ${bytes} bytes, ${times} times as many as the text in the middle (${median}): perhaps several texts in one`,
    suggestion: null,
    others: [],
  };
}

async function profileOf(store: TextStore, form: NormalForm, pause: Pause): Promise<Profile> {
  const { count } = store;
  const counts = new WordCounts();
  const scratch: number[] = [];
  const numbers = () => new Uint32Array(count);
  const [words, common, rare, own, letters, ofScript] = Array.from({ length: 6 }, numbers);
  const script = new Uint8Array(count);
  const tally = new Uint32Array(SCRIPTS.length);
  for (let row = 0; row < count; row++) {
    if (row % PAUSE_ROWS === 0) await pause();
    form.read(store.bytes(row));
    words[row] = form.words(scratch);
    counts.add(scratch);
    tally.fill(0);
    form.eachLetter((code) => {
      tally[scriptOf(code)]++;
    });
    for (const [number, tallied] of tally.entries()) {
      letters[row] += tallied;
      if (tallied <= ofScript[row]) continue;
      ofScript[row] = tallied;
      script[row] = number;
    }
  }
  const commonest = counts.commonest(COMMON_WORDS);
  const few = Math.max(2, RARE_ROWS * count);
  for (let row = 0; row < count; row++) {
    if (row % PAUSE_ROWS === 0) await pause();
    form.read(store.bytes(row));
    form.words(scratch);
    for (const word of scratch) {
      const rows = counts.of(word);
      if (commonest.has(word)) common[row]++;
      if (rows <= few) rare[row]++;
      if (rows === 1) own[row]++;
    }
  }
  return { words, common, rare, own, letters, script, ofScript };
}

/** Rows that are strange, without those of labels that are so by nature, such as one for another language; none where too many are. */
function unlessUsual(
  store: TextStore,
  rows: readonly number[],
  isComparable: (row: number) => boolean,
  tooMany: () => void,
): number[] {
  const totals = new Uint32Array(store.labels.length);
  const strange = new Uint32Array(store.labels.length);
  let comparable = 0;
  for (let row = 0; row < store.count; row++) {
    if (!isComparable(row)) continue;
    comparable++;
    if (store.labelCount(row) > 0) totals[store.label(row)]++;
  }
  for (const row of rows) if (store.labelCount(row) > 0) strange[store.label(row)]++;
  const left = rows.filter((row) => {
    if (store.labelCount(row) === 0) return true;
    const label = store.label(row);
    return totals[label] < LEAST_LETTERS || strange[label] <= MOST_OF_LABEL * totals[label];
  });
  if (left.length <= MOST_STRANGE * comparable) return left;
  tooMany();
  return [];
}

function* otherScripts(store: TextStore, profile: Profile, notes: string[]): Generator<Draft> {
  const { letters, script, ofScript } = profile;
  const has = (row: number): boolean => letters[row] >= LEAST_LETTERS;
  const rows = new Uint32Array(SCRIPTS.length);
  let total = 0;
  for (let row = 0; row < store.count; row++) {
    if (!has(row)) continue;
    rows[script[row]]++;
    total++;
  }
  if (total < LEAST_ROWS) return;
  const main = rows.indexOf(Math.max(...rows));
  if (rows[main] < MAIN_SCRIPT * total) {
    notes.push(
      `scripts were not compared: only ${percent(rows[main] / total)} of the texts are in one (${SCRIPTS[main]})`,
    );
    return;
  }
  const strange: number[] = [];
  for (let row = 0; row < store.count; row++) if (has(row) && script[row] !== main) strange.push(row);
  for (const row of unlessUsual(store, strange, has, () => {})) {
    yield {
      kind: "language",
      row,
      score: 0.7 * (ofScript[row] / letters[row]),
      reason: `${percent(ofScript[row] / letters[row])} of its letters are ${SCRIPTS[script[row]]}; ${percent(rows[main] / total)} of the texts are ${SCRIPTS[main]}`,
      suggestion: null,
      others: [],
    };
  }
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b);
  return values.length === 0 ? 0 : values[values.length >> 1];
}

function* otherLanguages(store: TextStore, profile: Profile, notes: string[]): Generator<Draft> {
  const { words, common, rare } = profile;
  const has = (row: number): boolean => words[row] >= LEAST_WORDS;
  const shares: number[] = [];
  const strange: number[] = [];
  for (let row = 0; row < store.count; row++) {
    if (!has(row)) continue;
    shares.push(common[row] / words[row]);
    if (common[row] <= MOST_COMMON * words[row] && rare[row] >= LEAST_RARE * words[row]) strange.push(row);
  }
  if (shares.length < LEAST_ROWS) return;
  const usual = medianOf(shares);
  const several = (): void => {
    notes.push("languages were not compared by words: the texts seem to be in several, or have few words in common");
  };
  if (usual < USUAL_COMMON) {
    several();
    return;
  }
  for (const row of unlessUsual(store, strange, has, several)) {
    yield {
      kind: "language",
      row,
      score: 0.55 * (rare[row] / words[row]),
      reason: `${common[row]} of its ${words[row]} words are among the ${COMMON_WORDS} commonest, where ${percent(usual)} are usual, and ${rare[row]} are in hardly any other text: another language, or no text`,
      suggestion: null,
      others: [],
    };
  }
}

/** Texts of words that no other has; where models were asked, only those of which they are unsure. */
function* outliers(
  store: TextStore,
  { words, own, common }: Profile,
  beliefs: Beliefs | null,
  notes: string[],
): Generator<Draft> {
  const shares: number[] = [];
  const commonShares: number[] = [];
  for (let row = 0; row < store.count; row++) {
    if (words[row] < OUTLIER_WORDS) continue;
    shares.push(own[row] / words[row]);
    commonShares.push(common[row] / words[row]);
  }
  if (shares.length < LEAST_ROWS) return;
  const usual = medianOf(shares);
  if (usual > USUAL_OWN || medianOf(commonShares) < USUAL_COMMON) {
    notes.push("outliers were not looked for: the texts have few words in common");
    return;
  }
  const sure = new Map<number, number>();
  if (beliefs) {
    const width = beliefs.labels.length;
    for (const [n, row] of beliefs.rows.entries()) {
      const likely = beliefs.probabilities.subarray(n * width, (n + 1) * width);
      sure.set(row, likely[argmax(likely)]);
    }
  }
  const middle = medianOf([...sure.values()]);
  for (let row = 0; row < store.count; row++) {
    if (words[row] < OUTLIER_WORDS || own[row] < OUTLIER_SHARE * words[row]) continue;
    const belief = sure.get(row);
    if (belief !== undefined && belief > UNSURE * middle) continue;
    const models =
      belief === undefined
        ? ""
        : `, and models that did not see it give no label more than ${share(belief)}, where ${share(middle)} is usual`;
    yield {
      kind: "outlier",
      row,
      score: 0.5 * (own[row] / words[row]),
      reason: `${own[row]} of its ${words[row]} words are in no other text${models}`,
      suggestion: null,
      others: [],
    };
  }
}
