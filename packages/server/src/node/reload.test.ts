import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import type { TextClassifier } from "bax";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { trainModel } from "../testing/models.ts";
import { ask, keepAlive, TestServers } from "../testing/servers.ts";
import type { RunningServer } from "./serve.ts";

vi.setConfig({ testTimeout: 120_000 });

const servers = new TestServers();
let flavours: TextClassifier[];
beforeAll(async () => {
  flavours = [await trainModel(), await trainModel("quite ")];
});
afterAll(() => servers.dispose());

const TEXT = "my card is quite late, thank you";

function versionOf(server: RunningServer): Promise<string> {
  return Promise.resolve(server.models.get("bank")?.version ?? "");
}

/** What each version says to the text; fails where the two say the same. */
async function answersOf(server: RunningServer, path: string): Promise<Map<string, unknown>> {
  const answers = new Map<string, unknown>();
  for (const model of flavours) {
    await servers.put(model, path);
    await server.reload();
    answers.set(await versionOf(server), model.predict(TEXT, { k: 3 }));
  }
  const [one, other] = [...answers.values()];
  expect(one).not.toEqual(other);
  return answers;
}

test("60 reloads under load: every answer is whole, of the version that it names, and none is lost", async () => {
  const path = await servers.put(flavours[0], "swapped.safetensors");
  const server = await servers.serve({ models: { bank: path }, threads: 2 });
  const answers = await answersOf(server, "swapped.safetensors");
  const url = `${server.url}/v1/models/bank/predict`;
  const agent = keepAlive(16);
  let isOver = false;
  const seen = new Map<string, number>();
  const client = async (): Promise<void> => {
    while (!isOver) {
      const { status, body } = await ask(url, JSON.stringify({ texts: [TEXT, "x", TEXT], k: 3 }), { agent });
      expect(status, body).toBe(200);
      const { version, results } = JSON.parse(body);
      expect(results[0].predictions).toEqual(answers.get(version));
      expect(results[2].predictions).toEqual(answers.get(version));
      seen.set(version, (seen.get(version) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: 16 }, client);
  for (let i = 0; i < 60; i++) {
    await servers.put(flavours[i % 2], "swapped.safetensors");
    const { status, body } = await ask(`${server.url}/v1/models/bank/reload`, "", { agent });
    expect(status, body).toBe(200);
    expect(JSON.parse(body).version).toBe([...answers.keys()][i % 2]);
  }
  isOver = true;
  await Promise.all(clients);
  agent.destroy();
  expect([...seen.keys()].sort()).toEqual([...answers.keys()].sort());
  expect(Math.min(...seen.values())).toBeGreaterThan(5);
});

test("a file that is cut off or foreign is refused, the old model goes on, and a good one comes in by itself", async () => {
  const path = await servers.put(flavours[0], "watched.safetensors");
  const server = await servers.serve({ models: { bank: path }, watch: 20 });
  const first = await versionOf(server);
  const refusals = (): number =>
    servers.log.filter(({ message }) => String(message).startsWith("model refused")).length;
  truncateSync(path, readFileSync(path).length >> 1);
  await vi.waitUntil(() => refusals() === 1, { timeout: 20_000 });
  writeFileSync(path, "no model at all");
  await vi.waitUntil(() => refusals() === 2, { timeout: 20_000 });
  const asked = await ask(`${server.url}/v1/models/bank/reload`, "");
  expect(asked.status).toBe(422);
  expect(JSON.parse(asked.body).detail).not.toContain(servers.folder);
  expect(await versionOf(server)).toBe(first);
  const { body } = await ask(`${server.url}/v1/models/bank/predict`, JSON.stringify({ text: TEXT, k: 3 }));
  expect(JSON.parse(body)).toMatchObject({ version: first, predictions: flavours[0].predict(TEXT, { k: 3 }) });
  await servers.put(flavours[1], "watched.safetensors");
  await vi.waitUntil(async () => (await versionOf(server)) !== first, { timeout: 20_000 });
});

test("a file that is the same as before is no new version", async () => {
  const path = await servers.put(flavours[0], "same.safetensors");
  const server = await servers.serve({ models: { bank: path } });
  const before = server.models.get("bank");
  const { body } = await ask(`${server.url}/v1/models/bank/reload`, "");
  expect(JSON.parse(body).changed).toBe(false);
  expect(server.models.get("bank")).toBe(before);
});
