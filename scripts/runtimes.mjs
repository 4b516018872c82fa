// `npm run runtimes`: whether Bun, Deno and Cloudflare's workerd give what Node gives, to the bit: models that the library trains, its
// answers, and the server's handler over a real socket. Takes the runtimes from npm packages that hold nothing but their program, into
// .cache/, and nowhere else. `-- bun` asks one of them; what cannot be had here is skipped by name.
import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, promisify } from "node:util";
import { createApp } from "@bax/server";
import { TextClassifier } from "bax";
import { save } from "bax/node";
import { bundleWorker } from "../examples/worker-bundle.mjs";
import { examples, TEXTS } from "./runtimes/examples.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache/runtimes");
const programs = join(root, "scripts/runtimes");
const modelPath = join(cache, "bank.safetensors");
const LIMIT_MS = 120_000;
const run = promisify(execFile);

const RUNTIMES = {
  bun: { package: "@oven/bun-linux-x64@1.4.5", program: "@oven/bun-linux-x64/bin/bun", flags: [] },
  deno: {
    package: "@deno/linux-x64-glibc@2.9.6",
    program: "@deno/linux-x64-glibc/deno",
    flags: [
      "run",
      "--no-lock",
      "--allow-net=127.0.0.1",
      "--allow-read",
      "--allow-sys=hostname",
      `--allow-write=${cache}`,
    ],
  },
  workerd: {
    package: "@cloudflare/workerd-linux-64@1.20261117.1",
    program: "@cloudflare/workerd-linux-64/bin/workerd",
    flags: ["serve"],
  },
};

/** The path of a runtime's program, installed if need be; undefined where it cannot be had. */
function programOf({ package: name, program }) {
  const path = join(cache, "node_modules", program);
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  if (!existsSync(path)) {
    if (!existsSync(join(cache, "package.json"))) writeFileSync(join(cache, "package.json"), '{"private":true}\n');
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", name];
    spawnSync("npm", args, { cwd: cache, stdio: ["ignore", "ignore", "inherit"], timeout: 300_000 });
  }
  return existsSync(path) ? path : undefined;
}

let failures = 0;

/** Says whether what a runtime gave is what Node gives. */
function compare(what, found, expected) {
  const isSame = isDeepStrictEqual(found, expected);
  if (!isSame) failures++;
  console.log(`  ${isSame ? "same" : "DIFFERENT"}  ${what}`);
  if (!isSame)
    console.log(
      `    here  ${JSON.stringify(found)?.slice(0, 300)}\n    Node  ${JSON.stringify(expected).slice(0, 300)}`,
    );
}

