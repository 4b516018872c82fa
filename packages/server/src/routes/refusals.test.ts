import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { trainModel } from "../testing/models.ts";
import { post, refusal } from "../testing/requests.ts";

const PREDICT = "/v1/models/bank/predict";

describe("a refusal", () => {
  let app: Hono;
  beforeAll(async () => {
    const limits = {
      bodyBytes: 2000,
      texts: 4,
      characters: 100,
      answers: 6,
      explainedTexts: 2,
      explainedCharacters: 50,
    };
    app = createApp({ models: { bank: await trainModel() }, limits });
  });

  it.each([
    ["no JSON", PREDICT, "{", 400, "malformed"],
    ["nothing", PREDICT, "", 400, "malformed"],
    ["bytes that are not UTF-8", PREDICT, Uint8Array.of(0x22, 0xff, 0x22), 400, "malformed"],
    ["a deep body", PREDICT, "[".repeat(1999), 400, "malformed"],
    ["a deep text", PREDICT, `{"text":${"[".repeat(900)}${"]".repeat(900)}}`, 422, "invalid"],
    ["an array", PREDICT, [], 422, "invalid"],
    ["null", PREDICT, "null", 422, "invalid"],
    ["no text", PREDICT, {}, 422, "invalid"],
    ["a text that is none", PREDICT, { text: 7 }, 422, "invalid"],
    ["text and texts", PREDICT, { text: "a", texts: ["b"] }, 422, "invalid"],
    ["no texts", PREDICT, { texts: [] }, 422, "invalid"],
    ["a mistyped option", PREDICT, { text: "a", treshold: 0.5 }, 422, "invalid"],
    ["k of 0", PREDICT, { text: "a", k: 0 }, 422, "invalid"],
    ["k of a half", PREDICT, { text: "a", k: 1.5 }, 422, "invalid"],
    ["k past all numbers", PREDICT, '{"text":"a","k":1e999}', 422, "invalid"],
    ["a threshold below 0", PREDICT, { text: "a", threshold: -0.1 }, 422, "invalid"],
    ["a share above 1", PREDICT, { text: "a", abstain: { margin: 2 } }, 422, "invalid"],
    ["no labels", PREDICT, { text: "a", labels: [] }, 422, "invalid"],
    ["an unknown label", PREDICT, { text: "a", labels: ["nonsense"] }, 422, "invalid"],
    ["too many texts", PREDICT, { texts: ["a", "b", "c", "d", "e"] }, 413, "too-large"],
    ["a long text", PREDICT, { text: "x".repeat(101) }, 413, "too-large"],
    ["too many answers", PREDICT, { texts: ["a", "b", "c"], k: 3 }, 413, "too-large"],
    ["a large body", PREDICT, { text: "x".repeat(2000) }, 413, "too-large"],
    ["an unknown label", "/v1/models/bank/explain", { text: "a", label: "nonsense" }, 422, "invalid"],
    ["an unknown label", "/v1/models/bank/explain", { text: "a", against: "nonsense" }, 422, "invalid"],
    ["many texts", "/v1/models/bank/explain", { texts: ["a", "b", "c"] }, 413, "too-large"],
    ["a long text", "/v1/models/bank/explain", { text: "x".repeat(51) }, 413, "too-large"],
    ["an unknown label", "/v1/models/bank/score", { text: "a", labels: ["nonsense"] }, 422, "invalid"],
    ["too many scores", "/v1/models/bank/score", { texts: ["a", "b", "c"] }, 413, "too-large"],
    ["an unknown model", "/v1/models/other/predict", { text: "a" }, 404, "unknown-model"],
    ["a model's name that is a path", "/v1/models/..%2F..%2Fetc%2Fpasswd/predict", { text: "a" }, 404, "unknown-model"],
    ["a name of every object", "/v1/models/__proto__/predict", { text: "a" }, 404, "unknown-model"],
    ["a reload where there is none", "/v1/models/bank/reload", {}, 404, "not-found"],
  ])("of %s (%s %j) is a problem document", async (_, path, body, status, kind) => {
    const found = await refusal(post(app, path, body));
    expect(found).toMatchObject({ status, kind, type: "application/problem+json" });
    expect(found.document).toMatchObject({
      status,
      title: expect.any(String),
      detail: expect.any(String),
      instance: found.headers.get("x-request-id"),
    });
  });

  it("points at what is wrong", async () => {
    const { document } = await refusal(post(app, PREDICT, { text: "a", k: "many", abstain: { margin: -1 } }));
    expect(document.errors).toEqual([
      { pointer: "#/k", detail: expect.stringContaining("number") },
      { pointer: "#/abstain/margin", detail: expect.stringContaining("0") },
    ]);
  });

  it("tells no more than some of very much that is wrong", async () => {
    const { document } = await refusal(post(app, PREDICT, { texts: Array(300).fill(1) }));
    expect((document.errors as unknown[]).length).toBe(20);
  });

  it.each([
    ["GET", PREDICT, "POST"],
    ["DELETE", "/v1/models/bank", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
    ["OPTIONS", PREDICT, "POST"],
  ])("of %s %s names the methods that there are", async (method, path, allow) => {
    const found = await refusal(app.request(path, { method }));
    expect(found).toMatchObject({ status: 405, kind: "method" });
    expect(found.headers.get("allow")).toBe(allow);
  });

  it("of an unknown path is a 404", async () => {
    expect(await refusal(app.request("/nothing/here"))).toMatchObject({ status: 404, kind: "not-found" });
    expect(await refusal(app.request("/openapiXjson"))).toMatchObject({ status: 404, kind: "not-found" });
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])(
    "of the media type %j is a 415",
    async (type) => {
      const found = await refusal(post(app, PREDICT, { text: "a" }, { "content-type": type }));
      expect(found).toMatchObject({ status: 415, kind: "media-type" });
    },
  );

  it("of a packed body is a 415", async () => {
    const found = await refusal(post(app, PREDICT, { text: "a" }, { "content-encoding": "gzip" }));
    expect(found).toMatchObject({ status: 415, kind: "media-type" });
  });

  it.each([
    ["text/html", 406],
    ["application/json;q=0", 406],
    ["application/json;q=0, */*", 406],
    ["text/html, application/*;q=0.5", 200],
    ["text/html, */*;q=0.1", 200],
    ["APPLICATION/JSON; charset=utf-8", 200],
  ])("comes where no answer of the kind is accepted: %s, %i", async (accept, status) => {
    expect((await post(app, PREDICT, { text: "a" }, { accept })).status).toBe(status);
  });

  it("comes for a body whose length nobody says, as soon as it is too large", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 500;
        controller.enqueue(new Uint8Array(500).fill(0x20));
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } };
    const found = await refusal(app.request(PREDICT, init as RequestInit));
    expect(found).toMatchObject({ status: 413, kind: "too-large" });
    expect(sent).toBeLessThan(5000);
  });

  it("comes for a body that breaks off", async () => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("gone"));
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } };
    expect(await refusal(app.request(PREDICT, init as RequestInit))).toMatchObject({ status: 400, kind: "malformed" });
  });

  it.each(["0", "-1", "1.5", "soon", "99999999999"])("comes for the deadline %s", async (deadline) => {
    for (const what of ["predict", "explain", "score"]) {
      const found = refusal(post(app, `/v1/models/bank/${what}`, { text: "a" }, { "x-deadline-ms": deadline }));
      expect(await found).toMatchObject({ status: 400, kind: "malformed" });
    }
  });
});

it("tells nothing of what fails inside, but to the log", async () => {
  const classifier = await trainModel();
  const failure = new Error("secret path /etc/bax");
  const answerer = {
    ...{ waiting: 0, room: () => undefined, close: async () => {} },
    predict: () => Promise.reject(failure),
    explain: () => {
      throw failure;
    },
    scores: () => Promise.reject(failure),
  };
  const reports: { status: number; error: unknown; problem: string | undefined }[] = [];
  const app = createApp({
    models: { bank: { classifier, answerer } },
    telemetry: { ended: (report) => void reports.push(report) },
  });
  for (const what of ["predict", "explain", "score"]) {
    const found = await refusal(post(app, `/v1/models/bank/${what}`, { text: "a" }));
    expect(found).toMatchObject({ status: 500, kind: "internal" });
    expect(JSON.stringify(found.document)).not.toContain("secret");
  }
  expect(reports).toHaveLength(3);
  for (const report of reports) expect(report).toMatchObject({ status: 500, error: failure, problem: "internal" });
});
