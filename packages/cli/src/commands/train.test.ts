import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { bax, MAIN, QUICK, sampleLines, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

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
    const table = sampleRows(600);
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
      `Utterance,Intent\n${sampleRows(60)
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
      `text,label\n${sampleRows(60)
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
