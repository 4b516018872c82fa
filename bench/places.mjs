// Where the benchmarks find and leave things.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const bench = dirname(fileURLToPath(import.meta.url));
export const root = dirname(bench);
/** Ignored by git: peers, corpus, models. */
export const cache = join(root, ".cache");
export const results = join(bench, "results");
/** Those of short runs. */
export const quickResults = join(cache, "bench/results");
/** Data sets and tools that are kept beside the repository. */
export const shared = join(root, "../shared");
export const bax = join(root, "packages/cli/dist/main.js");

/** Ends with a clear word where the command is not built. */
export function requireBuild() {
  if (existsSync(bax)) return;
  console.error("The command is not built yet: run `npm ci` (or `npm run build`) first.");
  process.exit(1);
}
