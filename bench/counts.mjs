// How many instructions do the kernels execute for a text? `npm run counts [-- --accept]`: shows the exact counts of the test
// packages/bax/src/kernels/fixedWork.test.ts, or writes them down anew.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./places.mjs";

const accepts = process.argv.includes("--accept");
const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", "packages/bax/src/kernels/fixedWork"],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, BAX_SHOW_COUNTS: "1", ...(accepts && { BAX_ACCEPT_COUNTS: "1" }) },
  },
);
process.exit(status ?? 1);
