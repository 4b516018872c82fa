// Learns with the classifiers of npm's `natural` and wink: `node naturalLanguage.mjs FOLDER bayes|logistic|wink TRAIN TEST`. Prints P@1 as
// JSON. For rivals.mjs, which times it; FOLDER is where the packages are installed.
import { createRequire } from "node:module";
import { join } from "node:path";
import { readLines, splitLine } from "./sets.mjs";

const [folder, kind, train, test] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const tokens = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function naturalOf(Classifier) {
  const classifier = new Classifier();
  return {
    add: (text, label) => classifier.addDocument(tokens(text), label),
    finish: () => classifier.train(),
    answer: (text) => classifier.classify(tokens(text)),
  };
}

function wink() {
  const classifier = require("wink-naive-bayes-text-classifier")();
  classifier.definePrepTasks([tokens]);
  classifier.defineConfig({ considerOnlyPresence: true, smoothingFactor: 0.5 });
  return {
    add: (text, label) => classifier.learn(text, label),
    finish: () => classifier.consolidate(),
    answer: (text) => classifier.predict(text),
  };
}

const makers = {
  bayes: () => naturalOf(require("natural").BayesClassifier),
  logistic: () => naturalOf(require("natural").LogisticRegressionClassifier),
  wink,
};
const learner = makers[kind]();
for (const line of readLines(train)) {
  const { labels, text } = splitLine(line);
  for (const label of labels) learner.add(text, label);
}
learner.finish();
if (test) {
  let right = 0;
  const lines = readLines(test);
  for (const line of lines) {
    const { labels, text } = splitLine(line);
    if (tokens(text).length > 0 && labels.includes(learner.answer(text))) right++;
  }
  console.log(JSON.stringify({ accuracy: right / lines.length }));
}
