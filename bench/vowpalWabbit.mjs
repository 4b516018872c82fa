// Vowpal Wabbit as rivals.mjs measures it: its own text format, its command, and the settings that are best for a set.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { progress, runOnce } from "./measure.mjs";
import { readLines, splitLine, writeLines } from "./sets.mjs";

/** Word pairs everywhere: without them it was worse on every set that was tried. */
const GRID = ["logistic", "hinge"].flatMap((loss) =>
  [3, 10].flatMap((passes) => [0.5, 2].map((rate) => ({ loss, passes, rate }))),
);
/** Bits of the table of weights: a row has one for each label. */
const BITS = 24;
const TOKEN = /[\p{L}\p{N}]+|[^\p{L}\p{N}\s:|]/gu;

/** Lines in its format. A line with several labels is there once for each, with a part of the weight; `names` maps labels to numbers. */
function convert(from, to, names, each) {
  const lines = readLines(from).flatMap((line) => {
    const { labels, text } = splitLine(line);
    const words = (text.toLowerCase().match(TOKEN) ?? []).join(" ");
    const known = labels.map((label) => names.get(label)).filter((number) => number !== undefined);
    if (!each) return [`| ${words}`];
    return known.map((number) => `${number} ${1 / known.length} | ${words}`);
  });
  writeLines(to, lines);
  return to;
}

/** Its files of a set, and what answers it questions. `files`: paths of train, part, valid and test. */
export function vowpalWabbit(python, folder, files) {
  const names = new Map();
  for (const line of readLines(files.train))
    for (const label of splitLine(line).labels) if (!names.has(label)) names.set(label, names.size + 1);
  const own = {};
  for (const [part, path] of Object.entries(files))
    own[part] = convert(path, join(folder, `${part}.vw`), names, part === "train" || part === "part");
  const learn = (part, { loss, passes, rate }, model) => [
    ...[python, "-m", "vowpalwabbit", "--oaa", String(names.size), "-d", own[part], "-f", model, "--quiet"],
    ...["--loss_function", loss, "--passes", String(passes), "-l", String(rate), "--ngram", "2", "-b", String(BITS)],
    ...["--holdout_off", "-c", "-k", "--cache_file", `${model}.cache`],
  ];
  const accuracy = (part, model) => {
    const answers = join(folder, "answers.txt");
    runOnce([python, "-m", "vowpalwabbit", "-t", "-i", model, "-d", own[part], "-p", answers, "--quiet"]);
    const numbers = readFileSync(answers, "utf8").trimEnd().split("\n").map(Number);
    const lines = readLines(files[part]);
    const right = lines.filter((line, i) => splitLine(line).labels.some((label) => names.get(label) === numbers[i]));
    return right.length / lines.length;
  };
  const model = join(folder, "model.vw");
  return {
    start: [python, "-m", "vowpalwabbit", "--version"],
    command: (settings) => learn("train", settings, model),
    accuracy: () => accuracy("test", model),
    /** The settings that are best on the part of `train` that is held out. */
    choose() {
      let best = { accuracy: -1 };
      for (const settings of GRID) {
        progress(`Vowpal Wabbit: ${JSON.stringify(settings)}`);
        runOnce(learn("part", settings, `${model}.trial`));
        const found = accuracy("valid", `${model}.trial`);
        if (found > best.accuracy) best = { settings, accuracy: found };
      }
      rmSync(`${model}.trial`, { force: true });
      return best;
    },
  };
}
