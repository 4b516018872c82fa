// Shows why a subject is taken for spam: what each word adds to the score, as a bar. The parts sum to the score.
import assert from "node:assert/strict";
import { TextClassifier } from "bax";
import { subjects } from "./subjects.mjs";

const model = await TextClassifier.train(subjects());

/** A bar of up to 24 characters, to the right for a word that speaks for the label, to the left for one that speaks against it. */
function bar(share) {
  const length = Math.round(24 * Math.abs(share));
  const drawn = "█".repeat(length);
  return share < 0 ? `${drawn.padStart(24)}│${" ".repeat(24)}` : `${" ".repeat(24)}│${drawn.padEnd(24)}`;
}

function show(text, label) {
  const explanation = model.explain(text, { label });
  const { spans, logit, probability } = explanation;
  console.log(`\n${text}\n${explanation.label}: probability ${probability.toFixed(3)}, score ${logit.toFixed(3)}`);
  const most = Math.max(...spans.map((span) => Math.abs(span.contribution)));
  for (const span of spans) {
    console.log(`${bar(span.contribution / most)} ${span.contribution.toFixed(3).padStart(7)}  ${span.text}`);
  }
  return explanation;
}

const texts = ["Free trial: lose weight while you sleep!", "Re: free software in schools", "Your account — act now"];
for (const text of texts) {
  const { spans, logit } = show(text, "spam");
  const sum = spans.reduce((total, span) => total + span.contribution, 0);
  assert.ok(Math.abs(sum - logit) < 1e-5, `the parts sum to ${sum}, the score is ${logit}`);
  for (const { start, end, text: word } of spans) assert.equal(text.slice(start, end), word);
}
