import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, trainedFolder } from "../../test/command.ts";
import { goldenPath } from "../../test/golden.ts";

const folder = trainedFolder();
const { at, model: HASHED } = folder;
const FASTTEXT = at("fasttext.safetensors");
const BIN = goldenPath("models/ova-both.bin");
const FTZ = goldenPath("models/ova-both-qnorm.ftz");
const PRUNED = goldenPath("models/ova-both-cutoff.ftz");
afterAll(() => folder.dispose());

beforeAll(() => {
  const flags = ["--epochs", "3", "--dim", "10", "--word-ngrams", "1", "--quiet", "--tokenizer", "fasttext"];
  const made = bax(["train", at("train.txt"), "-o", FASTTEXT, ...flags]);
  if (made.status !== 0) throw new Error(made.stderr);
});

/** Runs `bax convert`, which must succeed. */
function convert(from: string, to: string, ...more: string[]) {
  const outcome = bax(["convert", from, "-o", to, ...more]);
  expect(outcome.status, outcome.stderr).toBe(0);
  return outcome;
}

/** Runs `bax convert`, which must fail and leave no file. */
function refuse(args: string[], status: number, what: RegExp, advice?: RegExp): void {
  const before = readdirSync(at("."));
  expectFailure(bax(["convert", ...args]), status, what, advice);
  expect(readdirSync(at("."))).toEqual(before);
}

const same = (a: string, b: string) => readFileSync(a).equals(readFileSync(b));

describe("bax convert", () => {
  it("brings fastText's files to .safetensors and back, byte for byte", () => {
    for (const [file, ending] of [
      [BIN, "bin"],
      [FTZ, "ftz"],
    ]) {
      convert(file, at("native.safetensors"));
      convert(at("native.safetensors"), at(`back.${ending}`));
      expect(same(at(`back.${ending}`), file)).toBe(true);
      convert(file, at(`straight.${ending}`));
      expect(same(at(`straight.${ending}`), file)).toBe(true);
    }
  });

  it("keeps every answer, whatever the format", () => {
    writeFileSync(at("asked.txt"), readFileSync(goldenPath("test.txt"), "utf8").replaceAll(/__label__\S+ /g, ""));
    for (const file of [BIN, FTZ, PRUNED]) {
      convert(file, at("native.safetensors"));
      const [before, after] = [file, at("native.safetensors")].map(
        (model) => bax(["predict", model, at("asked.txt"), "-k", "3"]).stdout,
      );
      expect(before.split("\n").length).toBeGreaterThan(20);
      expect(after).toBe(before);
    }
  });

  it("tells the path and the size, and with --json one document", () => {
    const { stdout, stderr } = convert(BIN, at("told.safetensors"));
    expect(stdout).toMatch(/told\.safetensors {2}[\d.]+ [kM]B\n$/);
    expect(stderr).toBe("");
    const document = JSON.parse(convert(BIN, at("told.safetensors"), "--json").stdout);
    const bytes = readFileSync(at("told.safetensors")).length;
    expect(document).toEqual({ model: { path: at("told.safetensors"), bytes }, format: "safetensors", left: [] });
  });

  it("says what is left behind", () => {
    const left = (from: string, to: string) => JSON.parse(convert(from, to, "--json").stdout).left as string[];
    expect(left(FASTTEXT, at("left.bin"))).toEqual([expect.stringMatching(/held-out figures, fingerprint/)]);
    expect(left(FASTTEXT, at("left.ftz"))).toEqual([
      expect.stringMatching(/held-out figures/),
      expect.stringMatching(/product-quantised/),
    ]);
    expect(left(FASTTEXT, at("left.vec"))).toEqual([
      expect.stringMatching(/held-out figures/),
      expect.stringMatching(/labels and the output matrix/),
    ]);
    expect(left(BIN, at("left.vec"))).toEqual([expect.stringMatching(/labels and the output matrix/)]);
    expect(left(FTZ, at("left.bin"))).toEqual([expect.stringMatching(/floats again/)]);
    expect(left(BIN, at("left.bin"))).toEqual([]);
    expect(convert(FASTTEXT, at("left.bin")).stderr).toMatch(/^note: left behind: /);
    expect(convert(FASTTEXT, at("left.bin"), "--quiet").stderr).toBe("");
  });

  it("makes a model of word vectors of a .vec, and a .vec of that", () => {
    const skipgram = goldenPath("models/skipgram.bin");
    convert(skipgram, at("skipgram.vec"));
    const { stdout, stderr } = convert(at("skipgram.vec"), at("again.bin"));
    expect(stdout).toMatch(/again\.bin/);
    expect(stderr).toMatch(/no labels/);
    convert(at("again.bin"), at("again.vec"));
    expect(readFileSync(at("again.vec"), "utf8")).toBe(readFileSync(at("skipgram.vec"), "utf8"));
    const answer = bax(["fasttext", "nn", at("again.bin"), "3"], { input: "the\n" });
    expect(answer.stdout.trim().split("\n")).toHaveLength(4);
    expect(bax(["fasttext", "test", at("again.bin"), "x"]).stderr).toMatch(/supervised/);
  });

  it("writes word vectors as bax fasttext prints them", () => {
    convert(BIN, at("words.vec"));
    const [head, ...lines] = readFileSync(at("words.vec"), "utf8").trimEnd().split("\n");
    expect(head).toBe(`${lines.length} 8`);
    const words = lines.slice(0, 50).map((line) => line.split(" ")[0]);
    const { stdout } = bax(["fasttext", "print-word-vectors", BIN], { input: `${words.join("\n")}\n` });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.trimEnd()),
    ).toEqual(lines.slice(0, 50).map((line) => line.trimEnd()));
  });

  it("writes an .ftz of a dense model that still answers well", () => {
    convert(FASTTEXT, at("small.ftz"));
    expect(bax(["fasttext", "test", at("small.ftz"), at("test.txt")]).stdout).toMatch(/^N\t90\nP@1\t(?:1|0\.9)/);
  });

  it("tells a format by what is in the file, not by the ending of what is read", () => {
    copyFileSync(BIN, at("wrong.safetensors"));
    convert(at("wrong.safetensors"), at("right.bin"));
    expect(same(at("right.bin"), BIN)).toBe(true);
  });

  it("takes endings in capitals, and paths with letters of any script", () => {
    mkdirSync(at("Größe 模型"));
    convert(BIN, at("Größe 模型", "ünï 型.BIN"));
    expect(same(at("Größe 模型", "ünï 型.BIN"), BIN)).toBe(true);
  });

  it("replaces an older file", () => {
    writeFileSync(at("old.bin"), "x".repeat(10_000_000));
    convert(BIN, at("old.bin"));
    expect(same(at("old.bin"), BIN)).toBe(true);
  });
});

