// Learns to tell spam from the rest by a mail's subject, in memory; measures it, asks it, keeps it in a file and loads it again.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextClassifier } from "bax";
import { load, save } from "bax/node";
import { subjects } from "./subjects.mjs";

// Any iterable of { text, label } will do, also one that arrives over time. Every fifth is kept back to measure on.
const all = subjects();
const examples = all.filter((_, i) => i % 5 !== 0);
const unseen = all.filter((_, i) => i % 5 === 0);

const model = await TextClassifier.train(examples, { seed: 7 });
console.log(`learned from ${model.report.examples} subjects in ${model.report.seconds.total.toFixed(1)} s`);

const { accuracy, intervals } = model.evaluate(unseen);
const [low, high] = intervals.accuracy.map((share) => `${(100 * share).toFixed(1)} %`);
console.log(`right on ${(100 * accuracy).toFixed(1)} % of ${unseen.length} others (95 %: ${low} to ${high})`);

for (const text of ["Lower your mortgage rate today!!!", "Re: patch for the build script"]) {
  const [{ label, probability }] = model.predict(text);
  console.log(`${label}  ${probability.toFixed(2)}  ${text}`);
}

const folder = await mkdtemp(join(tmpdir(), "bax-example-"));
const { path, bytes } = await save(model, join(folder, "subjects.safetensors"));
const loaded = await load(path);
console.log(`the model file has ${(bytes / 1e6).toFixed(1)} MB`);
await rm(folder, { recursive: true });

const texts = unseen.map(({ text }) => text);
assert.deepEqual(loaded.predictAll(texts), model.predictAll(texts), "a loaded model gives the same bits");
assert.ok(accuracy > 0.85, `accuracy ${accuracy}`);
