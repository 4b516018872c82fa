// Looks at the data before it learns, answers only what it knows, and says whether a second model is really better.
import assert from "node:assert/strict";
import { audit, compare, TextClassifier } from "bax";
import { subjects } from "./subjects.mjs";

const all = subjects();
const isTest = (_, i) => i % 5 === 0;
const [train, test] = [all.filter((_, i) => !isTest(_, i)), all.filter(isTest)];

// One subject in ten gets the wrong label, as if somebody had been tired.
const other = { spam: "ham", ham: "spam" };
const tired = train.map((example, i) => (i % 10 === 0 ? { ...example, label: other[example.label] } : example));
const found = await audit(tired, { checks: ["label-error"] });
const wrong = found.findings.filter(({ row }) => row % 10 === 0).length;
console.log(`audit: ${found.findings.length} suspects among ${tired.length} subjects, ${wrong} of them planted`);
console.log(`  the first: "${found.findings[0].text}": ${found.findings[0].reason}`);
assert.ok(wrong > found.findings.length / 2);

// Suspects are left out, or get the label that was suggested.
const suggestions = new Map(found.findings.map(({ row, suggestion }) => [row, suggestion]));
const cleaned = tired.flatMap((example, row) => {
  const suggestion = suggestions.get(row);
  if (suggestion?.action === "remove") return [];
  return [suggestion ? { ...example, label: suggestion.labels[0] } : example];
});
const [before, after] = [await TextClassifier.train(tired), await TextClassifier.train(cleaned)];
const { a, b, mcNemar, better } = await compare(before, after, test);
console.log(
  `accuracy ${a.accuracy.toFixed(3)} before, ${b.accuracy.toFixed(3)} after; p = ${mcNemar.pValue.toFixed(3)}`,
);
console.log(better === null ? "  no difference can be told" : `  better: ${better === "b" ? "after" : "before"}`);

// What is like nothing that it has seen gets no answer.
for (const text of ["Free trial: lose weight while you sleep!", "Θα έρθω αύριο το πρωί"]) {
  const [answer] = after.predict(text, { abstain: { unknown: 0.6 } });
  console.log(`${text} → ${answer ? `${answer.label} ${answer.probability.toFixed(3)}` : "no answer"}`);
}
assert.deepEqual(after.predict("Θα έρθω αύριο το πρωί", { abstain: { unknown: 0.6 } }), []);
