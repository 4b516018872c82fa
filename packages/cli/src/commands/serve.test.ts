import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { TextClassifier } from "bax";
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from "vitest";
import { bax, expectFailure, MAIN, QUICK, trainedFolder } from "../../test/command.ts";

const KEY = "a-key-that-is-long-enough";

let folder: ReturnType<typeof trainedFolder>;
let model: TextClassifier;
beforeAll(() => {
  folder = trainedFolder();
  model = TextClassifier.fromBytes(readFileSync(folder.model));
});
afterAll(() => folder.dispose());

/** A server in a process of its own. */
class Served {
  log = "";
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** What it prints where it may be asked. */
  readonly url: Promise<string>;

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    const { BAX_API_KEYS: _, ...inherited } = process.env;
    this.child = spawn(process.execPath, [MAIN, "serve", ...args, "--port", "0", "--threads", "1"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...inherited, ...environment },
    });
    this.child.stderr?.on("data", (part) => {
      this.log += part;
    });
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
    this.url = new Promise((resolve, reject) => {
      this.child.stdout?.on("data", (part) => resolve(String(part).trim()));
      this.child.on("close", () => reject(new Error(this.log)));
    });
    this.url.catch(() => {});
  }

  async ask(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${await this.url}${path}`, {
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      headers: { "content-type": "application/json", ...headers },
    });
  }

  /** Waits for what the log is to say. */
  async says(what: string | RegExp, from = 0): Promise<void> {
    while (!this.log.slice(from).match(what)) {
      if (this.child.exitCode !== null) throw new Error(this.log);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

const running: Served[] = [];
function serve(...given: ConstructorParameters<typeof Served>): Served {
  const served = new Served(...given);
  running.push(served);
  return served;
}
afterEach(async () => {
  for (const served of running.splice(0)) await served.stop("SIGKILL");
});

test("a model is served under the name of its file, and others under theirs, with the library's answers", async () => {
  const served = serve([folder.model, `other=${folder.model}`]);
  const { models } = (await (await served.ask("/v1/models")).json()) as { models: { name: string }[] };
  expect(models.map(({ name }) => name)).toEqual(["model", "other"]);
  for (const { name } of models) {
    const response = await served.ask(`/v1/models/${name}/predict`, { text: "win a free prize", k: 3 });
    expect(((await response.json()) as { predictions: unknown }).predictions).toEqual(
      model.predict("win a free prize", { k: 3 }),
    );
  }
  expect(await served.stop()).toBe(0);
  expect(served.log).toContain('"message":"stopped"');
});

test("limits of the flags are those of the server", async () => {
  const served = serve([folder.model, "--max-texts", "2", "--max-characters", "5", "--max-body", "100"]);
  const path = "/v1/models/model/predict";
  const statuses = [
    { texts: ["a", "b"] },
    { texts: ["a", "b", "c"] },
    { text: "123456" },
    { text: "1", labels: ["x".repeat(100)] },
  ].map(async (body) => (await served.ask(path, body)).status);
  expect(await Promise.all(statuses)).toEqual([200, 413, 413, 413]);
});

test.skipIf(process.platform === "win32")("SIGHUP reads the file anew, and a bad one is refused", async () => {
  const path = folder.at("changing.safetensors");
  copyFileSync(folder.model, path);
  const served = serve([path, "--no-watch"]);
  const version = async (): Promise<string> =>
    ((await (await served.ask("/v1/models")).json()) as { models: { version: string }[] }).models[0].version;
  const before = await version();
  expect(bax(["train", folder.at("train.txt"), "-o", folder.at("new"), "--seed", "2", ...QUICK]).status).toBe(0);
  renameSync(folder.at("new"), path);
  served.child.kill("SIGHUP");
  await served.says("model replaced");
  const after = await version();
  expect(after).not.toBe(before);
  writeFileSync(folder.at("bad"), readFileSync(path).subarray(0, 500));
  renameSync(folder.at("bad"), path);
  served.child.kill("SIGHUP");
  await served.says("model refused; the old one goes on");
  expect(await version()).toBe(after);
});

test.skipIf(process.platform !== "linux")("models that were replaced are let go", async () => {
  const path = folder.at("replaced.safetensors");
  const other = folder.at("other");
  expect(bax(["train", folder.at("train.txt"), "-o", other, "--seed", "3", ...QUICK]).status).toBe(0);
  copyFileSync(folder.model, path);
  const served = serve([path, "--no-watch"]);
  await served.url;
  // Each model takes ten gigabytes of addresses, which cost nothing, but tell.
  const gigabytes = (): number =>
    Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${served.child.pid}/status`, "utf8"))?.[1]) / 2 ** 20;
  const before = gigabytes();
  for (let i = 0; i < 40; i++) {
    copyFileSync(i % 2 === 0 ? other : folder.model, folder.at("next"));
    renameSync(folder.at("next"), path);
    const response = await served.ask("/v1/models/replaced/reload", {});
    expect(((await response.json()) as { changed: boolean }).changed).toBe(true);
    expect((await served.ask("/v1/models/replaced/predict", { text: "a prize" })).status).toBe(200);
  }
  await vi.waitUntil(() => gigabytes() < before + 100, { timeout: 20_000 });
});

