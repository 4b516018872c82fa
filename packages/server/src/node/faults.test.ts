import { Worker } from "node:worker_threads";
import type { TextClassifier } from "bax";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { trainModel } from "../testing/models.ts";
import { ask, keepAlive, Raw, TestServers } from "../testing/servers.ts";

vi.setConfig({ testTimeout: 60_000 });

const servers = new TestServers();
let model: TextClassifier;
let path: string;
beforeAll(async () => {
  model = await trainModel();
  path = await servers.put(model, "bank.safetensors");
});
afterAll(() => servers.dispose());

const ROUTE = "/v1/models/bank/predict";

async function stillAnswers(url: string): Promise<void> {
  const { status, body } = await ask(`${url}${ROUTE}`, JSON.stringify({ text: "my card", k: 3 }));
  expect(status).toBe(200);
  expect(JSON.parse(body).predictions).toEqual(model.predict("my card", { k: 3 }));
}

const HEAD = `POST ${ROUTE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

test("a worker that is killed under load is replaced, and no answer is lost or wrong", async () => {
  const workers: Worker[] = [];
  const workerThreads = process.getBuiltinModule("node:worker_threads");
  const original = workerThreads.Worker;
  class WatchedWorker extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      workers.push(this);
    }
  }
  workerThreads.Worker = WatchedWorker;
  try {
    const { url } = await servers.serve({ models: { bank: path }, threads: 2 });
    const agent = keepAlive(8);
    let isOver = false;
    let count = 0;
    const client = async (number: number): Promise<void> => {
      // Long enough to be handed over.
      const texts = [`my card ${number}`, "thanks", "my money ".repeat(4000)];
      const expected = model.predictAll(texts, { k: 3 }).map((predictions) => ({ predictions }));
      while (!isOver) {
        const { status, body } = await ask(`${url}${ROUTE}`, JSON.stringify({ texts, k: 3 }), { agent });
        expect(status, body).toBe(200);
        expect(JSON.parse(body).results).toEqual(expected);
        count++;
      }
    };
    const clients = Array.from({ length: 8 }, (_, number) => client(number));
    // Two at the start, and two for each pool that took the place of one.
    while (workers.length < 2 + 2 * 5) {
      const before = count;
      await vi.waitUntil(() => count > before + 20, { timeout: 20_000 });
      await workers.findLast(({ threadId }) => threadId >= 0)?.terminate();
    }
    const before = count;
    await vi.waitUntil(() => count > before + 50, { timeout: 20_000 });
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    const lost = servers.log.filter(({ message }) => message === "a worker was lost").length;
    expect(lost).toBeGreaterThanOrEqual(5);
  } finally {
    workerThreads.Worker = original;
  }
});

test("headers and bodies that never end are given up, and others are answered meanwhile", async () => {
  const { url } = await servers.serve({ models: { bank: path }, headersWithin: 500, bodyWithin: 500 });
  const slowHead = new Raw(url);
  slowHead.say("POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  const dripping = setInterval(() => slowHead.say("a"), 100);
  const slowBody = new Raw(url);
  slowBody.say(`${HEAD}Content-Length: 1000\r\n\r\n{`);
  await stillAnswers(url);
  expect(await slowHead.ended).toMatch(/^HTTP\/1\.1 408/);
  clearInterval(dripping);
  await vi.waitUntil(() => slowBody.heard !== "", { timeout: 20_000 });
  expect(slowBody.heard).toMatch(/^HTTP\/1\.1 400[\s\S]*The body broke off/);
  slowBody.socket.destroy();
  await stillAnswers(url);
});

test("a body of a gigabyte is refused before it is sent, told or not how long it is", async () => {
  const { url } = await servers.serve({ models: { bank: path } });
  const told = new Raw(url);
  told.say(`${HEAD}Content-Length: 1000000000\r\n\r\n{"text":"`);
  await vi.waitUntil(() => told.heard !== "", { timeout: 20_000 });
  expect(told.heard).toMatch(/^HTTP\/1\.1 413/);
  expect(told.heard).toMatch(/^Connection: close/m);
  // Whoever goes on sending is cut off.
  const sending = setInterval(() => told.say("a".repeat(0x10000)), 5);
  await told.ended;
  clearInterval(sending);
  const polite = new Raw(url);
  polite.say(`${HEAD}Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n`);
  await vi.waitUntil(() => polite.heard !== "", { timeout: 20_000 });
  expect(polite.heard).toMatch(/^HTTP\/1\.1 413/);
  polite.socket.destroy();
  const small = new Raw(url);
  small.say(`${HEAD}Expect: 100-continue\r\nContent-Length: 12\r\n\r\n`);
  await vi.waitUntil(() => small.heard.startsWith("HTTP/1.1 100"), { timeout: 20_000 });
  small.say('{"text":"x"}');
  await vi.waitUntil(() => small.heard.includes("HTTP/1.1 200"), { timeout: 20_000 });
  small.socket.destroy();
  const untold = new Raw(url);
  untold.say(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `10000\r\n${"a".repeat(0x10000)}\r\n`;
  let sent = 0;
  while (untold.heard === "" && sent < 1e9 && !untold.socket.destroyed) {
    sent += chunk.length;
    if (!untold.socket.write(chunk)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(untold.heard).toMatch(/^HTTP\/1\.1 413/);
  expect(sent).toBeLessThan(1e8);
  untold.socket.destroy();
  await stillAnswers(url);
});

test("what is cut off, broken or meant to break is refused, and the next is answered", async () => {
  const { url } = await servers.serve({ models: { bank: path } });
  for (let i = 0; i < 50; i++) {
    const cut = new Raw(url);
    cut.say(`${HEAD}Content-Length: 100\r\n\r\n{"text":"half`);
    setTimeout(() => cut.socket.destroy(), i % 5);
  }
  const refused = async (body: string | Buffer, headers: Record<string, string> = {}): Promise<number> =>
    (await ask(`${url}${ROUTE}`, body, { headers })).status;
  expect(await refused(Buffer.from([0x7b, 0x22, 0xff, 0xfe]))).toBe(400);
  expect(await refused("[".repeat(400_000))).toBe(400);
  expect(await refused(`{"text":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)).toBe(422);
  expect(await refused('{"text":"x"}', { "x-flood": "a".repeat(20_000) })).toBe(431);
  expect(await refused('{"text":"x","__proto__":{"k":9}}')).toBe(422);
  expect((await ask(`${url}/v1/models/${encodeURIComponent("../../etc/passwd")}`, undefined)).status).toBe(404);
  const garbage = new Raw(url);
  garbage.say("GET / HTTP/9.9\r\n\r\n");
  expect(await garbage.ended).toMatch(/^HTTP\/1\.1 400/);
  await stillAnswers(url);
});

test("a thousand connections that say nothing keep nobody from being answered", async () => {
  const { url } = await servers.serve({ models: { bank: path } });
  const idle = Array.from({ length: 1000 }, () => new Raw(url));
  await Promise.all(idle.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))));
  await stillAnswers(url);
  for (const { socket } of idle) socket.destroy();
});
