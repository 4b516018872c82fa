import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { BaxError, type TextClassifier } from "bax";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { trainModel } from "../testing/models.ts";
import { ask, TestServers } from "../testing/servers.ts";

vi.setConfig({ testTimeout: 60_000 });

const servers = new TestServers();
let model: TextClassifier;
let path: string;
beforeAll(async () => {
  model = await trainModel();
  path = await servers.put(model, "bank.safetensors");
});
afterAll(() => servers.dispose());

const TEXTS = ["my card is lost", "thank you", "", "the money 💸 did not come"];

test.each([1, 2])("answers by %i threads are those of the model, to the bit", async (threads) => {
  const { url } = await servers.serve({ models: { bank: path }, threads });
  const one = await ask(`${url}/v1/models/bank/predict`, JSON.stringify({ text: TEXTS[0], k: 3 }));
  expect(one.status).toBe(200);
  expect(JSON.parse(one.body).predictions).toEqual(model.predict(TEXTS[0], { k: 3 }));
  const many = await ask(`${url}/v1/models/bank/predict`, JSON.stringify({ texts: TEXTS, k: 2 }));
  const { results } = JSON.parse(many.body) as { results: { predictions: unknown }[] };
  expect(results.map(({ predictions }) => predictions)).toEqual(model.predictAll(TEXTS, { k: 2 }));
});

test("many requests at once are each answered for their own text", async () => {
  const { url } = await servers.serve({ models: { bank: path }, threads: 2 });
  const asked = Array.from({ length: 300 }, (_, i) => `${TEXTS[i % TEXTS.length]} ${"card ".repeat(i % 7)}${i}`);
  const answers = await Promise.all(
    asked.map((text) => ask(`${url}/v1/models/bank/predict`, JSON.stringify({ text, k: 3 }))),
  );
  expect(answers.map(({ body }) => JSON.parse(body).predictions)).toEqual(
    asked.map((text) => model.predict(text, { k: 3 })),
  );
});

test("metrics tell requests, batches, models and refusals, in Prometheus' form", async () => {
  const { url } = await servers.serve({ models: { bank: path } });
  await ask(`${url}/v1/models/bank/predict`, JSON.stringify({ texts: TEXTS }));
  await ask(`${url}/v1/models/nobody/predict`, JSON.stringify({ text: "x" }));
  const { body, headers } = await ask(`${url}/metrics`, undefined);
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  const value = (series: string): number => {
    const line = body.split("\n").find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };
  const route = 'route="/v1/models/{name}/predict",method="POST"';
  expect(value(`bax_requests_total{${route},status="200"}`)).toBe(1);
  expect(value(`bax_requests_total{${route},status="404"}`)).toBe(1);
  expect(value(`bax_request_duration_seconds_count{${route},status="200"}`)).toBe(1);
  expect(value('bax_texts_total{model="bank"}')).toBe(TEXTS.length);
  expect(value('bax_batch_texts_sum{model="bank"}')).toBe(TEXTS.length);
  expect(value('bax_problems_total{kind="unknown-model"}')).toBe(1);
  expect(value('bax_queue_texts{model="bank"}')).toBe(0);
  expect(body).toMatch(/bax_model_info\{model="bank",version="[0-9a-f]{16}",labels="3"\} 1/);
  expect(body).toContain("process_resident_memory_bytes");
});

test("the log has the request's id and trace, but never a text unless that is asked for", async () => {
  const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (const logTexts of [false, true]) {
    servers.log.length = 0;
    const { url } = await servers.serve({ models: { bank: path }, logRequests: "all", logTexts });
    const headers = { "x-request-id": "abc-1", traceparent: trace };
    const answer = await ask(`${url}/v1/models/bank/predict`, JSON.stringify({ text: "a secret" }), { headers });
    expect(answer.headers["x-request-id"]).toBe("abc-1");
    expect(answer.headers.traceparent).toBe(trace);
    const line = servers.log.find(({ message }) => message === "request");
    expect(line).toMatchObject({ level: "info", requestId: "abc-1", traceparent: trace, status: 200, model: "bank" });
    expect(JSON.stringify(servers.log).includes("a secret")).toBe(logTexts);
  }
});

test("an address that others can reach asks for keys, and these open it", async () => {
  await expect(servers.serve({ models: { bank: path }, host: "0.0.0.0" })).rejects.toThrow(/no API keys/);
  const key = "0123456789abcdef0123456789abcdef";
  const { url } = await servers.serve({ models: { bank: path }, host: "0.0.0.0", keys: [key] });
  const own = url.replace("0.0.0.0", "127.0.0.1");
  expect((await ask(`${own}/v1/models`, undefined)).status).toBe(401);
  expect((await ask(`${own}/v1/models`, undefined, { headers: { "x-api-key": `${key}x` } })).status).toBe(401);
  expect((await ask(`${own}/v1/models`, undefined, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  expect((await ask(`${own}/metrics`, undefined)).status).toBe(401);
  expect((await ask(`${own}/healthz`, undefined)).status).toBe(200);
  expect(JSON.stringify(servers.log)).not.toContain(key);
});

test("what cannot be served is refused before anything listens", async () => {
  const refusal = (options: Parameters<TestServers["serve"]>[0]): Promise<unknown> =>
    servers.serve(options).then(
      () => undefined,
      (error) => error,
    );
  const broken = servers.at("broken.safetensors");
  writeFileSync(broken, readFileSync(path).subarray(0, 500));
  for (const [options, code] of [
    [{ models: { bank: servers.at("nowhere.safetensors") } }, "file"],
    [{ models: { bank: broken } }, "model"],
    [{ models: { "a/b": path } }, "usage"],
    [{ models: { bank: path }, threads: 0 }, "usage"],
    [{ models: { bank: path }, keys: ["short"] }, "usage"],
    [{ models: { bank: path }, limits: { texts: 0 } }, "usage"],
  ] as const) {
    const error = await refusal(options);
    expect(error).toBeInstanceOf(BaxError);
    expect((error as BaxError).code).toBe(code);
  }
  const { url } = await servers.serve({ models: { bank: path } });
  const error = await refusal({ models: { bank: path }, port: Number(new URL(url).port) });
  expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("is taken") });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
test.skipIf(!hasOpenssl)("HTTPS is spoken with a certificate (needs openssl)", async () => {
  const [key, cert] = [servers.at("key.pem"), servers.at("cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...subject], {
    stdio: "ignore",
  });
  const certificate = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  const { url } = await servers.serve({ models: { bank: path }, certificate });
  expect(url).toMatch(/^https:/);
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const outgoing = request(`${url}/healthz`, { ca: certificate.cert }, (incoming) => {
      incoming.resume();
      resolve({ status: incoming.statusCode, ...incoming.headers });
    });
    outgoing.on("error", reject).end();
  });
  expect(headers).toMatchObject({ status: 200, "strict-transport-security": "max-age=31536000" });
});
