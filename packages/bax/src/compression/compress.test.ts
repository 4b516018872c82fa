import { beforeAll, describe, expect, test, vi } from "vitest";
import { samples, sha256 } from "../../test/samples.ts";
import { type ModelFile, readModel, writeFastTextModel, writeModelFile } from "../formats/index.ts";
import { Heap } from "../kernels/index.ts";
import { copyRows, type ModelParts } from "../model/index.ts";
import { TextClassifier } from "../textClassifier.ts";
import { compressParts, planParts, rankRows } from "./compress.ts";
import { type CompressionOptions, ROW_KINDS } from "./compressionChoices.ts";

// Several models are trained here, perhaps on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const WHOLE: CompressionOptions = {
  dropUnseen: false,
  rows: "product",
  output: "f32",
  subDimension: 2,
  norms: true,
  features: 0,
  seed: 1,
};
const DESCRIPTION = { options: {}, training: {} };

const texts = [...samples(60, 9).map(({ text }) => text), "", "unseen wörds", "striker striker"];
const encoder = new TextEncoder();

function bytesOf(file: ModelFile): Uint8Array {
  return Uint8Array.from(Buffer.concat([...file.chunks()]));
}

function partsOf(bytes: Uint8Array): ModelParts {
  const heap = new Heap(false);
  return readModel(heap, heap.allocateCopy(bytes), bytes.length).parts;
}

/** A row of A or B in floats. */
function rowOf({ heap, parameters }: ModelParts, matrix: "embeddings" | "output", row: number): Float32Array {
  const out = new Float32Array(parameters.dimension);
  copyRows(heap, parameters, matrix, row, 1, out);
  return out;
}

const lengthOf = (row: Float32Array) => Math.hypot(...row);

const models: Record<string, TextClassifier> = {};
beforeAll(async () => {
  const data = samples(300, 1);
  const common = { valid: 0, epochs: 5 };
  models["hashed features"] = await TextClassifier.train(data, { ...common, dim: 20, charNgrams: [2, 4] });
  models["fastText's features"] = await TextClassifier.train(data, {
    ...common,
    tokenizer: "fasttext",
    loss: "ova",
    dim: 10,
    wordNgrams: 2,
    charNgrams: [2, 3],
    buckets: 5000,
  });
});

describe.each(["hashed features", "fastText's features"])("%s", (name) => {
  test.each(ROW_KINDS.flatMap((rows) => ROW_KINDS.map((output) => ({ rows, output }))))(
    "rows as $rows and output as $output answer the same bits in memory, and read from the file",
    ({ rows, output }) => {
      const model = models[name];
      const small = model.compress({ rows, output, subDimension: 3, norms: output === "product" });
      expect(small.labels).toEqual(model.labels);
      expect(small.featureCount).toBe(model.featureCount);
      const bytes = small.toBytes();
      const read = TextClassifier.fromBytes(bytes);
      const answers = small.predictAll(texts, { k: 3 });
      expect(read.predictAll(texts, { k: 3 })).toEqual(answers);
      expect(texts.map((text) => read.predict(text, { k: 3 }))).toEqual(answers);
      expect(sha256(read.toBytes())).toBe(sha256(bytes));
      if (rows !== "f32") expect(bytes.length).toBeLessThan(model.toBytes().length);
    },
  );

  test("the model that is compressed stays as it is", () => {
    const model = models[name];
    const before = sha256(model.toBytes());
    model.compress({ rows: "product", output: "product", norms: true, features: 100 });
    expect(sha256(model.toBytes())).toBe(before);
  });

  test("the same seed gives the same bytes, another seed others", () => {
    const hash = (seed: number) => sha256(models[name].compress({ seed }).toBytes());
    expect(hash(1)).toBe(hash(1));
    expect(hash(2)).not.toBe(hash(1));
  });

  test("a model that is compressed can be compressed again", () => {
    const twice = models[name].compress({ rows: "int8", features: 200 }).compress({ rows: "product", features: 100 });
    expect(twice.featureCount).toBe(100);
    expect(TextClassifier.fromBytes(twice.toBytes()).predictAll(texts)).toEqual(twice.predictAll(texts));
  });

  test("keeps the features that weigh most, and their rows as they were", () => {
    const parts = partsOf(models[name].toBytes());
    const ranked = rankRows(parts);
    expect(Array.from(ranked).sort((a, b) => a - b)).toEqual(Array.from(ranked, (_, i) => i));
    const weights = parts.featureWeights ? parts.heap.f32At(parts.featureWeights, ranked.length) : null;
    // Rows are in the order of their frequency, but for fastText's.
    const rarity = (row: number) => (parts.fastText ? 1 : Math.sqrt(Math.sqrt(row + 50)));
    const worth = (row: number) => (lengthOf(rowOf(parts, "embeddings", row)) * (weights?.[row] ?? 1)) / rarity(row);
    const plain = parts.fastText ? Array.from(ranked).slice(1) : Array.from(ranked);
    for (const [i, row] of plain.entries()) {
      if (i > 0) expect(worth(row)).toBeLessThanOrEqual(worth(plain[i - 1]) * (1 + 1e-6));
    }
    const kept = compressParts(parts, ranked, { ...WHOLE, rows: "f32", features: 50 });
    expect(kept.parameters.featureCount).toBe(50);
    const rows = (of: ModelParts, list: Iterable<number>) =>
      Array.from(list, (row) => rowOf(of, "embeddings", row).join()).sort();
    expect(
      rows(
        kept,
        Array.from({ length: 50 }, (_, i) => i),
      ),
    ).toEqual(rows(parts, ranked.subarray(0, 50)));
    for (let label = 0; label < parts.labels.length; label++) {
      expect(rowOf(kept, "output", label)).toEqual(rowOf(parts, "output", label));
    }
  });

  test("labels and head stay", () => {
    const parts = partsOf(models[name].toBytes());
    const kept = compressParts(parts, rankRows(parts), { ...WHOLE, features: 20 });
    expect([kept.labels, kept.head]).toEqual([parts.labels, parts.head]);
  });

  test("more features than there are means all of them", () => {
    expect(models[name].compress({ features: 1e9 }).featureCount).toBe(models[name].featureCount);
  });

  test("what is planned is as long as what is made, to the byte", () => {
    const parts = partsOf(models[name].toBytes());
    const ranked = rankRows(parts);
    for (const rows of ROW_KINDS) {
      for (const [output, subDimension, norms, features] of [
        ["f32", 2, true, 0],
        ["int8", 8, false, 77],
        ["product", 3, true, 300],
        ["f16", 16, false, 1],
      ] as const) {
        const options = { rows, output, subDimension, norms, features, dropUnseen: true, seed: 1 };
        const [planned, made] = [planParts(parts, ranked, options), compressParts(parts, ranked, options)];
        const length = writeModelFile(planned, DESCRIPTION).byteLength;
        expect(bytesOf(writeModelFile(made, DESCRIPTION)).length, JSON.stringify(options)).toBe(length);
        if (!parts.fastText || rows !== "product" || (output !== "f32" && output !== "product")) continue;
        const ftz = writeFastTextModel(planned, "ftz").byteLength;
        expect(bytesOf(writeFastTextModel(made, "ftz")).length, JSON.stringify(options)).toBe(ftz);
      }
    }
  });
});

