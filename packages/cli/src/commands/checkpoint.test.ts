import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, type Outcome, temporaryFolder } from "../../test/command.ts";
import { syntheticLines } from "../../test/synthetic.ts";

const folder = temporaryFolder();
const { at } = folder;
afterAll(() => folder.dispose());

const CHECKPOINT = at("checkpoints", "training.checkpoint");
const TEMPORARY = at("tmp");
const env = { ...process.env, TMPDIR: TEMPORARY };

/** Starts the command, sends Ctrl-C once standard error says `when`, and waits for its end. */
async function interrupt(args: readonly string[], when: RegExp): Promise<Outcome> {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], { env });
  const outcome: Outcome = { status: null, stdout: "", stderr: "" };
  let isSent = false;
  child.stdout?.on("data", (chunk) => {
    outcome.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    outcome.stderr += chunk;
    if (isSent || !when.test(outcome.stderr)) return;
    isSent = true;
    child.kill("SIGINT");
  });
  outcome.status = await new Promise((resolve) => child.once("close", resolve));
  return outcome;
}

beforeAll(() => {
  mkdirSync(TEMPORARY);
  writeFileSync(at("small.txt"), syntheticLines(6000, 12, 3000));
  writeFileSync(at("large.txt"), syntheticLines(24_000, 24, 60_000));
});

