import { describe, expect, it } from "vitest";
import { defaultFlags, FLAGS, parseFlags, parseInteger, parseNumber } from "./arguments.ts";
import { flagsUsage } from "./usage.ts";

const PATHS = ["-input", "a.txt", "-output", "m"];

describe("parseFlags", () => {
  it("reads every kind of flag, and remembers which were given", () => {
    const { flags, given, problem } = parseFlags("supervised", [
      ...PATHS,
      ...["-lr", "0.5", "-dim", "20", "-loss", "one-vs-all", "-saveOutput", "-minn", "2", "-maxn", "4"],
      ...["-autotune-duration", "9", "-autotune-modelsize", "2M", "-label", "#"],
    ]);
    expect(problem).toBeUndefined();
    expect(flags).toMatchObject({
      input: "a.txt",
      output: "m",
      lr: 0.5,
      dim: 20,
      loss: "ova",
      saveOutput: true,
      label: "#",
    });
    expect(flags).toMatchObject({ minn: 2, maxn: 4, autotuneDuration: 9, autotuneModelSize: "2M", epoch: 5 });
    expect([...given].sort()).toEqual(
      [
        "autotuneDuration",
        "autotuneModelSize",
        "dim",
        "input",
        "label",
        "loss",
        "lr",
        "maxn",
        "minn",
        "output",
        "saveOutput",
      ].sort(),
    );
  });

  it.each([
    [["-input", "a.txt"], "Empty input or output path."],
    [[...PATHS, "-foo", "3"], "Unknown argument: -foo"],
    [[...PATHS, "foo"], "Provided argument without a dash: foo"],
    [[...PATHS, ""], "Provided argument without a dash: "],
    [[...PATHS, "-dim"], "-dim is missing an argument"],
    [[...PATHS, "-dim", "x"], '-dim: got "x", expected a whole number of 1 or more'],
    [[...PATHS, "-epoch", "1e3"], '-epoch: got "1e3", expected a whole number of 1 or more'],
    [[...PATHS, "-dim", "0"], '-dim: got "0", expected a whole number of 1 or more'],
    [[...PATHS, "-lr", "fast"], '-lr: got "fast", expected a number'],
    [[...PATHS, "-loss", "hinge"], "Unknown loss: hinge"],
  ])("stops at what is wrong in %j", (args, problem) => {
    expect(parseFlags("supervised", args).problem).toBe(problem);
  });

  it("has no buckets without n-grams, unless a search may try some", () => {
    const buckets = (...more: string[]) => parseFlags("supervised", [...PATHS, ...more]).flags.bucket;
    expect(buckets()).toBe(0);
    expect(buckets("-wordNgrams", "2")).toBe(2_000_000);
    expect(buckets("-maxn", "3", "-bucket", "100")).toBe(100);
    expect(buckets("-autotune-validation", "v.txt")).toBe(2_000_000);
  });

  it("has the defaults of word vectors for quantize, as fastText has", () => {
    expect(defaultFlags("quantize")).toMatchObject({ lr: 0.05, minCount: 5, minn: 3, maxn: 6, loss: "ns", dsub: 2 });
    expect(defaultFlags("supervised")).toMatchObject({
      lr: 0.1,
      minCount: 1,
      minn: 0,
      maxn: 0,
      loss: "softmax",
      epoch: 5,
    });
  });
});

describe("flagsUsage", () => {
  it("shows every flag once, and the values read so far as its defaults", () => {
    const help = flagsUsage(parseFlags("supervised", ["-dim", "7", "-loss", "ova", "-foo"]).flags);
    for (const { flag } of FLAGS)
      expect(help.split("\n").filter((line) => line.startsWith(`  ${flag} `)).length).toBe(1);
    expect(help).toMatch(/^ {2}-dim {16}.*\[7\]$/m);
    expect(help).toMatch(/^ {2}-loss .*\[one-vs-all\]$/m);
    expect(help).toMatch(/^ {2}-t .*\[0.0001\]$/m);
    expect(help).toMatch(/^ {2}-bucket .*\[2000000\]$/m);
    expect(help).toMatch(/^ {2}-saveOutput .*\[false\]$/m);
  });
});

it("numbers are read whole or not at all", () => {
  expect([parseInteger("-1"), parseInteger("+3"), parseInteger("5.0"), parseInteger("2x"), parseInteger("")]).toEqual([
    -1,
    3,
    5,
    undefined,
    undefined,
  ]);
  expect([parseNumber("1e-3"), parseNumber(".5"), parseNumber("0,5"), parseNumber(" ")]).toEqual([
    0.001,
    0.5,
    undefined,
    undefined,
  ]);
});
