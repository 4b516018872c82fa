import type { TextClassifier } from "bax";
import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { BatchingAnswerer } from "../service/index.ts";
import { LABELS, TEXTS, trainModel } from "../testing/models.ts";
import { answer, post } from "../testing/requests.ts";

describe.each(["direct", "batching"])("answers, %s", (how) => {
  let model: TextClassifier;
  let app: Hono;

  beforeAll(async () => {
    model = await trainModel();
    const answerer = how === "batching" ? new BatchingAnswerer(model) : undefined;
    app = createApp({ models: { bank: { classifier: model, answerer } } });
  });

  it("are the predictions of the library for one text, to the bit", async () => {
    for (const text of TEXTS) {
      const found = await answer(post(app, "/v1/models/bank/predict", { text }));
      expect(found).toEqual({ model: "bank", version: expect.any(String), predictions: model.predict(text) });
    }
  });

  it.each([
    { k: 3 },
    { k: 2 ** 40 },
    { k: 2, threshold: 0.4 },
    { threshold: 7 },
    { labels: ["thanks", "card"], k: 2 },
    { k: 3, raw: true },
    { abstain: { probability: 0.6 } },
    { abstain: { margin: 0.5 }, k: 2 },
    { abstain: { unknown: 0.5 } },
    { abstain: {} },
  ])("are the predictions of the library for many texts and %j", async (options) => {
    const found = await answer(post(app, "/v1/models/bank/predict", { texts: TEXTS, ...options }));
    expect(found).toEqual({
      model: "bank",
      version: expect.any(String),
      results: model.predictAll(TEXTS, options).map((predictions) => ({ predictions })),
    });
  });

  it("are the explanations of the library, minus zeros too", async () => {
    for (const text of TEXTS.slice(0, -1)) {
      for (const question of [
        {},
        { label: "thanks" },
        { against: "runner-up" },
        { label: "card", against: "transfer" },
      ]) {
        const { features, ...expected } = model.explain(text, question);
        const path = "/v1/models/bank/explain";
        const short = await answer<object>(post(app, path, { text, ...question }));
        expect(short).toEqual({ model: "bank", version: expect.any(String), ...expected });
        expect(short).not.toHaveProperty("features");
        const long = await answer(post(app, path, { texts: [text], features: true, ...question }));
        expect(long).toEqual({ model: "bank", version: expect.any(String), results: [{ ...expected, features }] });
      }
    }
  });

  it("have offsets of spans that cut the text as JavaScript does", async () => {
    const text = "👩‍👩‍👧 thank you, card";
    const { spans } = await answer<{ spans: { start: number; end: number; text: string }[] }>(
      post(app, "/v1/models/bank/explain", { text }),
    );
    expect(spans.length).toBeGreaterThan(2);
    for (const { start, end, text: cut } of spans) expect(text.slice(start, end)).toBe(cut);
  });

  it("are the scores of the library", async () => {
    for (const options of [{}, { labels: ["transfer", "card"] }, { raw: true }]) {
      const path = "/v1/models/bank/score";
      expect(await answer(post(app, path, { text: TEXTS[0], ...options }))).toEqual({
        ...{ model: "bank", version: expect.any(String) },
        scores: model.scores(TEXTS[0], options),
      });
      expect(await answer(post(app, path, { texts: TEXTS, ...options }))).toEqual({
        ...{ model: "bank", version: expect.any(String) },
        results: TEXTS.map((text) => ({ scores: model.scores(text, options) })),
      });
    }
  });

  it("tell of the models what the library tells", async () => {
    const details = await answer<{ fingerprint: string; version: string }>(app.request("/v1/models/bank"));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(model.toBytes())));
    expect(details).toEqual({
      name: "bank",
      version: details.fingerprint.slice(0, 16),
      fingerprint: Buffer.from(digest).toString("hex"),
      labels: LABELS,
      dimension: model.dimension,
      features: model.featureCount,
      options: JSON.parse(JSON.stringify(model.metadata.options)),
      training: JSON.parse(JSON.stringify(model.metadata.training)),
      metrics: null,
      calibration: null,
      decision: null,
    });
    expect(await answer(app.request("/v1/models"))).toEqual({
      models: [{ name: "bank", version: details.version, labels: 3 }],
    });
  });
});

it("tells what was measured and how a model was calibrated", async () => {
  const examples = Array.from({ length: 60 }, (_, i) => ({
    text: `${["card lost", "thank you", "send money"][i % 3]} ${i}`,
    label: LABELS[i % 3],
  }));
  const model = await (await trainModel("", { loss: "ova", valid: 0.25 })).calibrate(examples, {
    wanted: { precision: 0.9 },
  });
  const app = createApp({ models: { bank: model } });
  const details = await answer<Record<string, unknown>>(app.request("/v1/models/bank"));
  expect(details.metrics).toEqual(model.metadata.training.valid);
  expect(details.calibration).toEqual(model.calibration);
  expect(details.calibration).toHaveProperty("platt.slopes");
  expect(details.decision).toEqual(model.decision);
});
