// How many lines a second does bax label, from file to labels, on one worker and on two, and in how much memory, beside fastText?
import { closeSync, openSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { baxTrain, commandTrain } from "./answers.mjs";
import { claim, quotient } from "./claims.mjs";
import { findCorpus } from "./corpus.mjs";
import { compare, progress, runOnce, scratchFolder, twice } from "./measure.mjs";
import { SHAPES } from "./options.mjs";
import { findPeers } from "./peers.mjs";
import { bax, bench, cache, root } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";
import { findSets, readLines, shuffled, splitLine } from "./sets.mjs";

/** The texts this many times, so that a rival's run takes seconds; and so that a run of bax does, however many work at it. */
const COPIES = { all: 4, long: 40 };
const LANGUAGES = join(root, "node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz");
const LEAST_BIGRAMS = 5;
const LEAST_LANGUAGES = { command: 8, wasm: 15 };
const LEAST_WORKERS = 1.8;
const MOST_MEMORY = 0.7;
/** Of the model's bytes, how many a second worker may add: with a copy of its own it would be all of them. */
const MOST_COPIED = 0.5;
/** Lines on which answers are compared. */
const COMPARED = 5000;

const ours = (model, file, threads) => [
  ...[process.execPath, bax, "predict", model, file],
  ...["--quiet", "--threads", String(threads)],
];

/** Writes texts again and again, more often yet, the first of them alone, and the first few; returns their paths and how many lines there are. */
function writeTexts(texts, folder, name, copies) {
  const parts = ["all", "long", "one", "few"];
  const paths = Object.fromEntries(parts.map((part) => [part, join(folder, `${name}-${part}.txt`)]));
  writeFileSync(paths.one, `${texts[0]}\n`);
  writeFileSync(
    paths.few,
    texts
      .slice(0, COMPARED)
      .map((text) => `${text}\n`)
      .join(""),
  );
  const whole = texts.map((text) => `${text}\n`).join("");
  for (const part of ["all", "long"]) {
    const file = openSync(paths[part], "w");
    for (let copy = 0; copy < copies[part]; copy++) writeSync(file, whole);
    closeSync(file);
  }
  return { paths, lines: { all: texts.length * copies.all, long: texts.length * copies.long } };
}

const textsOf = (path) => readLines(path).map((line) => splitLine(line).text);

/** One model and its texts: bax on one worker and on two, and the rivals, each on all lines and on one. */
function measureTask({ name, texts, model, rivals, runs }) {
  const { paths, lines } = texts;
  const both = (label, command) => ({
    [`${label}, all`]: command(paths.all),
    [`${label}, one line`]: command(paths.one),
  });
  const measured = compare(
    {
      ...both("bax", (file) => ours(model, file, 1)),
      ...Object.assign({}, ...Object.entries(rivals).map(([rival, command]) => both(rival, command))),
      "1 worker": ours(model, paths.long, 1),
      "2 workers": ours(model, paths.long, 2),
      "2 processes": twice(ours(model, paths.long, 1)),
    },
    { runs, discard: true },
  );
  const found = (label) => {
    const [all, start] = [measured[`${label}, all`], measured[`${label}, one line`]];
    if (!all) return {};
    const rest = start ? all.seconds - start.seconds : undefined;
    return {
      start: start?.seconds,
      whole: all.seconds,
      rate: lines.all / all.seconds,
      rateWithoutStart: rest && (lines.all - 1) / rest,
      peakMegabytes: all.peakMegabytes,
    };
  };
  const results = Object.fromEntries(["bax", ...Object.keys(rivals)].map((label) => [label, found(label)]));
  return { name, lines, modelMegabytes: statSync(model).size / 2 ** 20, results, measured };
}

/** The share of lines with the same best label; null where a rival is missing. */
function agreement(command, other) {
  if (command === null || other === null) return null;
  const [a, b] = [command, other].map((one) => runOnce(one).output.trimEnd().split("\n").map(firstWord));
  return a.filter((label, line) => label === b[line]).length / a.length;
}

/** bax writes a label, fastText its label with the prefix. */
const firstWord = (line) => /^(?:__label__)?(\S*)/.exec(line)[1];

function shapeTask(peers, corpus, folder, shape, copies) {
  const own = baxTrain(corpus.train, folder, shape, 1);
  progress(`training bax, ${shape.name}`);
  runOnce(own.command);
  const output = join(folder, `fasttext-${shape.dim}`);
  const training = commandTrain(peers, corpus.train, output, shape, 1);
  if (training) {
    progress(`training fastText, ${shape.name}`);
    runOnce(training);
  }
  const rival = (file) => training && [peers.command, "predict", `${output}.bin`, file];
  const texts = writeTexts(textsOf(corpus.train), folder, `texts-${shape.dim}`, copies);
  return { name: shape.name, model: own.model, texts, rivals: { "fasttext predict": rival } };
}

function languageTask(peers, folder, data, copies) {
  const set = join(findSets(data, "langid-lingua").folder, "langid-lingua");
  const texts = shuffled([...textsOf(join(set, "train.txt")), ...textsOf(join(set, "test.txt"))]);
  return {
    name: "lid.176.ftz",
    model: LANGUAGES,
    texts: writeTexts(texts.slice(0, copies.all === 1 ? COMPARED : undefined), folder, "languages", copies),
    rivals: {
      "fasttext predict": (file) => peers.command && [peers.command, "predict", LANGUAGES, file],
      "fasttext.wasm.js": (file) => [process.execPath, join(bench, "fasttextWasm.mjs"), file],
    },
  };
}

function claimsOf({ name, results, measured, modelMegabytes, same }) {
  const { "1 worker": one, "2 workers": two } = measured;
  const [own, command] = [results.bax, results["fasttext predict"]];
  const faster = (what, least, rival) =>
    claim(what, "≥", least, quotient(results[rival]?.whole, own.whole), {
      ...(same[rival] > 0 && { note: `the same label on ${(same[rival] * 100).toFixed(2)} % of lines` }),
    });
  const more = two.peakMegabytes && (two.peakMegabytes - one.peakMegabytes) / modelMegabytes;
  const isLanguages = name === "lid.176.ftz";
  return [
    ...(name === "dim 10, word bigrams"
      ? [faster("predict words and bigrams, file to labels", LEAST_BIGRAMS, "fasttext predict")]
      : []),
    ...(isLanguages
      ? [
          faster("predict lid.176.ftz, against `fasttext predict`", LEAST_LANGUAGES.command, "fasttext predict"),
          faster("predict lid.176.ftz, against fasttext.wasm.js", LEAST_LANGUAGES.wasm, "fasttext.wasm.js"),
        ]
      : []),
    claim(`predict on 2 workers against 1, ${name}`, "≥", LEAST_WORKERS, quotient(one.seconds, two.seconds)),
    ...(isLanguages
      ? []
      : [
          claim(`copies of the model that a second worker adds, ${name}`, "≤", MOST_COPIED, more, {
            unit: "",
            note: `peak memory beside one worker's, of a model of ${number(modelMegabytes, 0)} MB`,
          }),
        ]),
    claim(`peak memory of predicting, ${name}`, "≤", MOST_MEMORY, quotient(own.peakMegabytes, command?.peakMegabytes)),
  ];
}

function rows({ name, results }) {
  return Object.entries(results).map(([label, found]) => [
    `${name}: ${label}`,
    number(found.start, 3),
    number(found.whole),
    number(found.rate, 0),
    label === "bax" ? "" : ratio(found.whole, results.bax.whole),
    number(found.rateWithoutStart, 0),
    number(found.peakMegabytes, 0),
  ]);
}

/** A row on one worker and on two. */
const workersRow = ({ name, lines, measured: { "1 worker": one, "2 workers": two, "2 processes": apart } }) => [
  name,
  number(lines.long, 0),
  number(one.seconds),
  number(two.seconds),
  ratio(one.seconds, two.seconds),
  number(apart.seconds),
  ratio(2 * one.seconds, apart.seconds),
  number(one.peakMegabytes, 0),
  number(two.peakMegabytes, 0),
];

export async function ask({ corpus: given, data: folderOfSets, runs, quick, only }) {
  const wants = (part) => only === undefined || only === part;
  const peers = findPeers(["command"]);
  const folder = scratchFolder(cache, "predict");
  const corpus = findCorpus(given, quick);
  const copies = quick ? { all: 1, long: 1 } : COPIES;
  const tasks = [
    ...(wants("words") ? SHAPES.map((shape) => shapeTask(peers, corpus, folder, shape, copies)) : []),
    ...(wants("languages") ? [languageTask(peers, folder, folderOfSets, copies)] : []),
  ];
  const measured = tasks.map((task) => {
    const found = measureTask({ ...task, runs });
    // Only models that are the same can be asked for the same answers: the other two learned apart.
    const own = ours(LANGUAGES, task.texts.paths.few, 1);
    const same =
      task.model === LANGUAGES
        ? Object.fromEntries(
            Object.entries(task.rivals).map(([rival, command]) => [
              rival,
              agreement(own, command(task.texts.paths.few)),
            ]),
          )
        : {};
    return { ...found, same };
  });
  const head = ["", "start, s", "whole run, s", "lines/s", "bax is faster by", "lines/s after the start", "peak, MB"];
  const section = `## From file to labels

One label for each line, to a file that nobody reads; one core, one thread. ${measured.map(({ name, lines }) => `${name}: ${lines.all.toLocaleString("en-GB")} lines`).join("; ")}.
The start, mostly loading the model, is the time of a run on one line. \`bax predict\` prints each label's probability too.

${table(head, measured.flatMap(rows))}`;
  const workersSection = `## Two workers

The same texts, ten times as often: the start, in which one thread works alone, is the smaller part of it. Beside it what the machine itself
lets two cores do: two processes at once, each with all the texts and one worker. Peak memory is that of a process.

${table(["", "lines", "1 worker, s", "2 workers, s", "faster by", "2 processes, s", "of them", "peak of 1, MB", "peak of 2 workers, MB"], measured.map(workersRow))}`;
  publish("predict", {
    title: "Predicting",
    sections: [section, workersSection],
    claims: measured.flatMap(claimsOf),
    data: { tasks: measured },
    versions: { ...peers.versions, "fasttext.wasm.js": "1.0.0" },
    ...{ runs, quick, only },
  });
}
