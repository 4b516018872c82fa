// How do times grow with the work: ten times the lines, ten times the labels, twice the dimension, twice the n-grams?
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { claim, quotient } from "./claims.mjs";
import { findCorpus } from "./corpus.mjs";
import { compare, runOnce, scratchFolder } from "./measure.mjs";
import { baxOptions } from "./options.mjs";
import { bax, cache } from "./places.mjs";
import { number, publish, table } from "./report.mjs";
import { numbersOf, readLines, shuffled, splitLine, writeLines } from "./sets.mjs";

/** No worse than linear, and so much for noise: what a piece of work may cost beside what it cost before. */
const MOST = 1.1;
const LINES = { whole: 12_000, quick: 1500 };
const MANY = { whole: 21, quick: 3 };
/** Lines to label come so often that the start of the process is a small part. */
const COPIES = { whole: 5, quick: 1 };

const BASE = { dim: 64, wordNgrams: 1 };
/** What is made larger, step by step; each step is a file of lines, how many labels they have, and a shape. */
const GROWTHS = [
  { name: "lines", steps: [1, 3, 10], over: "× 10", step: (times) => ({ times, labels: 20 }) },
  { name: "labels", steps: [1, 3, 10], over: "× 10", step: (times) => ({ labels: 50 * times }) },
  { name: "dimension", steps: [1, 2, 4], over: "× 2", step: (times) => ({ labels: 20, dim: 64 * times }) },
  { name: "n-grams", steps: [1, 2, 4], over: "× 2", step: (times) => ({ labels: 20, wordNgrams: times }) },
];

/** Texts with labels of their own, as many as are asked for: the rarer the higher the number, as in real sets. */
function relabelled(texts, labels) {
  const next = numbersOf(labels);
  return texts.map((text, i) => {
    const drawn = i < labels ? i : Math.floor(labels * (next() / 2 ** 32) ** 2);
    return `__label__${drawn} ${text}`;
  });
}

/** Different runs of up to `longest` words, over all texts: what an epoch goes through with n-grams. */
function featuresOf(texts, longest) {
  let count = 0;
  for (const text of texts) {
    const words = text.split(" ");
    const runs = new Set();
    for (let length = 1; length <= longest; length++)
      for (let at = 0; at + length <= words.length; at++) runs.add(words.slice(at, at + length).join(" "));
    count += runs.size;
  }
  return count;
}

function prepare(texts, folder, growth, times, size) {
  const { times: lines = 1, labels, ...shape } = growth.step(times);
  const name = `${growth.name}-${times}`;
  const own = texts.slice(0, size * lines);
  const paths = { train: join(folder, `${name}.txt`), texts: join(folder, `${name}-texts.txt`) };
  writeLines(paths.train, relabelled(own, labels));
  const work = shape.wordNgrams ? featuresOf(own, shape.wordNgrams) : times;
  return { times, work, name, own, paths, shape: { ...BASE, ...shape } };
}

function commandsOf({ name, paths, shape }, folder, many) {
  const model = join(folder, `${name}.safetensors`);
  const train = (epochs) => [
    ...[process.execPath, bax, "train", paths.train, "-o", model, ...baxOptions(shape, epochs)],
  ];
  return {
    model,
    one: train(1),
    more: train(many),
    predict: [process.execPath, bax, "predict", model, paths.texts, "--quiet"],
  };
}

/** Steps in turn, so that a busy minute hits all alike. */
function measureGrowth(growth, texts, folder, { runs, size, many, copies }) {
  const steps = growth.steps.map((times) => prepare(texts, folder, growth, times, size));
  const commands = steps.map((step) => commandsOf(step, folder, many));
  for (const [i, { own, paths }] of steps.entries()) {
    writeFileSync(
      paths.texts,
      own
        .map((text) => `${text}\n`)
        .join("")
        .repeat(copies),
    );
    runOnce(commands[i].more);
  }
  const one = join(folder, "one.txt");
  writeFileSync(one, `${texts[0]}\n`);
  const measured = compare(
    Object.fromEntries(
      steps.flatMap(({ name }, i) => [
        [`${name}, 1 epoch`, commands[i].one],
        [`${name}, ${many} epochs`, commands[i].more],
        [`${name}, predict`, commands[i].predict],
        [`${name}, predict one`, [...commands[i].predict.slice(0, 4), one, "--quiet"]],
      ]),
    ),
    { runs, discard: true },
  );
  const found = steps.map(({ times, work, name }) => ({
    times,
    work: work / steps[0].work,
    epoch: (measured[`${name}, ${many} epochs`].seconds - measured[`${name}, 1 epoch`].seconds) / (many - 1),
    predict: measured[`${name}, predict`].seconds - measured[`${name}, predict one`].seconds,
  }));
  return { name: growth.name, over: growth.over, found, measured };
}

/** How much dearer a piece of work is at the step that is asked about: 1 is linear, less is better. */
function dearer({ over, found }, what) {
  const asked = Number(over.slice(2));
  const [first, last] = [found[0], found.find(({ times }) => times === asked)];
  return quotient(last[what] / last.work, first[what]);
}

export async function ask({ corpus: given, runs, quick, only }) {
  const folder = scratchFolder(cache, "scale");
  const at = quick ? "quick" : "whole";
  const texts = shuffled(readLines(findCorpus(given, quick).train).map((line) => splitLine(line).text));
  const settings = { runs, size: LINES[at], many: MANY[at], copies: COPIES[at] };
  const growths = GROWTHS.map((growth) => measureGrowth(growth, texts, folder, settings));
  const kinds = { epoch: "one epoch", predict: "predicting" };
  const claims = Object.entries(kinds).flatMap(([what, name]) =>
    growths.map((growth) =>
      claim(
        `${name}, ${growth.name} ${growth.over}: time for each piece of work, beside before`,
        "≤",
        MOST,
        dearer(growth, what),
        {
          note: `1 is linear; ${MOST} leaves room for noise`,
        },
      ),
    ),
  );
  const plots = Object.entries(kinds).map(([what, name]) => {
    const series = growths.map((growth) => ({
      name: growth.name,
      points: growth.found.map((step) => [
        step.work,
        Math.max(step[what], 1e-4) / Math.max(growth.found[0][what], 1e-4),
      ]),
    }));
    series.push({ name: "linear", dashed: true, points: [1, 10].map((times) => [times, times]) });
    return {
      title: `How ${name === "predicting" ? "predicting" : "an epoch"} grows`,
      note: "Both axes count from the smallest step; below the dashed line is less than linear.",
      ...{ xName: "times the work", yName: "times the time", series },
    };
  });
  const rows = growths.flatMap(({ name, found }) =>
    found.map(({ times, work, epoch, predict }) => [
      `${name} × ${times}`,
      number(work),
      number(epoch * 1000, 1),
      number(epoch / found[0].epoch),
      number(predict * 1000, 1),
      number(predict / found[0].predict),
    ]),
  );
  const section = `## Steps

${settings.size.toLocaleString("en-GB")} lines of the corpus with made labels, dim ${BASE.dim}, words, softmax, one thread, unless the step says otherwise: 20 labels (50 where labels
grow), and n-grams by the longest run of words. Their work is the number of different features of each text: more than twice as many with pairs,
since words come again in a text, and pairs hardly do. An epoch is the time of ${settings.many} less that
of one; predicting is ${settings.copies} × the lines less the time of a run on one line.

${table(["", "work", "epoch, ms", "times the first", "predicting, ms", "times the first"], rows)}`;
  publish("scale", {
    title: "Cost as work grows",
    ...{ sections: [section], claims, plots, data: { growths }, versions: {}, runs, quick, only },
  });
}
