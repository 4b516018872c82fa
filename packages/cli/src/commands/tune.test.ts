import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import {
  bax,
  expectFailure,
  MAIN,
  type Outcome,
  sampleLines,
  sampleRows,
  temporaryFolder,
} from "../../test/command.ts";

const folder = temporaryFolder();
const { at } = folder;
const TRAIN = at("train.txt");
writeFileSync(TRAIN, `${sampleLines(300).join("\n")}\n`);
writeFileSync(at("other.txt"), `${sampleLines(60, 300).join("\n")}\n`);
afterAll(() => folder.dispose());

const QUICK = ["--trials", "8", "--epochs", "3"];

function tune(args: readonly string[], output = at("m.safetensors")): Outcome {
  return bax(["tune", TRAIN, "-o", output, ...args]);
}

/** Runs a line as a shell would, `bax` being the built command. */
function runLine(line: string): void {
  const script = `bax() { "${process.execPath}" "${MAIN}" "$@"; }\n${line}`;
  const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
}

describe("bax tune", () => {
  it("shows every trial, the best options, and a line that gives the same bytes as the model it wrote", () => {
    const output = at("it's mine.safetensors");
    const { status, stdout, stderr } = tune(QUICK, output);
    expect(status, stderr).toBe(0);
    const [head, ...rows] = stdout.split("\n\n")[0].split("\n");
    expect(head).toMatch(/^trial +accuracy +to the defaults +measured +size +time +flags$/);
    expect(rows).toHaveLength(8);
    expect(rows[0]).toMatch(/^ +1 +[\d.]+ % +100 % +[\d.]+ kB +[\d.]+ s +\(the defaults\)$/);
    for (const row of rows.slice(1)) expect(row).toMatch(/^ +\d+ +[\d.]+ % +[+−][\d.]+ ± [\d.]+ .* --\S/);
    expect(stdout).toMatch(/^best +(trial \d+, |the defaults: ).*8 trials in /m);
    const line = /^the same +(bax train .*)$/m.exec(stdout)![1];
    const bytes = readFileSync(output);
    writeFileSync(output, "");
    runLine(line);
    expect(readFileSync(output).equals(bytes)).toBe(true);
  });

  it("gives the same trials and bytes again, on one thread and on two; another seed gives other trials", () => {
    const found = [
      ["--threads", "1"],
      ["--threads", "2"],
      ["--seed", "5"],
    ].map((flags) => {
      const { stdout } = tune([...QUICK, ...flags, "--json", "--quiet"]);
      const { tuning } = JSON.parse(stdout);
      const trials = tuning.trials.map(({ number, score, changes }: Record<string, unknown>) => ({
        number,
        score,
        changes,
      }));
      return { trials, bytes: readFileSync(at("m.safetensors")) };
    });
    expect(found[1].trials).toEqual(found[0].trials);
    expect(found[1].bytes.equals(found[0].bytes)).toBe(true);
    expect(found[2].trials).not.toEqual(found[0].trials);
  });

  it("prints one JSON document, and nothing else when quiet", () => {
    const { stdout, stderr } = tune([
      ...QUICK,
      "--metric",
      "macro-f1",
      "--valid",
      at("other.txt"),
      "--json",
      "--quiet",
    ]);
    expect(stderr).toBe("");
    const found = JSON.parse(stdout);
    expect(found.model).toEqual({ path: at("m.safetensors"), bytes: statSync(at("m.safetensors")).size });
    expect(found.tuning).toMatchObject({
      metric: "macro-f1",
      interrupted: false,
      defaults: { number: 1, changes: {} },
    });
    expect(found.tuning.options.epochs).toBe(3);
    expect(found.valid.examples).toBe(60);
    expect(found.commands).toHaveLength(1);
    expect(found.commands[0]).toContain(`--valid ${at("other.txt")}`);
  });

  it("goes on from a log, whatever is left of it, to the same result as a run that was never cut off", () => {
    const log = at("whole.jsonl");
    const whole = tune([...QUICK, "--log", log]);
    expect(whole.status, whole.stderr).toBe(0);
    const bytes = readFileSync(at("m.safetensors"));
    const text = readFileSync(log, "utf8");
    const lines = text.split("\n");
    const untimed = (output: string) => output.replaceAll(/[\d.]+ (?:s|min)\b/g, "");
    for (const kept of [
      text,
      `${lines.slice(0, 6).join("\n")}\n`,
      `${lines.slice(0, 6).join("\n")}\n${lines[6].slice(0, 20)}`,
      lines[0].slice(0, 30),
      "",
    ]) {
      writeFileSync(log, kept);
      const { status, stdout, stderr } = tune([...QUICK, "--log", log]);
      expect(status, stderr).toBe(0);
      expect(untimed(stdout)).toBe(untimed(whole.stdout));
      expect(readFileSync(at("m.safetensors")).equals(bytes)).toBe(true);
      const again = readFileSync(log, "utf8").split("\n");
      expect(again.map((line) => line.replace(/"seconds":.*/, ""))).toEqual(
        lines.map((line) => line.replace(/"seconds":.*/, "")),
      );
    }
    // More trials than the log has: those in it count.
    const more = tune(["--trials", "12", "--epochs", "3", "--log", log]);
    expect(more.status, more.stderr).toBe(0);
    expect(readFileSync(log, "utf8").startsWith(text.slice(0, text.indexOf('"seconds"')))).toBe(true);
  });

  it("refuses a log with a damaged line in the middle, of another search, or that is none, and leaves it alone", () => {
    const log = at("refused.jsonl");
    expect(tune([...QUICK, "--log", log]).status).toBe(0);
    const text = readFileSync(log, "utf8");
    expectFailure(tune([...QUICK, "--dim", "8", "--log", log]), 2, /another search: option dim was not given, is 8/);
    expectFailure(tune([...QUICK, "--metric", "ece", "--log", log]), 2, /--metric was accuracy, is ece/);
    expectFailure(tune([...QUICK, "--seed", "4", "--log", log]), 2, /option seed was not given, is 4/);
    const other = bax(["tune", at("other.txt"), "-o", at("m.safetensors"), ...QUICK, "--log", log]);
    expectFailure(other, 2, /of another search: the data was [0-9a-f]{16}, is [0-9a-f]{16}/);
    expect(readFileSync(log, "utf8")).toBe(text);
    const damaged = text.split("\n").with(3, '{"trial":1,"ru').join("\n");
    writeFileSync(log, damaged);
    expectFailure(tune([...QUICK, "--log", log]), 1, /refused\.jsonl:4: .*damaged/, /Delete the line/);
    expect(readFileSync(log, "utf8")).toBe(damaged);
    expectFailure(tune([...QUICK, "--log", at("other.txt")]), 2, /other\.txt:1: this is no log/);
    expectFailure(tune([...QUICK, "--log", TRAIN]), 2, /--log: .*train\.txt is a file of this command/);
    expect(readFileSync(at("other.txt"), "utf8")).toBe(`${sampleLines(60, 300).join("\n")}\n`);
  });

  it("keeps to a size by compressing, and the two lines it prints give the same bytes", () => {
    const output = at("small.safetensors");
    const { status, stdout, stderr } = tune([...QUICK, "--size", "40k"], output);
    expect(status, stderr).toBe(0);
    const bytes = readFileSync(output);
    expect(bytes.length).toBeLessThanOrEqual(40_000);
    const lines = /^the same +(bax train .*)\n +(bax compress .*)$/m.exec(stdout)!.slice(1);
    writeFileSync(output, "");
    for (const line of lines) runLine(line);
    expect(readFileSync(output).equals(bytes)).toBe(true);
  });

  it("says what was found where a size cannot be met", () => {
    const outcome = tune([...QUICK, "--size", "3k"], at("never.safetensors"));
    expectFailure({ ...outcome, stdout: "" }, 2, /size: 3 kB asked for/);
    expect(outcome.stderr).toMatch(/^the best options: bax train \S/m);
    expect(existsSync(at("never.safetensors"))).toBe(false);
  });

  it("keeps to a time of a text, which it shows", () => {
    const { status, stdout, stderr } = tune([...QUICK, "--latency", "0.8us"]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^ +1 .*[\d.]+ µs .* too slow {2}\(the defaults\)$/m);
    const best = /^best +trial (\d+)/m.exec(stdout)?.[1];
    const row = new RegExp(`^ +${best} .* ([\\d.]+) µs`, "m").exec(stdout);
    expect(Number(row?.[1])).toBeLessThanOrEqual(0.8);
    // What passes a limit is measured once, the defaults, and that stands in the log too.
    const log = at("limited.jsonl");
    const logged = [0, 1].map(() => tune([...QUICK, "--latency", "0.8us", "--log", log]));
    for (const run of logged) expect(run.status, run.stderr).toBe(0);
  });

  it("reads standard input and tables, once", () => {
    const input = readFileSync(TRAIN, "utf8");
    const piped = bax(["tune", "-", "-o", at("m.safetensors"), ...QUICK], { input });
    expect(piped.status, piped.stderr).toBe(0);
    const bytes = readFileSync(at("m.safetensors"));
    expect(tune(QUICK).status).toBe(0);
    expect(readFileSync(at("m.safetensors")).equals(bytes)).toBe(true);
    const rows = sampleRows(120).map(({ text, label }) => JSON.stringify({ body: text, topic: label }));
    writeFileSync(at("rows.jsonl"), rows.join("\n"));
    const flags = ["--text", "body", "--label", "topic", "--trials", "3"];
    const table = bax(["tune", at("rows.jsonl"), "-o", at("t.safetensors"), ...flags]);
    expect(table.status, table.stderr).toBe(0);
    expect(table.stdout).toMatch(/the same +bax train \S+rows\.jsonl --text body --label topic -o \S+/);
  });

  it("ends the search on Ctrl-C and trains with the best so far", async () => {
    const child = spawn(process.execPath, [MAIN, "tune", TRAIN, "-o", at("kept.safetensors"), "--seconds", "100"]);
    let stdout = "";
    let stderr = "";
    child.stderr.on("data", (bytes) => (stderr += bytes));
    child.stdout.on("data", (bytes) => {
      stdout += bytes;
      if (stdout.split("\n").length > 4 && !child.killed) child.kill("SIGINT");
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/stopping the search: the best options so far are trained/);
    expect(stdout).toMatch(/^best .*stopped early/m);
    expect(existsSync(at("kept.safetensors"))).toBe(true);
  });

  it.each([
    [["--trials", "0"], /--trials: got "0"/, /--trials 1/],
    [["--trials", "x"], /--trials: got "x"/, /--trials 1/],
    [["--seconds", "-3"], /--seconds: got "-3"/, /--seconds 60/],
    [["--trials", "3", "--seconds", "3"], /two budgets/, /one of them/],
    [["--trials", "3", "--metric", "acuracy"], /"acuracy"/, /Did you mean "accuracy"/],
    [["--trials", "3", "--metric", "f1:hamm"], /no label "hamm"/, /spam, ham, news/],
    [["--trials", "3", "--size", "big"], /--size: got "big"/, /--size 2MB/],
    [["--trials", "3", "--latency", "0"], /--latency: got "0"/, /--latency 20us/],
    [["--trials", "3", "--latency", "0.01us"], /no trial keeps to 0.01 microseconds a text/, /Allow more/],
    [["--trials", "3", "--size", "9"], /--size 9: .* a file of 450 bytes/, /Allow more/],
    [["--trials", "3", "--valid", "0"], /--valid 0/, /Leave --valid out/],
    [["--trials", "3", "--tokenizer", "fasttext"], /--tokenizer fasttext/, /-autotune-validation/],
    [["--trails", "3"], /unknown option '--trails'/, /Did you mean --trials/],
    [["--trials", "3", "--dim", "0"], /--dim: got 0/, /hidden vector/],
  ])("refuses %j as wrong usage, and writes nothing", (flags, what, advice) => {
    const output = at("never.safetensors");
    const outcome = tune(flags, output);
    expectFailure({ ...outcome, stdout: "" }, 2, what, advice);
    expect(existsSync(output)).toBe(false);
  });

  it("refuses a log that cannot be written, before it searches", () => {
    expectFailure(tune([...QUICK, "--log", at("nowhere", "log.jsonl")]), 1, /--log: .*nowhere does not exist/);
    expectFailure(tune([...QUICK, "--log", at(".")]), 1, /is a folder/);
  });

  it("says so where everything is given and nothing is left to try", () => {
    const given =
      "--tokenizer unicode --lowercase --word-ngrams 1 --char-ngrams none --weighting none --norm l2 --lr 0.1";
    const more = "--min-count 1 --dim 8 --label-smoothing 0 --loss softmax --epochs 3 --trials 5";
    const { status, stdout, stderr } = tune(`${given} ${more}`.split(" "));
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^best +the defaults.*1 trial /m);
    expect(stderr).toMatch(/nothing is left to try/);
  });

  it("refuses an output that is one of its files, or fastText's", () => {
    appendFileSync(at("copy.safetensors"), readFileSync(TRAIN));
    const same = bax(["tune", at("copy.safetensors"), "--format", "txt", "-o", at("copy.safetensors"), ...QUICK]);
    expectFailure(same, 2, /one of the files to learn from/);
    expectFailure(tune(QUICK, at("m.bin")), 2, /asks for a \.bin/, /-autotune-validation/);
    expectFailure(bax(["tune", TRAIN, ...QUICK]), 2, /-o is missing/);
  });
});
