// `npm run examples`: runs every example and fails where one does.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const failed = [];
for (const name of ["train-and-predict", "explain", "language", "trust", "edge-run", "server", "worker-run"]) {
  console.log(`\n── examples/${name}.mjs`);
  const { status } = spawnSync(process.execPath, [join(folder, `${name}.mjs`)], { stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(", ")}`);
  process.exit(1);
}