describe("bax convert refuses, and leaves no file,", () => {
  it("a model of hashed features as a file of fastText, with the reason", () => {
    for (const ending of ["bin", "ftz", "vec"]) {
      refuse(
        [HASHED, "-o", at(`none.${ending}`)],
        1,
        /tokenizer unicode\) are not fastText's: it has no words/,
        /--tokenizer fasttext/,
      );
    }
  });

  it("a pruned model as a .bin, which has no pruned features", () => {
    refuse([PRUNED, "-o", at("none.bin")], 1, /cannot be a \.bin.*pruned features/, /\.ftz/);
  });

  it("and keeps an older file that was to be replaced", () => {
    writeFileSync(at("precious.bin"), "precious");
    refuse([PRUNED, "-o", at("precious.bin")], 1, /cannot be a \.bin/);
    expect(readFileSync(at("precious.bin"), "utf8")).toBe("precious");
  });

  it("word vectors, which make no classifier", () => {
    writeFileSync(at("vectors.vec"), "1 2\na 1 2\n");
    refuse([at("vectors.vec"), "-o", at("none.safetensors")], 1, /no labels and no output/, /-pretrainedVectors/);
    refuse([at("vectors.vec"), "-o", at("none.ftz")], 1, /no labels and no output matrix/, /\.bin/);
    refuse([at("missing.vec"), "-o", at("none.bin")], 1, /missing\.vec/);
    refuse([goldenPath("models/fourgrams.bin"), "-o", at("no", "such.bin")], 1, /does not exist/);
  });

  it("an ending that is no format", () => {
    refuse([BIN, "-o", at("model.fzt")], 2, /model\.fzt/, /\.ftz/);
    refuse([BIN, "-o", at("model")], 2, /model/, /\.safetensors/);
  });

  it("the same file twice, also by a link", () => {
    copyFileSync(BIN, at("own.bin"));
    symlinkSync(at("own.bin"), at("link.bin"));
    refuse([at("own.bin"), "-o", at("own.bin")], 2, /is the model to convert/);
    refuse([at("link.bin"), "-o", at("own.bin")], 2, /is the model to convert/);
    expect(same(at("own.bin"), BIN)).toBe(true);
  });

  it("what is missing, empty, cut short, a folder, or something else", () => {
    writeFileSync(at("zero.bin"), "");
    writeFileSync(at("zero.ftz"), "");
    writeFileSync(at("cut.bin"), readFileSync(BIN).subarray(0, 2000));
    writeFileSync(at("cut.ftz"), readFileSync(FTZ).subarray(0, -1));
    writeFileSync(at("long.bin"), Buffer.concat([readFileSync(BIN), Buffer.from([0])]));
    mkdirSync(at("folder.bin"));
    const none = at("none.safetensors");
    for (const [name, what] of [
      ["missing.bin", /missing\.bin: no such file/],
      ["zero.bin", /zero\.bin, byte 0: this is an empty file/],
      ["zero.ftz", /zero\.ftz, byte 0: this is an empty file/],
      ["cut.bin", /cut\.bin, byte \d+: the file ends/],
      ["cut.ftz", /cut\.ftz, byte \d+: the file ends/],
      ["long.bin", /long\.bin, byte \d+: the model ends here, but 1 bytes follow/],
      ["folder.bin", /folder\.bin: is a folder/],
      ["texts.txt", /texts\.txt, byte 0: this is a text file/],
    ] as const) {
      refuse([at(name), "-o", none], 1, what);
    }
  });

  it("without -o, with no path, or with a folder", () => {
    refuse([BIN], 2, /required option '-o, --output <file>'/);
    refuse([BIN, "-o", "-"], 2, /-o: got "-"/);
    refuse([BIN, "-o", at(".")], 1, /is a folder, expected a file/);
    refuse([], 2, /missing|required/);
    refuse([BIN, HASHED, "-o", at("none.bin")], 2, /too many arguments/);
  });
});
