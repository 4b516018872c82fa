// Does `bax audit` find labels that were flipped, win back what they cost, and find planted duplicates and leaks; and how fast on a million rows?
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { findCorpus } from "./corpus.mjs";
import { progress, runOnce, scratchFolder } from "./measure.mjs";
import { bax, cache, shared } from "./places.mjs";
import { number, publish, table } from "./report.mjs";

const SETS = ["banking77", "ag-news-subset", "snips"];
/** What the copy does to text that is good as it is: these as well. */
const MORE_SETS = ["sms-spam", "subj", "sst2", "reuters-r8"];
const SEEDS = [1, 2, 3];
const FLIPPED = 0.1;
/** Asked for. */
const LEAST_PRECISION = 0.75;
const LEAST_WON = 0.5;
const LEAST_RECALL = 0.99;
const MOST_SECONDS = 120;
const MOST_MEGABYTES = 2048;

/** Of each kind of planted row. */
const PLANTED = 300;
/** Characters of a text in which one word may change, and letters of the words: the rest is more than 0.8 of it. */
const LONG = 150;
const SHORT_WORD = 8;
const ROWS = 1_000_000;
/** Of the million rows, so many are repeats. */
const REPEATS = 10_000;

/** Whole numbers below n, from a seed (Marsaglia's xorshift). */
function dice(seed) {
  let state = (seed * 7919 + 1) | 0;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 20; i++) next();
  return (n) => next() % n;
}

function shuffled(items, below) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

function readLines(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [, label, text] = /^__label__(\S+)\s?(.*)$/.exec(line);
      return { label, text };
    });
}

function writeLines(file, rows) {
  writeFileSync(file, `${rows.map(({ label, text }) => `__label__${label} ${text}`).join("\n")}\n`);
}

function runBax(...args) {
  const { seconds, output, peakMegabytes } = runOnce([process.execPath, bax, ...args, "--json", "--quiet"]);
  return { seconds, peakMegabytes, found: JSON.parse(output) };
}

