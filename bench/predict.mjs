// How many lines a second does `bax predict` label, beside `fasttext predict` with a model of the same shape?
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { findCorpus } from "./corpus.mjs";
import { compare, progress, runOnce, scratchFolder } from "./measure.mjs";
import { baxOptions, fastTextOptions, SHAPES } from "./options.mjs";
import { findPeers } from "./peers.mjs";
import { bax, cache } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";

/** The text of the corpus this many times, so that a run takes seconds. */
const COPIES = 4;

/** Writes the texts of a labelled file without their labels, and the first of them alone; returns how many lines there are. */
function writeTexts(labelled, path, onePath, copies) {
  const texts = readFileSync(labelled, "utf8").replaceAll(/^(?:__label__\S+ )+/gm, "");
  writeFileSync(onePath, texts.slice(0, texts.indexOf("\n") + 1));
  const file = openSync(path, "w");
  for (let copy = 0; copy < copies; copy++) writeSync(file, texts);
  closeSync(file);
  return (texts.split("\n").length - 1) * copies;
}

function trainModels(peers, corpus, folder, shape) {
  const own = join(folder, `bax-${shape.dim}.safetensors`);
  progress(`training bax, ${shape.name}`);
  runOnce([process.execPath, bax, "train", corpus.train, "-o", own, ...baxOptions(shape, 1)]);
  if (peers.command === null) return { own, theirs: null };
  const output = join(folder, `fasttext-${shape.dim}`);
  progress(`training fastText, ${shape.name}`);
  runOnce([peers.command, "supervised", "-input", corpus.train, "-output", output, ...fastTextOptions(shape, 1)]);
  return { own, theirs: `${output}.bin` };
}

function measureShape(peers, corpus, folder, shape, runs, copies) {
  const [many, one] = [join(folder, "texts.txt"), join(folder, "one.txt")];
  const lines = writeTexts(corpus.train, many, one, copies);
  const { own, theirs } = trainModels(peers, corpus, folder, shape);
  const ours = (file) => [process.execPath, bax, "predict", own, file, "--quiet"];
  const rival = (file) => theirs && [peers.command, "predict", theirs, file];
  const measured = compare(
    {
      "bax, all": ours(many),
      "fastText, all": rival(many),
      "bax, one line": ours(one),
      "fastText, one line": rival(one),
    },
    { runs, discard: true },
  );
  const rates = (name) => {
    const [all, start] = [measured[`${name}, all`], measured[`${name}, one line`]];
    if (!all || !start) return {};
    return {
      start: start.seconds,
      whole: all.seconds,
      rate: lines / all.seconds,
      rateWithoutStart: (lines - 1) / (all.seconds - start.seconds),
      peakMegabytes: all.peakMegabytes,
    };
  };
  return { shape: shape.name, lines, bax: rates("bax"), fastText: rates("fastText"), measured };
}

function rows({ shape, bax: own, fastText }) {
  const row = (name, found, faster, fasterWithout) => [
    `${shape}: ${name}`,
    number(found.start),
    number(found.whole),
    number(found.rate, 0),
    faster,
    number(found.rateWithoutStart, 0),
    fasterWithout,
    number(found.peakMegabytes, 0),
  ];
  return [
    row("`bax predict`", own, ratio(own.rate, fastText.rate), ratio(own.rateWithoutStart, fastText.rateWithoutStart)),
    row("`fasttext predict` (Debian)", fastText, "", ""),
  ];
}

export async function ask({ corpus: given, runs, quick }) {
  const peers = findPeers(["command"]);
  const folder = scratchFolder(cache, "predict");
  const corpus = findCorpus(given, quick);
  const data = { shapes: SHAPES.map((shape) => measureShape(peers, corpus, folder, shape, runs, quick ? 1 : COPIES)) };
  const head = [
    "",
    "start, s",
    "whole run, s",
    "lines/s",
    "faster by",
    "lines/s after the start",
    "faster by",
    "peak, MB",
  ];
  const section = `One label for each of ${data.shapes[0].lines.toLocaleString("en-GB")} lines, to a file that nobody reads; one core.
The start, mostly loading the model, is the time of a run on one line. \`bax predict\` prints each label's probability too.

${table(head, data.shapes.flatMap(rows))}`;
  publish("predict", { title: "Predicting", sections: [section], data, versions: peers.versions, runs, quick });
}
