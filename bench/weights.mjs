// What do class weights do for rare labels, and what does a model forget that learns a label later?
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { progress, runOnce, scratchFolder } from "./measure.mjs";
import { bax, cache, shared } from "./places.mjs";
import { number, publish, table } from "./report.mjs";

/** How many times as many texts of the frequent label the drawn sample has, and the draws. */
const IMBALANCE = 50;
const DRAWS = [1, 2, 3, 4, 5];
const SEEDS = [1, 2, 3];
/** Labels that are learned later: every seventh, one at a time. */
const EVERY = 7;
const TOGETHER = 10;
/** Texts of the old labels beside those of the new one, where data is mixed. */
const MIXED = 200;
const MOST_LOST = 1;

/** Numbers from 0 to 1 in an order that a seed gives. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function draw(lines, count, seed) {
  const next = random(seed);
  return lines
    .map((line) => ({ line, at: next() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ line }) => line);
}

const linesOf = (path) => readFileSync(path, "utf8").split("\n").filter(Boolean);
const labelOf = (line) => line.slice("__label__".length, line.indexOf(" "));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function write(path, lines) {
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

function train(data, model, ...flags) {
  runOnce([process.execPath, bax, "train", data, "-o", model, "--quiet", "--json", ...flags]);
  return model;
}

function measure(model, test) {
  return JSON.parse(runOnce([process.execPath, bax, "test", model, test, "--json"]).output);
}

/** Both ways of weighting labels on one set, from the same examples. */
function classWeights(name, trainFile, testFile, scratch, seed, rare) {
  const row = { name };
  for (const weights of ["none", "balanced"]) {
    progress(`${name}: --class-weights ${weights}`);
    const model = train(trainFile, join(scratch, "classes"), "--class-weights", weights, "--seed", String(seed));
    const { macroF1, accuracy, perLabel } = measure(model, testFile);
    row[weights] = { macroF1, accuracy, recall: perLabel.find(({ label }) => label === rare)?.recall ?? null };
  }
  return row;
}

function classRows(data, scratch, quick) {
  const rows = { "reuters-r52": [], "sms-spam, 50:1": [] };
  const file = (set, part) => join(data, set, `${part}.txt`);
  for (const seed of quick ? [1] : SEEDS)
    rows["reuters-r52"].push(
      classWeights(`seed ${seed}`, file("reuters-r52", "train"), file("reuters-r52", "test"), scratch, seed),
    );
  const lines = linesOf(file("sms-spam", "train"));
  const spam = lines.filter((line) => labelOf(line) === "spam");
  const ham = lines.length - spam.length;
  for (const seed of quick ? [1] : DRAWS) {
    const kept = new Set(draw(spam, Math.round(ham / IMBALANCE), seed));
    const sample = lines.filter((line) => labelOf(line) !== "spam" || kept.has(line));
    const path = write(join(scratch, "sample.txt"), sample);
    rows["sms-spam, 50:1"].push(classWeights(`draw ${seed}`, path, file("sms-spam", "test"), scratch, 1, "spam"));
  }
  return rows;
}

/** A model without some labels, which then learns them: what is left of the others, and what is known of the new ones. `whole`: a model of all data. */
function learnOn(name, lines, testLines, added, beside, whole, scratch) {
  progress(`banking77: ${name}`);
  const isNew = (line) => added.has(labelOf(line));
  const old = lines.filter((line) => !isNew(line));
  const base = train(write(join(scratch, "old.txt"), old), join(scratch, "base"));
  const more = write(join(scratch, "new.txt"), [...lines.filter(isNew), ...draw(old, beside, 1)]);
  const after = train(more, join(scratch, "after"), "--init", base, "--valid", "0");
  const oldTest = write(
    join(scratch, "old-test.txt"),
    testLines.filter((line) => !isNew(line)),
  );
  const newTest = write(join(scratch, "new-test.txt"), testLines.filter(isNew));
  const [before, now, anew] = [base, after, whole].map((model) => measure(model, oldTest).accuracy);
  const [recall, recallAnew] = [after, whole].map((model) => measure(model, newTest).accuracy);
  return { name, before, after: now, lost: 100 * (before - now), anew, recall, recallAnew };
}

