// How fast does bax learn, and in how much memory, beside fastText with the same options?
import { join } from "node:path";
import { findCorpus } from "./corpus.mjs";
import { compare, progress, runOnce, scratchFolder } from "./measure.mjs";
import { baxOptions, fastTextOptions, SHAPES } from "./options.mjs";
import { findPeers } from "./peers.mjs";
import { bax, bench, cache } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";

const EPOCHS = 5;
/** An epoch is the difference between runs of so many epochs and of one: reading and writing cancel out. */
const MANY = 6;
/** How far bax's P@1 may lie below fastText's before a comparison of times is refused: the two learn the same in another order. */
const SAME_ACCURACY = 0.02;

function trainWith(corpus, folder, shape, epochs, threads = 1) {
  const model = join(folder, `bax-${shape.dim}-${epochs}-${threads}.safetensors`);
  const options = baxOptions(shape, epochs, threads);
  return { model, command: [process.execPath, bax, "train", corpus.train, "-o", model, ...options] };
}

function pythonTrain(peers, corpus, { dim, wordNgrams }, epochs, ...test) {
  if (peers.fastText === null) return null;
  const script = join(bench, "python/train_fasttext.py");
  return [peers.fastText, script, corpus.train, String(dim), String(wordNgrams), String(epochs), ...test];
}

function commandTrain(peers, corpus, folder, shape) {
  if (peers.command === null) return null;
  const output = join(folder, `fasttext-${shape.dim}`);
  return [peers.command, "supervised", "-input", corpus.train, "-output", output, ...fastTextOptions(shape, EPOCHS)];
}

function accuracyOf(model, test) {
  return JSON.parse(runOnce([process.execPath, bax, "test", model, test, "--json"]).output).accuracy;
}

/** P@1 as `fasttext test` prints it. */
function commandAccuracy(peers, model, test) {
  const { output } = runOnce([peers.command, "test", model, test]);
  return Number(/P@1\s+([\d.]+)/.exec(output)?.[1]);
}

function epochSeconds(few, many) {
  return few && many ? (many.seconds - few.seconds) / (MANY - 1) : null;
}

/** (a) One epoch, one thread each. */
function epochs(peers, corpus, folder, runs) {
  return SHAPES.map((shape) => {
    const { seconds, ...rest } = epochsOf(peers, corpus, folder, shape, runs);
    return { shape: shape.name, ...seconds, ...rest };
  });
}

function epochsOf(peers, corpus, folder, shape, runs) {
  const [one, many] = [1, MANY].map((count) => trainWith(corpus, folder, shape, count));
  const measured = compare(
    {
      "bax, 1 epoch": one.command,
      "fastText, 1 epoch": pythonTrain(peers, corpus, shape, 1),
      [`bax, ${MANY} epochs`]: many.command,
      [`fastText, ${MANY} epochs`]: pythonTrain(peers, corpus, shape, MANY),
    },
    { runs },
  );
  return {
    seconds: {
      bax: epochSeconds(measured["bax, 1 epoch"], measured[`bax, ${MANY} epochs`]),
      fastText: epochSeconds(measured["fastText, 1 epoch"], measured[`fastText, ${MANY} epochs`]),
    },
    measured,
  };
}

/** (b) The whole command, from text to a model on the disk. */
function wholeCommands(peers, corpus, folder, runs) {
  return SHAPES.map((shape) => {
    const own = trainWith(corpus, folder, shape, EPOCHS);
    const measured = compare(
      {
        bax: own.command,
        command: commandTrain(peers, corpus, folder, shape),
        python: pythonTrain(peers, corpus, shape, EPOCHS),
      },
      { runs },
    );
    progress("accuracy");
    const tested = pythonTrain(peers, corpus, shape, EPOCHS, corpus.test);
    const accuracy = {
      bax: accuracyOf(own.model, corpus.test),
      command: peers.command && commandAccuracy(peers, join(folder, `fasttext-${shape.dim}.bin`), corpus.test),
      python: tested && Number(runOnce(tested).output),
    };
    progress("");
    return { shape: shape.name, measured, accuracy };
  });
}

/** (c) One thread and two. */
function threads(corpus, folder, runs) {
  const [shape] = SHAPES;
  const command = (epochs, count) => trainWith(corpus, folder, shape, epochs, count).command;
  const measured = compare(
    {
      "1 thread, 1 epoch": command(1, 1),
      "2 threads, 1 epoch": command(1, 2),
      [`1 thread, ${MANY} epochs`]: command(MANY, 1),
      [`2 threads, ${MANY} epochs`]: command(MANY, 2),
    },
    { runs },
  );
  const one = epochSeconds(measured["1 thread, 1 epoch"], measured[`1 thread, ${MANY} epochs`]);
  const two = epochSeconds(measured["2 threads, 1 epoch"], measured[`2 threads, ${MANY} epochs`]);
  return { shape: shape.name, one, two, measured };
}

function epochTable(rows) {
  return `## One epoch, one thread each

The time of ${MANY} epochs less that of one, divided by ${MANY - 1}: reading the text is not in it.

${table(
  ["", "fastText (PyPI), s", "bax, s", "bax is faster by"],
  rows.map(({ shape, fastText, bax }) => [shape, number(fastText), number(bax), ratio(fastText, bax)]),
)}`;
}

function commandTable(rows) {
  const names = { bax: "`bax train`", command: "`fasttext supervised` (Debian)", python: "`train_supervised` (PyPI)" };
  return `## The whole command, ${EPOCHS} epochs, one thread each

From text to a finished model: bax and the command write it to the disk, the Python call keeps it in memory. bax rounds dim 10 up to 12.

${table(
  ["", "seconds", "bax is faster by", "peak memory, MB", "P@1"],
  rows.flatMap(({ shape, measured, accuracy }) =>
    Object.entries(names).map(([key, name]) => [
      `${shape}: ${name}`,
      number(measured[key]?.seconds),
      key === "bax" ? "" : ratio(measured[key]?.seconds, measured.bax.seconds),
      number(measured[key]?.peakMegabytes, 0),
      number(accuracy[key], 4),
    ]),
  ),
)}`;
}

/** A time is worth nothing where less was learned in it. */
function warnings(rows) {
  return rows.flatMap(({ shape, accuracy }) => {
    const rival = Math.max(accuracy.command ?? 0, accuracy.python ?? 0);
    if (accuracy.bax >= rival - SAME_ACCURACY) return [];
    return [
      `**${shape}: bax learned less (P@1 ${number(accuracy.bax, 4)}, fastText ${number(rival, 4)}): its times do not count.**`,
    ];
  });
}

function threadTable({ shape, one, two }) {
  const rows = [[shape, number(one), number(two), ratio(one, two)]];
  return `## Threads

One epoch of bax; the model is the same to the bit.

${table(["", "1 thread, s", "2 threads, s", "faster by"], rows)}`;
}

export async function ask({ corpus: given, runs, quick }) {
  const peers = findPeers(["fasttext", "command"]);
  const folder = scratchFolder(cache, "train");
  const corpus = findCorpus(given, quick);
  const data = {
    epochs: epochs(peers, corpus, folder, runs),
    commands: wholeCommands(peers, corpus, folder, runs),
    threads: threads(corpus, folder, runs),
  };
  const sections = [
    epochTable(data.epochs),
    commandTable(data.commands),
    ...warnings(data.commands),
    threadTable(data.threads),
  ];
  publish("train", { title: "Learning", sections, data, versions: peers.versions, runs, quick });
}
