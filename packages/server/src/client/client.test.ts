import type { TextClassifier } from "bax";
import { build } from "esbuild";
import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { TEXTS, trainModel } from "../testing/models.ts";
import { BaxClient, BaxServerError } from "./index.ts";

const KEY = "0123456789abcdef-one";

describe("the client", () => {
  let model: TextClassifier;
  let app: Hono;
  let client: BaxClient;
  const requests: Request[] = [];
  beforeAll(async () => {
    model = await trainModel();
    app = createApp({ models: { bank: model }, keys: [KEY], limits: { lineBytes: 4000 } });
    client = new BaxClient({
      baseUrl: "http://localhost/",
      key: KEY,
      fetch: (request) => {
        requests.push(request.clone());
        return app.fetch(request);
      },
    });
  });

  it("gets the answers of the library, to the bit", async () => {
    const from = { model: "bank", version: expect.any(String) };
    const [text] = TEXTS;
    expect(await client.predict("bank", text)).toEqual({ ...from, predictions: model.predict(text) });
    expect(await client.predict("bank", text, { k: 2 })).toEqual({
      ...from,
      predictions: model.predict(text, { k: 2 }),
    });
    expect(await client.predictMany("bank", TEXTS, { threshold: 0.5 })).toEqual({
      ...from,
      results: model.predictAll(TEXTS, { threshold: 0.5 }).map((predictions) => ({ predictions })),
    });
    const { features, ...explanation } = model.explain(text, { against: "runner-up" });
    expect(await client.explain("bank", text, { against: "runner-up" })).toEqual({ ...from, ...explanation });
    expect(await client.explainMany("bank", [text], { against: "runner-up", features: true })).toEqual({
      ...from,
      results: [{ ...explanation, features }],
    });
    expect(await client.score("bank", text)).toEqual({ ...from, scores: model.scores(text) });
    expect(await client.scoreMany("bank", [text], { labels: ["card"] })).toEqual({
      ...from,
      results: [{ scores: model.scores(text, { labels: ["card"] }) }],
    });
    expect(await client.models()).toEqual([{ name: "bank", version: expect.any(String), labels: 3 }]);
    expect(await client.model("bank")).toMatchObject({ name: "bank", labels: [...model.labels] });
  });

  it("streams any number of texts, and takes no more than it needs", async () => {
    let taken = 0;
    async function* many(): AsyncGenerator<string> {
      for (let i = 0; i < 2500; i++) {
        taken++;
        yield `${TEXTS[i % 4]} ${i}`;
      }
    }
    const found: unknown[] = [];
    for await (const { predictions } of client.predictStream("bank", many(), { k: 2 })) {
      if (found.length === 0) expect(taken).toBe(1000);
      found.push(predictions);
    }
    expect(taken).toBe(2500);
    const texts = Array.from({ length: 2500 }, (_, i) => `${TEXTS[i % 4]} ${i}`);
    expect(found).toEqual(model.predictAll(texts, { k: 2 }));
    for await (const _ of client.predictStream("bank", [])) expect.unreachable();
  });

  it("throws at a text that is refused, or gives its error in its place", async () => {
    const texts = ["card", "y".repeat(5000), "thanks"];
    const found: unknown[] = [];
    await expect(async () => {
      for await (const answer of client.predictStream("bank", texts)) found.push(answer);
    }).rejects.toMatchObject({ status: 413, problem: { type: "urn:bax:problem:too-large" } });
    expect(found).toEqual([{ predictions: model.predict("card") }]);
    const all: unknown[] = [];
    for await (const answer of client.predictStream("bank", texts, {}, { onError: "yield" })) all.push(answer);
    expect(all[1]).toBeInstanceOf(BaxServerError);
    expect([all[0], all[2]]).toEqual(
      [model.predict("card"), model.predict("thanks")].map((predictions) => ({ predictions })),
    );
  });

  it("throws what the server told", async () => {
    const error = await client.predict("bank", "a", { labels: ["nonsense"] }).catch((found) => found);
    expect(error).toBeInstanceOf(BaxServerError);
    expect(error).toMatchObject({ status: 422, problem: { type: "urn:bax:problem:invalid", status: 422 } });
    expect(error.message).toContain("nonsense");
    await expect(client.model("a/../b")).rejects.toMatchObject({ status: 404, problem: { status: 404 } });
    const stranger = new BaxClient({ baseUrl: "http://localhost", fetch: (request) => app.fetch(request) });
    await expect(stranger.models()).rejects.toMatchObject({ status: 401 });
  });

  it("throws where the server is none", async () => {
    const at = (fetch: (request: Request) => Response | Promise<Response>): BaxClient =>
      new BaxClient({ baseUrl: "http://localhost", fetch });
    const busy = at(() => new Response("busy", { status: 503, headers: { "retry-after": "7" } }));
    await expect(busy.models()).rejects.toMatchObject({ status: 503, retryAfter: 7, problem: undefined });
    await expect(at(() => new Response("<html>")).models()).rejects.toMatchObject({ status: 200 });
    const failure = new TypeError("fetch failed");
    await expect(at(() => Promise.reject(failure)).models()).rejects.toMatchObject({ status: 0, cause: failure });
    const short = at(() => new Response('{"predictions":[]}\n'));
    await expect(async () => {
      for await (const _ of short.predictStream("bank", ["a", "b"]));
    }).rejects.toThrowError(/broke off/);
  });

  it("passes on what a call says", async () => {
    requests.length = 0;
    await client.predict("bank", "a", {}, { deadline: 1234.5, requestId: "r7" });
    const [{ headers, url }] = requests;
    expect(url).toBe("http://localhost/v1/models/bank/predict");
    expect([headers.get("x-deadline-ms"), headers.get("x-request-id")]).toEqual(["1235", "r7"]);
    const controller = new AbortController();
    controller.abort(new Error("given up"));
    const slow = new BaxClient({
      baseUrl: "http://localhost",
      fetch: (request) => Promise.reject(request.signal.reason),
    });
    await expect(slow.models({ signal: controller.signal })).rejects.toThrowError("given up");
  });

  it("has nothing of the server in it", async () => {
    const { metafile, outputFiles } = await build({
      ...{ entryPoints: [`${import.meta.dirname}/index.ts`], bundle: true, write: false, minify: true, metafile: true },
      ...{ format: "esm", absWorkingDir: import.meta.dirname },
    });
    expect(Object.keys(metafile.inputs).sort()).toEqual(["client.ts", "error.ts", "index.ts", "lines.ts"]);
    expect(outputFiles[0].contents.length).toBeLessThan(8000);
  });
});
