import { exitOnClosedPipe } from "./output/console.ts";
import { reportFailure } from "./output/failure.ts";
import { createProgram, runProgram } from "./program.ts";
import { VERSION } from "./version.ts";

const args = process.argv.slice(2);

if (args.includes("--debug")) process.setSourceMapsEnabled(true);
exitOnClosedPipe();
// What is thrown outside the command's own promises (a stream, a worker) is told like any other failure.
process.on("uncaughtException", (error) => process.exit(reportFailure(error, args.includes("--debug"))));
let status = 0;
try {
  status = await runProgram(await createProgram(VERSION, args), args);
} catch (error) {
  status = reportFailure(error, args.includes("--debug"));
}
// What was written must be out before the process ends, and nothing that still waits (a worker, standard input) may hold it up.
await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
process.exit(status);
