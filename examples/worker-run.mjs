// Runs worker.mjs as a runtime at the edge would: trains a model for it, bundles both to one module, and hands that requests.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { TextClassifier } from "bax";
import { save } from "bax/node";
import { subjects } from "./subjects.mjs";
import { bundleWorker } from "./worker-bundle.mjs";

const folder = await mkdtemp(join(tmpdir(), "bax-worker-"));
try {
  const model = await TextClassifier.train(subjects(), { epochs: 5 });
  const small = model.compress({ size: 300_000 });
  const path = join(folder, "subjects.safetensors");
  const { bytes } = await save(small, path);
  const { text, imports } = await bundleWorker(path);
  assert.deepEqual(imports, [], "the bundle needs no module of a runtime");
  console.log(`a model of ${bytes} bytes; with the server ${gzipSync(text).length} bytes, packed`);
  const file = join(folder, "worker.mjs");
  await writeFile(file, text);

  const { default: worker } = await import(pathToFileURL(file).href);
  const key = "a-key-for-this-example";
  const ask = (what, body, headers = { authorization: `Bearer ${key}` }) =>
    worker.fetch(
      new Request(`https://example.org/v1/models/subjects/${what}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
      { BAX_API_KEYS: key },
    );
  for (const subject of ["Re: [ILUG] kernel panic on boot", "Lowest rates ever, apply now!!!"]) {
    const { predictions } = await (await ask("predict", { text: subject, k: 2 })).json();
    console.log(subject, predictions);
    assert.deepEqual(predictions, small.predict(subject, { k: 2 }), "the edge answers with the same bits");
  }
  const { spans } = await (await ask("explain", { text: "apply now" })).json();
  console.log(spans);
  assert.equal((await ask("predict", { text: "" }, {})).status, 401);
} finally {
  await rm(folder, { recursive: true, force: true });
}
