import { createRequire } from "node:module";
import path from "node:path";
import { BaxError } from "bax";
import type { Command } from "commander";
import { statFile } from "../input/files.ts";
import { Console } from "../output/console.ts";
import { openBrowser } from "../studio/openBrowser.ts";
import { serveStudio } from "../studio/server.ts";
import { stopOnInterrupt } from "./interrupt.ts";

interface StudioFlags {
  readonly port?: string;
  readonly open: boolean;
  readonly isolation: boolean;
}

export function addStudio(program: Command): void {
  program
    .command("studio")
    .description("a page in your browser: train, see and understand a classifier")
    .argument(
      "[data]",
      "a file of labelled texts to begin with: CSV, TSV, JSON lines, JSON or fastText lines, also as .gz",
    )
    .option("--port <number>", "where to listen, on this machine alone (default: any that is free)")
    .option("--no-open", "only print the address")
    .option("--no-isolation", "without the headers that let the page train on several threads")
    .addHelpText("before", "Example: bax studio train.csv\n")
    .addHelpText("after", "\nNothing leaves your machine. Ctrl-C ends it; your work stays in the browser.")
    .action((data: string | undefined, flags: StudioFlags) => studio(data, flags));
}

async function studio(data: string | undefined, flags: StudioFlags): Promise<void> {
  const console = new Console({});
  if (data !== undefined) await statFile(data);
  const port = portOf(flags.port);
  const server = await serveStudio({ page: pageFolder(), data, isIsolated: flags.isolation }, port);
  await console.write(`${server.url}\n`);
  console.note("The studio runs until you press Ctrl-C; what you do there stays in your browser.");
  if (flags.open) openBrowser(server.url);
  await interrupted();
  await server.close();
}

function portOf(given: string | undefined): number {
  if (given === undefined) return 0;
  const port = Number(given);
  if (Number.isInteger(port) && 1 <= port && port <= 65_535) return port;
  throw new BaxError("usage", `--port: got ${given}, expected a whole number from 1 to 65535`, "Leave it out for any.");
}

/** The built page, a package of its own. */
function pageFolder(): string {
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve("@bax/studio/package.json")), "dist");
  } catch (cause) {
    throw new BaxError("file", "the page of the studio is not installed", "Run npm install @bax/studio.", { cause });
  }
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const stop = stopOnInterrupt(() => {
      stop.release();
      resolve();
    });
  });
}