async function libraryOn(program, flags) {
  const { stdout } = await run(program, [...flags, join(programs, "library.mjs"), join(cache, "library.safetensors")], {
    cwd: root,
    timeout: LIMIT_MS,
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout);
}

/** What is asked of a server: path, body, media type. */
const QUESTIONS = [
  ...TEXTS.map((text) => ["/v1/models/MODEL/predict", { text, k: 3 }]),
  ["/v1/models/MODEL/predict", { texts: examples().map(({ text }) => text), k: 2 }],
  ["/v1/models/MODEL/explain", { text: TEXTS[1], against: "runner-up", features: true }],
  ["/v1/models/MODEL/score", { texts: TEXTS }],
  ["/v1/models/MODEL/predict", TEXTS.map((text) => JSON.stringify({ text })).join("\n"), "application/x-ndjson"],
  ["/v2/models/MODEL/infer", { inputs: [{ name: "text", datatype: "BYTES", shape: [1], data: [TEXTS[2]] }] }],
  ["/v1/models/MODEL/predict", "{", "application/json"],
  ["/v1/models/MODEL/predict", { text: "a", k: 0 }],
  ["/v1/models/MODEL/predict", { texts: Array(1001).fill("a") }],
  ["/v1/models/nobody/predict", { text: "a" }],
  ["/v1/models/MODEL"],
  ["/v1/models"],
  ["/readyz"],
  ["/v2"],
  ["/openapi.json"],
  ["/docs"],
  ["/nothing"],
];

/** What is answered, without what differs from answer to answer. `ask`: takes a path and fetch's options. */
async function answersOf(model, ask) {
  const found = [];
  for (const [path, body, type = "application/json"] of QUESTIONS) {
    const response = await ask(path.replace("MODEL", model), {
      ...(body !== undefined && { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
      headers: { "x-request-id": "one", ...(body !== undefined && { "content-type": type }) },
    });
    const headers = Object.fromEntries(
      ["content-type", "x-content-type-options", "x-request-id", "x-model-version", "content-security-policy"].map(
        (name) => [name, response.headers.get(name)],
      ),
    );
    found.push({ path, status: response.status, headers, text: await response.text() });
  }
  return found;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server, asks it until it answers, then all questions, and ends it by SIGTERM. `port`: of which it prints it, if not given. */
async function asked(model, program, args, port) {
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  try {
    const printed = new Promise((resolve, reject) => {
      let text = "";
      child.stdout.on("data", (part) => {
        text += part;
        if (text.includes("\n")) resolve(Number(text));
      });
      child.on("close", () => reject(new Error("the server ended before it answered")));
      child.on("error", reject);
    });
    printed.catch(() => {});
    const at = `http://127.0.0.1:${port ?? (await printed)}`;
    for (let i = 0; ; i++) {
      const isReady = await fetch(`${at}/readyz`)
        .then((response) => response.ok)
        .catch(() => false);
      if (isReady) break;
      if (i > 200 || child.exitCode !== null) throw new Error("the server does not answer");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return await answersOf(model, (path, options) => fetch(`${at}${path}`, options));
  } finally {
    child.kill("SIGTERM");
    const stuck = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
    clearTimeout(stuck);
  }
}

/** examples/worker.mjs in Cloudflare's own runtime, as it would be deployed there. */
async function onWorkerd(program, flags) {
  const { text } = await bundleWorker();
  writeFileSync(join(cache, "worker.js"), text);
  const port = await freePort();
  const config = join(cache, "workerd.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "subjects.safetensors", data = embed "bank.safetensors"),
  ],
  compatibilityDate = "2025-06-01",
);
`,
  );
  return asked("subjects", program, [...flags, config], port);
}

function compareAnswers(what, found, expected) {
  const differ = found.filter((answer, i) => !isDeepStrictEqual(answer, expected[i]));
  compare(
    `${what}: ${found.length} answers`,
    differ[0],
    differ.length === 0 ? undefined : expected[found.indexOf(differ[0])],
  );
}

mkdirSync(cache, { recursive: true });
const model = await TextClassifier.train(examples(), { seed: 5, threads: 1 });
await save(model, modelPath);
const expected = { bank: undefined, subjects: undefined };
for (const name of Object.keys(expected)) {
  const app = createApp({ models: { [name]: model } });
  expected[name] = await answersOf(name, (path, options) => app.request(path, options));
}
const library = await libraryOn(process.execPath, []);

const wanted = process.argv.slice(2);
let count = 0;
for (const [name, runtime] of Object.entries(RUNTIMES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const program = programOf(runtime);
  if (!program) {
    console.log(`${name}: skipped, ${runtime.package} cannot be had here`);
    continue;
  }
  console.log(`${runtime.package}`);
  count++;
  try {
    if (name !== "workerd") {
      const found = await libraryOn(program, runtime.flags);
      for (const what of Object.keys(library)) compare(`library: ${what}`, found[what], library[what]);
      const answers = await asked("bank", program, [...runtime.flags, join(programs, "handler.mjs")]);
      compareAnswers("server on its own socket", answers, expected.bank);
    }
    if (name === "deno") {
      const port = await freePort();
      const args = [...runtime.flags, join(root, "examples/deno.mjs"), modelPath, String(port)];
      compareAnswers("examples/deno.mjs", await asked("subjects", program, args, port), expected.subjects);
    }
    if (name === "workerd")
      compareAnswers("examples/worker.mjs", await onWorkerd(program, runtime.flags), expected.subjects);
  } catch (error) {
    failures++;
    console.log(`  FAILED  ${error.stack}`);
  }
}
console.log(`${count} runtimes, ${failures} differences`);
process.exit(failures > 0 ? 1 : 0);
