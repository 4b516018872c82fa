import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, sampleLines, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
/** Several megabytes: what the calling thread answers while workers start is a small part of it. */
const LINES = 60_000;

beforeAll(() => {
  const lines = sampleLines(LINES).map((line, n) => `${line.replace(/^\S+ /, "")} ${"größer ".repeat(n % 20)}`);
  // Lines of every kind: empty ones, CRLF, bytes that are not UTF-8, one that is longer than a block, no newline at the end.
  for (let n = 0; n < LINES; n += 97) lines[n] = "";
  for (let n = 5; n < LINES; n += 89) lines[n] += "\r";
  lines[40_000] = `win ${"lunch tomorrow ".repeat(100_000)}`;
  const text = Buffer.from(lines.join("\n"));
  text[text.indexOf("minister", 3_000_000)] = 0xff;
  writeFileSync(at("many.txt"), text);
  const rows = lines.slice(0, 12_000).map((line, n) => `${n},"${line.replaceAll('"', "").trim()}"`);
  writeFileSync(at("many.csv"), `id,text\n${rows.join("\n")}\n`);
});
afterAll(() => folder.dispose());

const predict = (threads: number, ...args: string[]) => {
  const { status, stdout, stderr } = bax(["predict", MODEL, ...args, "--threads", String(threads)]);
  return { status, stdout, stderr };
};

describe("bax predict --threads", () => {
  it.each([
    ["-k", "2"],
    ["--keep"],
    ["--json", "--keep", "-k", "all"],
    ["--log", "-k", "3"],
    ["--threshold", "0.7", "--raw"],
    ["--labels", "spam,ham", "-k", "2"],
    ["--abstain", "probability=0.6,margin=0.2,unknown=0.9"],
  ])("the answers to lines are those of one thread, byte for byte: %s %s", (...flags) => {
    const given = flags.filter((flag) => flag !== undefined);
    const alone = predict(1, at("many.txt"), ...given);
    expect(alone.status, alone.stderr).toBe(0);
    expect(alone.stdout.length).toBeGreaterThan(LINES);
    for (const threads of [2, 3]) {
      const together = predict(threads, at("many.txt"), ...given);
      expect(together.stdout === alone.stdout).toBe(true);
      expect(together.stderr).toBe(alone.stderr);
    }
  });

  it("a line for every line, in their order, whatever its threads are by default", () => {
    const { stdout } = bax(["predict", MODEL, at("many.txt")]);
    expect(stdout.split("\n").length).toBe(LINES + 1);
    expect(stdout).toBe(predict(1, at("many.txt")).stdout);
  });

  it.each(["txt", "csv", "jsonl", "parquet"])("files of .%s are the same", (ending) => {
    for (const input of ["many.txt", "many.csv"]) {
      const made = [1, 2].map((threads) => {
        const output = at(`${input}-${threads}.${ending}`);
        expect(predict(threads, at(input), "-o", output, "-k", "2")).toMatchObject({ status: 0 });
        return readFileSync(output);
      });
      expect(made[1].equals(made[0])).toBe(true);
      expect(made[0].length).toBeGreaterThan(50_000);
    }
  });

  it("rows of a table are answered alike, and a row that cannot be used stops both at the same one", () => {
    const flags = ["--json", "--keep"];
    const alone = predict(1, at("many.csv"), ...flags);
    expect(predict(2, at("many.csv"), ...flags)).toEqual(alone);
    const rows = Array.from({ length: 9000 }, (_, n) =>
      JSON.stringify({ id: n, text: n === 7000 ? null : `lunch ${n}` }),
    );
    writeFileSync(at("broken.jsonl"), `${rows.join("\n")}\n`);
    const [one, two] = [1, 2].map((threads) => predict(threads, at("broken.jsonl")));
    expect(one.status).toBe(1);
    expect(one.stderr).toMatch(/null/);
    expect(two).toEqual(one);
    const skipped = predict(2, at("broken.jsonl"), "--on-error", "skip");
    expect(skipped).toEqual(predict(1, at("broken.jsonl"), "--on-error", "skip"));
    expect(skipped.status).toBe(0);
  });

  it("ends quietly when the reader goes away", () => {
    const command = `"$0" "$1" predict "$2" "$3" --threads 2 | head -1`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command, process.execPath, MAIN, MODEL, at("many.txt")], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(stdout.split("\n").length).toBe(2);
    // A remark on the text may have been made by then, but no error.
    expect(stderr.replace(/^.*are read as U\+FFFD\n/, "")).toBe("");
  });

  it("ends at once by Ctrl-C", async () => {
    const child = spawn(process.execPath, [MAIN, "predict", MODEL, "-", "--threads", "2"]);
    child.stdin.on("error", () => {});
    child.stdin.write(readFileSync(at("many.txt")));
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGINT");
  });

  it("a line from a pipe is answered when it comes, not when the next one does", async () => {
    const child = spawn(process.execPath, [MAIN, "predict", MODEL, "-", "--threads", "2"]);
    for (const [word, label] of [
      ["win a free prize", "spam"],
      ["lunch tomorrow", "ham"],
      ["minister election", "news"],
    ]) {
      child.stdin.write(`${word}\n`);
      const [answer] = await once(child.stdout, "data");
      expect(String(answer)).toMatch(new RegExp(`^${label}\t`));
    }
    child.stdin.end();
    const [status] = await once(child, "exit");
    expect(status).toBe(0);
  });

  it.each(["0", "two", "1.5"])("refuses --threads %s", (threads) => {
    expectFailure(bax(["predict", MODEL, at("many.csv"), "--threads", threads]), 2, /--threads/);
  });
});
