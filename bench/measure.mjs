// Times commands in fresh processes: wall time and peak memory, rivals in turn (A B A B …), so that a busy minute hits all alike.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { bench } from "./places.mjs";

/** What Node and Python say when there is no more memory for them. */
const OUT_OF_MEMORY = /heap out of memory|MemoryError/;

/** Middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A command two times at once: what the machine lets two cores do, by processes that share nothing else. */
export const twice = (command) => ["sh", "-c", '"$@" & "$@" && wait $!', "sh", ...command];

/**
 * Runs a command once. Returns its wall time, the most memory it held, and its output. Throws where it fails; past `limit` seconds (0: none)
 * it is stopped, and `stopped` is true. So it is where it ended by itself for want of memory; then there is no time.
 */
export function runOnce([program, ...args], { discard = false, limit = 0 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "bax-bench-"));
  const report = join(folder, "report.json");
  const wrapper = [join(bench, "python/resources.py"), report, String(limit), program, ...args];
  try {
    const stdio = ["ignore", discard ? "ignore" : "pipe", "pipe"];
    let began = performance.now();
    let child = spawnSync("python3", wrapper, { encoding: "utf8", maxBuffer: 1 << 30, stdio });
    let measured;
    if (child.error?.code === "ENOENT") {
      // Without Python there is no peak memory, but there is still a clock.
      began = performance.now();
      child = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 30, stdio });
      measured = { seconds: (performance.now() - began) / 1000, status: child.status };
    } else measured = JSON.parse(readFileSync(report, "utf8"));
    if (measured.status !== 0 && !measured.stopped) {
      if (OUT_OF_MEMORY.test(child.stderr)) return { seconds: null, peakMegabytes: null, output: "", stopped: true };
      throw new Error(`${program} ${args.join(" ")} ended with ${measured.status}\n${child.stderr}`);
    }
    const peakMegabytes = measured.peakKilobytes ? measured.peakKilobytes / 1024 : null;
    return { seconds: measured.seconds, peakMegabytes, output: child.stdout ?? "", stopped: measured.stopped === true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs each of the named commands `runs` times, in turn; a command that is null is left out. `discard`: throw its output away;
 * `limit`: seconds after which a command is stopped; `patience`: seconds from which on once is enough.
 * Returns for each name the medians and every time.
 */
export function compare(commands, { runs, discard = false, limit = 0, patience = Number.POSITIVE_INFINITY }) {
  const named = Object.entries(commands).filter(([, command]) => command !== null);
  const all = new Map(named.map(([name]) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, command] of named) {
      const [first] = all.get(name);
      if (first && (first.stopped || first.seconds > patience)) continue;
      progress(`run ${run + 1} of ${runs}: ${name}`);
      all.get(name).push(runOnce(command, { discard, limit }));
    }
  }
  progress("");
  return Object.fromEntries([...all].map(([name, measured]) => [name, summary(measured)]));
}

function summary(measured) {
  const memory = measured.map((run) => run.peakMegabytes).filter((peak) => peak !== null);
  const times = measured.map((run) => run.seconds).filter((seconds) => seconds !== null);
  return {
    seconds: times.length > 0 ? median(times) : null,
    peakMegabytes: memory.length > 0 ? median(memory) : null,
    all: times,
    ...(measured.some((run) => run.stopped) && { stopped: true }),
  };
}

/** One line on a terminal that says what is being waited for. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** The machine, as far as timings depend on it. */
export function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** A folder for models and other things that a question makes; emptied first. */
export function scratchFolder(parent, question) {
  const folder = join(parent, "bench", question);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
