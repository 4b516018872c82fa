import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, sampleLines, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
const FASTTEXT = at("fasttext.safetensors");
const TEST = at("test.txt");
/** A model with enough features for sizes to matter. */
const LARGE = at("large.safetensors");
afterAll(() => folder.dispose());

beforeAll(() => {
  const flags = ["--epochs", "3", "--dim", "16", "--quiet"];
  const words = sampleLines(600).map(
    (line, i) => `${line} ${Array.from({ length: 8 }, (_, j) => `w${i * 8 + j}`).join(" ")}`,
  );
  writeFileSync(at("many.txt"), `${words.join("\n")}\n`);
  for (const args of [
    ["train", at("many.txt"), "-o", LARGE, ...flags],
    ["train", at("train.txt"), "-o", FASTTEXT, ...flags, "--tokenizer", "fasttext"],
  ]) {
    const made = bax(args);
    if (made.status !== 0) throw new Error(made.stderr);
  }
});

/** Runs `bax compress`, which must succeed. */
function compress(...args: string[]) {
  const outcome = bax(["compress", ...args]);
  expect(outcome.status, outcome.stderr).toBe(0);
  return outcome;
}

/** Runs `bax compress`, which must fail and leave no file. */
function refuse(args: string[], status: number, what: RegExp, advice?: RegExp): void {
  const before = readdirSync(at("."));
  expectFailure(bax(["compress", ...args]), status, what, advice);
  expect(readdirSync(at("."))).toEqual(before);
}

const bytesOf = (file: string) => readFileSync(file).length;

