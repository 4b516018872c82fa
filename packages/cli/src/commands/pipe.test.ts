import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

type Row = Record<string, unknown>;

/** What `bax pipe` says to lines, row by row. */
function pipe(lines: readonly string[], ...flags: string[]): { rows: Row[]; stderr: string } {
  const { status, stdout, stderr } = bax(["pipe", MODEL, ...flags], {
    input: lines.map((line) => `${line}\n`).join(""),
  });
  expect(status, stderr).toBe(0);
  expect(stdout.endsWith("\n")).toBe(lines.length > 0);
  const rows = stdout.split("\n").slice(0, -1);
  expect(rows.length).toBe(lines.length);
  return { rows: rows.map((row) => JSON.parse(row)), stderr };
}

const rowsOf = (texts: readonly string[]): string[] => texts.map((text, n) => JSON.stringify({ n, text }));

/** What `bax predict --json` answers to the same texts. */
function predicted(texts: readonly string[], ...flags: string[]): { predictions: Row[] }[] {
  writeFileSync(at("texts.jsonl"), rowsOf(texts).join("\n"));
  const { status, stdout, stderr } = bax(["predict", MODEL, at("texts.jsonl"), "--json", ...flags]);
  expect(status, stderr).toBe(0);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const TEXTS = [
  ...sampleRows(60).map(({ text }) => text),
  ...fc.sample(fc.string({ unit: "binary", maxLength: 60 }), { numRuns: 300, seed: 1 }),
  ...["", " ", "\n", "win\nlunch", "minister\r", "\r\n", "\u2028", "nul \0 byte", "\ufeffwin", "größer 日本語 🎉"],
];

describe("bax pipe", () => {
  it.each([
    [[]],
    [["--threshold", "0.6"]],
    [["--abstain", "probability=0.7,unknown=0.5"]],
    [["--raw"]],
    [["--labels", "spam,ham"]],
    [["-k", "2"]],
    [["-k", "all", "--threshold", "0.2"]],
    [["--threads", "2"]],
  ])("answers as bax predict --json does, to the last digit: %j", (flags) => {
    const { rows } = pipe(rowsOf(TEXTS), ...flags);
    const areLists = flags.includes("-k");
    for (const [n, { predictions }] of predicted(TEXTS, ...flags).entries()) {
      const labels = predictions.map(({ label }) => label);
      const probabilities = predictions.map(({ probability }) => probability);
      const answer = areLists
        ? { labels, probabilities }
        : { label: labels[0] ?? null, probability: probabilities[0] ?? null };
      expect(rows[n]).toEqual({ n, text: TEXTS[n], ...answer });
    }
  });

  it("names logarithms so", () => {
    const [{ logProbability }] = pipe(['"win a prize"'], "--log").rows;
    expect(logProbability).toBe(predicted(["win a prize"], "--log")[0].predictions[0].logProbability);
    expect(Object.keys(pipe(['"win a prize"'], "--log", "-k", "2").rows[0])).toEqual([
      "text",
      "labels",
      "logProbabilities",
    ]);
  });

  it("puts an error in the place of a poison row, and goes on", () => {
    const lines = ['{"text":"win"}', "", "nope", '{"id":7}', '{"text":[1]}', '{"text":null}', '{"text":"a","label":0}'];
    const { rows, stderr } = pipe([...lines, '{"text":"lunch tomorrow"}'], "--threads", "1");
    expect(rows.map((row) => (row.error as Row | undefined)?.row)).toEqual([
      undefined,
      2,
      3,
      4,
      5,
      undefined,
      7,
      undefined,
    ]);
    expect(rows[3]).toMatchObject({ id: 7 });
    expect(rows[5]).toEqual({ text: null, label: null, probability: null });
    expect(rows[7]).toMatchObject({ label: "ham" });
    expect(stderr).toMatch(/"label" of their own.*--prefix/);
    expect(stderr).toMatch(/^8 rows, 5 errors, [\d,]+ texts\/s$/m);
    expect(pipe(lines, "--quiet").stderr).toBe("");
    expect(pipe(lines.slice(-1), "--prefix", "bax_").rows[0]).toMatchObject({
      label: 0,
      bax_label: expect.any(String),
    });
  });

  it("takes lines that end in CRLF, a byte order mark, and a last line without an end", () => {
    const input = '\ufeff{"text":"win a prize"}\r\n{"text":"lunch"}\r\n"minister"';
    const { stdout } = bax(["pipe", MODEL], { input });
    expect(stdout).toMatch(/^\{"text":"win a prize",.*\}\n\{"text":"lunch",.*\}\n\{"text":"minister",.*\}\n$/);
    expect(stdout).not.toMatch(/\r/);
  });

  it("says nothing to no input", () => {
    expect(pipe([]).stderr).toMatch(/^0 rows, 0 errors/m);
  });

  it("answers texts of megabytes, and refuses a line that is too long, in their places", () => {
    const texts = [1, 5, 70].map((megabytes) => `win ${"lunch tomorrow ".repeat((megabytes * 1e6) / 15)}`);
    const { rows } = pipe(rowsOf(["win", texts[0], "lunch", texts[1], texts[2], "minister"]), "--threads", "2");
    expect(rows.map(({ label }) => label)).toEqual(["spam", "ham", "ham", "ham", undefined, "news"]);
    expect(rows[3].text).toBe(texts[1]);
    expect(rows[4]).toEqual({
      error: expect.objectContaining({ row: 5, message: expect.stringMatching(/longer than/) }),
    });
  });

  it("keeps the order, and gives the same bytes at any number of threads", () => {
    const words = ["win free prize", "lunch tomorrow home", "minister election"];
    const rows = Array.from({ length: 60_000 }, (_, n) => `{"n":${n},"text":"${words[n % 3]} ${"x ".repeat(n % 50)}"}`);
    writeFileSync(at("many.jsonl"), rows.join("\n"));
    const [one, two] = [1, 2].map(
      (threads) => bax(["pipe", MODEL, "--threads", `${threads}`], { input: readFileSync(at("many.jsonl")) }).stdout,
    );
    expect(two === one).toBe(true);
    const numbers = Array.from(one.matchAll(/^\{"n":(\d+),.*"label":"(\w+)"/gm), ([, n, label]) => `${n} ${label}`);
    expect(numbers).toEqual(rows.map((_, n) => `${n} ${["spam", "ham", "news"][n % 3]}`));
  });

  it.each([["wrong.safetensors"], [MODEL, "--format", "arow"], [MODEL, "--text", "label"], [MODEL, "-k", "0"]])(
    "refuses %s %s %s with nothing on standard output",
    (...args) => {
      const status = args.length === 1 ? 1 : 2;
      expectFailure(bax(["pipe", ...args], { input: '"win"\n' }), status, /wrong\.safetensors|--format|--text|-k/);
    },
  );
});

describe("bax pipe, as it runs", () => {
  function start(...flags: string[]): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [MAIN, "pipe", MODEL, ...flags]);
    child.stdin.on("error", () => {});
    return child;
  }

  it("answers a row that comes alone before the next one comes", async () => {
    const child = start("--threads", "2");
    for (const [text, label] of [
      ["win a free prize", "spam"],
      ["lunch tomorrow", "ham"],
      ["minister election", "news"],
    ]) {
      child.stdin.write(`{"text":"${text}"}\n`);
      const [answer] = await once(child.stdout, "data");
      expect(JSON.parse(String(answer))).toMatchObject({ text, label });
    }
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends quietly when the reader goes away", () => {
    writeFileSync(at("pipe.jsonl"), '{"text":"win a free prize"}\n'.repeat(300_000));
    const command = `"$0" "$1" pipe "$2" < "$3" | head -1`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command, process.execPath, MAIN, MODEL, at("pipe.jsonl")], {
      encoding: "utf8",
    });
    expect(JSON.parse(stdout)).toMatchObject({ label: "spam" });
    expect(stderr).toBe("");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends by %s while it waits for rows", async (signal) => {
    const child = start();
    child.stdin.write('{"text":"win"}\n');
    await once(child.stdout, "data");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([null, signal]);
  });

  it.skipIf(!existsSync("/proc/self/stat"))(
    "reads no more while nobody reads its answers, and needs no more memory for a stream of 200 MB (needs /proc)",
    async () => {
      const hook = 'process.on("exit", () => process.stderr.write("RSS " + process.resourceUsage().maxRSS))';
      const child = spawn(process.execPath, [MAIN, "pipe", MODEL, "--threads", "2"], {
        env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` },
      });
      const rowsAtOnce = `{"text":"win a prize","more":"${"a free prize ".repeat(75)}"}\n`.repeat(10);
      let taken = 0;
      const writing = (async () => {
        for (; taken < 20_000; taken++) await new Promise((resolve) => child.stdin.write(rowsAtOnce, resolve));
        child.stdin.end();
      })();
      // Until it stands still: the time that it has worked, and what it has taken, are the same again and again.
      const state = (): string =>
        `${readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" ").slice(13, 15)} ${taken}`;
      for (let before = "", same = 0; same < 10 && taken < 20_000; before = state()) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        same = taken > 0 && state() === before ? same + 1 : 0;
      }
      expect(taken * rowsAtOnce.length).toBeLessThan(30e6);
      let stderr = "";
      child.stderr.on("data", (piece) => {
        stderr += piece;
      });
      let rows = 0;
      for await (const piece of child.stdout as AsyncIterable<Buffer>)
        for (const byte of piece) if (byte === 10) rows++;
      await writing;
      expect(rows).toBe(200_000);
      expect(Number(/RSS (\d+)/.exec(stderr)?.[1])).toBeLessThan(300_000);
    },
  );
});