test("a feature that is kept counts as before, and one that is not is no feature any more", () => {
  const model = models["hashed features"];
  const all = model.compress({ rows: "f32" });
  expect(all.predictAll(texts, { k: 3 })).toEqual(model.predictAll(texts, { k: 3 }));
  const one = model.compress({ rows: "f32", features: 1 });
  const distinct = new Set(one.predictAll(texts).map(([{ probability }]) => probability.toFixed(6)));
  // A text has the one feature, or nothing; how much of it a text has does not matter at length 1.
  expect(distinct.size).toBeLessThanOrEqual(2);
});

test("fastText's pruning keeps the end of a line, words before buckets, both in their own order, and all labels", () => {
  const parts = partsOf(models["fastText's features"].toBytes());
  const old = parts.fastText!.vocabulary;
  const ranked = rankRows(parts);
  expect(old.nameOf(ranked[0])).toBe("</s>");
  // The least that can be kept is the end of the line.
  const { vocabulary: least } = compressParts(parts, ranked, { ...WHOLE, features: 1 }).fastText!;
  expect([least.wordCount, least.nameOf(0), least.rows?.buckets.length]).toEqual([1, "</s>", 0]);
  const { vocabulary } = compressParts(parts, ranked, { ...WHOLE, features: 100 }).fastText!;
  const entry = (row: number) => old.entryOf(vocabulary.bytesOf(row));
  const words = Array.from({ length: vocabulary.wordCount }, (_, row) => entry(row));
  expect(words).toEqual([...words].sort((a, b) => a - b));
  expect(words).toEqual(Array.from(ranked.subarray(0, 100).filter((row) => row < old.wordCount)).sort((a, b) => a - b));
  const buckets = Array.from(vocabulary.rows!.buckets);
  expect(words.length + buckets.length).toBe(100);
  expect(vocabulary.rows!.missing).toBe("drop");
  expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
  for (const bucket of buckets) expect(ranked.subarray(0, 100)).toContain(old.rowOf(bucket));
  const labels = Array.from({ length: 3 }, (_, label) => vocabulary.nameOf(vocabulary.wordCount + label));
  expect(labels).toEqual(Array.from({ length: 3 }, (_, label) => old.nameOf(old.wordCount + label)));
  expect(vocabulary.entryOf(encoder.encode(labels[2]))).toBe(vocabulary.wordCount + 2);
});

test("a pruned .ftz and the model that it came from answer the same bits", () => {
  const small = models["fastText's features"].compress({ subDimension: 2, features: 120 });
  const read = TextClassifier.fromBytes(bytesOf(small.toFastText("ftz")));
  expect(read.predictAll(texts, { k: 3 })).toEqual(small.predictAll(texts, { k: 3 }));
  expect(TextClassifier.fromBytes(small.toBytes()).predictAll(texts, { k: 3 })).toEqual(
    small.predictAll(texts, { k: 3 }),
  );
});

test("quantising two columns to a byte changes few answers, and probabilities little", () => {
  for (const model of Object.values(models)) {
    const small = model.compress({ subDimension: 2 });
    const [before, after] = [model, small].map((of) => of.predictAll(texts, { k: 1 }).map(([best]) => best));
    const changed = before.filter(({ label }, i) => label !== after[i].label).length;
    expect(changed).toBeLessThanOrEqual(3);
    for (const [i, { label, probability }] of before.entries()) {
      if (after[i].label === label) expect(Math.abs(after[i].probability - probability)).toBeLessThan(0.2);
    }
  }
});
