// `npm run conformance`: clients that no one here wrote against a running `bax serve`. schemathesis makes up requests from the OpenAPI
// document: none may end in a 5xx, every answer has to match the document, what the document allows is accepted and what it does not is
// refused. Triton's client asks by the Open Inference Protocol and has to get the library's labels and probabilities, to the bit.
// Python packages are kept in .cache/conformance; where they cannot be had the check is skipped by name. `-- 200` asks more of each route.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextClassifier } from "bax";
import { save } from "bax/node";
import { examples, TEXTS } from "./runtimes/examples.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache/conformance");
const python = join(cache, "bin/python");
const PACKAGES = ["schemathesis==4.32.5", "tritonclient[http]==2.73.0"];
const EXAMPLES = process.argv[2] ?? "40";

/** Whether the packages are there, installed if need be. */
function havePackages() {
  const has = () => spawnSync(python, ["-c", "import schemathesis, tritonclient.http"]).status === 0;
  if (existsSync(python) && has()) return true;
  if (spawnSync("python3", ["-m", "venv", cache], { timeout: 120_000 }).status !== 0) return false;
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES];
  return spawnSync(python, args, { stdio: "inherit", timeout: 600_000 }).status === 0 && has();
}

/** Runs a program to its end, with what it prints. */
function run(program, args, env = {}) {
  const options = {
    cwd: cache,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 600_000,
    maxBuffer: 1 << 28,
  };
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, text: `${stdout}${stderr}`, stdout };
}

/** Starts the command; gives its address, and what it printed to the end. */
async function serve(model) {
  const command = [join(root, "packages/cli/bin/bax.js"), "serve", `bank=${model}`, "--port", "0", "--threads", "2"];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (part) => {
    log += part;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", (part) => resolve(String(part).trim()));
    child.on("close", () => reject(new Error(log)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    return { status: await ended, log };
  };
  return { url, stop };
}

function configFor(version) {
  return `[parameters]\n"path.name" = "bank"\n"path.version" = "${version}"\n`;
}

let failures = 0;
function told(what, isRight, figures) {
  if (!isRight) failures++;
  console.log(`${isRight ? "passed" : "FAILED"}  ${what}: ${figures}`);
}

if (!havePackages()) {
  console.log(`skipped: ${PACKAGES.join(" and ")} cannot be had here`);
  process.exit(0);
}
mkdirSync(cache, { recursive: true });
const model = await TextClassifier.train(examples(), { seed: 5, threads: 1 });
const path = join(cache, "bank.safetensors");
await save(model, path);
const server = await serve(path);
let stopped;
try {
  const [{ version }] = (await (await fetch(`${server.url}/v1/models`)).json()).models;

  // Triton's client sends UTF-8, which has no lone surrogates.
  const texts = [...TEXTS.map((text) => text.toWellFormed()), ...examples().map(({ text }) => text)].filter(
    (text) => text !== "",
  );
  const expected = join(cache, "expected.json");
  const k = 2;
  writeFileSync(expected, JSON.stringify({ model: "bank", version, texts, k, rows: model.predictAll(texts, { k }) }));
  const triton = run(python, [
    join(root, "scripts/conformance/triton.py"),
    server.url.replace("http://", ""),
    expected,
  ]);
  const { compared, refused } = triton.status === 0 ? JSON.parse(triton.stdout) : {};
  told("tritonclient", triton.status === 0, `${compared} answers are the library's to the bit, ${refused} refusals`);
  if (triton.status !== 0) console.log(triton.text);

  writeFileSync(join(cache, "schemathesis.toml"), configFor(version));
  const report = join(cache, "report.json");
  const found = run(
    join(cache, "bin/st"),
    [
      ...["--config-file", join(cache, "schemathesis.toml"), "run", `${server.url}/openapi.json`, "--no-color"],
      ...["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1", "--continue-on-failure"],
      ...["--report", "json", "--report-json-path", report],
    ],
    {
      SCHEMATHESIS_HOOKS: "hooks",
      PYTHONPATH: join(root, "scripts/conformance"),
      PYTHONDONTWRITEBYTECODE: "1",
      BAX_LABELS: JSON.stringify(model.labels),
    },
  );
  const { test_cases: cases, operations, running_time: seconds } = JSON.parse(readFileSync(report, "utf8"));
  told(
    "schemathesis",
    found.status === 0,
    `${operations.tested} of ${operations.total} operations, ${cases.generated} requests, ${cases.with_failures} failures, ${cases.errored} errors, ${seconds.toFixed(1)} s`,
  );
  if (found.status !== 0) console.log(found.text);

  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const statuses = new Map();
  for (const [, status, count] of metrics.matchAll(/^bax_requests_total\{.*status="(\d+)".*\} (\d+)$/gm))
    statuses.set(status, (statuses.get(status) ?? 0) + Number(count));
  const listed = [...statuses].sort().map(([status, count]) => `${count} × ${status}`);
  told("no 5xx", ![...statuses.keys()].some((status) => status >= "500"), listed.join(", "));
} finally {
  stopped = await server.stop();
}
told("the server ends as it should", stopped.status === 0, `status ${stopped.status}`);
const errors = stopped.log.split("\n").filter((line) => line.includes('"level":"error"'));
told("nothing went wrong inside", errors.length === 0, `${errors.length} errors in the log`);
for (const error of errors.slice(0, 3)) console.log(error);
process.exit(failures > 0 ? 1 : 0);
