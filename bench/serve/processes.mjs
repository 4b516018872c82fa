// Servers as processes of their own, and what the system says of them. What /proc would tell is null where there is none.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { bax } from "../places.mjs";

/** Milliseconds until a server has to be there, and until it has to be gone. */
const PATIENCE = 60_000;
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a server that prints its address as its first line. `log`: the file that gets its standard error. Returns its address, process id,
 * `ended` (its exit status and signal) and `stop`, which sends SIGTERM and waits.
 */
export async function startServer(args, log) {
  const file = openSync(log, "w");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", file] });
  closeSync(file);
  running.add(child);
  const ended = new Promise((resolve) => {
    child.once("exit", (status, signal) => {
      running.delete(child);
      resolve({ status, signal });
    });
  });
  const address = new Promise((resolve) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (part) => {
      said += part;
      if (said.includes("\n")) resolve(said.split("\n", 1)[0]);
    });
  });
  const url = await Promise.race([address, ended.then(() => null), later(PATIENCE, null)]);
  const kill = (signal) => child.kill(signal);
  if (url === null) {
    kill("SIGKILL");
    throw new Error(`${args.join(" ")}: no server came of it\n${readFileSync(log, "utf8").slice(-2000)}`);
  }
  const stop = async () => {
    kill("SIGTERM");
    const how = await Promise.race([ended, later(PATIENCE, null)]);
    if (how === null) kill("SIGKILL");
    return how ?? ended;
  };
  return { url, pid: child.pid, isAlive: () => running.has(child), ended, kill, stop };
}

/** `bax serve` of one model under the name "model", as people start it, on a port that is free. */
export function startBax(model, log, flags = []) {
  return startServer([bax, "serve", `model=${model}`, "--port", "0", ...flags], log);
}

/** Where the model of `startBax` labels texts. */
export const PREDICT = "/v1/models/model/predict";

function later(milliseconds, value) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, value).unref());
}

function readProcess(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return null;
  }
}

/** Resident memory of a process in MB (2^20 bytes). */
export function residentMegabytes(pid) {
  const kilobytes = /^VmRSS:\s*(\d+)/m.exec(readProcess(pid, "status") ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

/** How many files and sockets a process has open. */
export function openDescriptors(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

const ticks = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout) || 100;

/** Seconds of processor time that a process has used, all of its threads together. */
export function processorSeconds(pid) {
  const stat = readProcess(pid, "stat");
  if (stat === null) return null;
  // The name may have spaces; what follows it begins with the third field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Lets this process and those that it starts have so many files open, or as many as may be. Returns how many. */
export function allowOpenFiles(wanted) {
  const limit = () => Number(/^Max open files\s+(\d+)/m.exec(readProcess("self", "limits") ?? "")?.[1] ?? 0);
  if (limit() < wanted) spawnSync("prlimit", ["--pid", String(process.pid), `--nofile=${wanted}:${wanted}`]);
  return limit() || 1024;
}

/** Whether memory stayed flat: medians of the second and the last quarter of samples, and what the last may be. */
export function flatness(samples) {
  const quarter = (n) => {
    const part = samples.slice(Math.floor((n * samples.length) / 4), Math.ceil(((n + 1) * samples.length) / 4));
    return part.toSorted((a, b) => a - b)[part.length >> 1] ?? null;
  };
  const [second, last] = [quarter(1), quarter(3)];
  return { second, last, most: second === null ? null : mostAfter(second) };
}

/** Megabytes up to which memory that had so many counts as flat. */
export function mostAfter(megabytes) {
  return megabytes * 1.05 + 8;
}

/** Lines of a server's log at the level "error". */
export function errorsIn(log) {
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes('"level":"error"'));
}
