// Large model files are read where they are needed (docs/decisions/0012-opening-models.md). Here a small one is taken for large.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { expectRefusal, linesOf, rejection, samples, sha256 } from "../test/samples.ts";
import { TextClassifier } from "./index.ts";
import { load, save } from "./node.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "bax-large-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const LARGE = { wholeBelow: 0 };

const examples = samples(600, 1).map(({ text, label }, i) => ({ text: `${text} word${i} other${i % 97}`, label }));
const texts = [
  ...examples.slice(0, 60).map(({ text }) => text),
  "",
  "nothing known here: Ünïcode 模型",
  "goal ".repeat(300),
];
const path = join(folder, "model.safetensors");
let whole: TextClassifier;

beforeAll(async () => {
  const model = await TextClassifier.train(examples, { epochs: 2, dim: 64, charNgrams: [2, 4], wordNgrams: 2 });
  await save(model, path);
  whole = await load(path, { wholeBelow: Number.POSITIVE_INFINITY });
});

/** Files that this process has open, by the system's own list; null where there is none. */
function openFiles(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

test("a model that is read row by row gives the bits of one that is read whole, one text after another", async () => {
  const large = await load(path, LARGE);
  for (const text of texts) {
    expect(large.predict(text, { k: 3 })).toEqual(whole.predict(text, { k: 3 }));
    expect(large.scores(text)).toEqual(whole.scores(text));
  }
});

test("and for many texts at once, also the same ones again", async () => {
  const large = await load(path, LARGE);
  const lines = linesOf(examples);
  for (let pass = 0; pass < 2; pass++)
    expect(large.predictLines(lines, { k: 3 })).toEqual(whole.predictLines(lines, { k: 3 }));
  expect(large.predictAll(texts)).toEqual(whole.predictAll(texts));
  expect(large.predictAll(texts, { abstain: { unknown: 0.5 } })).toEqual(
    whole.predictAll(texts, { abstain: { unknown: 0.5 } }),
  );
});

test("it explains, measures and learns on as a model that was read whole", async () => {
  const large = await load(path, LARGE);
  expect(large.explain(texts[3])).toEqual(whole.explain(texts[3]));
  const { seconds: _a, examplesPerSecond: _c, ...measured } = large.evaluate(examples);
  const { seconds: _b, examplesPerSecond: _d, ...expected } = whole.evaluate(examples);
  expect(measured).toEqual(expected);
  const more = samples(30, 7);
  const [a, b] = [await load(path, LARGE), await load(path, { wholeBelow: Number.POSITIVE_INFINITY })];
  for (const model of [a, b]) await model.partialFit(more, { epochs: 1 });
  expect(sha256(a.toBytes())).toBe(sha256(b.toBytes()));
});

test("it is written as it was read, whatever was asked of it before, and answers afterwards", async () => {
  for (const asked of [0, 1, 40]) {
    const large = await load(path, LARGE);
    for (const text of texts.slice(0, asked)) large.predict(text);
    expect(sha256(large.toBytes())).toBe(sha256(readFileSync(path)));
    expect(large.predict(texts[5])).toEqual(whole.predict(texts[5]));
  }
  const large = await load(path, LARGE);
  const small = [large, whole].map((model) => sha256(model.compress({ rows: "int8" }).toBytes()));
  expect(small[0]).toBe(small[1]);
});

test("a model with fastText's features, and one whose rows are compressed, answer the same too", async () => {
  const fastText = await TextClassifier.train(examples, { tokenizer: "fasttext", wordNgrams: 2, dim: 12, epochs: 2 });
  for (const [name, model] of Object.entries({ fastText, halves: whole.compress({ rows: "f16" }) })) {
    const file = join(folder, `${name}.safetensors`);
    await save(model, file);
    const large = await load(file, LARGE);
    for (const text of texts) expect(large.predict(text, { k: 3 })).toEqual(model.predict(text, { k: 3 }));
    expect(sha256(large.toBytes())).toBe(sha256(model.toBytes()));
  }
});

test("a file that is read whole in the end, or was refused, is closed", async () => {
  const before = openFiles();
  const large = await load(path, LARGE);
  if (before !== null) expect(openFiles()).toBe(before + 1);
  large.toBytes();
  expect(openFiles()).toBe(before);
  const cut = join(folder, "cut.safetensors");
  writeFileSync(cut, readFileSync(path).subarray(0, -1));
  expectRefusal(await rejection(load(cut, LARGE)), "model", /cut\.safetensors, byte/);
  expect(openFiles()).toBe(before);
});

test("a file that changes while its model is in use is refused; one that is replaced is not", async () => {
  const file = join(folder, "changing.safetensors");
  const bytes = readFileSync(path);
  const predicting = (model: TextClassifier) => {
    try {
      model.predict(texts[0]);
    } catch (error) {
      return error;
    }
  };
  writeFileSync(file, bytes);
  const shortened = await load(file, LARGE);
  truncateSync(file, bytes.length - 64);
  expectRefusal(predicting(shortened), "file", /changing\.safetensors: the file was changed/);

  writeFileSync(file, bytes);
  const touched = await load(file, LARGE);
  utimesSync(file, 1, 1);
  expectRefusal(predicting(touched), "file", /changed while its model was in use/);

  writeFileSync(file, bytes);
  const replaced = await load(file, LARGE);
  writeFileSync(`${file}.new`, "another file");
  renameSync(`${file}.new`, file);
  expect(replaced.predict(texts[0])).toEqual(whole.predict(texts[0]));
});

test("damage in a row is told when the row is read, with its byte", async () => {
  const file = join(folder, "damaged.safetensors");
  const bytes = readFileSync(path);
  const header = Number(bytes.readBigUInt64LE(0));
  const [begin] = JSON.parse(bytes.subarray(8, 8 + header).toString()).embeddings.data_offsets as [number, number];
  const damaged = Buffer.from(bytes);
  damaged.writeFloatLE(Number.NaN, 8 + header + begin);
  writeFileSync(file, damaged);
  const large = await load(file, LARGE);
  const asked = () => large.toBytes();
  expect(asked).toThrow(`damaged.safetensors, byte ${8 + header + begin}: a number that is NaN`);
});
