import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, MAIN, sampleLines, temporaryFolder } from "../test/command.ts";

const folder = temporaryFolder();
const { at } = folder;
const MODEL = at("model.safetensors");
const QUICK = ["--epochs", "5", "--dim", "16"];

beforeAll(() => {
  writeFileSync(at("train.txt"), `${sampleLines(600).join("\n")}\n`);
  writeFileSync(at("test.txt"), `${sampleLines(90, 600).join("\n")}\n`);
  writeFileSync(at("texts.txt"), "win a free prize\n\nlunch tomorrow\nthe election");
  const made = bax(["train", at("train.txt"), "-o", MODEL, ...QUICK]);
  if (made.status !== 0) throw new Error(made.stderr);
}, 60_000);
afterAll(() => folder.dispose());

/** A table of the same examples, made by `write` from text and label. */
const rows = (count: number) =>
  sampleLines(count).map((line) => {
    const [label, ...words] = line.split(" ");
    return { text: words.join(" "), label: label.replace("__label__", "") };
  });

describe("bax alone and its help", () => {
  it("shows three examples and exits 0", () => {
    const { status, stdout, stderr } = bax([]);
    expect({ status, stderr, examples: stdout.match(/^ {2}bax /gm)?.length }).toEqual({
      status: 0,
      stderr: "",
      examples: 3,
    });
  });

  it("prints help and version on standard output", () => {
    expect(bax(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = bax(["train", "--help"]);
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/^Example: bax train/);
    expect(help.stdout).toMatch(/--char-ngrams <min-max>/);
    expect(help.stdout).toMatch(/--no-lowercase/);
  });
});

describe("bax train", () => {
  it("prints what it learned, how good it is, and the command to use it next; progress only on standard error", () => {
    const { status, stdout, stderr } = bax(["train", at("train.txt"), "-o", at("m.safetensors"), ...QUICK]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/learned +600 examples, 3 labels/);
    expect(stdout).toMatch(/held out +[\d.]+ % accuracy \(95 %: [\d.]+–[\d.]+ %\)/);
    expect(stdout).toMatch(/model +.*m\.safetensors \([\d.]+ [kM]?B\)/);
    expect(stdout).toMatch(/next +bax predict/);
    expect(stderr).toMatch(/^reading 100 % /m);
    expect(stderr).toMatch(/^training 100 %/m);
    expect(stderr).not.toContain("\r");
  });

  it("prints one JSON document with the names that scripts rely on, and nothing else when quiet", () => {
    const { stdout, stderr } = bax([
      "train",
      at("train.txt"),
      "-o",
      at("m.safetensors"),
      ...QUICK,
      "--json",
      "--quiet",
    ]);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining([
        "model",
        "examples",
        "labels",
        "features",
        "options",
        "valid",
        "seconds",
        "examplesPerSecond",
        "fingerprint",
      ]),
    );
    expect(report.model.bytes).toBe(readFileSync(at("m.safetensors")).length);
    expect(report.seconds).toMatchObject({
      read: expect.any(Number),
      train: expect.any(Number),
      total: expect.any(Number),
    });
    expect(report.options).toMatchObject({ epochs: 5, dim: 16 });
    expect(report.valid.accuracy).toBeGreaterThan(0.9);
    expect(stderr).toBe("");
  });

  it("gives the same bytes for the same data: file, gzip, standard input, CSV, TSV, JSON, JSON lines", () => {
    const make = (name: string, content: string | Uint8Array): string => {
      writeFileSync(at(name), content);
      return at(name);
    };
    const table = rows(600);
    const bytesOf = (args: string[], input = ""): Buffer => {
      const { status, stderr } = bax(["train", ...args, "-o", at("same.safetensors"), ...QUICK, "-q"], { input });
      expect(status, stderr).toBe(0);
      return readFileSync(at("same.safetensors"));
    };
    const text = readFileSync(at("train.txt"), "utf8");
    const fromFile = bytesOf([at("train.txt")]);
    expect(fromFile.equals(readFileSync(MODEL))).toBe(true);
    expect(bytesOf([make("g.txt.gz", gzipSync(text))]).equals(fromFile)).toBe(true);
    expect(bytesOf(["-"], text).equals(fromFile)).toBe(true);
    const fromJson = bytesOf([make("r.json", JSON.stringify(table))]);
    const jsonl = table.map((row) => JSON.stringify(row)).join("\n");
    expect(bytesOf([make("r.jsonl", jsonl)]).equals(fromJson)).toBe(true);
    expect(bytesOf(["-", "--format", "jsonl"], jsonl).equals(fromJson)).toBe(true);
    expect(
      bytesOf([make("r.csv", `text,label\n${table.map((r) => `"${r.text}",${r.label}`).join("\n")}\n`)]).equals(
        fromJson,
      ),
    ).toBe(true);
    expect(bytesOf([make("r.tsv", table.map((r) => `${r.label}\t${r.text}`).join("\n"))]).equals(fromJson)).toBe(true);
  }, 60_000);

  it("reads a glob of text and tables, and says what columns it guessed", () => {
    mkdirSync(at("mixed"), { recursive: true });
    writeFileSync(at("mixed", "a.txt"), sampleLines(60).join("\n"));
    writeFileSync(
      at("mixed", "b.csv"),
      `Utterance,Intent\n${rows(60)
        .map((r) => `${r.text},${r.label}`)
        .join("\n")}\n`,
    );
    const { stdout, stderr } = bax(["train", at("mixed", "*"), "-o", at("m.safetensors"), ...QUICK]);
    expect(stdout).toMatch(/learned +120 examples/);
    expect(stderr).toMatch(/b\.csv: took --text Utterance --label Intent/);
  });

  it("loads DuckDB for tables only", () => {
    const hook =
      'process.on("exit", () => { if (process.report.getReport().sharedObjects.some((name) => /duckdb/.test(name))) process.stderr.write("DUCKDB\\n") })';
    const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
    writeFileSync(at("g2.txt.gz"), gzipSync(readFileSync(at("train.txt"))));
    writeFileSync(
      at("d.csv"),
      `text,label\n${rows(60)
        .map((r) => `${r.text},${r.label}`)
        .join("\n")}\n`,
    );
    const run = (name: string) => bax(["train", at(name), "-o", at("m.safetensors"), ...QUICK, "-q"], { env }).stderr;
    expect(run("d.csv")).toContain("DUCKDB");
    expect(run("train.txt")).not.toContain("DUCKDB");
    expect(run("g2.txt.gz")).not.toContain("DUCKDB");
  }, 60_000);

  /** Starts a training that would take minutes, sends `signals` once it is under way, and waits for its end. */
  async function interrupt(
    output: string,
    signals: NodeJS.Signals[],
  ): Promise<{ status: number | null; signal: string | null; stdout: string }> {
    const child = spawn(process.execPath, [
      MAIN,
      "train",
      at("train.txt"),
      "-o",
      output,
      "--epochs",
      "10000",
      "--valid",
      "0",
      "--dim",
      "128",
    ]);
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    const closed = new Promise<{ status: number | null; signal: string | null; stdout: string }>((resolve) => {
      child.on("close", (status, signal) => resolve({ status, signal, stdout }));
    });
    await new Promise<void>((resolve) => {
      child.stderr.on("data", (chunk) => /^training/m.test(String(chunk)) && resolve());
    });
    for (const signal of signals) {
      child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return closed;
  }

  it("stops cleanly on Ctrl-C and keeps the best model so far", async () => {
    const { status, stdout } = await interrupt(at("stopped.safetensors"), ["SIGINT"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/stopped early/);
    const tested = bax(["test", at("stopped.safetensors"), at("test.txt"), "--json"]);
    expect(JSON.parse(tested.stdout).accuracy).toBeGreaterThan(0.9);
  }, 60_000);

  it("leaves at once on a second Ctrl-C, without touching an old model", async () => {
    writeFileSync(at("old2.safetensors"), readFileSync(MODEL));
    const began = performance.now();
    const { status } = await interrupt(at("old2.safetensors"), ["SIGINT", "SIGINT"]);
    // The first may already have ended it: then the model is a new one, and whole.
    expect([0, 130]).toContain(status);
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(bax(["info", at("old2.safetensors")]).status).toBe(0);
  }, 60_000);

  it("leaves an old model whole when it is killed", async () => {
    writeFileSync(at("old.safetensors"), readFileSync(MODEL));
    const { signal } = await interrupt(at("old.safetensors"), ["SIGKILL"]);
    expect(signal).toBe("SIGKILL");
    expect(readFileSync(at("old.safetensors")).equals(readFileSync(MODEL))).toBe(true);
  }, 60_000);
});

describe("several labels an example", () => {
  it("are learned from JSON arrays, from a separator and from fastText lines alike, and measured at k", () => {
    const table = rows(300).map(({ text, label }) => ({ text, label: [label, text.includes("1") ? "one" : "none"] }));
    writeFileSync(at("several.json"), JSON.stringify(table));
    writeFileSync(at("several.csv"), `text,label\n${table.map((r) => `${r.text},${r.label.join("+")}`).join("\n")}\n`);
    writeFileSync(
      at("several.txt"),
      table.map((r) => `${r.label.map((l) => `__label__${l}`).join(" ")} ${r.text}`).join("\n"),
    );
    const reports = [["several.json"], ["several.csv", "--label-separator", "+"], ["several.txt"]].map(
      ([name, ...flags]) => {
        const { stdout } = bax(["train", at(name), ...flags, "-o", at("m.safetensors"), ...QUICK, "--json", "-q"]);
        const { labels, valid } = JSON.parse(stdout);
        return { labels, accuracy: valid.accuracy };
      },
    );
    expect(reports[0].labels).toBe(5);
    expect(reports[1]).toEqual(reports[0]);
    expect(reports[2]).toEqual(reports[0]);
    const tested = JSON.parse(bax(["test", at("m.safetensors"), at("several.json"), "-k", "2", "--json"]).stdout);
    expect(tested.recallAtK).toBeGreaterThan(0.8);
    expect(tested.precisionAtK).toBeCloseTo(tested.recallAtK, 12);
  });
});

describe("bax test", () => {
  it("prints a table for people", () => {
    const { status, stdout, stderr } = bax(["test", MODEL, at("test.txt")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^90 examples, 3 labels/);
    expect(stdout).toMatch(/^accuracy +[\d.]+ % +95 %: /m);
    expect(stdout).toMatch(/^spam +[\d.]+ % +[\d.]+ % +[\d.]+ % +30$/m);
  });

  it("prints the names that scripts rely on as JSON", () => {
    const evaluation = JSON.parse(bax(["test", MODEL, at("test.txt"), "--json", "-k", "2"]).stdout);
    for (const name of [
      "examples",
      "labels",
      "accuracy",
      "precisionAtK",
      "recallAtK",
      "microF1",
      "macroF1",
      "logLoss",
      "ece",
      "seconds",
      "examplesPerSecond",
    ]) {
      expect(evaluation[name], name).toEqual(expect.any(Number));
    }
    expect(evaluation.accuracy).toBeGreaterThan(0.9);
    expect(evaluation).toMatchObject({
      examples: 90,
      labels: 3,
      k: 2,
      intervals: { accuracy: [expect.any(Number), expect.any(Number)] },
    });
    expect(evaluation.perLabel.length).toBe(3);
  });

  it("counts a label that was never seen as missed and names the nearest", () => {
    writeFileSync(at("unseen.txt"), "__label__spma win free prize\n__label__spam win free prize\n");
    expect(JSON.parse(bax(["test", MODEL, at("unseen.txt"), "--json"]).stdout)).toMatchObject({
      examples: 2,
      accuracy: 0.5,
    });
    expect(bax(["test", MODEL, at("unseen.txt")]).stdout).toMatch(/never seen: "spma" \(1\) Did you mean "spam"\?/);
  });
});

describe("bax predict", () => {
  it("writes a line for each line, in order, empty ones too", () => {
    const { status, stdout } = bax(["predict", MODEL, at("texts.txt")]);
    const lines = stdout.split("\n");
    expect(status).toBe(0);
    expect(lines.length).toBe(5);
    expect([lines[0], lines[2], lines[3]].map((line) => line.split("\t")[0])).toEqual(["spam", "ham", "news"]);
    for (const line of lines.slice(0, 4)) expect(line).toMatch(/^\w+\t[01]\.\d{6}$/);
  });

  it("reads standard input by default, and writes k pairs a line, no more than there are labels", () => {
    const { stdout } = bax(["predict", MODEL, "-k", "9"], { input: "win a prize\n" });
    const cells = stdout.trimEnd().split("\t");
    expect(cells.length).toBe(6);
    expect(new Set([cells[0], cells[2], cells[4]]).size).toBe(3);
    expect(Number(cells[1]) + Number(cells[3]) + Number(cells[5])).toBeCloseTo(1, 4);
  });

  it("answers lines of text and rows of a table alike", () => {
    const texts = rows(50).map((row) => row.text);
    writeFileSync(at("same.txt"), texts.join("\n"));
    writeFileSync(at("same.csv"), `id,text\n${texts.map((text, n) => `${n},${text}`).join("\n")}\n`);
    expect(bax(["predict", MODEL, at("same.csv"), "-k", "2"]).stdout).toBe(
      bax(["predict", MODEL, at("same.txt"), "-k", "2"]).stdout,
    );
  });

  it("answers the same whatever the line ends", () => {
    const texts = rows(30).map((row) => row.text);
    writeFileSync(at("lf.txt"), texts.join("\n"));
    writeFileSync(at("crlf.txt"), `${texts.join("\r\n")}\r\n`);
    const answers = bax(["predict", MODEL, at("lf.txt")]).stdout;
    expect(answers.split("\n").length).toBe(31);
    expect(bax(["predict", MODEL, at("crlf.txt")]).stdout).toBe(answers);
  });

  it("writes JSON lines, with the row's own columns when they are kept", () => {
    writeFileSync(at("keep.jsonl"), '{"id":1,"text":"win a free prize","label":"?"}\n{"id":2,"text":"lunch"}\n');
    const [first, second] = bax(["predict", MODEL, at("keep.jsonl"), "--json", "--keep"])
      .stdout.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      id: 1,
      text: "win a free prize",
      "input.label": "?",
      label: "spam",
      predictions: [{ label: "spam" }],
    });
    expect(second).toMatchObject({ id: 2, label: "ham" });
  });

  it("streams 200,000 lines in order within 300 MB", () => {
    const words = ["win free prize", "lunch tomorrow home", "minister election"];
    writeFileSync(
      at("many.txt"),
      Array.from({ length: 200_000 }, (_, n) => `${words[n % 3]} ${"padding ".repeat(20)}`).join("\n"),
    );
    const hook = 'process.on("exit", () => process.stderr.write("RSS " + process.resourceUsage().maxRSS))';
    const { stdout, stderr } = bax(["predict", MODEL, at("many.txt")], {
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` },
    });
    const labels = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    expect(labels.length).toBe(200_000);
    expect(labels.every((label, n) => label === ["spam", "ham", "news"][n % 3])).toBe(true);
    expect(Number(/RSS (\d+)/.exec(stderr)?.[1])).toBeLessThan(300_000);
  }, 60_000);

  it("ends quietly when the reader goes away", () => {
    writeFileSync(at("pipe.txt"), "win a free prize\n".repeat(300_000));
    const { stdout, stderr } = spawnSync(
      "bash",
      ["-c", `"$0" "$1" predict "$2" "$3" | head -1`, process.execPath, MAIN, MODEL, at("pipe.txt")],
      {
        encoding: "utf8",
      },
    );
    expect(stdout).toMatch(/^spam\t/);
    expect(stderr).toBe("");
  });

  it.skipIf(!existsSync("/usr/bin/script"))("asks and answers line by line on a terminal (needs script)", () => {
    const command = `'${process.execPath}' '${MAIN}' predict '${MODEL}'`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      input: "win a free prize\nlunch tomorrow\n\u0004",
      encoding: "utf8",
    });
    expect(stdout).toMatch(/Ctrl-D ends/);
    expect(stdout).toMatch(/spam\t[01]\.\d+/);
    expect(stdout).toMatch(/ham\t[01]\.\d+/);
  });
});

describe("bax explain", () => {
  it("gives contributions that add up to the logit, as JSON", () => {
    const explanation = JSON.parse(bax(["explain", MODEL, "win a free prize at lunch", "--json"]).stdout);
    const sum = explanation.spans.reduce(
      (total: number, span: { contribution: number }) => total + span.contribution,
      0,
    );
    expect(sum).toBeCloseTo(explanation.logit, 5);
    expect(explanation).toMatchObject({ text: "win a free prize at lunch", label: "spam" });
    for (const { start, end, text } of explanation.spans)
      if (start < end) expect(explanation.text.slice(start, end)).toBe(text);
  });

  it("prints the text, its spans and the sum, without colour into a pipe", () => {
    const { stdout } = bax(["explain", MODEL, "win", "a", "free", "prize"]);
    expect(stdout).toMatch(/^spam {2}[\d.]+ %\nwin a free prize\n/);
    expect(stdout).toMatch(/^= logit +[+−][\d.]+$/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("explains another label when asked, texts of standard input one by one, and an empty text", () => {
    expect(JSON.parse(bax(["explain", MODEL, "win a prize", "--label", "ham", "--json"]).stdout).label).toBe("ham");
    expect(bax(["explain", MODEL, "-", "--json"], { input: "win\nlunch\n" }).stdout.trimEnd().split("\n").length).toBe(
      2,
    );
    expect(bax(["explain", MODEL, ""]).status).toBe(0);
  });
});

describe.skipIf(!existsSync("/usr/bin/script"))("colour (needs script)", () => {
  it("is on a terminal, and never with NO_COLOR", () => {
    const command = `'${process.execPath}' '${MAIN}' explain '${MODEL}' 'win a free prize'`;
    const onTerminal = (env: NodeJS.ProcessEnv) =>
      spawnSync("script", ["-qec", command, "/dev/null"], {
        encoding: "utf8",
        env: { ...process.env, TERM: "xterm", ...env },
      }).stdout;
    expect(onTerminal({ NO_COLOR: "" })).toContain("\u001b[32m");
    expect(onTerminal({ NO_COLOR: "1" })).not.toContain("\u001b[");
  });
});

describe("bax info", () => {
  it("tells what is in the file, for people and as JSON", () => {
    const { stdout } = bax(["info", MODEL]);
    expect(stdout).toMatch(/features × 16 × 3 labels/);
    expect(stdout).toMatch(/labels +.*spam/);
    const facts = JSON.parse(bax(["info", MODEL, "--json"]).stdout);
    expect(facts).toMatchObject({ labels: 3, dimension: 16, bytes: readFileSync(MODEL).length });
    expect(facts.labelNames.sort()).toEqual(["ham", "news", "spam"]);
  });
});