/** Waits until a process handles SIGHUP, which only a program of its own does: it stands in a mask, the lowest bit for signal 1. */
async function handlesSignals(served: Served): Promise<void> {
  for (;;) {
    if (served.child.exitCode !== null) throw new Error(served.log);
    const status = readFileSync(`/proc/${served.child.pid}/status`, "utf8");
    const isHandled = /^SigCgt:\s*\w*[13579bdf]$/m.test(status);
    // What is handled besides follows in the same turn.
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (isHandled) return;
  }
}

describe.skipIf(process.platform !== "linux")("a signal that comes while the model is read", () => {
  let pipes = 0;
  // Nobody writes to the pipe yet, so that reading it takes as long as the test wants.
  const loading = async (): Promise<{ served: Served; pipe: string }> => {
    const pipe = folder.at(`pipe-${++pipes}.safetensors`);
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const served = serve([pipe]);
    await handlesSignals(served);
    return { served, pipe };
  };

  it("does not end the process where it is SIGHUP", async () => {
    const { served, pipe } = await loading();
    served.child.kill("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(pipe, "no model");
    expect(await served.ended).toBe(1);
    expect(served.log).toMatch(/^bax: .*pipe/m);
  });

  it("ends it at once where it is SIGTERM for the second time", async () => {
    const { served } = await loading();
    served.child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(served.child.exitCode).toBeNull();
    expect(await served.stop()).toBe(130);
  });

  it("ends it as later where it is SIGTERM", async () => {
    const served = serve([folder.model]);
    await handlesSignals(served);
    served.child.kill("SIGTERM");
    expect(await served.ended).toBe(0);
    expect(served.log).toContain('"message":"stopped"');
  });
});

/** Asks over a connection that is kept; gives the status, or why there is none. */
function outcomeOf(url: string, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { method: "POST", agent, headers }, (incoming) => {
      incoming.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      incoming.on("end", () => resolve(String(incoming.statusCode))).resume();
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end(body);
  });
}

test("SIGTERM under load: whoever was heard is answered", async () => {
  for (let attempt = 0; attempt < 3; attempt++) {
    const served = serve([folder.model]);
    const url = `${await served.url}/v1/models/model/predict`;
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const outcomes: string[] = [];
    const client = async (): Promise<void> => {
      // Until nobody listens any more.
      while (outcomes.at(-1) !== "ECONNREFUSED") outcomes.push(await outcomeOf(url, '{"text":"a prize"}', agent));
    };
    const clients = Array.from({ length: 32 }, client);
    await vi.waitUntil(() => outcomes.length > 500, { timeout: 30_000 });
    expect(await served.stop()).toBe(0);
    await Promise.all(clients);
    agent.destroy();
    // A refusal is an answer, too; a connection that breaks is none.
    expect(new Set(outcomes)).toEqual(new Set(["200", "ECONNREFUSED"]));
  }
});

test("keys come from a file or the environment, and are shown nowhere", async () => {
  const file = folder.at("keys.txt");
  writeFileSync(file, `# a comment\n${KEY}\n`);
  for (const served of [serve([folder.model, "--keys", file]), serve([folder.model], { BAX_API_KEYS: `${KEY}, ` })]) {
    expect((await served.ask("/v1/models")).status).toBe(401);
    expect((await served.ask("/v1/models", undefined, { authorization: `Bearer ${KEY}x` })).status).toBe(401);
    expect((await served.ask("/v1/models", undefined, { authorization: `Bearer ${KEY}` })).status).toBe(200);
    expect(await served.stop()).toBe(0);
    expect(served.log).not.toContain(KEY);
  }
});

test.each([
  [["--host", "0.0.0.0"], 2, /others can reach it/, /keys/i],
  [["--port", "70000"], 2, /--port: got 70000/, /8080/],
  [["--log", "most"], 2, /--log: got "most"/, /failed/],
  [["--log", "al"], 2, /--log: got "al"/, /Did you mean "all"/],
  [["--threads", "0"], 2, /--threads: got "0"/, /--threads 1/],
  [["--deadline", "never"], 2, /--deadline: got "never"/, /--deadline 60/],
  [["--max-body", "much"], 2, /--max-body: got "much"/, /2MB/],
  [["--prot", "80"], 2, /--prot/, /--port/],
  [["--keys", "none.txt"], 1, /none\.txt: no such file/, /path/],
  [["--tls-cert", "x.pem"], 2, /--tls-key is missing/, /belong together/],
])("%s is refused in two lines", (flags, status, what, advice) => {
  const { BAX_API_KEYS: _, ...env } = process.env;
  expectFailure(bax(["serve", folder.model, ...flags], { env }), status, what, advice);
});

test("files that cannot be served are refused", () => {
  expectFailure(bax(["serve", folder.at("nothing")]), 1, /nothing/);
  expectFailure(bax(["serve", folder.at("train.txt"), "--port", "0"]), 1, /train\.txt/);
  expectFailure(bax(["serve", folder.at("my model.bin")]), 2, /cannot stand in an address/, /NAME=/);
  expectFailure(bax(["serve", folder.model, folder.model]), 2, /"model" is the name of/);
});
