import type { TextClassifier } from "bax";
import type { Hono } from "hono";
import { expect, it } from "vitest";
import { createApp } from "../app.ts";
import { trainModel } from "../testing/models.ts";
import { answer, deferred, post, refusal, turns } from "../testing/requests.ts";
import { BatchingAnswerer } from "./batchingAnswerer.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Models } from "./models.ts";
import type { ServedModel } from "./modelVersion.ts";

const TEXTS = ["my card never arrived", "thank you so much", "send money"];

it("swaps models under load: each answer is one version's, none is lost, and old ones are closed", async () => {
  const classifiers = [
    await trainModel(),
    await trainModel("second", { dim: 5 }),
    await trainModel("third", { dim: 7 }),
  ];
  const closed: number[] = [];
  const served = (i: number): ServedModel => ({
    classifier: classifiers[i],
    fingerprint: `${i}`.repeat(64),
    answerer: new BatchingAnswerer(classifiers[i], {
      // Answered some turns later, so that swaps come in between.
      work: async (texts, options) => {
        await turns(i + 1);
        return classifiers[i].predictAll(texts, options);
      },
      close: async () => void closed.push(i),
    }),
  });
  const expected = new Map(classifiers.map((one, i) => [`${i}`.repeat(16), resultsOf(one)]));
  expect(new Set([...expected.values()].map((one) => JSON.stringify(one))).size).toBe(3);
  const models = new Models({ bank: served(0) });
  const app = createApp({ models });
  const seen = new Set<string>();
  const asked: Promise<void>[] = [];
  for (let round = 1; round <= 60; round++) {
    for (let i = 0; i < 5; i++)
      asked.push(
        answer<{ version: string; results: unknown }>(
          post(app, "/v1/models/bank/predict", { texts: TEXTS, k: 3 }),
        ).then(({ version, results }) => {
          seen.add(version);
          expect(results).toEqual(expected.get(version));
        }),
      );
    if (round % 3 === 0) await turns(1);
    if (round < 60) void models.put("bank", served(round % 3));
  }
  await Promise.all(asked);
  expect(seen.size).toBe(3);
  await models.close();
  expect(closed).toHaveLength(60);
});

function resultsOf(classifier: TextClassifier): { predictions: unknown }[] {
  return classifier.predictAll(TEXTS, { k: 3 }).map((predictions) => ({ predictions }));
}

it("serves several models, and no longer those that were removed", async () => {
  const [one, two] = [await trainModel(), await trainModel("two", { dim: 3 })];
  const models = new Models({ two, one });
  const app = createApp({ models });
  expect(models.all().map(({ name }) => name)).toEqual(["one", "two"]);
  for (const [name, model] of [["one", one] as const, ["two", two] as const])
    expect(await answer(post(app, `/v1/models/${name}/predict`, { text: TEXTS[0] }))).toMatchObject({
      model: name,
      predictions: model.predict(TEXTS[0]),
    });
  await models.remove("one");
  expect(await refusal(post(app, "/v1/models/one/predict", { text: "a" }))).toMatchObject({ status: 404 });
  expect(await answer(app.request("/v1/models"))).toMatchObject({ models: [{ name: "two" }] });
});

it.each(["", "a/b", "..", ".hidden", "a b", "x".repeat(129), "ü"])("refuses the name %j", async (name) => {
  const model = await trainModel();
  expect(() => new Models({ [name]: model })).toThrowError(/model name/);
});

it("reloads by whoever can, and keeps the old model where that fails", async () => {
  const models = new Models({ bank: await trainModel() });
  const { version } = await answer<{ version: string }>(createApp({ models }).request("/v1/models/bank"));
  const other = await trainModel("other");
  let isBroken = true;
  const { Problem } = await import("../problem.ts");
  const app = createApp({
    models,
    async reload(name) {
      if (isBroken) throw new Problem("invalid", "The new file is no model; the old one goes on.");
      void models.put(name, other);
      return { name, version: await (models.get(name)?.version ?? ""), changed: true };
    },
  });
  expect(await refusal(post(app, "/v1/models/bank/reload", ""))).toMatchObject({ status: 422, kind: "invalid" });
  expect(await answer(app.request("/v1/models/bank"))).toMatchObject({ version });
  isBroken = false;
  const found = await answer<{ version: string }>(post(app, "/v1/models/bank/reload", ""));
  expect(found).toEqual({ name: "bank", version: expect.any(String), changed: true });
  expect(found.version).not.toBe(version);
  expect(await answer(app.request("/v1/models/bank"))).toMatchObject({ version: found.version });
});

