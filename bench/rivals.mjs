// How long until a model is learned, and how good is it, beside scikit-learn, Vowpal Wabbit, and the classifiers of `natural` and wink?
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { claim, sameAccuracy } from "./claims.mjs";
import { compare, progress, runOnce, scratchFolder } from "./measure.mjs";
import { findPeers } from "./peers.mjs";
import { bax, bench, cache, results } from "./places.mjs";
import { number, publish, table } from "./report.mjs";
import { findSets, readLines, shuffledSet, splitLine, writeLines } from "./sets.mjs";
import { vowpalWabbit } from "./vowpalWabbit.mjs";

/** Of the sets, how many must hold. */
const LEAST_SHARE = 12 / 15;
const MOST_VOWPAL_WABBIT = 1.5;
const LEAST_NATURAL = 50;
/** Seconds after which a rival has not finished; from `PATIENCE` on a run is made once. */
const LIMIT = { whole: 900, quick: 60 };
const NATURAL_LIMIT = { whole: 300, quick: 10 };
const PATIENCE = 60;
const QUICK_SETS = ["sms-spam", "nlupp"];

const SKLEARN = { logistic: "LogisticRegression", svc: "LinearSVC", sgd: "SGDClassifier" };
const NATURAL = { bayes: "natural BayesClassifier", logistic: "natural LogisticRegressionClassifier", wink: "wink" };
const WORDS = ["--word-ngrams", "2", "--char-ngrams", "0"];
/** What bax may choose from, as the rivals from their grids; nothing is held out for a figure. */
const OPTIONS = {
  defaults: [],
  "word pairs, dim 16, 4 epochs": [...WORDS, "--dim", "16", "--epochs", "4"],
  "word pairs, dim 32, 8 epochs": [...WORDS, "--dim", "32", "--epochs", "8"],
  "word pairs, characters 3-5, dim 16, 4 epochs": [
    ...["--word-ngrams", "2", "--char-ngrams", "3-5", "--dim", "16", "--epochs", "4"],
  ],
  "characters 1-3, dim 32, 4 epochs": [
    ...["--word-ngrams", "1", "--char-ngrams", "1-3", "--dim", "32", "--epochs", "4"],
  ],
};

const baxTrain = (train, model, options) => [
  ...[process.execPath, bax, "train", train, "-o", model, "--valid", "0", "--threads", "1", "--quiet", ...options],
];
const accuracyOf = (model, test) =>
  JSON.parse(runOnce([process.execPath, bax, "test", model, test, "--json"]).output).accuracy;

/** A fifth of the lines to choose settings by. */
function splitTrain(set, folder) {
  const lines = readLines(set.train);
  const cut = Math.floor(lines.length * 0.8);
  const [part, valid] = ["part", "valid"].map((name) => join(folder, `${name}.txt`));
  writeLines(part, lines.slice(0, cut));
  writeLines(valid, lines.slice(cut));
  return { train: set.train, part, valid, test: set.test };
}

/**
 * The options of bax that reach the best accuracy of scikit-learn on what is held out in the least time; the most accurate where none does.
 */
function chooseOptions({ part, valid }, model, needed) {
  const tried = Object.entries(OPTIONS).map(([name, options]) => {
    progress(`bax: ${name}`);
    const { seconds } = runOnce(baxTrain(part, model, options));
    return { name, options, seconds, accuracy: accuracyOf(model, valid) };
  });
  const enough = tried.filter(({ accuracy }) => accuracy >= needed);
  if (enough.length > 0) return enough.toSorted((a, b) => a.seconds - b.seconds)[0];
  return tried.toSorted((a, b) => b.accuracy - a.accuracy)[0];
}

function chooseForSklearn(peers, files, limit) {
  if (peers.sklearn === null) return {};
  const chosen = {};
  for (const learner of Object.keys(SKLEARN)) {
    progress(`scikit-learn: ${SKLEARN[learner]}`);
    const script = [peers.sklearn, join(bench, "python/rivals.py"), "choose", learner, files.part, files.valid];
    // The whole grid: some runs.
    const { output, stopped } = runOnce(script, { limit: limit * 4 });
    chosen[learner] = stopped ? null : JSON.parse(output);
  }
  return chosen;
}

