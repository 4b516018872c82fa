import { describe, expect, it } from "vitest";
import { fasttext, goldenPath } from "../../test/golden.ts";
import { COMMANDS } from "./usage.ts";

const MODEL = goldenPath("models/softmax-words.bin");
const DATA = goldenPath("test.txt");

describe("bax fasttext", () => {
  it("lists all commands: asked for on standard output, otherwise on standard error with status 1", async () => {
    const asked = await fasttext(["--help"]);
    expect(asked).toMatchObject({ status: 0, stderr: "" });
    for (const command of Object.keys(COMMANDS)) expect(asked.stdout).toMatch(new RegExp(`^  ${command} +\\w`, "m"));
    expect(await fasttext([])).toEqual({ status: 1, stdout: "", stderr: asked.stdout });
  });

  it("names the nearest command where one is mistyped", async () => {
    const { status, stderr } = await fasttext(["superivsed"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Unknown command: superivsed\. Did you mean "supervised"\?/);
  });

  it("says that it trains no word vectors", async () => {
    for (const command of ["skipgram", "cbow"]) {
      expect(await fasttext([command, "-input", "a", "-output", "b"])).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/bax trains classifiers only/),
      });
    }
  });

  it.each([
    [["test"], "stderr", /^usage: bax fasttext test <model> <test-data> \[<k>\] \[<th>\]\n\n {2}<model> /],
    [["predict", "m"], "stderr", /^usage: bax fasttext predict\[-prob\] /],
    [["predict-prob", "m", "d", "1", "0", "more"], "stderr", /^usage: bax fasttext predict\[-prob\] /],
    [["print-word-vectors"], "stderr", /^usage: /],
    [["print-ngrams", "m"], "stderr", /^usage: /],
    [["nn"], "stdout", /^usage: bax fasttext nn <model> <k>\n/],
    [["analogies", "m", "3", "4"], "stdout", /^usage: /],
    [["dump", MODEL, "everything"], "stdout", /^usage: bax fasttext dump <model> <option>\n/],
    [["supervised"], "stderr", /^Empty input or output path\.\n\nNeeded:\n {2}-input /],
    [["supervised", "-h"], "stderr", /^Usage:\n/],
    [["quantize"], "stderr", /^usage: bax fasttext quantize <args>\n/],
    [["quantize", "-input", "x", "-output", "y", "-dsub", "0"], "stderr", /^-dsub: got "0"/],
  ] as const)("%j prints how it is used on %s, as fastText does, with status 1", async (args, stream, text) => {
    const outcome = await fasttext(args);
    expect(outcome.status).toBe(1);
    expect(outcome[stream]).toMatch(text);
    expect(outcome[stream === "stdout" ? "stderr" : "stdout"]).toBe("");
  });

  it.each([
    [["test", MODEL, DATA, "0"], /k needs to be 1 or higher!/],
    [["predict", MODEL, DATA, "x"], /<k>: got "x"/],
    [["predict", MODEL, DATA, "1", "x"], /<th>: got "x"/],
    [["test", MODEL, "none.txt"], /Test file cannot be opened!/],
    [["predict", MODEL, "none.txt"], /Input file cannot be opened!/],
    [["predict", "none.bin", DATA], /none\.bin cannot be opened for loading!/],
    [["dump", DATA, "args"], /byte 0/],
    [["predict", goldenPath("models/skipgram.bin"), DATA], /Model needs to be supervised for prediction!/],
    [["supervised", "-input", "-", "-output", "m"], /Cannot use stdin for training!/],
    [["supervised", "-input", "none.txt", "-output", "m"], /none\.txt cannot be opened for training!/],
    [["supervised", "-input", DATA, "-output", "/none/m"], /\/none\/m\.bin cannot be opened for saving\./],
    [["supervised", "-input", DATA, "-output", "m", "-pretrainedVectors", "none.vec"], /none\.vec cannot be opened/],
    [
      ["supervised", "-input", DATA, "-output", "m", "-pretrainedVectors", goldenPath("models/softmax-both.vec")],
      /Dimension of pretrained vectors \(8\) does not match dimension \(100\)!/,
    ],
    [["supervised", "-input", DATA, "-output", "m", "-maxn", "3", "-bucket", "0"], /-bucket: got 0/],
    [["quantize", "-input", "x", "-output", "none"], /none\.bin cannot be opened for loading!/],
    [["quantize", "-input", "x", "-output", goldenPath("models/skipgram")], /only support quantization of supervised/],
  ])("%j fails in two lines with status 1", async (args, message) => {
    const { status, stdout, stderr } = await fasttext(args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^bax: .+\n {5}\S.+\n$/);
  });

  it("reads texts, labelled or not, from standard input for -", async () => {
    const fromFile = await fasttext(["test", MODEL, DATA]);
    const { readFileSync } = await import("node:fs");
    expect(await fasttext(["test", MODEL, "-"], readFileSync(DATA))).toEqual(fromFile);
    expect((await fasttext(["predict", MODEL, "-"], Buffer.from("the right\n\nto"))).stdout).toMatch(
      /^(?:__label__\w+\n){3}$/,
    );
  });
});