describe("bax compress", () => {
  it("writes a smaller model and shows what that costs on the data", () => {
    const { stdout } = compress(MODEL, TEST, "-o", at("small.safetensors"));
    expect(bytesOf(at("small.safetensors"))).toBeLessThan(bytesOf(MODEL));
    const [head, before, after, last] = stdout.split("\n");
    expect(head).toMatch(/^ +size +features +accuracy$/);
    expect(before).toMatch(/^before +[\d.]+ [kM]B +\d+ +[\d.]+ % \(95 %: [\d.]+–[\d.]+ %\) on 90 examples$/);
    expect(after).toMatch(/^after +[\d.]+ [kM]B +\d+ +[\d.]+ % /);
    expect(last).toMatch(/^ +[\d.]+ % +100\.0 % +[+−]\d+\.\d\d points$/);
    const told = Number(/^after .*? ([\d.]+) % \(/m.exec(stdout)?.[1]);
    const { accuracy } = JSON.parse(bax(["test", at("small.safetensors"), TEST, "--json"]).stdout);
    expect(told).toBeCloseTo(100 * accuracy, 1);
  });

  it("says how to measure it where no data are given", () => {
    const { stdout, stderr } = compress(MODEL, "-o", at("unmeasured.safetensors"));
    expect(stdout).toMatch(/^before .* not measured$/m);
    expect(stdout).toMatch(/^after .* not measured$/m);
    expect(stdout).not.toMatch(/points|NaN|undefined/);
    expect(stderr).toMatch(/held-out text\. To see what compression costs, name labelled text/);
    expect(bax(["compress", MODEL, "-o", at("quiet.safetensors"), "--quiet"]).stderr).toBe("");
  });

  it("prints one JSON document with --json", () => {
    const { stdout, stderr } = compress(MODEL, TEST, "-o", at("json.safetensors"), "--json");
    const document = JSON.parse(stdout);
    expect(stderr).toBe("");
    expect(document).toMatchObject({
      before: { path: MODEL, bytes: bytesOf(MODEL) },
      after: { path: at("json.safetensors"), bytes: bytesOf(at("json.safetensors")) },
      evaluation: { examples: 90 },
    });
    expect(document.ratio).toBeCloseTo(document.after.bytes / document.before.bytes, 10);
    expect(document.after.accuracy).toBe(document.evaluation.accuracy);
    const bare = JSON.parse(compress(MODEL, "-o", at("json.safetensors"), "--json").stdout);
    expect([bare.before.accuracy, bare.after.accuracy, bare.evaluation]).toEqual([null, null, null]);
  });

  it("writes the same bytes every time, and others with another seed", () => {
    const made = (name: string, ...more: string[]) => {
      compress(LARGE, "-o", at(name), "--quiet", ...more);
      return readFileSync(at(name));
    };
    expect(made("one.safetensors").equals(made("two.safetensors"))).toBe(true);
    expect(made("three.safetensors", "--seed", "2").equals(made("one.safetensors"))).toBe(false);
  });

  it.each(["f32", "f16", "int8", "product"])("keeps rows and labels as %s, and others read it", (kind) => {
    compress(MODEL, "-o", at("kind.safetensors"), "--rows", kind, "--output-rows", kind, "--quiet");
    const { stdout, status } = bax(["predict", at("kind.safetensors"), at("texts.txt")]);
    expect(status).toBe(0);
    const labels = stdout.split("\n").map((line) => line.split("\t")[0]);
    expect([labels[0], labels[2], labels[3]]).toEqual(["spam", "ham", "news"]);
    expect(bax(["info", at("kind.safetensors")]).status).toBe(0);
  });

  it("keeps as many features as it is told", () => {
    const { after } = JSON.parse(compress(MODEL, "-o", at("few.safetensors"), "--features", "20", "--json").stdout);
    expect(after.features).toBe(20);
  });

  it("writes an .ftz that bax fasttext reads", () => {
    compress(FASTTEXT, TEST, "-o", at("small.ftz"), "--columns", "2");
    const tested = bax(["fasttext", "test", at("small.ftz"), TEST]);
    expect(tested.stdout).toMatch(/^N\t90\nP@1\t(?:1|0\.9)/);
  });

  it("compresses a model that is compressed already", () => {
    compress(MODEL, "-o", at("first.safetensors"), "--rows", "int8", "--quiet");
    compress(
      at("first.safetensors"),
      "-o",
      at("second.safetensors"),
      "--quiet",
      "--rows",
      "product",
      "--features",
      "50",
    );
    expect(bytesOf(at("second.safetensors"))).toBeLessThan(bytesOf(at("first.safetensors")));
  });

  it("takes a path with letters of any script", () => {
    mkdirSync(at("Größe 模型"));
    compress(MODEL, "-o", at("Größe 模型", "klein 小.safetensors"), "--quiet");
    expect(bax(["predict", at("Größe 模型", "klein 小.safetensors")], { input: "win a prize\n" }).stdout).toMatch(
      /^spam\t/,
    );
  });
});

describe("bax compress --size", () => {
  it.each([
    ["100kB", 100_000],
    ["0.1MB", 100_000],
    ["90k", 90_000],
    ["64KiB", 65_536],
    ["45000", 45_000],
  ])("%s is met, and used up to 2 %%", (asked, bytes) => {
    const { after } = JSON.parse(compress(LARGE, "-o", at("sized.safetensors"), "--size", asked, "--json").stdout);
    expect(after.bytes).toBe(bytesOf(at("sized.safetensors")));
    expect(after.bytes).toBeLessThanOrEqual(bytes);
    expect(after.bytes).toBeGreaterThan(0.98 * bytes);
  });

  it("is met by an .ftz", () => {
    const { before } = JSON.parse(compress(FASTTEXT, "-o", at("all.ftz"), "--json").stdout);
    const size = Math.floor(bytesOf(at("all.ftz")) * 0.8);
    const { after } = JSON.parse(compress(FASTTEXT, "-o", at("sized.ftz"), "--size", `${size}`, "--json").stdout);
    expect(after.bytes).toBeLessThanOrEqual(size);
    expect(after.bytes).toBeGreaterThan(0.97 * size);
    expect(after.features).toBeLessThan(before.features);
  });

  it.each(["rubbish", "", "0", "-5k", "2TB", "1e6"])("%j is refused as no size", (asked) => {
    refuse([LARGE, "-o", at("none.safetensors"), `--size=${asked}`], 2, /^bax: --size: got "/, /Try --size 2MB/);
  });

  it("too small is refused with the least", () => {
    const args = [LARGE, "-o", at("none.safetensors"), "--size", "400"];
    refuse(args, 2, /size: 400 bytes asked for, but \d+ kB is the least: /, /smaller --dim/);
    const least = Number(/but (\d+) kB is the least/.exec(bax(["compress", ...args]).stderr)?.[1]);
    compress(LARGE, "-o", at("least.safetensors"), "--size", `${least}kB`, "--quiet");
    expect(bytesOf(at("least.safetensors"))).toBeLessThanOrEqual(least * 1000);
  });

  it("too large is refused with what the model has", () => {
    refuse(
      [LARGE, "-o", at("none.safetensors"), "--size", "2GB"],
      2,
      /the model has [\d.]+ [kM]B as it is/,
      /as it is\.$/,
    );
  });

  it.each([
    ["--rows", "int8"],
    ["--features", "10"],
    ["--columns", "2"],
    ["--output-rows", "f16"],
  ])("does not ignore %s in silence", (flag, value) => {
    const args = [LARGE, "-o", at("none.safetensors"), "--size", "60k", flag, value];
    refuse(args, 2, new RegExp(`${flag} does not go with --size`));
  });
});

describe("bax compress refuses, and leaves no file,", () => {
  const NONE = at("none.safetensors");

  it("to write over the model, also by another path or a link", () => {
    copyFileSync(MODEL, at("own.safetensors"));
    const before = readFileSync(at("own.safetensors"));
    symlinkSync(at("own.safetensors"), at("symbolic.safetensors"));
    linkSync(at("own.safetensors"), at("hard.safetensors"));
    for (const [from, to] of [
      ["own", "own"],
      ["own", "./x/../own"],
      ["own", "symbolic"],
      ["symbolic", "own"],
      ["hard", "own"],
    ]) {
      const output = `${at(".")}/${to}.safetensors`;
      refuse([at(`${from}.safetensors`), "-o", output], 2, /is the model to compress/, /another file/);
    }
    expect(readFileSync(at("own.safetensors")).equals(before)).toBe(true);
  });

  it("without a model, without -o, and with an empty one", () => {
    refuse([], 2, /missing|required/);
    refuse([MODEL], 2, /required option '-o, --output <file>'/);
    refuse([MODEL, "-o", ""], 2, /-o: got ""/);
    refuse([MODEL, "-o", "-"], 2, /-o: got "-"/);
  });

  it("endings that are not compressed", () => {
    for (const ending of ["bin", "vec", "BIN"]) {
      refuse([MODEL, "-o", at(`none.${ending}`)], 2, /is a \.\w+, which is not compressed/, /\.safetensors or \.ftz/);
    }
  });

  it("kinds and numbers that are none", () => {
    refuse([MODEL, "-o", NONE, "--rows", "int4"], 2, /int4.*f32, f16, int8, product/);
    refuse([MODEL, "-o", NONE, "--output-rows", "half"], 2, /half.*f32, f16, int8, product/);
    for (const flag of ["--columns", "--features"]) {
      for (const value of ["0", "1.5", "many"]) {
        refuse([MODEL, "-o", NONE, `${flag}=${value}`], 2, new RegExp(`${flag}: got "${value}"`));
      }
    }
    refuse([MODEL, "-o", NONE, "--sise", "2MB"], 2, /unknown option '--sise'/);
  });

  it("rows that an .ftz cannot have, and a model without fastText's features", () => {
    refuse([FASTTEXT, "-o", at("none.ftz"), "--rows", "int8"], 2, /--rows int8: a \.ftz has product-quantised rows/);
    refuse([FASTTEXT, "-o", at("none.ftz"), "--output-rows", "int8"], 1, /no place for an output matrix as int8/);
    refuse([MODEL, "-o", at("none.ftz")], 1, /cannot be a \.ftz.*the tokenizer "unicode"/, /--tokenizer fasttext/);
    refuse([MODEL, "-o", at("none.ftz"), "--size", "9k"], 1, /the tokenizer "unicode"/, /--tokenizer fasttext/);
  });

  it("models and data that are missing, empty, cut short, or something else", () => {
    writeFileSync(at("zero.bin"), "");
    writeFileSync(at("cut.safetensors"), readFileSync(MODEL).subarray(0, 3000));
    writeFileSync(at("nolabels.txt"), "no label here\nnor here\n");
    refuse([at("missing.safetensors"), "-o", NONE], 1, /missing\.safetensors: no such file/);
    refuse([at("zero.bin"), "-o", NONE], 1, /zero\.bin, byte 0: this is an empty file/);
    refuse([at("cut.safetensors"), "-o", NONE], 1, /cut\.safetensors, byte \d+: /);
    refuse([at("texts.txt"), "-o", NONE], 1, /texts\.txt, byte 0: this is a text file/);
    refuse([at("."), "-o", NONE], 1, /is a folder, expected a model/);
    refuse([MODEL, at("missing.txt"), "-o", NONE], 1, /missing\.txt: no such file/);
    refuse([MODEL, at("nolabels.txt"), "-o", NONE], 1, /no example has a label/);
    refuse([MODEL, "-o", at("no", "such", "folder.safetensors")], 1, /folder .* does not exist/);
    expect(existsSync(NONE)).toBe(false);
  });
});
