// How often is bax right without a flag, beside fastText's best of three and a linear SVM on TF-IDF?
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { median, progress, runOnce, scratchFolder } from "./measure.mjs";
import { findPeers } from "./peers.mjs";
import { bax, bench, cache, shared } from "./places.mjs";
import { number, publish, table } from "./report.mjs";

const FASTTEXT = ["as_is", "shuffled", "normalised"];
/** A set in a short run. */
const QUICK_SETS = ["sms-spam"];

/** baselines.tsv: P@1 of other classifiers on the same splits, by set. */
export function readBaselines(folder) {
  const path = join(folder, "baselines.tsv");
  if (!existsSync(path)) return new Map();
  const [head, ...lines] = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
  return new Map(
    lines.map(([set, ...cells]) => [set, Object.fromEntries(head.slice(1).map((name, i) => [name, figure(cells[i])]))]),
  );
}

// A number, null for a dash, or text: the flags.
function figure(cell) {
  if (cell === "-" || cell === undefined) return null;
  return Number.isNaN(Number(cell)) ? cell : Number(cell);
}

function isWhole(folder, set) {
  return existsSync(join(folder, set, "train.txt")) && existsSync(join(folder, set, "test.txt"));
}

/** The sets to measure; what is asked for or has a baseline but is not there is named. */
function chooseSets(folder, baselines, asked) {
  const found = existsSync(folder) ? readdirSync(folder).filter((name) => isWhole(folder, name)) : [];
  const wanted = asked ?? [...new Set([...baselines.keys(), ...found])].sort();
  for (const set of wanted)
    if (!found.includes(set)) console.error(`without ${set}: no train.txt and test.txt in ${join(folder, set)}`);
  const sets = wanted.filter((set) => found.includes(set));
  if (sets.length > 0) return sets;
  console.error("No set to measure on. Give a folder of sets, each with train.txt and test.txt: --data FOLDER.");
  process.exit(1);
}

function isMultiLabel(file) {
  return /^__label__\S+ __label__/m.test(readFileSync(file, "utf8"));
}

function measureBax(data, scratch, set, runs) {
  const model = join(scratch, `${set}.safetensors`);
  const trained = [];
  for (let run = 0; run < runs; run++) {
    progress(`${set}: bax train`);
    const command = [process.execPath, bax, "train", join(data, set, "train.txt"), "-o", model, "--json", "--quiet"];
    trained.push(runOnce(command));
  }
  progress(`${set}: bax test`);
  const tested = runOnce([process.execPath, bax, "test", model, join(data, set, "test.txt"), "--json"]);
  const { accuracy, intervals, macroF1 } = JSON.parse(tested.output);
  const report = JSON.parse(trained.at(-1).output);
  return {
    accuracy,
    interval: intervals.accuracy,
    macroF1,
    heldOut: report.valid?.accuracy ?? null,
    seconds: median(trained.map((run) => run.seconds)),
    peakMegabytes: trained.at(-1).peakMegabytes,
    megabytes: report.model.bytes / 1e6,
    features: report.features,
    options: report.options,
  };
}

function measureSvm(python, data, set) {
  const [train, test] = ["train.txt", "test.txt"].map((name) => join(data, set, name));
  if (python === null || isMultiLabel(train)) return null;
  progress(`${set}: scikit-learn`);
  const kind = set.startsWith("langid-") ? "characters" : "words+characters";
  return JSON.parse(runOnce([python, join(bench, "python/linear_svc.py"), train, test, kind]).output);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function bestFastText(baseline) {
  const figures = FASTTEXT.map((column) => baseline?.[column] ?? null).filter((value) => value !== null);
  return figures.length > 0 ? Math.max(...figures) : null;
}

/** The three lines that the defaults must keep. `baseline`: the figures on record, or for the SVM those of this run. */
function verdicts(rows) {
  const beside = rows.filter(({ fastText }) => fastText !== null);
  const below = beside.filter(({ own, fastText }) => own.accuracy < fastText).map(({ set }) => set);
  const lines = [
    `- At or above fastText's best of three: ${beside.length - below.length} of ${beside.length} sets${below.length > 0 ? ` (below: ${below.join(", ")})` : ""}.`,
  ];
  for (const [name, svmOf] of [
    ["on record", ({ baseline }) => baseline?.svm ?? null],
    ["of this run", ({ svm }) => svm?.accuracy ?? null],
  ]) {
    const pairs = rows
      .map((row) => ({ set: row.set, own: row.own.accuracy, svm: svmOf(row) }))
      .filter(({ svm }) => svm !== null);
    if (pairs.length === 0) continue;
    const worst = pairs.reduce((a, b) => (b.svm - b.own > a.svm - a.own ? b : a));
    const gap = worst.svm - worst.own;
    lines.push(
      `- Mean over the ${pairs.length} sets with an SVM ${name}: bax ${number(mean(pairs.map(({ own }) => own)), 4)}, SVM ${number(mean(pairs.map(({ svm }) => svm)), 4)}.`,
      gap > 0
        ? `- Largest gap below the SVM ${name}: ${number(100 * gap)} points (${worst.set}).`
        : `- No set is below the SVM ${name}; the closest is ${worst.set}, ${number(-100 * gap)} points above.`,
    );
  }
  return lines.join("\n");
}

function cells({ set, own, svm, baseline }) {
  const recorded = [...FASTTEXT, "svm", "nb", "best_linear"].map((column) => number(baseline?.[column], 3));
  const model = [number(own.seconds, 1), number(own.megabytes, 1), own.features.toLocaleString("en-GB")];
  return [set, number(own.accuracy, 4), ...model, ...recorded, number(svm?.accuracy, 4), number(svm?.seconds, 1)];
}

const HEAD = [
  "set",
  "bax",
  "train, s",
  "model, MB",
  "features",
  "ft as is",
  "ft shuffled",
  "ft normalised",
  "svm",
  "nb",
];

export async function ask({ data = join(shared, "data"), sets: asked, runs, quick, sklearn }) {
  const baselines = readBaselines(data);
  const sets = chooseSets(data, baselines, asked?.split(",") ?? (quick ? QUICK_SETS : undefined));
  const peers = findPeers(sklearn ? ["sklearn"] : []);
  const scratch = scratchFolder(cache, "accuracy");
  const rows = [];
  for (const set of sets) {
    const baseline = baselines.get(set);
    const own = measureBax(data, scratch, set, runs);
    const row = { set, own, svm: measureSvm(peers.sklearn, data, set), baseline, fastText: bestFastText(baseline) };
    progress("");
    console.error(`${set}: bax ${number(own.accuracy, 4)} in ${number(own.seconds, 1)} s`);
    rows.push(row);
  }
  const head = [...HEAD, "best linear", "svm now", "svm now, s"];
  const section = `P@1 on the test part. bax: \`bax train train.txt -o model\`, no other flag; its seconds are those of the whole command.
"ft", "svm", "nb" and "best linear" are the figures on record (baselines.tsv); "svm now" is scikit-learn's TF-IDF (words 1–2 and
characters 2–5; characters 1–3 for langid-*) and LinearSVC, measured beside bax, with the seconds of fitting alone.

${table(head, rows.map(cells))}`;
  const partial = asked !== undefined;
  const question = partial ? "accuracy-part" : "accuracy";
  const about = { title: "Accuracy without a flag", sections: [section, verdicts(rows)], data: { sets: rows } };
  publish(question, { ...about, versions: peers.versions, runs, quick });
}
