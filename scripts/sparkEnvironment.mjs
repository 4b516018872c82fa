// What a real Spark needs: pyspark and its companions in a virtual environment in .cache/spark, and bax as npm packs it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache/spark");
const python = join(cache, "bin/python");
/** pandas 2: pyspark does not support the third yet. */
const PACKAGES = ["pyspark==4.3.0", "pyarrow==26.0.1", "pandas==2.3.3", "pytest==9.0.2", "ruff==0.17.6", "mypy==2.4.1"];

export function succeeds(program, ...args) {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

/** Path of a Python that has pyspark, installed if need be; or why there is none. */
export function findPyspark() {
  if (!succeeds("python3", "--version")) return { missing: "there is no Python" };
  if (!succeeds("java", "-version")) return { missing: "there is no Java" };
  const wanted = `import importlib.metadata as m; assert all(m.version(n) == v for n, v in (p.split("==") for p in ${JSON.stringify(PACKAGES)}))`;
  const isWhole = () => existsSync(python) && succeeds(python, "-c", wanted);
  if (isWhole()) return { python };
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES];
  if (succeeds("python3", "-m", "venv", cache)) spawnSync(python, args, { stdio: "inherit", timeout: 900_000 });
  return isWhole() ? { python } : { missing: `${PACKAGES[0]} could not be installed` };
}

/** Packs the command as it would be published; gives the archive's path. */
export function packCommand() {
  const packed = join(cache, "package");
  rmSync(packed, { recursive: true, force: true });
  mkdirSync(packed, { recursive: true });
  const args = ["pack", "--ignore-scripts", "--pack-destination", packed];
  const { status, stderr } = spawnSync("npm", args, { cwd: join(root, "packages/cli"), encoding: "utf8" });
  if (status !== 0) throw new Error(`npm pack ended with ${status}\n${stderr}`);
  return join(packed, readdirSync(packed)[0]);
}
