import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

const PROGRAM = `
import { TextClassifier } from "bax";
const examples = Array.from({ length: 40 }, (_, i) => ({ text: i % 2 ? "rain and wind " + i : "bread and soup " + i, label: String(i % 2) }));
const model = await TextClassifier.train(examples, { epochs: 2, valid: 0, threads: 1 });
const shared = TextClassifier.fromBytes(model.toBytes(), { shared: true });
const pool = shared.pool({ threads: 2 });
const began = performance.now();
while (performance.now() - began < Number(process.env.BUSY));
await pool.close();
console.log("closed");
`;

it.each([0, 5, 20, 60])(
  "a pool that is closed while its workers begin lets the process end well, after %s ms",
  (busy) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", PROGRAM], {
      encoding: "utf8",
      cwd: import.meta.dirname,
      env: { ...process.env, BUSY: String(busy) },
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "closed\n", stderr: "" });
  },
  30_000,
);
