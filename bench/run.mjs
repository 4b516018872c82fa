// `npm run bench [-- QUESTION] [options]`: asks one question of bax and its rivals, or all of them.
import { parseArgs } from "node:util";
import { quickResults, requireBuild, results } from "./places.mjs";

const QUESTIONS = {
  train: "how fast does it learn, beside fastText, on one thread and on two, and in how much memory?",
  predict: "how many lines a second does it label, on one worker and on two, and in how much memory?",
  rivals: "how long until a model is learned, beside scikit-learn, Vowpal Wabbit, natural and wink, at what accuracy?",
  start: "how soon is it there: the command, a small model, a model of 1 GB?",
  size: "how much does a web page load?",
  studio: "how does the studio feel in a browser: its first load, a key, 200,000 rows, 300 MB?",
  serve: "can `bax serve` be left alone: rate, memory, overload, reloads, faults, stopping?",
  spark: "what does Apache Spark cost: labels a second and core, and learning in parts beside one machine?",
  scale: "how do times grow with lines, labels, dimensions and n-grams?",
  roofline: "how near are the kernels to what this machine can do?",
  memory: "does training keep to a memory limit, and at what rate?",
  tables: "how fast are tables read, and answered, beside lines of text?",
  accuracy: "how often is it right, without a flag, on real sets?",
  tune: "does a search find better options than the defaults, and better ones than fastText's in the same time?",
  audit: "does an audit find wrong labels, repeats and leaks, and does its cleaned copy win back what they cost?",
  weights: "do class weights help rare labels, and how much does a model forget that learns on?",
  trust: "are its probabilities calibrated, is what it never saw refused, do explanations hold?",
  fasttext: "does it keep its contract with the real fastText? ends with 1 where a line does not hold",
};
/** Questions about accuracy, or whose runs are long: asked once unless told otherwise. Starts are short, so that many can be made. */
const RUNS = { spark: 3, accuracy: 1, tune: 1, audit: 1, weights: 1, trust: 1, fasttext: 1, start: 21 };
const PAGE = "page";

const HELP = `npm run bench -- [QUESTION] [options]

Questions; without one, all of them
${Object.entries({ ...QUESTIONS, [PAGE]: "asks nothing: makes the page and the summary anew from the JSON files" })
  .map(([name, meaning]) => `  ${name.padEnd(10)}${meaning}`)
  .join("\n")}

Options
  --runs N          times each command is run; the median counts (default 5; start: 21; spark: 3; accuracy, tune, audit, weights, trust, fasttext: 1)
  --quick           one run on little data, to see that it works; its results go to .cache/bench/results
  --corpus FOLDER   train, predict, start, scale, memory, audit: train.txt and test.txt in fastText's format
  --data FOLDER     a folder of sets, each with train.txt and test.txt, and baselines.tsv
  --sets A,B        accuracy, tune, audit, trust, fasttext, rivals: only these sets
  --only PART       only this part of the question, to look at; writes no results. train: epochs, commands, threads; predict: words,
                    languages; start: small, large; studio: load, typing, rows, huge; serve: load, memory, overload,
                    reload, faults, stopping; rivals: sklearn (without natural and wink); spark: scoring, learning, executors
  --no-sklearn      accuracy: without scikit-learn

The rivals (fastText, scikit-learn, Vowpal Wabbit, packages of npm, wrk) are installed into .cache/ where they are missing. Results go to
bench/results: a JSON file and a table for each question, README.md with each line that is asked, and index.html with pictures.
`;

function refuse(problem) {
  console.error(
    `${problem}\nThe questions are ${[...Object.keys(QUESTIONS), PAGE].join(", ")}; npm run bench -- --help tells more.`,
  );
  process.exit(2);
}

let parsed;
try {
  parsed = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      corpus: { type: "string" },
      data: { type: "string" },
      sets: { type: "string" },
      only: { type: "string" },
      "no-sklearn": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
} catch (error) {
  refuse(error.message);
}
const { values, positionals } = parsed;
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [question, ...rest] = positionals;
if (question !== undefined && question !== PAGE && !Object.hasOwn(QUESTIONS, question))
  refuse(`unknown question "${question}"`);
if (rest.length > 0) refuse(`one question at a time, or none for all: "${rest[0]}" is too many`);
const wanted = values.runs === undefined ? undefined : Number(values.runs);
if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1))
  refuse(`--runs: got "${values.runs}", expected a whole number from 1`);

const asked = question === undefined ? Object.keys(QUESTIONS) : question === PAGE ? [] : [question];
if (asked.length > 0) requireBuild();
for (const name of asked) {
  if (asked.length > 1) console.error(`\n${name}: ${QUESTIONS[name]}`);
  const runs = values.quick ? 1 : (wanted ?? RUNS[name] ?? 5);
  try {
    const { ask } = await import(`./${name}.mjs`);
    await ask({ ...values, runs, sklearn: !values["no-sklearn"] });
  } catch (error) {
    // Among all questions, one that fails leaves the others their turn.
    if (asked.length === 1) throw error;
    console.error(error);
    process.exitCode = 1;
  }
}
if (values.only === undefined) {
  const { writePage } = await import("./page.mjs");
  writePage(values.quick ? quickResults : results, Object.keys(QUESTIONS));
}
