// What the library gives in the runtime that runs this, as a line of JSON: hashes of models that it trains, and answers. Runs on Node, Bun
// and Deno alike (`npm run runtimes`).
import { TextClassifier } from "bax";
import { load, save } from "bax/node";
import { load as loadForPrediction } from "bax/predict";
import { examples, TEXTS } from "./examples.mjs";

async function hashOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const found = {};
for (const [name, options] of [
  ["one thread", { threads: 1 }],
  ["two threads", { threads: 2 }],
  ["one-vs-all", { threads: 2, loss: "ova", epochs: 4 }],
  ["hierarchical softmax", { threads: 1, loss: "hs", epochs: 4 }],
  ["fastText's features", { threads: 1, tokenizer: "fasttext", epochs: 3, buckets: 5000 }],
]) {
  const model = await TextClassifier.train(examples(), { seed: 5, ...options });
  found[`model, ${name}`] = await hashOf(model.toBytes());
  found[`answers, ${name}`] = model.predictAll(TEXTS, { k: 3 });
}

const model = await TextClassifier.train(examples(), { seed: 5, threads: 2 });
found.explanation = model.explain(TEXTS[0], { against: "runner-up" });
found.scores = model.scores(TEXTS[2]);
const pool = model.pool({ threads: 2 });
found.pool = await pool.predictAll(
  examples().map(({ text }) => text),
  { k: 2 },
);
await pool.close();
found["bax/predict"] = TEXTS.map((text) => loadForPrediction(model.toBytes()).predict(text, { k: 2 }));
const [path] = (globalThis.Deno?.args ?? process.argv.slice(2)).slice(-1);
await save(model, path);
const loaded = await load(path);
found["bax/node"] = loaded.predictAll(TEXTS, { k: 2 });
console.log(JSON.stringify(found));
