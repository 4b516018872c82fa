// How soon is bax there? Fresh processes beside an empty Node: the command, a small model, a model of 1 GB, each with one text to label.
import { existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { claim } from "./claims.mjs";
import { findCorpus } from "./corpus.mjs";
import { compare, progress, runOnce, scratchFolder } from "./measure.mjs";
import { bax, bench, cache, root } from "./places.mjs";
import { number, publish, table } from "./report.mjs";
import { findSets, shuffledSet } from "./sets.mjs";

const LANGUAGES = join(root, "node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz");
const LARGE_BYTES = { whole: 1e9, quick: 5e7 };
/** What is asked, in milliseconds over an empty process, and in megabytes over it and the file. */
const MOST = { languages: 25, large: 300, largeMegabytes: 50, help: 80, predict: 150 };
const TEXT = "Welche Sprache ist das hier eigentlich?";
/** Of each large command, which reads a gigabyte. */
const LARGE_RUNS = 7;

/** Bytes of the header of a safetensors file, and what it says. */
function headerOf(path) {
  const file = openSync(path, "r");
  const length = Buffer.alloc(8);
  readSync(file, length, 0, 8, 0);
  const text = Buffer.alloc(Number(length.readBigUInt64LE()));
  readSync(file, text, 0, text.length, 8);
  return JSON.parse(text.toString("utf8"));
}

function learn(train, model, dim) {
  const flags = { "word-ngrams": 2, "char-ngrams": 0, "min-count": 1, epochs: 1, valid: 0, threads: 1, dim };
  const options = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  runOnce([process.execPath, bax, "train", train, "-o", model, ...options, "--quiet"]);
}

/** A model of about so many bytes, made once: words and bigrams of the corpus with as many dimensions as it takes. */
function largeModel(train, bytes) {
  const path = join(cache, `bench/models/${bytes}.safetensors`);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const small = `${path}.small.safetensors`;
  progress("making a large model: counting its rows");
  learn(train, small, 4);
  const embeddings = Object.values(headerOf(small)).reduce((most, { shape }) => Math.max(most, shape?.at(0) ?? 0), 0);
  const rest = statSync(small).size - embeddings * 16;
  rmSync(small);
  const dim = Math.max(4, Math.floor((bytes - rest) / embeddings / 16) * 4);
  progress(`making a large model: ${embeddings} rows, dim ${dim}`);
  learn(train, `${path}.part.safetensors`, dim);
  renameSync(`${path}.part.safetensors`, path);
  return path;
}

export async function ask({ corpus: given, data: folderOfSets, runs, quick, only }) {
  const wants = (part) => only === undefined || only === part;
  const folder = scratchFolder(cache, "start");
  const node = process.execPath;
  const open = (model) => [node, join(bench, "openModel.mjs"), model, TEXT];
  const empty = [node, "-e", "0"];
  let small = {};
  if (wants("small")) {
    const { train } = shuffledSet({ ...findSets(folderOfSets, "sms-spam"), name: "sms-spam", to: folder });
    const [model, one] = [join(folder, "small.safetensors"), join(folder, "one.txt")];
    runOnce([node, bax, "train", train, "-o", model, "--quiet"]);
    writeFileSync(one, `${TEXT}\n`);
    small = compare(
      {
        "an empty Node process": empty,
        "load lid.176.ftz, label one text": open(LANGUAGES),
        "`bax --help`": [node, bax, "--help"],
        "`bax predict`, one line": [node, bax, "predict", model, one, "--quiet"],
        "`bax predict lid.176.ftz`, one line": [node, bax, "predict", LANGUAGES, one, "--quiet"],
      },
      { runs, discard: true },
    );
  }
  let large = {};
  let fileMegabytes = 0;
  if (wants("large")) {
    const path = largeModel(findCorpus(given, quick).train, quick ? LARGE_BYTES.quick : LARGE_BYTES.whole);
    fileMegabytes = statSync(path).size / 2 ** 20;
    // Once unmeasured, so that the file is in the system's memory for all.
    runOnce(open(path));
    large = compare(
      { "an empty Node process": empty, "open the large model, label one text": open(path) },
      { runs: Math.min(runs, LARGE_RUNS), discard: true },
    );
  }
  const over = (measured, name) => {
    const [own, none] = [measured[name], measured["an empty Node process"]];
    return own && (own.seconds - none.seconds) * 1000;
  };
  const opened = large["open the large model, label one text"];
  const above = opened && opened.peakMegabytes - large["an empty Node process"].peakMegabytes - fileMegabytes;
  const milliseconds = { unit: "ms" };
  const claims = [
    claim(
      "load lid.176.ftz and label one text, over an empty Node process",
      "≤",
      MOST.languages,
      over(small, "load lid.176.ftz, label one text"),
      milliseconds,
    ),
    claim(
      "open a 1 GB model and label one text",
      "≤",
      MOST.large,
      over(large, "open the large model, label one text"),
      {
        unit: "ms",
        note: `${number(fileMegabytes, 0)} MB, in the system's memory already; over an empty Node process`,
      },
    ),
    claim("memory above the file's own pages, for that", "≤", MOST.largeMegabytes, above, { unit: "MB" }),
    claim("`bax --help`, over an empty Node process", "≤", MOST.help, over(small, "`bax --help`"), milliseconds),
    claim(
      "`bax predict` of one line, over an empty Node process",
      "≤",
      MOST.predict,
      over(small, "`bax predict`, one line"),
      milliseconds,
    ),
  ];
  const rows = [small, large].flatMap((measured) =>
    Object.entries(measured).map(([name, { seconds, peakMegabytes, all }]) => [
      name,
      number(seconds * 1000, 1),
      number(over(measured, name), 1),
      number(Math.min(...all) * 1000, 1),
      number(peakMegabytes, 0),
    ]),
  );
  const section = `## Fresh processes

Whole processes, ${runs} times each, the large model ${Math.min(runs, LARGE_RUNS)} times. The memory of the large model is the peak less that of an empty
process and less the file, ${number(fileMegabytes, 0)} MB; it is negative where not all of the file was read.

${table(["", "median, ms", "over an empty process, ms", "least, ms", "peak, MB"], rows)}`;
  const found = { sections: [section], claims, data: { small, large, fileMegabytes }, versions: {} };
  publish("start", { title: "Starting", ...found, runs, quick, only });
}
