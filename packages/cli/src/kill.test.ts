// A kill (SIGKILL) at any moment costs nothing but the time since the last checkpoint or part. The moments are drawn with one seed, but where
// in its work a process is by then depends on the machine: each run tries others.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAIN, temporaryFolder } from "../test/command.ts";
import { syntheticLines } from "../test/synthetic.ts";

const folder = temporaryFolder();
const { at } = folder;
/** Where the command is to leave temporary files, as far as it does. */
const TEMPORARY = at("tmp");
const env = { ...process.env, TMPDIR: TEMPORARY };
afterAll(() => folder.dispose());

let state = 20_240_131;
/** The next of a fixed row of numbers, 0 to 1. */
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

/** Waits for the moment to kill a process; ends early where the process does. */
type Moment = (child: ChildProcess) => Promise<void>;

/** A random moment of the first so many milliseconds. */
function within(milliseconds: number): Moment {
  const moment = random() * milliseconds;
  return async (child) => {
    const closed = new Promise((resolve) => child.once("close", resolve));
    await Promise.race([wait(moment), closed]);
  };
}

/** As soon as a folder holds a file of such a name. */
function appears(where: string, name: RegExp): Moment {
  return async (child) => {
    while (child.exitCode === null && !(existsSync(where) && readdirSync(where).some((file) => name.test(file))))
      await wait(1);
  };
}

interface Ended {
  killed: boolean;
  milliseconds: number;
  stderr: string;
}

async function start(args: readonly string[], moment?: Moment): Promise<Ended> {
  const began = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const closed = new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, signal) => resolve(signal)));
  if (moment) {
    await moment(child);
    child.kill("SIGKILL");
  }
  const signal = await closed;
  if (signal === null) expect(child.exitCode, stderr).toBe(0);
  return { killed: signal === "SIGKILL", milliseconds: performance.now() - began, stderr };
}

/**
 * Repeats a command that is killed each time, at moments that `next` draws, until it was killed `times`; then lets it end. `args` of each
 * run may be others. Between the runs the output is what it was, or whole.
 */
async function killAndEnd(
  output: string,
  whole: Buffer,
  times: number,
  args: (run: number) => string[],
  next: (kill: number) => Moment,
): Promise<string> {
  let told = "";
  for (let run = 0, kills = 0; kills < times; run++) {
    expect(run, "runs that ended before they were killed").toBeLessThan(6 * times);
    const { killed, stderr } = await start(args(run), next(kills));
    told += stderr;
    if (killed) kills++;
    if (existsSync(output)) {
      expect(readFileSync(output).equals(whole), `after kill ${kills}`).toBe(true);
      rmSync(output);
    }
  }
  const last = await start(args(0));
  expect(readFileSync(output).equals(whole)).toBe(true);
  return told + last.stderr;
}

beforeAll(() => mkdirSync(TEMPORARY));

describe("bax train that was killed", () => {
  const CASES: [what: string, kills: number, data: string, flags: string[], threads: string[]][] = [
    ["with the defaults, on one thread or two", 6, "small", ["--epochs", "8", "--dim", "16"], ["1", "2"]],
    [
      "with fastText's features and the loss hs",
      4,
      "small",
      ["--tokenizer", "fasttext", "--loss", "hs", "--dim", "32"],
      ["1"],
    ],
    ["with examples in a temporary file", 4, "large", ["--memory", "64MB", "--epochs", "2", "--dim", "8"], ["2", "1"]],
  ];
  beforeAll(() => {
    writeFileSync(at("small.txt"), syntheticLines(6000, 12, 3000));
    writeFileSync(at("large.txt"), syntheticLines(24_000, 24, 60_000));
  });

  it.each(CASES)("%s ends with the same bytes, and leaves nothing behind", async (_, kills, data, flags, threads) => {
    const [output, checkpoints] = [at("models", "model.safetensors"), at("checkpoints")];
    mkdirSync(at("models"), { recursive: true });
    const args = (run: number) => [
      ...["train", at(`${data}.txt`), "-o", output, ...flags, "--threads", threads[run % threads.length]],
      ...["--checkpoint", checkpoints, "--checkpoint-every", "200"],
    ];
    const { milliseconds } = await start(["train", at(`${data}.txt`), "-o", output, ...flags, "--threads", "1"]);
    const whole = readFileSync(output);
    rmSync(output);
    // The first half of them anywhere; then while a checkpoint, and the model, is being written.
    const next = (kill: number) => {
      if (kill < kills / 2) return within(1.2 * milliseconds);
      return kill % 2 === 0 ? appears(checkpoints, /\.tmp$/) : appears(at("models"), /\.tmp$/);
    };
    const told = await killAndEnd(output, whole, kills, args, next);
    expect(told).toMatch(/goes on from .*training\.checkpoint/);
    expect(existsSync(checkpoints)).toBe(false);
    expect(readdirSync(at("models"))).toEqual(["model.safetensors"]);
    expect(readdirSync(TEMPORARY)).toEqual([]);
  });
});

describe("bax predict -o that was killed at any moment", () => {
  beforeAll(async () => {
    writeFileSync(at("train.txt"), syntheticLines(600, 8, 300));
    await start(["train", at("train.txt"), "-o", at("model.safetensors"), "--epochs", "2", "--dim", "16"]);
    const duck = await (await DuckDBInstance.create(":memory:")).connect();
    await duck.run(
      `COPY (SELECT i AS id, 'sw' || i % 977 || ' w' || i % 31 AS text FROM range(400000) t(i)) TO '${at("in.parquet")}'`,
    );
  });

  it.each([
    ["parquet", 3],
    ["csv", 3],
  ])("ends with the same bytes in %s, and leaves nothing behind", async (ending, kills) => {
    const output = at("answers", `out.${ending}`);
    mkdirSync(at("answers"), { recursive: true });
    const args = () => ["predict", at("model.safetensors"), at("in.parquet"), "-o", output];
    const { milliseconds } = await start(args());
    const whole = readFileSync(output);
    rmSync(output);
    await killAndEnd(output, whole, kills, args, () => within(milliseconds));
    expect(readdirSync(at("answers"))).toEqual([`out.${ending}`]);
    expect(readdirSync(TEMPORARY)).toEqual([]);
    rmSync(output);
  });
});
