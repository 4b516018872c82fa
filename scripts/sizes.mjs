// Lines of every source file, by room. `npm run sizes` prints the table; the check fails on a file of more than 400 lines: two rooms.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

const LIMIT = 400;
const listed = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx", "*.mjs"],
  {
    encoding: "utf8",
  },
);
const files = listed
  .split("\n")
  .filter((file) => file && existsSync(file))
  .map((file) => ({ file, lines: readFileSync(file, "utf8").split("\n").length - 1 }));

if (process.argv.includes("--table")) {
  const rooms = new Map();
  for (const { file, lines } of files) {
    const kind = /\.test\.tsx?$/.test(file) ? "tests" : "code";
    const room = rooms.get(dirname(file)) ?? { files: 0, code: 0, tests: 0 };
    room.files++;
    room[kind] += lines;
    rooms.set(dirname(file), room);
  }
  console.log(`${"room".padEnd(36)}${"files".padStart(6)}${"code".padStart(8)}${"tests".padStart(8)}`);
  for (const [name, room] of [...rooms].sort()) {
    console.log(
      name.padEnd(36) + String(room.files).padStart(6) + String(room.code).padStart(8) + String(room.tests).padStart(8),
    );
  }
}

const sorted = files.map(({ lines }) => lines).sort((a, b) => a - b);
const total = sorted.reduce((sum, lines) => sum + lines, 0);
console.log(`${files.length} files, ${total} lines, median ${sorted[sorted.length >> 1]}, longest ${sorted.at(-1)}`);
const long = files.filter(({ lines }) => lines > LIMIT);
for (const { file, lines } of long) console.error(`${file}: ${lines} lines, more than ${LIMIT}`);
if (long.length > 0) process.exit(1);