function readFindings(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function accuracy(scratch, train, test) {
  const model = join(scratch, "model.safetensors");
  runBax("train", train, "-o", model, "--valid", "0");
  return runBax("test", model, test).found.accuracy;
}

/** A tenth of the labels becomes another one, each as likely. */
function flip(rows, seed) {
  const below = dice(seed);
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  const chosen = shuffled([...rows.keys()], below).slice(0, Math.floor(rows.length * FLIPPED));
  const noisy = rows.map((row) => ({ ...row }));
  for (const row of chosen) {
    do noisy[row].label = labels[below(labels.length)];
    while (noisy[row].label === rows[row].label);
  }
  return { noisy, flipped: new Set(chosen.map((row) => row + 1)) };
}

function measureFlips(data, scratch, set, seed, clean) {
  const [train, test] = ["train.txt", "test.txt"].map((name) => join(data, set, name));
  const [noisyFile, findingsFile, fixedFile] = ["noisy.txt", "findings.jsonl", "fixed.txt"].map((name) =>
    join(scratch, name),
  );
  const { noisy, flipped } = flip(readLines(train), seed);
  writeLines(noisyFile, noisy);
  progress(`${set}, seed ${seed}: bax audit`);
  const { seconds, peakMegabytes, found } = runBax("audit", noisyFile, "-o", findingsFile, "--fix", fixedFile);
  const findings = readFindings(findingsFile);
  const precisionOf = (some) => some.slice(0, flipped.size).filter(({ row }) => flipped.has(row)).length / flipped.size;
  progress(`${set}, seed ${seed}: training`);
  const bad = accuracy(scratch, noisyFile, test);
  const fixed = accuracy(scratch, fixedFile, test);
  const row = {
    set,
    seed,
    flips: flipped.size,
    listed: found.counts["label-error"],
    estimate: found.labelErrors.estimate,
    precision: precisionOf(findings.filter(({ kind }) => kind === "label-error")),
    precisionOfAll: precisionOf(findings),
    clean,
    bad,
    fixed,
    won: (fixed - bad) / (clean - bad),
    relabelled: found.fixed.relabelled,
    removed: found.fixed.removed,
    seconds,
    peakMegabytes,
  };
  console.error(JSON.stringify(row));
  return row;
}

/** What the cleaned copy of text costs whose labels were not flipped. */
function measureClean(data, scratch, set, clean) {
  const [train, test] = ["train.txt", "test.txt"].map((name) => join(data, set, name));
  const fixedFile = join(scratch, "fixed.txt");
  progress(`${set}: bax audit of the clean text`);
  const { found } = runBax("audit", train, "--fix", fixedFile);
  const all = accuracy(scratch, fixedFile, test);
  runBax("audit", train, "--checks", "duplicate,near-duplicate,conflict", "--fix", fixedFile);
  const repeats = accuracy(scratch, fixedFile, test);
  const { relabelled, removed } = found.fixed;
  const row = { set, clean, fixed: all, withoutRepeats: repeats, relabelled, removed };
  console.error(JSON.stringify(row));
  return row;
}

const EDITS = {
  exact: (text) => text,
  "case, spaces, marks": (text) => `${text.toUpperCase().replaceAll(" ", "  ").replaceAll(".", " ;")} !`,
  "one word": (text, below, words) => {
    const parts = text.split(" ");
    const places = [...parts.keys()].filter((n) => parts[n].length > 2 && parts[n].length <= SHORT_WORD);
    const place = places[below(places.length)];
    let word = parts[place];
    while (word === parts[place]) word = words[below(words.length)];
    parts[place] = word;
    return parts.join(" ");
  },
};

/** Plants rows in the training text: repeats of its own rows, or rows of the test text. Tells which of them are found. */
function measurePlanted(data, scratch, set) {
  const [train, test] = ["train.txt", "test.txt"].map((name) => readLines(join(data, set, name)));
  const below = dice(7);
  const words = [...new Set(train.flatMap(({ text }) => text.split(" ")))].filter((word) => /^[a-z]{3,8}$/.test(word));
  const results = [];
  for (const [kind, source] of [
    ["duplicate", train],
    ["leak", test],
  ]) {
    for (const [edit, change] of Object.entries(EDITS)) {
      const fits = ({ text }) => edit !== "one word" || (text.length >= LONG && /(^| )\w{3,8} /.test(text));
      const chosen = shuffled(source.filter(fits), below).slice(0, PLANTED);
      if (chosen.length < PLANTED / 3) continue;
      const planted = chosen.map(({ label, text }) => ({ label, text: change(text, below, words) }));
      const file = join(scratch, "planted.txt");
      const findingsFile = join(scratch, "findings.jsonl");
      writeLines(file, [...train, ...planted]);
      const checks = kind === "leak" ? "leak" : "duplicate,near-duplicate,conflict";
      const testFlags = kind === "leak" ? ["--test", join(data, set, "test.txt")] : [];
      progress(`${set}: planted ${kind}, ${edit}`);
      runBax("audit", file, "--checks", checks, ...testFlags, "-o", findingsFile);
      const rows = new Set(readFindings(findingsFile).map(({ row }) => row));
      const recall = planted.filter((_, n) => rows.has(train.length + n + 1)).length / planted.length;
      results.push({ set, kind, edit, planted: planted.length, recall });
      console.error(JSON.stringify(results.at(-1)));
    }
  }
  return results;
}

/** Lines of 12 to 26 words: two stretches of the corpus each, from anywhere, so that many lines share half of their words with others. */
function makeRows(corpus, file, count, repeats) {
  const words = readFileSync(corpus, "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ").slice(1));
  const below = dice(3);
  const out = openSync(file, "w");
  const stretch = () => {
    const begin = below(words.length - 20);
    return words.slice(begin, begin + 6 + below(8)).join(" ");
  };
  let waiting = [];
  const kept = [];
  for (let row = 0; row < count; row++) {
    const line =
      row >= count - repeats ? kept[row - (count - repeats)] : `__label__${below(4)} ${stretch()} ${stretch()}`;
    if (kept.length < repeats) kept.push(line);
    waiting.push(line);
    if (waiting.length < 20_000 && row < count - 1) continue;
    writeSync(out, `${waiting.join("\n")}\n`);
    waiting = [];
  }
  closeSync(out);
}

function measureMillion(corpus, scratch, quick) {
  const [count, repeats] = quick ? [20_000, 200] : [ROWS, REPEATS];
  const { train } = findCorpus(corpus, quick);
  const [file, findingsFile] = [join(scratch, "rows.txt"), join(scratch, "findings.jsonl")];
  progress("making rows");
  makeRows(train, file, count, repeats);
  const megabytes = readFileSync(file).length / 1e6;
  progress(`bax audit of ${count} rows`);
  const { seconds, peakMegabytes, found } = runBax(
    "audit",
    file,
    "--checks",
    "duplicate,near-duplicate,conflict",
    "-o",
    findingsFile,
  );
  const rows = new Set(readFindings(findingsFile).map(({ row }) => row));
  const recall =
    Array.from({ length: repeats }, (_, n) => rows.has(count - repeats + n + 1)).filter(Boolean).length / repeats;
  for (const one of [file, findingsFile]) rmSync(one);
  return { rows: count, megabytes, repeats, recall, counts: found.counts, seconds, peakMegabytes };
}

