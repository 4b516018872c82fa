import { describe, expect, test } from "vitest";
import { expectRefusal, rejection, samples } from "../../test/samples.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { TextClassifier, type TrainOptions } from "../index.ts";

const data = samples(90, 1);
const train = (options: TrainOptions = {}, examples = data) => TextClassifier.train(examples, { valid: 0, ...options });

/** Each feature's key and row of A. */
function rowsOf(model: TextClassifier): Map<number, number[]> {
  const file = model.toBytes();
  const { tensors } = readSafetensors(file);
  const bytes = (name: string) => {
    const { offset, byteLength } = tensors.get(name)!;
    return file.slice(offset, offset + byteLength).buffer;
  };
  const keys = new Uint32Array(bytes("feature_keys"));
  const rows = new Float32Array(bytes("embeddings"));
  const columns = rows.length / keys.length;
  return new Map(Array.from(keys, (key, i) => [key, Array.from(rows.subarray(i * columns, (i + 1) * columns))]));
}

describe("a model as vectors to begin with", () => {
  test("gives the features that both have their rows, and with --freeze these stay", async () => {
    const pretrained = await train({ epochs: 3 });
    const other = samples(60, 2).map(({ text, label }) => ({
      text: `${text} unseen`,
      label: label === "food" ? "a" : "b",
    }));
    const [frozen, free] = [
      await train({ pretrained, freeze: true, epochs: 2 }, other),
      await train({ pretrained, epochs: 2 }, other),
    ];
    const given = rowsOf(pretrained);
    let [shared, moved] = [0, 0];
    const freeRows = rowsOf(free);
    for (const [key, row] of rowsOf(frozen)) {
      const before = given.get(key);
      if (!before) continue;
      shared++;
      expect(row).toEqual(before);
      if (freeRows.get(key)!.some((value, i) => value !== before[i])) moved++;
    }
    expect(shared).toBeGreaterThan(100);
    expect(moved).toBeGreaterThan(shared / 2);
    expect(frozen.featureCount).toBeGreaterThan(shared);
    expect(frozen.dimension).toBe(pretrained.dimension);
    const missed = given.size - shared;
    expect(frozen.report!.notes.join()).toContain(
      `${shared} of the given vectors are of words in the text, ${missed} are not`,
    );
    expect(frozen.labels).toEqual(["b", "a"]);
  });

  test("leaves the model that was given as it was", async () => {
    const pretrained = await train({ epochs: 2 });
    const before = pretrained.toBytes();
    await train({ pretrained, epochs: 2 });
    expect(pretrained.toBytes()).toEqual(before);
  });

  test.each<[string, TrainOptions, TrainOptions, RegExp]>([
    ["reads text in another way", { tokenizer: "whitespace" }, {}, /another way/],
    ["has other letters", { lowercase: false }, {}, /another way/],
    ["has fastText's features", { tokenizer: "fasttext" }, {}, /another way/],
    ["has other columns than --dim", {}, { dim: 64 }, /16 columns, but --dim is 64/],
  ])("is refused where it %s", async (_, choices, later, message) => {
    const pretrained = await train({ epochs: 1, ...choices });
    expectRefusal(await rejection(train({ pretrained, ...later })), "usage", message);
  });

  test("is refused where it is compressed, and plain steps cannot freeze", async () => {
    const pretrained = await train({ epochs: 1 });
    expectRefusal(await rejection(train({ pretrained: pretrained.compress({ rows: "int8" }) })), "usage", /compressed/);
    expectRefusal(await rejection(train({ pretrained, freeze: true, optimizer: "sgd" })), "usage", /--freeze/);
  });
});

describe("vectors of words, for hashed features", () => {
  const words = ["goal", "Goal", "butter", "chorus", "two words", "nowhere", ""];
  const pretrained = {
    dimension: 8,
    words,
    values: Float32Array.from({ length: words.length * 8 }, (_, i) => Math.sin(i)),
  };

  test("give the row of each word that is one feature here; of spellings that are one, the first", async () => {
    const model = await train({ pretrained, freeze: true, epochs: 2 });
    const rows = [...rowsOf(model).values()].map((row) => row.join());
    const has = (word: number) => rows.includes(Array.from(pretrained.values.subarray(8 * word, 8 * word + 8)).join());
    expect(words.map((_, i) => has(i))).toEqual([true, false, true, true, false, false, false]);
    expect(model.report!.notes.join()).toContain("3 of the given vectors are of words in the text, 4 are not");
    expect(model.dimension).toBe(8);
  });

  test("are where a text that has such words begins: the model learns from them", async () => {
    const model = await train({ pretrained });
    expect(model.evaluate(samples(60, 2)).accuracy).toBeGreaterThan(0.9);
  });
});
