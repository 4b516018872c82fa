import { createHash } from "node:crypto";
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it } from "vitest";
import { type AppOptions, createApp } from "../app.ts";
import { DocumentChecker } from "../testing/documentChecker.ts";
import { trainModel } from "../testing/models.ts";
import { answer, post } from "../testing/requests.ts";

const FULL: Partial<AppOptions> = {
  keys: ["0123456789abcdef-one"],
  metrics: () => ({ type: "text/plain", body: "" }),
  reload: async (name) => ({ name, version: "1", changed: false }),
};
const headers = { "x-api-key": "0123456789abcdef-one" };

type Json = Record<string, unknown>;

describe("the OpenAPI document", () => {
  let small: Json;
  let full: Json;
  beforeAll(async () => {
    const models = { bank: await trainModel() };
    small = await answer(createApp({ models }).request("/openapi.json"));
    full = await answer(createApp({ models, ...FULL }).request("/openapi.json", { headers }));
  });

  it("is valid OpenAPI 3.1", async () => {
    for (const document of [small, full]) {
      expect(document.openapi).toBe("3.1.0");
      const result = await new Validator().validate(structuredClone(document));
      expect(result.errors ?? []).toEqual([]);
      expect(result.valid).toBe(true);
    }
  });

  it("names every route of the server", () => {
    const paths = (document: Json): string[] => Object.keys(document.paths as Json).sort();
    const common = [
      "/docs",
      "/healthz",
      "/openapi.json",
      "/readyz",
      "/v1/models",
      "/v1/models/{name}",
      "/v1/models/{name}/explain",
      "/v1/models/{name}/predict",
      "/v1/models/{name}/score",
      "/v2",
      "/v2/health/live",
      "/v2/health/ready",
      "/v2/models/{name}",
      "/v2/models/{name}/infer",
      "/v2/models/{name}/ready",
      "/v2/models/{name}/versions/{version}",
      "/v2/models/{name}/versions/{version}/infer",
      "/v2/models/{name}/versions/{version}/ready",
    ];
    expect(paths(small)).toEqual(common);
    expect(paths(full)).toEqual([...common, "/metrics", "/v1/models/{name}/reload"].sort());
  });

  it("tells of keys where they are asked for", () => {
    const operation = (document: Json, path: string): Json =>
      Object.values((document.paths as Json)[path] as Json)[0] as Json;
    expect(operation(full, "/v1/models").security).toEqual([{ bearer: [] }, { header: [] }]);
    expect(operation(full, "/healthz").security).toBeUndefined();
    expect(operation(small, "/v1/models").security).toBeUndefined();
  });

  it("takes the requests that the server takes, and no others", async () => {
    const checker = new DocumentChecker(small);
    const app = createApp({ models: { bank: await trainModel() } });
    const path = "/v1/models/{name}/predict";
    const at = ["paths", path, "post", "requestBody", "content", "application/json", "schema"];
    for (const body of [
      ...[{ text: "a" }, { texts: ["a"] }, { text: "a", k: 2, threshold: 0.5, abstain: { margin: 0.1 }, raw: true }],
      ...[{}, { text: "a", texts: ["a"] }, { text: 1 }, { texts: [] }, { text: "a", k: 0 }, { text: "a", k: 1.5 }],
      ...[{ text: "a", other: 1 }, { text: "a", threshold: -1 }, { text: "a", labels: [] }, [], null, "a"],
      ...[
        { text: "a", k: 2 ** 53 - 1 },
        { text: "a", k: 2 ** 53 },
        { text: "a", k: 1e300 },
      ],
    ]) {
      const { status } = await post(app, path.replace("{name}", "bank"), JSON.stringify(body));
      expect(checker.fits(at, body), JSON.stringify(body)).toBe(status === 200);
    }
  });

  it("takes the tensors that the server takes, and no others", async () => {
    const checker = new DocumentChecker(small);
    const app = createApp({ models: { bank: await trainModel() } });
    const path = "/v2/models/{name}/infer";
    const at = ["paths", path, "post", "requestBody", "content", "application/json", "schema"];
    const text = { name: "text", datatype: "BYTES", shape: [1], data: ["a"] };
    for (const body of [
      ...[{ inputs: [text] }, { inputs: [{ ...text, shape: [1, 1] }] }, { inputs: [{ ...text, data: [["a"]] }] }],
      ...[{ inputs: [] }, { inputs: [text, text] }, { inputs: [{ ...text, data: [["a", "b"]] }] }, {}],
      ...[{ inputs: [{ ...text, shape: [] }] }, { inputs: [{ ...text, shape: [1, 1, 1] }] }],
      ...[{ inputs: [{ ...text, name: "other" }] }, { inputs: [{ ...text, datatype: "FP32" }] }],
      ...[
        { inputs: [text], parameters: { k: 2 ** 53 } },
        { inputs: [text], outputs: [{ name: "other" }] },
      ],
    ]) {
      const { status } = await post(app, path.replace("{name}", "bank"), JSON.stringify(body));
      expect(checker.fits(at, body), JSON.stringify(body)).toBe(status === 200);
    }
  });
});

describe("the page", () => {
  it("shows every route and form, and asks nobody for anything", async () => {
    const app = createApp({ models: { bank: await trainModel() } });
    const document = await answer<{ paths: Json; components: { schemas: Json } }>(app.request("/openapi.json"));
    const response = await app.request("/docs");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const page = await response.text();
    for (const path of Object.keys(document.paths)) expect(page).toContain(`<code>${path}</code>`);
    for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`id="schema-${name}"`);
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(|style="/);
    for (const [, link] of page.matchAll(/href="([^"]*)"/g)) expect(link).toMatch(/^(#schema-\w+|openapi\.json)$/);
    expect(page).not.toContain("undefined");
    expect(page).not.toContain("[object");
  });

  it("has a policy that allows its styles and nothing else", async () => {
    const app = createApp({ models: { bank: await trainModel() } });
    const response = await app.request("/docs");
    const [, styles] = /<style>(.*)<\/style>/s.exec(await response.text()) ?? [];
    const hash = createHash("sha256").update(styles).digest("base64");
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    );
    expect(styles).toContain("prefers-color-scheme:dark");
  });

  it("is made of the document alone, whatever stands in it", async () => {
    const { pageOf } = await import("./page.ts");
    const evil = '<script>alert("1")</script>';
    const page = pageOf({
      openapi: "3.1.0",
      info: { title: evil, version: "1", description: evil },
      paths: {
        [`/${evil}`]: {
          get: { tags: [evil], summary: evil, operationId: evil, responses: { 200: { description: evil } } },
        },
      },
      components: {
        schemas: { [evil]: { type: "object", properties: { [evil]: { type: "string", description: evil } } } },
      },
    } as never);
    expect(page).not.toContain("<script");
  });
});
