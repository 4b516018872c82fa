import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { load } from "bax/node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bax, MAIN, temporaryFolder } from "../../test/command.ts";

const folder = temporaryFolder();
const model = folder.at("pets.safetensors");
const running = new Set<ChildProcess>();
beforeAll(() => {
  const data = folder.at("pets.txt");
  writeFileSync(
    data,
    "__label__cat the cat purrs\n__label__dog dogs bark loud\n__label__cat a cat sleeps\n".repeat(20),
  );
  expect(bax(["train", data, "-o", model, "--quiet"]).status).toBe(0);
});
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  folder.dispose();
});

/** A server that runs, and what it said. */
interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
  /** The lines of its log, read; of standard error those that are JSON. */
  readonly log: () => Record<string, unknown>[];
  readonly ended: Promise<number | null>;
}

async function serve(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Serving> {
  const child = spawn(process.execPath, [MAIN, "serve", ...args, "--port", "0"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    err += part;
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await vi.waitUntil(() => out.includes("\n") || child.exitCode !== null, { timeout: 30_000 });
  expect(child.exitCode, err).toBeNull();
  const lines = (): string[] => err.split("\n").filter((line) => line.startsWith("{"));
  return { child, url: out.trim(), log: () => lines().map((line) => JSON.parse(line)), ended };
}

function post(url: string, body: string, agent?: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { method: "POST", agent, headers }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      incoming.on("error", reject).on("end", () => resolve({ status: incoming.statusCode ?? 0, body: text }));
    });
    outgoing.on("error", reject).end(body);
  });
}

test("answers as bax predict does, under names that are chosen or the file's, and ends with 0", async () => {
  const { child, url, ended } = await serve([model, `animals=${model}`]);
  const { predictions } = JSON.parse((await post(`${url}/v1/models/animals/predict`, '{"text":"a cat","k":2}')).body);
  expect(predictions).toEqual((await load(model)).predict("a cat", { k: 2 }));
  expect((await post(`${url}/v1/models/pets/predict`, '{"text":"a cat"}')).status).toBe(200);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("SIGHUP reads the models anew; a broken file is refused and told of", async () => {
  const path = folder.at("changing.safetensors");
  copyFileSync(model, path);
  const { child, log, ended } = await serve([path, "--no-watch"]);
  writeFileSync(`${path}.new`, "nothing");
  renameSync(`${path}.new`, path);
  child.kill("SIGHUP");
  await vi.waitUntil(() => log().some(({ message }) => String(message).startsWith("model refused")), {
    timeout: 20_000,
  });
  const data = folder.at("more.txt");
  writeFileSync(data, `${readFileSync(folder.at("pets.txt"), "utf8")}__label__bird it sings\n__label__bird it flies\n`);
  expect(bax(["train", data, "-o", path, "--quiet"]).status).toBe(0);
  child.kill("SIGHUP");
  await vi.waitUntil(() => log().some(({ message }) => message === "model replaced"), { timeout: 20_000 });
  child.kill("SIGINT");
  expect(await ended).toBe(0);
});

test("SIGTERM under load: whoever was heard is answered", async () => {
  for (let attempt = 0; attempt < 3; attempt++) {
    const { child, url, ended } = await serve([model]);
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const outcomes: string[] = [];
    let isOver = false;
    const client = async (): Promise<void> => {
      while (!isOver) {
        const outcome = await post(`${url}/v1/models/pets/predict`, '{"text":"a cat"}', agent).then(
          ({ status }) => String(status),
          (error) => error.code,
        );
        outcomes.push(outcome);
        // Nobody listens any more.
        if (outcome === "ECONNREFUSED") return;
      }
    };
    const clients = Array.from({ length: 32 }, client);
    await vi.waitUntil(() => outcomes.length > 500, { timeout: 30_000 });
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    // A refusal is an answer, too; a connection that breaks is none.
    expect(new Set(outcomes)).toEqual(new Set(["200", "ECONNREFUSED"]));
  }
});

test("keys come from a file or the environment, and an open address without them is refused", async () => {
  const key = "k".repeat(32);
  const file = folder.at("keys.txt");
  writeFileSync(file, `# ours\n${key}\n\n`);
  for (const [args, env] of [
    [["--keys", file], {}],
    [[], { BAX_API_KEYS: `${"x".repeat(20)}, ${key}` }],
  ] as const) {
    const { child, url, ended } = await serve([model, "--host", "0.0.0.0", ...args], env);
    const own = url.replace("0.0.0.0", "127.0.0.1");
    expect((await fetch(`${own}/v1/models`)).status).toBe(401);
    expect((await fetch(`${own}/v1/models`, { headers: { "x-api-key": key } })).status).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  }
});

test.each([
  [["--host", "0.0.0.0"], 2, /host 0\.0\.0\.0: others can reach it/],
  [["--port", "70000"], 2, /--port: got 70000/],
  [["--tls-cert", "none.pem"], 2, /--tls-key is missing/],
  [["--keys", "none.txt"], 1, /none\.txt: no such file/],
  [["--log", "al"], 2, /--log: got "al"[\s\S]*Did you mean "all"/],
  [["--threads", "0"], 2, /--threads: got "0"/],
  [["--deadline", "never"], 2, /--deadline: got "never"/],
  [["--max-body", "much"], 2, /--max-body: got "much"/],
  [["--prot", "80"], 2, /--port/],
])("%j is refused with what to do", (args, expected, said) => {
  const { status, stderr } = bax(["serve", model, ...args]);
  expect(status).toBe(expected);
  expect(stderr).toMatch(said);
});

test("files that are no models, or two of one name, are refused", () => {
  expect(bax(["serve", folder.at("pets.txt")]).stderr).toMatch(/pets\.txt/);
  expect(bax(["serve", model, `pets=${model}`]).stderr).toMatch(/"pets" is the name of/);
  expect(bax(["serve", folder.at("pets.safetensor")]).stderr).toMatch(/Did you mean/);
  expect(bax(["serve", folder.at("my model.safetensors")]).stderr).toMatch(/cannot stand in an address[\s\S]*NAME=/);
  expect(bax(["serve"]).status).toBe(2);
});