describe("bax train --checkpoint", () => {
  const FLAGS = ["--epochs", "40", "--dim", "16", "--seed", "3"];
  const command = (data: string, ...more: string[]) => [
    ...["train", at(data), "-o", at("model.safetensors"), ...FLAGS],
    ...["--checkpoint", at("checkpoints"), "--checkpoint-every", "1000", ...more],
  ];
  const refuse = (what: RegExp, advice: RegExp, status: number, data = "small.txt", ...more: string[]) => {
    const before = existsSync(CHECKPOINT) ? readFileSync(CHECKPOINT) : null;
    expectFailure(bax(command(data, "-q", ...more)), status, what, advice);
    // What is refused stays: it may be hours of work.
    if (before) expect(readFileSync(CHECKPOINT).equals(before)).toBe(true);
    expect(readdirSync(at("checkpoints"))).toEqual(["training.checkpoint"]);
  };

  beforeAll(async () => {
    const stopped = await interrupt(command("small.txt"), /^(?:measuring|training) /m);
    expect(stopped, stopped.stderr).toMatchObject({ status: 0 });
    copyFileSync(CHECKPOINT, at("kept"));
  });

  it("keeps model and checkpoint on Ctrl-C, and goes on from there to the model of a run without one", async () => {
    expect(bax(["train", at("small.txt"), "-o", at("whole.safetensors"), ...FLAGS, "-q"]).status).toBe(0);
    const stopped = await interrupt(command("small.txt"), /^(?:measuring|training) .*\n(?:.*\n)*training /m);
    expect(stopped.stderr).toMatch(/goes on from .*training\.checkpoint: (?:validation, )?epoch \d/);
    expect(stopped.stdout).toMatch(/stopped early/);
    expect(bax(["info", at("model.safetensors")]).status).toBe(0);
    expect(readdirSync(at("checkpoints"))).toEqual(["training.checkpoint"]);
    const rest = bax(command("small.txt", "--threads", "2"));
    expect(rest.stderr).toMatch(/goes on from/);
    expect(rest.stdout).not.toMatch(/stopped early/);
    expect(readFileSync(at("model.safetensors")).equals(readFileSync(at("whole.safetensors")))).toBe(true);
    expect(existsSync(at("checkpoints"))).toBe(false);
  });

  describe("that is there", () => {
    beforeAll(() => {
      mkdirSync(at("checkpoints"), { recursive: true });
      copyFileSync(at("kept"), CHECKPOINT);
    });

    it("is refused where the data changed or are others, and stays", () => {
      const lines = readFileSync(at("small.txt"), "utf8");
      writeFileSync(at("other.txt"), lines.replace("w", "v"));
      refuse(/training\.checkpoint: the checkpoint is of a run on other data/, /remove the checkpoint/, 2, "other.txt");
      writeFileSync(at("small.txt"), `${lines}__label__spam one more\n`);
      refuse(/on other data/, /Repeat that run's command/, 2);
      writeFileSync(at("small.txt"), lines);
    });

    it("is refused where an option is another, which is named, and stays", () => {
      refuse(/with other options: dim was 16, and is 24 now/, /\S/, 2, "small.txt", "--dim", "24");
      refuse(/with other options: seed was 3, and is 4 now/, /\S/, 2, "small.txt", "--seed", "4");
      refuse(
        /with other options: (?:.*; )?loss was "softmax", and is "ova" now/,
        /\S/,
        2,
        "small.txt",
        "--loss",
        "ova",
      );
    });

    it("is refused where it is damaged, and stays", () => {
      const whole = readFileSync(at("kept"));
      const refuseBytes = (bytes: Uint8Array | string, what: RegExp) => {
        writeFileSync(CHECKPOINT, bytes);
        refuse(what, /Remove it to begin anew/, 1);
      };
      refuseBytes("", /has only 0 bytes/);
      refuseBytes("no checkpoint, but something longer than its header is", /does not begin as a checkpoint/);
      for (const length of [10, 100, 5000, whole.length - 4])
        refuseBytes(whole.subarray(0, length), /has only|ends in its header|has \d+ bytes, expected \d+/);
      refuseBytes(Buffer.concat([whole, Buffer.alloc(8)]), /has \d+ bytes, expected \d+/);
      for (const at of [40, 3000, whole.length >> 1, whole.length - 9]) {
        const damaged = Buffer.from(whole);
        damaged[at] ^= 0x10;
        refuseBytes(damaged, /is damaged/);
      }
      copyFileSync(at("kept"), CHECKPOINT);
    });

    it("goes on where a half-written one lies beside it, and takes that away", () => {
      const dead = spawnSync(process.execPath, ["-e", ""]).pid;
      const host = hostname().replaceAll(/[^\w-]/g, "_");
      const left = at("checkpoints", `.training.checkpoint.${host}-${dead}-0123abcd.tmp`);
      writeFileSync(left, "half");
      const done = bax(command("small.txt"));
      expect(done.stderr).toMatch(/goes on from/);
      expect(existsSync(at("checkpoints"))).toBe(false);
    });
  });

  it("refuses a folder that is a file, and an interval that is none", () => {
    writeFileSync(at("file"), "");
    const flags = ["train", at("small.txt"), "-o", at("model.safetensors"), ...FLAGS, "-q"];
    expectFailure(bax([...flags, "--checkpoint", at("file")]), 1, /file/);
    for (const every of ["", "0", "-5", "often", "10 parsecs", "1.5", "0s", "1e3", "Infinity", "NaN"]) {
      const made = bax([...flags, "--checkpoint", at("checkpoints"), `--checkpoint-every=${every}`]);
      expectFailure(made, 2, /--checkpoint-every: got/, /--checkpoint-every 30s/);
    }
    expectFailure(bax([...flags, "--checkpoint-every", "30s"]), 2, /--checkpoint-every needs --checkpoint/);
    expectFailure(bax([...flags, "--checkpoint", ""]), 2, /--checkpoint: got ""/);
  });
});

describe("bax train --memory", () => {
  const flags = ["train", at("large.txt"), "-o", at("model.safetensors"), "--dim", "8", "--memory", "64MB"];

  it("refuses a limit that is too small or is none", () => {
    const given = (memory: string) => bax([...flags.slice(0, -1), memory, "-q"]);
    expectFailure(given("1MB"), 2, /--memory: got 1000000, expected .*64/);
    for (const memory of ["", "little", "-64MB", "64 parsecs", "NaN"]) expectFailure(given(memory), 2, /--memory: got/);
  });

  it("names the folder for temporary files where that is missing", () => {
    const made = bax([...flags, "-q"], { env: { ...process.env, TMPDIR: at("nowhere") } });
    expectFailure(made, 1, /nowhere \(the folder for temporary files\): there is no such file/, /TMPDIR/);
  });

  it("says that the disk is full, keeps an old model and leaves nothing", () => {
    writeFileSync(at("model.safetensors"), "old");
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["-c", 'ulimit -f 2000; exec "$0" "$@"', process.execPath, MAIN, ...flags, "-q"],
      { encoding: "utf8", env },
    );
    expectFailure({ status, stdout, stderr }, 1, /tmp \(temporary file of the training data\)/, /TMPDIR|folder/);
    expect(readFileSync(at("model.safetensors"), "utf8")).toBe("old");
    expect(readdirSync(TEMPORARY)).toEqual([]);
  });

  it("leaves nothing behind on Ctrl-C: while it reads no model, while it learns the model so far", async () => {
    rmSync(at("model.safetensors"), { force: true });
    const reading = await interrupt(flags, /^reading [1-9]/m);
    expectFailure(reading, 130, /stopped while reading, before anything was learned/);
    expect(existsSync(at("model.safetensors"))).toBe(false);
    const learning = await interrupt([...flags, "--epochs", "100"], /^(?:measuring|training) /m);
    expect(learning, learning.stderr).toMatchObject({ status: 0 });
    expect(learning.stdout).toMatch(/temporary file: more than --memory 64 MB/);
    expect(learning.stdout).toMatch(/stopped early/);
    expect(bax(["info", at("model.safetensors")]).status).toBe(0);
    expect(readdirSync(TEMPORARY)).toEqual([]);
    truncateSync(at("large.txt"));
  });
});