function measureSet(peers, { set, folder, runs, limits, withNatural }) {
  const files = splitTrain(set, folder);
  const model = join(folder, "bax.safetensors");
  const sklearn = chooseForSklearn(peers, files, limits.whole);
  const needed = Math.max(0, ...Object.values(sklearn).map((chosen) => chosen?.accuracy ?? 0));
  const own = chooseOptions(files, model, needed);
  const wabbit = peers.vowpalwabbit && vowpalWabbit(peers.vowpalwabbit, folder, files);
  const wabbitChosen = wabbit?.choose();
  const script = (learner, ...rest) => [
    ...[peers.sklearn, join(bench, "python/rivals.py"), "learn", learner, files.train],
    ...[JSON.stringify(sklearn[learner]), ...rest],
  ];
  const learners = Object.keys(SKLEARN).filter((learner) => sklearn[learner]);
  const measured = compare(
    {
      bax: baxTrain(files.train, model, own.options),
      ...Object.fromEntries(learners.map((learner) => [SKLEARN[learner], script(learner)])),
      "Vowpal Wabbit": wabbit?.command(wabbitChosen.settings) ?? null,
      "start of bax": [process.execPath, bax, "--version"],
      "start of Vowpal Wabbit": wabbit?.start ?? null,
    },
    { runs, limit: limits.whole, patience: PATIENCE },
  );
  progress("accuracy");
  const less = (name) => measured[name] && measured[name].seconds - measured[`start of ${name}`].seconds;
  const found = (name, settings, accuracy, afterStart = less(name)) => ({
    ...{ name, settings, accuracy, ...measured[name], afterStart },
  });
  const results = {
    bax: found("bax", own.name, accuracyOf(model, files.test)),
    ...Object.fromEntries(
      Object.entries(SKLEARN).map(([learner, name]) => {
        if (!sklearn[learner] || measured[name].stopped)
          return [name, { name, stopped: sklearn[learner] !== undefined, seconds: null, ...measured[name] }];
        const { output, stopped } = runOnce(script(learner, files.test), { limit: limits.whole });
        const { accuracy, seconds } = stopped ? { accuracy: null, seconds: null } : JSON.parse(output);
        return [name, found(name, JSON.stringify(sklearn[learner]), accuracy, seconds)];
      }),
    ),
    ...(wabbit && {
      "Vowpal Wabbit": found("Vowpal Wabbit", JSON.stringify(wabbitChosen), wabbit.accuracy()),
    }),
  };
  const natural = withNatural && peers.npm ? measureNatural(peers, files, results.bax.seconds, limits.natural) : {};
  progress("");
  return { results: { ...results, ...natural } };
}

/** Each once, since they take long; stopped at 50 times the time of bax, or at the limit. */
function measureNatural(peers, files, ours, most) {
  const limit = Math.min(most, Math.ceil(ours * LEAST_NATURAL * 1.02));
  return Object.fromEntries(
    Object.entries(NATURAL).map(([kind, name]) => {
      progress(name);
      const command = [process.execPath, join(bench, "naturalLanguage.mjs"), peers.npm, kind, files.train];
      const { seconds, peakMegabytes, stopped } = runOnce(command, { limit, discard: true });
      let accuracy = null;
      if (!stopped) {
        const tested = runOnce([...command, files.test], { limit: most });
        // A package prints a line of its own first.
        if (!tested.stopped) accuracy = JSON.parse(tested.output.trim().split("\n").at(-1)).accuracy;
      }
      return [name, { name, seconds, peakMegabytes, stopped, accuracy }];
    }),
  );
}

/** How many sets bear a claim out, of those where the rival was measured. */
function countSets(sets, name, holds) {
  const measured = sets.filter(({ results }) => results[name] && (results[name].seconds > 0 || results[name].stopped));
  return {
    of: measured.length,
    holding: measured.filter(({ results, testLines }) => holds(results.bax, results[name], testLines)).length,
  };
}

const isFaster = (own, rival, times = 1) => rival.stopped || own.seconds <= rival.seconds * times;

