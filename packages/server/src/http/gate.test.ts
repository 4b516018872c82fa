import type { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { type AppOptions, createApp } from "../app.ts";
import type { RequestReport } from "../service/index.ts";
import { trainModel } from "../testing/models.ts";
import { answer, post, refusal } from "../testing/requests.ts";

const PREDICT = "/v1/models/bank/predict";
const KEY = "0123456789abcdef-one";
const OTHER = "0123456789abcdef-two";
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async function appWith(options: Partial<AppOptions> = {}): Promise<Hono> {
  return createApp({ models: { bank: await trainModel() }, ...options });
}

describe("API keys", () => {
  it("open every route, as a bearer's or in a header of their own, and nothing else does", async () => {
    const app = await appWith({ keys: [KEY, OTHER] });
    const paths = ["/v1/models", "/v1/models/bank", "/v2", "/v2/models/bank", "/openapi.json", "/docs"];
    for (const path of paths) {
      for (const headers of [
        { authorization: `Bearer ${KEY}` },
        { "x-api-key": OTHER },
        { authorization: `bearer ${OTHER}` },
      ])
        expect((await app.request(path, { headers })).status).toBe(200);
      for (const headers of [
        {},
        { authorization: `Bearer ${KEY}x` },
        { authorization: KEY },
        { authorization: `Basic ${KEY}` },
        { "x-api-key": KEY.slice(0, -1) },
        { "x-api-key": "" },
        { authorization: "Bearer " },
      ]) {
        const found = await refusal(app.request(path, { headers: headers as Record<string, string> }));
        expect(found).toMatchObject({ status: 401, kind: "unauthorized" });
        expect(found.headers.get("www-authenticate")).toBe("Bearer");
      }
    }
    for (const path of [PREDICT, "/v1/models/nobody/predict", "/v2/models/bank/infer"])
      expect((await post(app, path, { text: "a" })).status).toBe(401);
    expect((await post(app, PREDICT, { text: "a" }, { "x-api-key": KEY })).status).toBe(200);
    expect((await app.request("/nothing")).status).toBe(401);
  });

  it("are not asked for by routes of health", async () => {
    const app = await appWith({ keys: [KEY] });
    for (const path of ["/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"])
      expect((await app.request(path)).status).toBe(200);
  });

  it("are refused where they are short, without being told", async () => {
    await expect(appWith({ keys: ["short-secret"] })).rejects.toThrowError(/API key 1: expected 16/);
    await expect(appWith({ keys: ["short-secret"] })).rejects.not.toThrowError(/short-secret/);
    await expect(appWith({ keys: [] })).rejects.toThrowError(/keys: got none/);
  });

  it("may be digested by the platform", async () => {
    const { createHash } = await import("node:crypto");
    const app = await appWith({ keys: [KEY], digest: (text) => createHash("sha256").update(text).digest() });
    expect((await app.request("/v2", { headers: { "x-api-key": KEY } })).status).toBe(200);
    expect((await app.request("/v2", { headers: { "x-api-key": OTHER } })).status).toBe(401);
  });

  it("bound how much each of them has under way", async () => {
    const app = await appWith({ keys: [KEY, OTHER], limits: { requestsPerKey: 1 } });
    let finish = (): void => {};
    const body = new ReadableStream({
      start(controller) {
        finish = () => {
          controller.enqueue(new TextEncoder().encode('{"text":"a"}'));
          controller.close();
        };
      },
    });
    const headers = { "content-type": "application/json", "x-api-key": KEY };
    const first = app.request(PREDICT, { method: "POST", headers, body, duplex: "half" } as RequestInit);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await refusal(app.request("/v2", { headers }));
    expect(second).toMatchObject({ status: 429, kind: "too-many-requests" });
    expect(second.headers.get("retry-after")).toBe("1");
    expect((await app.request("/v2", { headers: { "x-api-key": OTHER } })).status).toBe(200);
    finish();
    expect((await first).status).toBe(200);
    expect((await app.request("/v2", { headers })).status).toBe(200);
    expect((await app.request("/v2", { headers })).status).toBe(200);
  });
});

describe("headers of answers", () => {
  it("keep pages, frames and stores away from all of them", async () => {
    const app = await appWith({ headers: { "strict-transport-security": "max-age=63072000" } });
    const answers = [
      await app.request("/healthz"),
      await app.request("/nothing"),
      await app.request(PREDICT),
      await post(app, PREDICT, "{"),
      await post(app, PREDICT, { text: "½ Ω 👩" }),
      await post(app, PREDICT, '{"text":"a"}', { "content-type": "application/x-ndjson" }),
    ];
    for (const one of answers) {
      expect(one.headers.get("x-content-type-options")).toBe("nosniff");
      expect(one.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(one.headers.get("cache-control")).toBe("no-store");
      expect(one.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(one.headers.get("strict-transport-security")).toBe("max-age=63072000");
      expect(one.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      expect(one.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it("tell the length of the body in bytes, whatever its text", async () => {
    const app = await appWith();
    for (const text of ["a", "½ Ω", "👩‍👩‍👧", "\ud83d", "\udc00\ud83d", "x\ud83dy", "\u0800\uffff"]) {
      const response = await post(app, "/v1/models/bank/explain", { text });
      const length = Number(response.headers.get("content-length"));
      expect((await response.arrayBuffer()).byteLength).toBe(length);
    }
  });

  it.each(["my-id_1.2:3", "0".repeat(128)])("give back the id %s of a request", async (id) => {
    const app = await appWith();
    expect((await app.request("/healthz", { headers: { "x-request-id": id } })).headers.get("x-request-id")).toBe(id);
  });

  it.each(["a b", "0".repeat(129), "<script>", "ä"])("do not give back the id %s", async (id) => {
    const app = await appWith();
    const { headers } = await app.request("/healthz", { headers: { "x-request-id": id } });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    [TRACE, true],
    ["01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true],
    ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false],
    ["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false],
    ["00-00000000000000000000000000000000-b7ad6b7169203331-01", false],
    ["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false],
    ["00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false],
    ["nonsense", false],
  ])("pass the trace %s through: %s", async (traceparent, isPassed) => {
    const app = await appWith();
    const { headers } = await app.request("/healthz", { headers: { traceparent } });
    expect(headers.get("traceparent")).toBe(isPassed ? traceparent : null);
  });
});

describe("pages of other origins", () => {
  const origin = "https://app.example.org";
  const preflight = { origin, "access-control-request-method": "POST" };

  it("may not ask unless they are named", async () => {
    for (const app of [await appWith(), await appWith({ origins: ["https://other.example.org"] })]) {
      const found = await app.request("/v2", { headers: { origin } });
      expect(found.headers.get("access-control-allow-origin")).toBeNull();
      expect((await app.request(PREDICT, { method: "OPTIONS", headers: preflight })).status).toBe(405);
    }
  });

  it("may ask where they are, with keys too", async () => {
    const app = await appWith({ origins: [origin], keys: [KEY] });
    const asked = await app.request(PREDICT, { method: "OPTIONS", headers: preflight });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
    expect(asked.headers.get("access-control-allow-methods")).toBe("POST");
    expect(asked.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(asked.headers.get("vary")).toBe("origin");
    const found = await post(app, PREDICT, { text: "a" }, { origin, "x-api-key": KEY });
    expect(found.headers.get("access-control-allow-origin")).toBe(origin);
    expect((await app.request("/nothing", { method: "OPTIONS", headers: preflight })).status).toBe(405);
  });

  it("are refused as options where they are none", async () => {
    for (const wrong of ["example.org", "https://example.org/", "https://example.org/path", ""])
      await expect(appWith({ origins: [wrong] })).rejects.toThrowError(/origin/);
  });
});

describe("reports of requests", () => {
  it("tell what was asked and answered, and texts only where that is asked for", async () => {
    for (const logTexts of [false, true]) {
      const reports: RequestReport[] = [];
      let began = 0;
      const noisy = {
        began: () => {
          began++;
          throw new Error("lost");
        },
        ended: () => {
          throw new Error("lost");
        },
      };
      const telemetry = [noisy, { ended: (report: RequestReport) => void reports.push(report) }];
      const app = await appWith({ telemetry, logTexts });
      const { version } = await answer<{ version: string }>(
        post(app, PREDICT, { texts: ["secret", "more"] }, { "x-request-id": "r1", traceparent: TRACE }),
      );
      await post(app, PREDICT, { text: "a", k: 0 });
      await app.request("/nothing/secret");
      const lines = await post(app, PREDICT, '{"text":"a"}\n{"text":"b"}\n', {
        "content-type": "application/x-ndjson",
      });
      expect(reports).toHaveLength(3);
      await lines.text();
      expect(began).toBe(4);
      const common = { method: "POST", route: "/v1/models/{name}/predict", model: "bank", error: undefined };
      expect(reports).toMatchObject([
        { ...common, requestId: "r1", traceparent: TRACE, status: 200, version, texts: 2, problem: undefined },
        { ...common, status: 422, texts: 0, problem: "invalid" },
        { method: "GET", route: "(none)", status: 404, model: undefined, problem: "not-found" },
        { ...common, status: 200, texts: 2, version },
      ]);
      for (const { seconds } of reports) expect(seconds).toBeGreaterThanOrEqual(0);
      expect(reports[0].asked).toEqual(logTexts ? ["secret", "more"] : undefined);
      if (!logTexts) expect(JSON.stringify(reports)).not.toContain("secret");
    }
  });
});

it("has the metrics that it is given, and no such path without them", async () => {
  const app = await appWith({ metrics: () => ({ type: "text/plain; version=0.0.4", body: "up 1\n" }) });
  const found = await app.request("/metrics");
  expect(found.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  expect(await found.text()).toBe("up 1\n");
  expect((await (await appWith()).request("/metrics")).status).toBe(404);
});

it("is a part of other people's apps", async () => {
  const { Hono } = await import("hono");
  const outer = new Hono().route("/classify", await appWith());
  const found = await answer(post(outer, "/classify/v1/models/bank/predict", { text: "thanks" }));
  expect(found).toMatchObject({ model: "bank" });
});

it("reads bodies as the runtime does it faster", async () => {
  const app = await appWith({
    limits: { bodyBytes: 20 },
    readBody: async (_, environment) => new TextEncoder().encode((environment as { body: string }).body),
  });
  const ask = (body: string): Response | Promise<Response> =>
    app.request(PREDICT, { method: "POST", headers: { "content-type": "application/json" } }, { body });
  expect(await answer(ask('{"text":"thanks"}'))).toHaveProperty("predictions");
  expect(await refusal(ask('{"text":"thanks a lot"}'))).toMatchObject({ status: 413 });
});

it("finds headers where Node's server has them", async () => {
  const app = await appWith();
  const ask = (headers: Record<string, string | string[]>): Response | Promise<Response> =>
    app.request(PREDICT, { method: "POST", body: '{"text":"a"}' }, { incoming: { headers } });
  expect((await ask({ "content-type": "application/json", "x-request-id": "r2" })).headers.get("x-request-id")).toBe(
    "r2",
  );
  expect((await ask({ "content-type": "text/plain" })).status).toBe(415);
  expect((await ask({})).status).toBe(415);
});