export async function ask({ data = join(shared, "data"), sets, corpus, runs, quick }) {
  const asked = sets?.split(",") ?? (quick ? ["snips"] : [...SETS, ...MORE_SETS]);
  const there = asked.filter((set) => existsSync(join(data, set, "train.txt")));
  if (there.length === 0) {
    console.error("No set to measure on. Give a folder of sets, each with train.txt and test.txt: --data FOLDER.");
    process.exit(1);
  }
  const scratch = scratchFolder(cache, "audit");
  const cleanRows = [];
  const flips = there.flatMap((set) => {
    progress(`${set}: training`);
    const clean = accuracy(scratch, join(data, set, "train.txt"), join(data, set, "test.txt"));
    cleanRows.push(measureClean(data, scratch, set, clean));
    if (!quick && !SETS.includes(set)) return [];
    return (quick ? [1] : SEEDS).map((seed) => measureFlips(data, scratch, set, seed, clean));
  });
  const flippedSets = quick ? there : there.filter((set) => SETS.includes(set));
  const planted = flippedSets.flatMap((set) => measurePlanted(data, scratch, set));
  const million = measureMillion(corpus, scratch, quick);
  progress("");
  const holds = (isTrue) => (isTrue ? "holds" : "does not hold");
  const flipTable = table(
    [
      "set",
      "seed",
      "flips",
      "listed",
      "precision",
      "of all",
      "clean",
      "flipped",
      "fixed",
      "won back",
      "relabelled",
      "left out",
      "s",
    ],
    flips.map((row) => [
      row.set,
      row.seed,
      row.flips,
      row.listed,
      number(row.precision, 3),
      number(row.precisionOfAll, 3),
      number(row.clean, 4),
      number(row.bad, 4),
      number(row.fixed, 4),
      number(row.won),
      row.relabelled,
      row.removed,
      number(row.seconds, 1),
    ]),
  );
  const mean = (rows, of) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const perSet = flippedSets.map((set) => {
    const rows = flips.filter((row) => row.set === set);
    const [clean, bad, fixed] = [rows[0].clean, mean(rows, (row) => row.bad), mean(rows, (row) => row.fixed)];
    // Of the test part: less than that may be chance.
    const error = Math.sqrt((clean * (1 - clean)) / readLines(join(data, set, "test.txt")).length);
    return { set, precision: mean(rows, ({ precision }) => precision), clean, bad, fixed, error };
  });
  const wonBack = ({ clean, bad, fixed, error }) =>
    clean - bad < error
      ? `flips cost ${number(100 * (clean - bad))} points, less than the standard error of ${number(100 * error)}, and the copy has ${number(100 * (fixed - clean))} to the clean text (${holds(fixed >= (clean + bad) / 2)})`
      : `${number((fixed - bad) / (clean - bad))} of the ${number(100 * (clean - bad))} points that were lost are won back (asked: ${LEAST_WON}, ${holds((fixed - bad) / (clean - bad) >= LEAST_WON)})`;
  const verdicts = perSet.map(
    (row) =>
      `- ${row.set}: precision ${number(row.precision, 3)} (asked: ${LEAST_PRECISION}, ${holds(row.precision >= LEAST_PRECISION)}), ${wonBack(row)}.`,
  );
  const leastRecall = Math.min(...planted.map(({ recall }) => recall), million.recall);
  publish("audit", {
    title: "Auditing data",
    sections: [
      `Ten percent of the labels of train.txt become another one at random. \`precision\`: of the first label errors, as many as there are flips, how
many are flips; \`of all\`: the same of the first findings of any kind. Accuracy on the whole test part after \`bax train --valid 0\` on the
clean text, the flipped text, and what \`bax audit --fix\` makes of it; \`won back\` is the share of the difference.

${flipTable}

${verdicts.join("\n")}`,
      `## Text whose labels were not flipped

Accuracy on the whole test part after the same training on train.txt, on what \`--fix\` makes of it, and on what it makes of it with
\`--checks duplicate,near-duplicate,conflict\`.

${table(
  ["set", "train.txt", "fixed", "repeats gone", "relabelled", "left out"],
  cleanRows.map((row) => [
    row.set,
    number(row.clean, 4),
    number(row.fixed, 4),
    number(row.withoutRepeats, 4),
    row.relabelled,
    row.removed,
  ]),
)}`,
      `## Planted repeats

Rows planted in train.txt: copies of its own rows, and of rows of test.txt, as they are, in capitals with other spaces and marks, and with one
word replaced in texts of ${LONG} characters or more. Asked: ${LEAST_RECALL}; the least here is ${number(leastRecall, 4)}.

${table(
  ["set", "planted", "edit", "rows", "recall"],
  planted.map(({ set, kind, edit, planted: rows, recall }) => [set, kind, edit, rows, number(recall, 4)]),
)}`,
      `## ${million.rows.toLocaleString("en-GB")} rows

${number(million.megabytes, 0)} MB of lines of 12 to 26 words, ${million.repeats.toLocaleString("en-GB")} of them repeats (recall ${number(million.recall, 4)}), \`--checks duplicate,near-duplicate,conflict\`:
${number(million.seconds, 1)} s and ${number(million.peakMegabytes, 0)} MB (asked: ${MOST_SECONDS} s and ${MOST_MEGABYTES} MB).`,
    ],
    data: { flips, perSet, clean: cleanRows, planted, million },
    versions: {},
    runs,
    quick,
  });
}