function claimsOf(sets) {
  const least = Math.ceil(sets.length * LEAST_SHARE);
  const counted = (what, name, least, times) => {
    const { of, holding } = countSets(
      sets,
      name,
      (own, rival, lines) =>
        isFaster(own, rival, times) && (rival.stopped || sameAccuracy(own.accuracy, rival.accuracy, lines)),
    );
    const strict = countSets(
      sets,
      name,
      (own, rival) => isFaster(own, rival, times) && (rival.stopped || own.accuracy >= rival.accuracy),
    ).holding;
    const after = countSets(
      sets,
      name,
      (own, rival, lines) =>
        (rival.stopped || own.afterStart <= rival.afterStart * times) &&
        (rival.stopped || sameAccuracy(own.accuracy, rival.accuracy, lines)),
    ).holding;
    return claim(what, "≥", least, of > 0 ? holding : null, {
      unit: "sets",
      note: `of ${of}; ${strict} where its accuracy may not be a hair lower; ${after} with the start of each program taken off`,
    });
  };
  return [
    ...Object.values(SKLEARN).map((name) =>
      counted(`training is faster than ${name}, at equal or better accuracy`, name, least, 1),
    ),
    counted(
      `training takes at most ${MOST_VOWPAL_WABBIT} × the time of Vowpal Wabbit, at equal or better accuracy`,
      "Vowpal Wabbit",
      least,
      MOST_VOWPAL_WABBIT,
    ),
    ...Object.values(NATURAL).map((name) => {
      const { of, holding } = countSets(
        sets,
        name,
        (own, rival) => rival.stopped || rival.seconds >= own.seconds * LEAST_NATURAL,
      );
      const lower = countSets(sets, name, (own, rival) => !rival.stopped && rival.accuracy < own.accuracy);
      return claim(
        `training is ${LEAST_NATURAL} × faster than ${name}, or it does not finish`,
        "≥",
        of,
        of > 0 ? holding : null,
        {
          unit: "sets",
          note: `each alone; it finished and was less accurate on ${lower.holding}`,
        },
      );
    }),
  ];
}

function section({ name, trainLines, labels, results }) {
  const rows = Object.values(results).map((found) => [
    found.name,
    `${found.stopped ? "> " : ""}${number(found.seconds)}`,
    number(found.afterStart),
    found.name === "bax" || !(found.seconds > 0) ? "" : `${(found.seconds / results.bax.seconds).toFixed(1)} ×`,
    number(found.peakMegabytes, 0),
    number(found.accuracy, 4),
    found.settings ?? "",
  ]);
  const head = ["", "seconds", "without the start", "of bax's time", "peak, MB", "P@1", "settings"];
  return `### ${name}: ${trainLines.toLocaleString("en-GB")} lines, ${labels} labels\n\n${table(head, rows)}`;
}

function textOf(sets, limits) {
  return `## Each set

From a text file to a finished model, whole processes of one thread: bax and Vowpal Wabbit leave it on the disk, the others in memory.
Vowpal Wabbit's file was brought into its own format before. "Without the start": less the time of a process that only says its version;
scikit-learn's by its own clock, once, without Python and imports. Settings were chosen on a fifth of the training lines, of a small grid each; then all lines were learned and the
whole test part was asked. Lines with several labels: one against the rest in scikit-learn, a line for each label in Vowpal Wabbit,
natural and wink; P@1 counts the best label. Accuracies are equal where they differ by less than a standard error. A time after ">" is
where the rival was stopped, or a dash where its memory ran out (scikit-learn may take 16 GiB): at ${LEAST_NATURAL} × the time of bax, or after ${limits.natural} s (natural, wink) or ${limits.whole} s.

${sets.map(section).join("\n\n")}`;
}

/** The sets of the results that are there. */
function earlier() {
  const path = join(results, "rivals.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).sets : [];
}

export async function ask({ data: folderOfSets, sets: wanted, runs, quick, only }) {
  const peers = findPeers(["sklearn", "vowpalwabbit", "npm"]);
  const { folder: from, names } = findSets(folderOfSets, wanted ?? (quick ? QUICK_SETS.join(",") : undefined));
  const scratch = scratchFolder(cache, "rivals");
  // One thread each.
  Object.assign(process.env, { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" });
  const limits = quick
    ? { whole: LIMIT.quick, natural: NATURAL_LIMIT.quick }
    : { whole: LIMIT.whole, natural: NATURAL_LIMIT.whole };
  // A set takes minutes: what was found so far is written after each, beside what an earlier run found of others.
  const isWhole = wanted === undefined;
  const measured = new Map(isWhole || quick ? [] : earlier().map((found) => [found.name, found]));
  for (const name of names) {
    console.error(name);
    const folder = scratchFolder(cache, join("rivals", name));
    const set = shuffledSet({ folder: from, name, to: scratch, quick });
    const labels = new Set(readLines(set.train).flatMap((line) => splitLine(line).labels)).size;
    const found = measureSet(peers, { set, folder, runs, limits, withNatural: only !== "sklearn" });
    measured.set(name, { name, labels, trainLines: set.trainLines, testLines: set.testLines, ...found });
    const sets = [...measured.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    publish("rivals", {
      title: "Beside other learners",
      ...{ sections: [textOf(sets, limits)], claims: claimsOf(sets), data: { sets }, versions: peers.versions },
      ...{ runs, quick, only },
    });
  }
}