function learningRows(data, scratch, quick) {
  const [lines, testLines] = ["train", "test"].map((part) => linesOf(join(data, "banking77", `${part}.txt`)));
  const labels = [...new Set(lines.map(labelOf))].sort();
  const whole = train(join(data, "banking77", "train.txt"), join(scratch, "whole"));
  const some = labels.filter((_, i) => i % EVERY === 0).slice(0, quick ? 1 : undefined);
  const rows = some.map((label) => learnOn(label, lines, testLines, new Set([label]), 0, whole, scratch));
  const together = new Set(labels.filter((_, i) => i % EVERY === 3).slice(0, TOGETHER));
  rows.push(learnOn(`${together.size} labels at once`, lines, testLines, together, 0, whole, scratch));
  for (const label of some.slice(0, 3))
    rows.push(learnOn(`${label}, with ${MIXED} old texts`, lines, testLines, new Set([label]), MIXED, whole, scratch));
  return rows;
}

const signed = (value, digits) => `${value < 0 ? "−" : "+"}${number(Math.abs(value), digits)}`;

function classSection(rows) {
  const cells = Object.entries(rows).flatMap(([set, measured]) =>
    measured.map(({ name, none, balanced }) => [
      `${set}, ${name}`,
      ...[none.macroF1, balanced.macroF1].map((value) => number(value, 4)),
      signed(100 * (balanced.macroF1 - none.macroF1), 2),
      ...[none.accuracy, balanced.accuracy].map((value) => number(value, 4)),
      ...[none.recall, balanced.recall].map((value) => number(value ?? undefined, 3)),
    ]),
  );
  const head = ["set", "macro-F1", "balanced", "points", "P@1", "balanced", "recall of spam", "balanced"];
  return `## \`--class-weights balanced\`\n\nTrained without another flag, measured on the whole test part. 50:1: all of the frequent label and a drawn fiftieth as many of the rare
one, out of the training part.\n\n${table(head, cells)}`;
}

function learningSection(rows) {
  const cells = rows.map(({ name, before, after, lost, anew, recall, recallAnew }) => [
    name,
    number(before, 4),
    number(after, 4),
    signed(-lost, 2),
    number(anew, 4),
    number(recall, 3),
    number(recallAnew, 3),
  ]);
  const head = ["new", "old labels before", "after", "points", "all at once", "recall of the new", "all at once"];
  return `## \`--init\` with new labels on banking77\n\nA model of all other labels learns on from examples of the new ones alone, or with some old texts. Old labels are measured on their
own part of the test part, before and after. All at once: the same of a model that learned from everything, which has more labels to tell
apart than the one before.\n\n${table(head, cells)}`;
}

export async function ask({ data = join(shared, "data"), runs, quick }) {
  const missing = ["reuters-r52", "sms-spam", "banking77"].find((set) => !existsSync(join(data, set, "train.txt")));
  if (missing) {
    console.error(`${join(data, missing)}: there is no train.txt\nGive the folder with the sets: --data FOLDER.`);
    process.exit(1);
  }
  const scratch = scratchFolder(cache, "weights");
  const classes = classRows(data, scratch, quick);
  const learning = learningRows(data, scratch, quick);
  progress("");
  const verdicts = Object.entries(classes).map(([set, rows]) => {
    const [none, balanced] = ["none", "balanced"].map((weights) => mean(rows.map((row) => row[weights].macroF1)));
    const raised = rows.filter((row) => row.balanced.macroF1 > row.none.macroF1).length;
    return `- ${set}: mean macro-F1 ${number(none, 4)}, balanced ${number(balanced, 4)}; raised in ${raised} of ${rows.length}.`;
  });
  const worst = learning.reduce((a, b) => (b.lost > a.lost ? b : a));
  verdicts.push(
    `- Learning on loses at most ${MOST_LOST} point of the old labels: ${worst.lost <= MOST_LOST ? "holds" : "does not hold"} (the most is ${number(worst.lost)}, ${worst.name}).`,
  );
  const sections = [classSection(classes), learningSection(learning), verdicts.join("\n")];
  publish("weights", {
    title: "Weights, and learning on",
    sections,
    data: { classes, learning },
    versions: {},
    runs,
    quick,
  });
}
