// Runs edge.mjs as a runtime at the edge would, without a server: trains a model for it, then hands it requests.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextClassifier } from "bax";
import { save } from "bax/node";
import { subjects } from "./subjects.mjs";

const folder = await mkdtemp(join(tmpdir(), "bax-edge-"));
try {
  const model = await TextClassifier.train(subjects(), { epochs: 5 });
  process.env.MODEL = join(folder, "subjects.safetensors");
  await save(model, process.env.MODEL);
  const { default: worker } = await import("./edge.mjs");
  const ask = (text, query = "") =>
    worker.fetch(new Request(`https://example.org/${query}`, { method: "POST", body: text }));
  for (const text of ["Re: [ILUG] kernel panic on boot", "Lowest rates ever, apply now!!!"]) {
    const answers = await (await ask(text, "?k=2")).json();
    console.log(text, answers);
    assert.deepEqual(answers, model.predict(text, { k: 2 }), "the edge answers with the same bits");
  }
  assert.equal((await ask("text", "?k=0")).status, 400);
  assert.equal((await worker.fetch(new Request("https://example.org/"))).status, 405);
} finally {
  await rm(folder, { recursive: true, force: true });
}
