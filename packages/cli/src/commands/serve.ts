import { readFile } from "node:fs/promises";
import path from "node:path";
import type { LoggedRequests, RunningServer, ServeOptions } from "@bax/server/node";
import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import type { Command } from "commander";
import { fileError, statFile } from "../input/files.ts";
import { Console } from "../output/console.ts";
import { parseByteSize, parseCount, parseSeconds } from "./flags.ts";
import { stopOnInterrupt } from "./interrupt.ts";

interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly keys?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly origin?: readonly string[];
  readonly threads?: string;
  readonly queue: string;
  readonly queueSeconds: string;
  readonly deadline: string;
  readonly maxBody: string;
  readonly maxTexts: string;
  readonly maxCharacters: string;
  readonly watch: boolean;
  readonly drain?: string;
  readonly stopWithin: string;
  readonly log: string;
  readonly logTexts?: boolean;
}

/** Holds API keys where no file does: one or more, between commas or spaces. */
const KEYS_VARIABLE = "BAX_API_KEYS";
const LOGGED: readonly LoggedRequests[] = ["all", "failed", "none"];

export function addServe(program: Command): void {
  program
    .command("serve")
    .description("models behind HTTP: label, explain and score texts; reloads, metrics, a page of documentation")
    .argument("<model...>", "model files, each served under its own name, or as NAME=FILE")
    .option("--host <address>", "where to listen; others than this machine need a key", "127.0.0.1")
    .option("--port <number>", "0 takes any that is free", "8080")
    .option("--keys <file>", `API keys, one a line; else those in the variable ${KEYS_VARIABLE}`)
    .option("--tls-cert <file>", "certificate, PEM: speaks HTTPS")
    .option("--tls-key <file>", "its private key, PEM")
    .option("--origin <origin>", "whose pages may ask, such as https://example.org; may be given again", gather)
    .option("--threads <number>", "workers for each model, on one copy of it; 1: none (default: one a core, up to 8)")
    .option("--queue <texts>", "texts that may wait for a model; past that requests are refused for now", "10000")
    .option("--queue-seconds <seconds>", "how long they may wait, by how fast texts were answered lately", "0.5")
    .option("--deadline <seconds>", "a request is answered within, or refused", "10")
    .option("--max-body <size>", "largest body of a request, such as 1MB", "1MB")
    .option("--max-texts <number>", "most texts of a request", "1000")
    .option("--max-characters <number>", "most characters of a text", "100000")
    .option("--no-watch", "changed model files are read only when asked: SIGHUP, or POST /v1/models/NAME/reload")
    .option("--drain <seconds>", "when it stops: how long it says that it is not ready before it takes no more")
    .option("--stop-within <seconds>", "when it stops: how long requests that are under way may take", "30")
    .option("--log <which>", "requests in the log: all, failed, none", "failed")
    .option("--log-texts", "texts that were asked about, too")
    .addHelpText("before", "Example: bax serve spam.safetensors language=lid.176.ftz --port 8080\n")
    .addHelpText(
      "after",
      "\nThen: curl http://127.0.0.1:8080/v1/models/spam/predict -H 'Content-Type: application/json' -d '{\"text\":\"win a prize\"}'" +
        "\nAll routes: http://127.0.0.1:8080/docs. The log is JSON lines on standard error. SIGTERM or Ctrl-C ends it when what is under way is answered.",
    )
    .action((models: string[], flags: ServeFlags) => serveModels(models, flags));
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function serveModels(given: readonly string[], flags: ServeFlags): Promise<void> {
  const options = await optionsOf(given, flags);
  // Signals are heard from the first moment on: one that comes while models are read neither kills (SIGHUP) nor is lost (SIGTERM, where
  // the process is the first of a container).
  let server: RunningServer | undefined;
  const reload = (): void => void server?.reload();
  process.on("SIGHUP", reload);
  const interrupted = new Promise<void>((resolve) => {
    stopOnInterrupt(resolve);
  });
  const { serve } = await import("@bax/server/node");
  server = await serve(options);
  const console = new Console({});
  const models = server.models.all().map(({ name, classifier }) => `${name} (${classifier.labels.length} labels)`);
  await console.write(`${server.url}\n`);
  console.note(`serving ${models.join(", ")}; documentation at ${server.url}/docs; Ctrl-C ends it`);
  await interrupted;
  await server.stop();
  process.off("SIGHUP", reload);
}

async function optionsOf(given: readonly string[], flags: ServeFlags): Promise<ServeOptions> {
  const port = parseCount("--port", flags.port, 0);
  if (port > 65_535) throw new BaxError("usage", `--port: got ${port}, expected at most 65535`, "Try --port 8080.");
  const certificate = await certificateOf(flags);
  return {
    port,
    host: flags.host,
    models: await modelPaths(given),
    keys: await keysOf(flags.keys),
    ...(certificate && { certificate }),
    origins: flags.origin,
    ...(flags.threads !== undefined && { threads: parseCount("--threads", flags.threads, 1) }),
    waitingTexts: parseCount("--queue", flags.queue, 1),
    waitingSeconds: parseSeconds("--queue-seconds", flags.queueSeconds),
    limits: {
      deadline: Math.ceil(1000 * parseSeconds("--deadline", flags.deadline)),
      bodyBytes: parseByteSize("--max-body", flags.maxBody),
      texts: parseCount("--max-texts", flags.maxTexts, 1),
      characters: parseCount("--max-characters", flags.maxCharacters, 1),
    },
    ...(flags.watch ? {} : { watch: 0 }),
    drain: flags.drain === undefined ? 0 : 1000 * parseSeconds("--drain", flags.drain),
    stopWithin: 1000 * parseSeconds("--stop-within", flags.stopWithin),
    logRequests: loggedOf(flags.log),
    logTexts: flags.logTexts,
  };
}

/** The files by their names. Throws BaxError "usage" for a name that comes twice. */
async function modelPaths(given: readonly string[]): Promise<Record<string, string>> {
  const paths: Record<string, string> = {};
  for (const one of given) {
    const [, name, file] = /^([\w.-]+)=(.+)$/s.exec(one) ?? [];
    const of = file ?? one;
    const called = name ?? path.basename(of).replace(/\.(safetensors|bin|ftz)$/i, "");
    if (!/^[A-Za-z0-9][\w.-]{0,127}$/.test(called))
      throw new BaxError(
        "usage",
        `${of}: "${called}" cannot stand in an address`,
        `Give the model a name of letters and digits: NAME=${of}`,
      );
    const info = await statFile(of);
    if (info.isDirectory()) throw new BaxError("file", `${of}: is a folder, expected a model`, "Give the file in it.");
    if (Object.hasOwn(paths, called))
      throw new BaxError(
        "usage",
        `${of}: "${called}" is the name of ${paths[called]} already`,
        `Give it another: OTHER=${of}`,
      );
    paths[called] = of;
  }
  return paths;
}

/** API keys from a file, or from the environment; undefined for none. They are never shown. */
async function keysOf(file: string | undefined): Promise<string[] | undefined> {
  const text = file === undefined ? process.env[KEYS_VARIABLE] : await read(file);
  if (text === undefined || (file === undefined && text.trim() === "")) return undefined;
  const keys = text
    .split(file === undefined ? /[\s,]+/ : /\r?\n/)
    .map((key) => key.trim())
    .filter((key) => key !== "" && !key.startsWith("#"));
  if (keys.length > 0) return keys;
  throw new BaxError("usage", `--keys: there is no key in ${file}`, "Write one a line, made by: openssl rand -hex 32");
}

async function certificateOf({ tlsCert, tlsKey }: ServeFlags): Promise<ServeOptions["certificate"]> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const missing = tlsCert === undefined ? "--tls-cert" : "--tls-key";
    throw new BaxError("usage", `${missing} is missing`, "A certificate and its key belong together.");
  }
  return { cert: await read(tlsCert), key: await read(tlsKey) };
}

async function read(file: string): Promise<string> {
  await statFile(file);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw fileError(file, error);
  }
}

function loggedOf(given: string): LoggedRequests {
  const found = LOGGED.find((one) => one === given);
  if (found) return found;
  throw new BaxError(
    "usage",
    `--log: got "${given}", expected ${LOGGED.join(", ")}`,
    `Leave it out for failed.${didYouMean(given, LOGGED)}`,
  );
}
