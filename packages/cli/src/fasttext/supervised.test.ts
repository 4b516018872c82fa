import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, temporaryFolder } from "../../test/command.ts";
import { expectSame, goldenPath } from "../../test/golden.ts";

const folder = temporaryFolder();
afterAll(() => folder.dispose());

const TRAIN = goldenPath("train.txt");
const TEST = goldenPath("test.txt");
const LEARN = ["supervised", "-input", TRAIN, "-dim", "10", "-epoch", "25", "-lr", "0.5", "-minn", "2", "-maxn", "4"];
const ALL = [...LEARN, "-wordNgrams", "2", "-bucket", "2000", "-minCount", "2", "-verbose", "0"];

function run(...args: string[]) {
  const outcome = bax(["fasttext", ...args]);
  expect(outcome.status, outcome.stderr).toBe(0);
  return outcome;
}

/** P@1 that `test` prints. */
function precision(model: string): number {
  return Number(/^P@1\t(\S+)$/m.exec(run("test", model, TEST).stdout)?.[1]);
}

describe("bax fasttext supervised", () => {
  beforeAll(() => {
    run(...ALL, "-output", folder.at("model"));
  });

  it("writes a .bin that is good, and no .vec", () => {
    expect(readdirSync(folder.at(".")).filter((name) => name.startsWith("model"))).toEqual(["model.bin"]);
    expect(precision(folder.at("model.bin"))).toBeGreaterThan(0.9);
  });

  it("writes into the file what it was told", () => {
    const { stdout } = run("dump", folder.at("model.bin"), "args");
    expect(stdout).toMatch(
      /^dim 10\nws 5\nepoch 25\nminCount 2\nneg 5\nwordNgrams 2\nloss softmax\nmodel sup\nbucket 2000\nminn 2\nmaxn 4\n/,
    );
  });

  it("writes the same bytes with any number of threads", () => {
    run(...ALL, "-output", folder.at("again"), "-thread", "1");
    expect(readFileSync(folder.at("again.bin")).equals(readFileSync(folder.at("model.bin")))).toBe(true);
  });

  it.each(["hs", "ns", "ova"])("learns with the loss %s", (loss) => {
    run(...ALL, "-output", folder.at(loss), "-loss", loss);
    expect(precision(folder.at(`${loss}.bin`))).toBeGreaterThan(0.85);
  });

  it("writes word vectors with -vec and the vectors of the labels with -saveOutput", () => {
    run(...ALL, "-output", folder.at("side"), "-vec", "-saveOutput");
    expect(readFileSync(folder.at("side.vec"), "utf8")).toMatch(/^\d+ 10\n\S+ (?:\S+ ){10}\n/);
    expect(readFileSync(folder.at("side.output"), "utf8")).toMatch(/^8 10\n__label__\w+ (?:\S+ ){10}\n/);
  });

  it("takes labels with another prefix", () => {
    const { stderr } = run("supervised", "-input", TRAIN, "-output", folder.at("other"), "-label", "__la", "-dim", "4");
    expect(stderr).toMatch(/Number of labels: 8\n/);
    expect(run("dump", folder.at("other.bin"), "dict").stdout).toMatch(/^__label__en \d+ label$/m);
  });

  it("says how it goes on standard error, as much as -verbose asks for", () => {
    const told = (verbose: string) => {
      const { stdout, stderr } = run(...LEARN, "-output", folder.at("told"), "-verbose", verbose);
      expect(stdout).toBe("");
      return stderr;
    };
    expect(told("0")).toBe("");
    expect(told("1")).toMatch(
      /^\rRead 0M words\nNumber of words: {2}\d+\nNumber of labels: 8\n\rProgress: 100\.0% words\/sec\/thread: +\d+ lr: {2}0\.000000 avg\.loss: +\d\.\d{6} ETA: {3}0h 0m 0s\n$/,
    );
    expect(told("2")).toMatch(/Number of labels: 8\n(?:\rProgress: [^\n]*)+\n$/);
  });

  it("searches good arguments for the time it is given, and writes the best model", () => {
    const search = ["-autotune-validation", TEST, "-autotune-duration", "3"];
    const { stdout, stderr } = run(
      "supervised",
      "-input",
      TRAIN,
      "-output",
      folder.at("tuned"),
      "-dim",
      "8",
      ...search,
      "-verbose",
      "3",
    );
    expect(stdout).toMatch(/^Trial = 1\nepoch = 5\nlr = 0\.1\ndim = 8\n/);
    expect(stdout).toMatch(/\nBest selected args = \S+\n(?:\w+ = \S+\n){10}$/);
    expect(stderr).toMatch(/Training again with best arguments\n/);
    expect(precision(folder.at("tuned.bin"))).toBeGreaterThan(0.9);
  });

  it("searches within a size, and writes an .ftz", () => {
    const search = [
      "-autotune-validation",
      TEST,
      "-autotune-duration",
      "4",
      "-autotune-modelsize",
      "30k",
      "-verbose",
      "0",
    ];
    run("supervised", "-input", TRAIN, "-output", folder.at("small"), ...search);
    expect(readFileSync(folder.at("small.ftz")).length).toBeLessThanOrEqual(30_000);
    expect(existsSync(folder.at("small.bin"))).toBe(false);
    const tiny = bax([
      "fasttext",
      "supervised",
      "-input",
      TRAIN,
      "-output",
      folder.at("tiny"),
      ...search,
      "-autotune-modelsize",
      "100",
    ]);
    expect(tiny.status).toBe(1);
    expect(tiny.stderr).toMatch(/Couldn't fulfil model size constraint: please increase `autotune-modelsize`\./);
  });
});

describe("bax fasttext quantize", () => {
  it.each([
    ["plainly", []],
    ["with norms", ["-qnorm", "-dsub", "3"]],
    ["with a cutoff", ["-cutoff", "600"]],
    ["with a cutoff, learning again", ["-cutoff", "400", "-retrain", "-epoch", "3", "-lr", "0.2", "-verbose", "0"]],
  ])("makes a model smaller %s, about as good as before", (_, flags) => {
    run(...ALL, "-output", folder.at("large"));
    run("quantize", "-input", TRAIN, "-output", folder.at("large"), ...flags);
    const [large, small] = [folder.at("large.bin"), folder.at("large.ftz")];
    expect(readFileSync(small).length).toBeLessThan(readFileSync(large).length / 1.5);
    expect(precision(small)).toBeGreaterThan(0.85);
  });
});

const hasFastText = spawnSync("fasttext", []).error === undefined;

describe.skipIf(!hasFastText)("the real fastText (needs the command fasttext)", () => {
  const real = (...args: string[]) => spawnSync("fasttext", args, { encoding: "utf8" }).stdout;

  it.each(["softmax", "hs", "ns", "ova"])("reads what bax wrote, and answers the same, with the loss %s", (loss) => {
    run(...ALL, "-output", folder.at(`real-${loss}`), "-loss", loss);
    run("quantize", "-input", TRAIN, "-output", folder.at(`real-${loss}`), "-qnorm", "-cutoff", "500");
    for (const ending of ["bin", "ftz"]) {
      const model = folder.at(`real-${loss}.${ending}`);
      for (const args of [
        ["predict-prob", model, TEST, "2", "0.1"],
        ["test", model, TEST, "2"],
        ["dump", model, "args"],
        ["dump", model, "dict"],
        ["print-ngrams", model, "Mensch"],
      ]) {
        if (args[0] === "print-ngrams" && ending === "ftz") continue;
        const [ours, theirs] = [run(...args).stdout, real(...args)].map((text) => text.replaceAll(/\b1\.000\d+/g, "1"));
        expectSame(ours, theirs, args[0] === "print-ngrams" ? 4 : 5);
      }
    }
  });
});
