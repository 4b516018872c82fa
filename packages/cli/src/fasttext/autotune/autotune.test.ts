import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BaxError, type TextClassifier } from "bax";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Flags, parseFlags } from "../arguments.ts";
import { trainWithFlags } from "../training.ts";
import { autotune } from "./autotune.ts";
import { parseMetric } from "./metric.ts";
import { Search } from "./search.ts";
import { fitToSize, parseModelSize } from "./size.ts";
import { partLabels } from "./validation.ts";

vi.mock("../training.ts", () => ({ trainWithFlags: vi.fn() }));

const folder = mkdtempSync(path.join(tmpdir(), "bax-autotune-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const validation = path.join(folder, "valid.txt");
writeFileSync(validation, "__label__a x\n__label__b y\n__label__a z\n\nno label\n");

function parse(...more: string[]) {
  return parseFlags("supervised", ["-input", "i", "-output", "o", "-autotune-validation", validation, ...more]);
}

/** A classifier that answers label 0 to every line, and b to the second where its dimension is small. */
function classifier(flags: Flags): TextClassifier {
  const predictLines = () => ({
    count: 3,
    k: 1,
    labels: Int32Array.of(0, flags.dim < 20 ? 1 : 0, 0),
    probabilities: Float32Array.of(0.9, 0.8, 0.7),
  });
  return { labels: ["a", "b"], featureCount: 1000, predictLines } as unknown as TextClassifier;
}

const trained: Flags[] = [];
beforeEach(() => {
  trained.length = 0;
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.mocked(trainWithFlags).mockImplementation(async (flags, { signal }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (signal?.aborted) throw new BaxError("aborted", "stopped", "");
    trained.push(flags);
    return classifier(flags);
  });
});

describe("autotune", () => {
  it("tries the given flags first, and learns at last with the best", async () => {
    const { flags, given } = parse("-autotune-duration", "1", "-epoch", "7");
    await autotune(flags, given);
    expect(trained.length).toBeGreaterThan(5);
    expect(trained[0]).toMatchObject({ dim: 100, lr: 0.1, epoch: 7, bucket: 0 });
    expect(trained.every(({ epoch }) => epoch === 7)).toBe(true);
    expect(trained.at(-1)?.dim).toBeLessThan(20);
  });

  it("says so when the time is too short, the metric unknown, its label unknown, or the file missing", async () => {
    const run = (...more: string[]) => {
      const { flags, given } = parse(...more);
      return autotune(flags, given);
    };
    await expect(run("-autotune-duration", "0")).rejects.toThrow("Didn't have enough time to train once");
    await expect(run("-autotune-metric", "foo")).rejects.toThrow("Unknown metric : foo");
    await expect(run("-autotune-metric", "f1:__label__c")).rejects.toThrow("Unknown autotune metric label");
    await expect(run("-autotune-validation", `${folder}/none`)).rejects.toThrow("Validation file cannot be opened!");
    await expect(run("-autotune-modelsize", "1x")).rejects.toThrow("Unable to parse model size 1x");
  });
});

describe("Search", () => {
  it("walks the same way for the same seed and scores, and never twice to the same point", () => {
    const walk = (seed: string) => {
      const { flags, given } = parse("-seed", seed);
      const search = new Search(flags, given, 1e9);
      return Array.from({ length: 40 }, (_, n) => {
        const point = search.next(n / 40);
        if (point) search.scored(point, -Math.abs(Math.log(point.lr)));
        return JSON.stringify(point);
      });
    };
    expect(walk("1")).toEqual(walk("1"));
    expect(walk("1")).not.toEqual(walk("2"));
    expect(new Set(walk("1")).size).toBe(40);
  });

  it("ends where nothing is left to change", () => {
    const fixed = ["-lr", "1", "-epoch", "1", "-dim", "4", "-wordNgrams", "1", "-minn", "2"];
    const { flags, given } = parse(...fixed);
    const search = new Search(flags, given, null);
    expect(search.next(0)).toMatchObject({ lr: 1, dim: 4 });
    expect(search.next(0)).toBeUndefined();
  });
});

it("metrics and sizes are read as fastText reads them", () => {
  expect(parseMetric("f1:__label__a:b")).toEqual({ kind: "f1", bound: 0, label: "__label__a:b" });
  expect(parseMetric("precisionAtRecall:30:x")).toEqual({ kind: "precisionAtRecall", bound: 0.3, label: "x" });
  expect(parseMetric("recallAtPrecision:5")).toEqual({ kind: "recallAtPrecision", bound: 0.05, label: undefined });
  expect(() => parseMetric("precisionAtRecall")).toThrow("Unknown metric");
  expect([parseModelSize("1500"), parseModelSize("20k"), parseModelSize("2M"), parseModelSize("1G")]).toEqual([
    1500, 20_000, 2_000_000, 1_000_000_000,
  ]);
});

it("labels are taken out of a line wherever they stand", () => {
  const { labels, text } = partLabels(Buffer.from("#a one #b#c two x#d"), "#");
  expect(labels).toEqual(["a", "b#c"]);
  expect(Buffer.from(text).toString().split(/ +/)).toEqual(["", "one", "two", "x#d"]);
});

describe("fitToSize", () => {
  const model = (labels: number, bytes: number) => {
    const compress = vi.fn((choices: { size?: number }) => {
      if ((choices.size ?? bytes) < 1000) throw new BaxError("usage", "too small", "");
      return choices;
    });
    return { labels: Array(labels), compress, toFastText: () => ({ byteLength: bytes }) };
  };

  it("quantises with as many rows as fit, and the output too where it has 256 rows", () => {
    expect(fitToSize(model(3, 9000) as unknown as TextClassifier, 5000, 4)).toMatchObject({
      size: 5000,
      subDimension: 4,
      output: "f32",
    });
    expect(fitToSize(model(300, 9000) as unknown as TextClassifier, 5000, 2)).toMatchObject({ output: "product" });
  });

  it("quantises all rows of a model that is small enough as it is", () => {
    expect(fitToSize(model(3, 4000) as unknown as TextClassifier, 5000, 2)).not.toHaveProperty("size");
  });

  it("gives null where nothing fits", () => {
    expect(fitToSize(model(3, 9000) as unknown as TextClassifier, 500, 2)).toBeNull();
  });
});
