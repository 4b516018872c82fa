// `npm run bench -- QUESTION [options]`: asks one question of bax and its rivals.
import { parseArgs } from "node:util";
import { requireBuild } from "./places.mjs";

const QUESTIONS = {
  train: "how fast does it learn, and in how much memory?",
  predict: "how many lines a second does it label?",
  memory: "does training keep to a memory limit, and at what rate?",
  tables: "how fast are tables read, and answered, beside lines of text?",
  accuracy: "how often is it right, without a flag, on real sets?",
  tune: "does a search find better options than the defaults, and better ones than fastText's in the same time?",
  audit: "does an audit find wrong labels, repeats and leaks, and does its cleaned copy win back what they cost?",
  weights: "do class weights help rare labels, and how much does a model forget that learns on?",
  trust: "are its probabilities calibrated, is what it never saw refused, do explanations hold?",
  fasttext: "does it keep its contract with the real fastText? ends with 1 where a line does not hold",
};

const HELP = `npm run bench -- QUESTION [options]

Questions
${Object.entries(QUESTIONS)
  .map(([name, meaning]) => `  ${name.padEnd(10)}${meaning}`)
  .join("\n")}

Options
  --runs N          times each command is run; the median counts (default 5; accuracy, tune, audit, weights, trust, fasttext: 1)
  --quick           one run on little data, to see that it works; writes no results
  --corpus FOLDER   train, predict, memory, audit: train.txt and test.txt in fastText's format
  --data FOLDER     tables, accuracy, tune, audit, weights, trust, fasttext: a folder of sets, each with train.txt and test.txt, and baselines.tsv
  --sets A,B        accuracy, tune, audit, trust, fasttext: only these sets
  --no-sklearn      accuracy: without scikit-learn

The rivals (fastText, scikit-learn) are installed into .cache/ where they are missing. Results go to bench/results.
`;

function refuse(problem) {
  console.error(
    `${problem}\nThe questions are ${Object.keys(QUESTIONS).join(", ")}; npm run bench -- --help tells more.`,
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
if (question === undefined || !Object.hasOwn(QUESTIONS, question)) {
  refuse(question === undefined ? "no question given" : `unknown question "${question}"`);
}
if (rest.length > 0) refuse(`one question at a time: "${rest[0]}" is too many`);
const usual = ["accuracy", "tune", "audit", "weights", "trust", "fasttext"].includes(question) ? 1 : 5;
const runs = values.quick ? 1 : Number(values.runs ?? usual);
if (!(Number.isInteger(runs) && runs >= 1)) refuse(`--runs: got "${values.runs}", expected a whole number from 1`);

requireBuild();
const { ask } = await import(`./${question}.mjs`);
await ask({ ...values, runs, sklearn: !values["no-sklearn"] });
