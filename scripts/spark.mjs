// `npm run spark`: bax on a real Spark, with executors that are processes of their own and have nothing but Node.js and the packed npm
// package; and the rules of its Python. Without Python or Java it is skipped by name. Arguments go to pytest. The last line is
// `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPyspark, packCommand } from "./sparkEnvironment.mjs";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "packages/spark");
const { python, missing } = findPyspark();
if (missing) {
  console.log(`Spark is not tested: ${missing}\n0 passed, 0 failed`);
  process.exit(0);
}

let passed = 0;
let failed = 0;
for (const [name, ...args] of [
  ["ruff", "check", "src", "test"],
  ["ruff", "format", "--check", "src", "test"],
  ["mypy", "src"],
]) {
  const { status } = spawnSync(python, ["-m", name, ...args], { cwd: folder, stdio: "inherit" });
  if (status === 0) passed++;
  else failed++;
}
const pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=0", ...process.argv.slice(2)];
const { stdout, status } = spawnSync(python, pytest, {
  cwd: folder,
  env: { ...process.env, BAX_PACKAGE: packCommand(), PYTHONDONTWRITEBYTECODE: "1" },
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 1 << 28,
});
console.log(stdout);
// pytest's closing line: "1 failed, 12 passed, 1 error in 63.20s".
const closing = stdout.trimEnd().split("\n").at(-1) ?? "";
const count = (what) => Number(new RegExp(`(\\d+) ${what}`).exec(closing)?.[1] ?? 0);
passed += count("passed");
failed += count("failed") + count("error");
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
