import { writeFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import type { TextClassifier } from "bax";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker } from "../../../examples/worker-bundle.mjs";
import { TEXTS, trainModel } from "./testing/models.ts";
import { TestServers } from "./testing/servers.ts";

const KEY = "0123456789abcdef-edge";

type Worker = { fetch(request: Request, env?: object): Promise<Response> };

const folder = new TestServers();
let model: TextClassifier;
let path: string;
beforeAll(async () => {
  model = await trainModel();
  path = folder.at("subjects.safetensors");
  writeFileSync(path, model.toBytes());
});
afterAll(() => folder.dispose());

/** What runtimes of the web have; nothing of Node's. */
const WEB = [
  ...["AbortController", "AbortSignal", "Blob", "Event", "EventTarget", "FormData", "Headers", "ReadableStream"],
  ...["Request", "Response", "TextDecoder", "TextDecoderStream", "TextEncoder", "TransformStream", "URL"],
  ...["URLSearchParams", "WebAssembly", "WritableStream", "atob", "btoa", "clearTimeout", "console", "crypto"],
  ...["fetch", "performance", "queueMicrotask", "setTimeout", "structuredClone"],
  // What answers are made of has to be of the same realm as the streams that carry it.
  ...["ArrayBuffer", "Uint8Array"],
];

/** Runs a bundle where nothing but the web's names exists, and gives what it exports. */
async function runOnTheWeb(module: string): Promise<Worker> {
  const { outputFiles } = await build({
    stdin: { contents: module, loader: "js" },
    write: false,
    format: "iife",
    globalName: "bundle",
  });
  const names = Object.fromEntries(WEB.map((name) => [name, (globalThis as Record<string, unknown>)[name]]));
  const context = createContext({ ...names });
  runInContext(outputFiles[0].text, context);
  return runInContext("bundle.default", context) as Worker;
}

function ask(worker: Worker, body: unknown, headers: Record<string, string> = {}, what = "predict"): Promise<Response> {
  const request = new Request(`https://example.org/v1/models/subjects/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return worker.fetch(request, { BAX_API_KEYS: KEY });
}

test("a bundle for the edge has no module of Node's in it, and nothing of the entry for Node", async () => {
  const { imports, inputs } = await bundleWorker(path);
  expect(imports).toEqual([]);
  expect(inputs.filter((input) => /server\/dist\/node\/|prom-client|node-server|bax\/dist\/node/.test(input))).toEqual(
    [],
  );
  expect(inputs.some((input) => input.endsWith("packages/server/dist/app.js"))).toBe(true);
});

test("the model may be left to the platform, and is then all that the bundle imports", async () => {
  expect((await bundleWorker()).imports).toEqual(["./subjects.safetensors"]);
});

test("the bundle answers as the library does, to the bit, where nothing but the web's own names is there", async () => {
  const worker = await runOnTheWeb((await bundleWorker(path)).text);
  const headers = { authorization: `Bearer ${KEY}` };
  for (const text of TEXTS) {
    const response = await ask(worker, { text, k: 3 }, headers);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { predictions: unknown }).predictions).toEqual(model.predict(text, { k: 3 }));
  }
  const many = (await (await ask(worker, { texts: TEXTS }, headers)).json()) as { results: unknown[] };
  expect(many.results).toEqual(model.predictAll(TEXTS).map((predictions) => ({ predictions })));
  const explained = await (await ask(worker, { text: TEXTS[0] }, headers, "explain")).json();
  expect(explained).toMatchObject({ label: model.explain(TEXTS[0]).label, logit: model.explain(TEXTS[0]).logit });
  expect((await ask(worker, { text: "a" })).status).toBe(401);
});

test("a stream of lines is answered there, too", async () => {
  const worker = await runOnTheWeb((await bundleWorker(path)).text);
  const response = await worker.fetch(
    new Request("https://example.org/v1/models/subjects/predict", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", "x-api-key": KEY },
      body: TEXTS.map((text) => JSON.stringify({ text })).join("\n"),
    }),
    { BAX_API_KEYS: KEY },
  );
  const lines = (await response.text()).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    model.predictAll(TEXTS).map((predictions) => ({ predictions })),
  );
});
