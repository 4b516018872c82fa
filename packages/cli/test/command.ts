import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";

// A test here starts whole processes, several at times, perhaps on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** The built command. */
export const MAIN: string = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command in a process of its own. */
export function bax(args: readonly string[], options: SpawnSyncOptions = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    maxBuffer: 1 << 28,
    timeout: 120_000,
    input: "",
    ...options,
    encoding: "utf8",
  });
  return { status, stdout: String(stdout), stderr: String(stderr) };
}

/** A folder that is gone after the tests; `dispose` removes it. */
export function temporaryFolder(): { at(...names: string[]): string; dispose(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), "bax-cli-"));
  return {
    at: (...names) => path.join(folder, ...names),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Asserts that a run failed as every failure should: the status, and two lines at the end of standard error, no stack. */
export function expectFailure(outcome: Outcome, status: number, what: RegExp, advice: RegExp = /\S/): void {
  expect(outcome, outcome.stderr).toMatchObject({ status });
  const lines = outcome.stderr.trimEnd().split("\n");
  const [first, second] = lines.slice(-2);
  expect(first).toMatch(/^bax: /);
  expect(first).toMatch(what);
  expect(second).toMatch(/^ {5}\S/);
  expect(second).toMatch(advice);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(first).not.toMatch(/unexpected failure/);
  expect(outcome.stdout).toBe("");
}

const SUBJECTS = {
  spam: ["win", "free", "prize", "cash", "offer", "click", "claim", "urgent"],
  ham: ["lunch", "meeting", "tomorrow", "home", "thanks", "dinner", "see", "later"],
  news: ["minister", "election", "market", "report", "police", "city", "court", "budget"],
};

/** A small set that can be learned: `count` fastText lines of three labels, the same every time. */
export function sampleLines(count: number, offset = 0): string[] {
  const labels = Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[];
  return Array.from({ length: count }, (_, i) => {
    const n = i + offset;
    const label = labels[n % labels.length];
    const words = Array.from({ length: 4 + (n % 5) }, (_, j) => SUBJECTS[label][(n * 7 + j * 3 + ((n * j) % 5)) % 8]);
    return `__label__${label} ${words.join(" ")} ${n}`;
  });
}

/** The same as rows of a table. */
export function sampleRows(count: number): { text: string; label: string }[] {
  return sampleLines(count).map((line) => {
    const [label, ...words] = line.split(" ");
    return { text: words.join(" "), label: label.replace("__label__", "") };
  });
}

/** Flags that make training quick. */
export const QUICK: readonly string[] = ["--epochs", "5", "--dim", "16"];

/** A folder with train.txt, test.txt, texts.txt and a model that learned from the first. */
export function trainedFolder(): ReturnType<typeof temporaryFolder> & { model: string } {
  const folder = temporaryFolder();
  const model = folder.at("model.safetensors");
  writeFileSync(folder.at("train.txt"), `${sampleLines(600).join("\n")}\n`);
  writeFileSync(folder.at("test.txt"), `${sampleLines(90, 600).join("\n")}\n`);
  writeFileSync(folder.at("texts.txt"), "win a free prize\n\nlunch tomorrow\nthe election");
  const made = bax(["train", folder.at("train.txt"), "-o", model, ...QUICK]);
  if (made.status !== 0) throw new Error(made.stderr);
  return { ...folder, model };
}