it("stops in steps: not ready, then refusing, then idle when the last request has its answer", async () => {
  const classifier = await trainModel();
  const gate = deferred();
  const answerer = new BatchingAnswerer(classifier, {
    work: async (texts, options) => {
      await gate.promise;
      return classifier.predictAll(texts, options);
    },
  });
  const lifecycle = new Lifecycle("loading");
  const app = createApp({ models: { bank: { classifier, answerer } }, lifecycle });
  const ready = async (path = "/readyz"): Promise<number> => (await app.request(path)).status;
  const ask = (to: Hono): Promise<Response> => post(to, "/v1/models/bank/predict", { text: "a" });
  expect([await ready(), await ready("/v2/health/ready"), await ready("/healthz")]).toEqual([503, 503, 200]);
  lifecycle.open();
  expect([await ready(), await ready("/v2/health/ready")]).toEqual([200, 200]);
  const first = ask(app);
  lifecycle.stop();
  expect([await ready(), await ready("/healthz"), await ready("/v2/health/live")]).toEqual([503, 200, 200]);
  const second = ask(app);
  await turns();
  expect(lifecycle.inFlight).toBe(2);
  lifecycle.refuse();
  const third = await refusal(ask(app));
  expect(third).toMatchObject({ status: 503, kind: "stopping" });
  expect(third.headers.get("retry-after")).toBe("1");
  let isIdle = false;
  void lifecycle.idle().then(() => {
    isIdle = true;
  });
  await turns();
  expect(isIdle).toBe(false);
  gate.resolve();
  expect([(await first).status, (await second).status]).toEqual([200, 200]);
  await turns();
  expect(isIdle).toBe(true);
});

it("answers a deadline that passed with 503, and when to come again", async () => {
  const classifier = await trainModel();
  const answerer = new BatchingAnswerer(classifier, { work: () => new Promise(() => {}) });
  const app = createApp({ models: { bank: { classifier, answerer } } });
  const found = await refusal(post(app, "/v1/models/bank/predict", { text: "a" }, { "x-deadline-ms": "5" }));
  expect(found).toMatchObject({ status: 503, kind: "deadline" });
  expect(found.headers.get("retry-after")).toBe("1");
});

it("does not answer a request whose client went away while it waited", async () => {
  const classifier = await trainModel();
  const gate = deferred();
  const answered: string[] = [];
  const answerer = new BatchingAnswerer(classifier, {
    work: async (texts, options) => {
      await gate.promise;
      answered.push(...texts);
      return classifier.predictAll(texts, options);
    },
  });
  const lifecycle = new Lifecycle();
  const app = createApp({ models: { bank: { classifier, answerer } }, lifecycle });
  const controller = new AbortController();
  const ask = (text: string, signal?: AbortSignal): Response | Promise<Response> =>
    app.request("/v1/models/bank/predict", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }),
      ...(signal && { signal }),
    });
  const first = ask("first");
  await turns();
  const gone = ask("gone", controller.signal);
  const last = ask("last");
  await turns();
  controller.abort();
  gate.resolve();
  expect([(await first).status, (await last).status, (await gone).status]).toEqual([200, 200, 503]);
  expect(answered).toEqual(["first", "last"]);
  expect(lifecycle.inFlight).toBe(0);
});

it("counts a stream until its end, also where its client goes away", async () => {
  const lifecycle = new Lifecycle();
  const app = createApp({ models: { bank: await trainModel() }, lifecycle });
  const ask = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const headers = { "content-type": "application/x-ndjson" };
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('{"text":"a"}\n')),
    });
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    return ((await app.request("/v1/models/bank/predict", init)).body as ReadableStream<Uint8Array>).getReader();
  };
  const readers = [await ask(), await ask()];
  expect((await readers[0].read()).done).toBe(false);
  expect(lifecycle.inFlight).toBe(2);
  for (const reader of readers) await reader.cancel();
  expect(lifecycle.inFlight).toBe(0);
  await lifecycle.idle();
});
