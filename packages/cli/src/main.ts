import { readFileSync } from "node:fs";
import { exitOnClosedPipe } from "./output/console.ts";
import { reportFailure } from "./output/failure.ts";
import { createProgram, runProgram } from "./program.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const args = process.argv.slice(2);

exitOnClosedPipe();
// What is thrown outside the command's own promises (a stream, a worker) is told like any other failure.
process.on("uncaughtException", (error) => process.exit(reportFailure(error, args.includes("--debug"))));
let status = 0;
try {
  status = await runProgram(createProgram(version), args);
} catch (error) {
  status = reportFailure(error, args.includes("--debug"));
}
// What was written must be out before the process ends, and nothing that still waits (a worker, standard input) may hold it up.
await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
process.exit(status);
