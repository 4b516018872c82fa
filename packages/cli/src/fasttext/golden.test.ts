import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectSame, fasttext, GOLDEN, type Golden, goldenPath, TEXTS, TRIPLETS, WORDS } from "../../test/golden.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bax-golden-"));
const textsFile = path.join(folder, "texts.txt");
writeFileSync(textsFile, TEXTS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Standard input of a command. */
const INPUT: Readonly<Record<string, Uint8Array>> = {
  "print-word-vectors": WORDS,
  "print-sentence-vectors": TEXTS,
  nn: WORDS,
  analogies: TRIPLETS,
};

/** Arguments behind the model of what the golden case calls `name`, such as "predict-prob 3 0.1". */
function argumentsOf(name: string): string[] {
  const [command, ...rest] = name.split(" ");
  if (command.startsWith("predict")) return [textsFile, ...rest];
  return command === "test" ? [goldenPath("test.txt"), ...rest] : rest;
}

function cases(command: string): [string, Golden, string][] {
  return GOLDEN.flatMap((golden) =>
    Object.keys(golden.cli)
      .filter((name) => name.split(" ")[0] === command)
      .map((name): [string, Golden, string] => [`${golden.model}: ${name}`, golden, name]),
  );
}

describe.each([
  "predict",
  "predict-prob",
  "test",
  "print-word-vectors",
  "print-sentence-vectors",
  "print-ngrams",
  "nn",
  "analogies",
])("bax fasttext %s prints what fastText prints", (command) => {
  it.each(cases(command))("of %s", async (_, golden, name) => {
    const { status, stdout, stderr } = await fasttext(
      [command, goldenPath(`models/${golden.model}`), ...argumentsOf(name)],
      INPUT[command],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const expected = golden.cli[name].replaceAll("Loading model models/", `Loading model ${goldenPath("models/")}`);
    const [ours, theirs] = comparable(command, golden, [stdout, expected]);
    if (command !== "predict-prob") return expectSame(ours, theirs, command.startsWith("print") ? 4 : 5);
    // fastText adds the thousands of vectors of the last text in float32, one after another, and loses digits.
    const [[firstOfOurs, lastOfOurs], [firstOfTheirs, lastOfTheirs]] = [ours, theirs].map(partLastLine);
    expectSame(firstOfOurs, firstOfTheirs, 5);
    expectSame(lastOfOurs, lastOfTheirs, 3);
  });
});

function partLastLine(text: string): [string, string] {
  const at = text.trimEnd().lastIndexOf("\n") + 1;
  return [text.slice(0, at), text.slice(at)];
}

/** Takes out of two outputs what may differ. */
function comparable(command: string, golden: Golden, outputs: [string, string]): [string, string] {
  const [ours, theirs] = outputs.map((text) => {
    if (command === "predict-prob") return capped(text);
    // Words without a vector are all equally far, and fastText takes any of them.
    if (command === "nn" || command === "analogies") return text.replaceAll(/\S+ -?0\n/g, "0\n");
    // In a pruned model fastText puts the vectors beside the wrong n-grams.
    const isPruned = /cutoff|retrain/.test(golden.model);
    return command === "print-ngrams" && isPruned ? text.replaceAll(/^\S+/gm, "") : text;
  });
  return [ours, theirs];
}

/** fastText adds 0.00001 to every probability before its logarithm, and so prints up to 1.00004; here 1 is the end. */
function capped(text: string): string {
  return text.replaceAll(/\b1\.000\d+/g, "1");
}

describe("bax fasttext dump prints what fastText prints", () => {
  it.each(GOLDEN.map((golden): [string, Golden] => [golden.model, golden]))("of %s", async (model, golden) => {
    const file = goldenPath(`models/${model}`);
    expect((await fasttext(["dump", file, "args"])).stdout).toBe(golden.args);
    const { "dump dict": dictionary, "dump output": output, "dump input, first 20 lines": input } = golden.cli;
    if (dictionary !== undefined) expect((await fasttext(["dump", file, "dict"])).stdout).toBe(dictionary);
    if (output !== undefined) expect((await fasttext(["dump", file, "output"])).stdout).toBe(output);
    if (input === undefined) return;
    const lines = (await fasttext(["dump", file, "input"])).stdout.split("\n");
    expect(lines.slice(0, 20)).toEqual(input.trimEnd().split("\n"));
  });

  it("refuses the matrices of a quantised model, with status 0, as fastText does", async () => {
    expect(await fasttext(["dump", goldenPath("models/softmax-both-q.ftz"), "input"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "Not supported for quantized models.\n",
    });
  });
});

describe("bax fasttext test-label", () => {
  const labelled = GOLDEN.filter((golden) => golden.testLabel !== undefined);
  it.each(labelled.map((golden): [string, Golden] => [golden.model, golden]))(
    "prints recall and F1 of fastText's library, and the rest as its command, of %s",
    async (model, golden) => {
      const { stdout } = await fasttext(["test-label", goldenPath(`models/${model}`), goldenPath("test.txt")]);
      const lines = golden.cli["test-label 1 0"].split("\n").map((line) => {
        const [precision, recall, f1] = golden.testLabel?.[line.split("   ")[1]] ?? [];
        if (precision === undefined) return line;
        const show = (value: number | null | undefined) => (value == null ? "--------" : value.toFixed(6));
        return `F1-Score : ${show(f1)}  Precision : ${show(precision)}  Recall : ${show(recall)}   ${line.split("   ")[1]}`;
      });
      expectSame(stdout, lines.join("\n"), 5);
    },
  );
});
