import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal, samples, sha256, thrown } from "../../test/samples.ts";
import { TextClassifier } from "../index.ts";
import { Random } from "../math/random.ts";
import { readSafetensors } from "./safetensors.ts";

const texts = [...samples(30, 9).map(({ text }) => text), "", "garlic", "ünseen 日本語"];

interface Header {
  __metadata__: Record<string, string>;
  [tensor: string]: unknown;
}
interface Tensor {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

let model: TextClassifier;
let bytes: Uint8Array;
let dataStart: number;

beforeAll(async () => {
  model = await TextClassifier.train(samples(60, 1), {
    epochs: 2,
    dim: 8,
    charNgrams: [0, 0],
    wordNgrams: 1,
    valid: 0,
  });
  bytes = model.toBytes();
  dataStart = 8 + new DataView(bytes.buffer).getUint32(0, true);
});

/** The file with a changed header; its data lie where the padding says: a header's length is a multiple of `step`, plus `odd`. */
function withHeader(change: (header: Header) => void, step = 64, odd = 0): Uint8Array {
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, dataStart))) as Header;
  change(header);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + json.length) / step) * step + odd;
  const file = new Uint8Array(start + bytes.length - dataStart).fill(32);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  file.set(bytes.subarray(dataStart), start);
  return file;
}

/** The file with another value in one entry of the metadata, itself JSON. */
function withMetadata(name: string, change: (value: never) => unknown): Uint8Array {
  return withHeader(({ __metadata__ }) => {
    __metadata__[name] = JSON.stringify(change(JSON.parse(__metadata__[name]) as never));
  });
}

function withOptions(options: Record<string, unknown>): Uint8Array {
  return withMetadata("options", (old: Record<string, unknown>) => ({ ...old, ...options }));
}

/** Refused with a byte offset that lies in the file (or at its end); returns the offset. */
function refusedAt(file: Uint8Array, reason: RegExp = /./): number {
  const message = expectRefusal(
    thrown(() => TextClassifier.fromBytes(file)),
    "model",
    reason,
  );
  const offset = Number(/^byte (\d+): /.exec(message)?.[1] ?? Number.NaN);
  expect(offset, message).toBeLessThanOrEqual(file.length);
  return offset;
}

function expectSame(a: TextClassifier, b: TextClassifier): void {
  expect(a.labels).toEqual(b.labels);
  expect(a.predictAll(texts, { k: 3 })).toEqual(b.predictAll(texts, { k: 3 }));
  expect(texts.map((text) => a.explain(text).logit)).toEqual(texts.map((text) => b.explain(text).logit));
  expect(sha256(a.toBytes())).toBe(sha256(b.toBytes()));
}

describe("a model that is written and read", () => {
  test("gives the same bytes, predictions and explanations, and again from those bytes", () => {
    const read = TextClassifier.fromBytes(bytes);
    expectSame(read, model);
    expectSame(TextClassifier.fromBytes(read.toBytes()), model);
  });

  test("is whole in its pieces: their lengths sum to byteLength", () => {
    const { byteLength, chunks } = model.toFile();
    expect([...chunks()].reduce((sum, chunk) => sum + chunk.length, 0)).toBe(byteLength);
    expect(byteLength).toBe(bytes.length);
  });

  test("is the same when it learned in several groups of columns", async () => {
    for (const threads of [2, 3]) {
      const trained = await TextClassifier.train(samples(60, 1), { epochs: 2, dim: 20, threads, valid: 0 });
      const parts = trained as unknown as { classifier: { parts: { parameters: { groups: unknown[] } } } };
      expect(parts.classifier.parts.parameters.groups).toHaveLength(threads);
      expectSame(TextClassifier.fromBytes(trained.toBytes()), trained);
    }
  });

  test("has row order in its pieces of 1 MB when A is larger than one", async () => {
    const large = samples(300, 1).map(({ text, label }, i) => ({ text: `${text} u${i} v${i} w${i}`, label }));
    const trained = await TextClassifier.train(large, {
      epochs: 1,
      dim: 252,
      threads: 2,
      valid: 0,
      charNgrams: [0, 0],
    });
    expect(trained.featureCount * 252 * 4).toBeGreaterThan(2 << 20);
    expectSame(TextClassifier.fromBytes(trained.toBytes()), trained);
  });

  test("keeps labels that look like code, markup or prototypes, and lone surrogates", async () => {
    const labels = ["__proto__", "constructor", '"quoted"\n', "日本 語", "\ud83d", ""];
    const data = labels.flatMap((label, i) => Array.from({ length: 4 }, () => ({ text: `word${i} same`, label })));
    const trained = await TextClassifier.train(data, { epochs: 30, valid: 0 });
    const read = TextClassifier.fromBytes(trained.toBytes());
    expect(read.labels).toEqual(labels);
    for (const [i, label] of labels.entries()) expect(read.predict(`word${i} same`)[0].label).toBe(label);
  });

  test("does not depend on the buffer it was read from", () => {
    const copy = bytes.slice();
    const read = TextClassifier.fromBytes(copy);
    copy.fill(0xff);
    expectSame(read, model);
  });

  test("may lie anywhere in a larger buffer", () => {
    const larger = new Uint8Array(bytes.length + 30);
    larger.set(bytes, 13);
    expectSame(TextClassifier.fromBytes(larger.subarray(13, 13 + bytes.length)), model);
  });

  test("may have unknown metadata and further tensors, as newer writers might add", () => {
    const file = withHeader((header) => {
      header.__metadata__["written_by"] = "another program";
      header["spare"] = { dtype: "F64", shape: [0], data_offsets: [0, 0] };
    });
    expectSame(TextClassifier.fromBytes(file), model);
  });

  test.each([8, 4, 2, 1])("is read as it is, or refused, when its tensors begin %i bytes past a cache line", (odd) => {
    const file = withHeader(() => {}, 64, odd);
    const refusal = thrown(() => TextClassifier.fromBytes(file));
    if (refusal) expectRefusal(refusal, "model", /^byte \d+: /);
    else expectSame(TextClassifier.fromBytes(file), model);
  });
});

test("numbers so large that scores overflow are answered or refused, never with a NaN or an index outside the labels", () => {
  for (const value of [3e38, -3e38, 1e25]) {
    const file = bytes.slice();
    const view = new DataView(file.buffer);
    for (const name of ["embeddings", "output"]) {
      const { offset, byteLength } = readSafetensors(bytes).tensors.get(name)!;
      for (let at = offset; at < offset + byteLength; at += 4) view.setFloat32(at, value, true);
    }
    const refusal = thrown(() => TextClassifier.fromBytes(file));
    if (refusal) {
      expectRefusal(refusal, "model", /^byte \d+: /);
      continue;
    }
    const read = TextClassifier.fromBytes(file);
    const answers = read.predict("garlic butter goal", { k: 3 });
    expect(answers.map(({ label }) => label).sort()).toEqual(["food", "music", "sport"]);
    for (const { probability } of answers) expect(probability >= 0 && probability <= 1).toBe(true);
    expect(read.labels).toContain(read.explain("garlic butter goal").label);
  }
});

describe("a damaged file is refused with the byte offset:", () => {
  test("cut short at 200 random places", () => {
    const random = new Random(1);
    for (let i = 0; i < 200; i++) refusedAt(bytes.slice(0, random.uint32() % bytes.length));
  });

  test("longer than it should be", () => {
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(refusedAt(longer)).toBe(bytes.length);
  });

  test("any byte of the header set to 0, 0xff or another bit pattern is refused, or gives a model that works", () => {
    let refused = 0;
    for (let at = 0; at < dataStart; at++) {
      for (const value of [0, 0xff, bytes[at] ^ 1, bytes[at] ^ 0x40]) {
        if (value === bytes[at]) continue;
        const file = bytes.slice();
        file[at] = value;
        let read: TextClassifier;
        try {
          read = TextClassifier.fromBytes(file);
        } catch (error) {
          expectRefusalAt(error, file.length);
          refused++;
          continue;
        }
        // A changed name of a label, say, cannot be told from an intended one: the model must still be sound.
        const [{ probability }] = read.predict("garlic butter");
        expect(probability > 0 && probability <= 1).toBe(true);
      }
    }
    expect(refused).toBeGreaterThan(dataStart);
  });

  test.each(["embeddings", "output", "feature_weights"])("NaN or infinity in %s, at the very number", (name) => {
    const { offset, byteLength } = readSafetensors(bytes).tensors.get(name)!;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [offset, offset + byteLength - 4, offset + 4 * Math.floor(byteLength / 9)]) {
        const file = bytes.slice();
        new DataView(file.buffer).setFloat32(at, value, true);
        expect(refusedAt(file, /NaN or infinite/)).toBe(at);
      }
    }
  });

  test("an empty file", () => {
    expect(refusedAt(new Uint8Array(0), /empty file/)).toBe(0);
  });
});

function expectRefusalAt(error: unknown, length: number): void {
  const message = expectRefusal(error, "model");
  expect(Number(/^byte (\d+): /.exec(message)?.[1] ?? Number.NaN), message).toBeLessThanOrEqual(length);
}

describe("a foreign file is refused:", () => {
  test("a safetensors file of another program, by its metadata", () => {
    refusedAt(
      withHeader((header) => {
        header.__metadata__ = { format: "pt" };
      }),
      /not of bax/,
    );
    refusedAt(
      withHeader((header) => {
        header.__metadata__ = {};
      }),
      /not of bax/,
    );
  });

  test.each([["3"], ["0"], ["01"], ["1.0"], [""], [undefined]])("format version %s", (version) => {
    const file = withHeader(({ __metadata__ }) => {
      if (version === undefined) delete __metadata__["format_version"];
      else __metadata__["format_version"] = version;
    });
    refusedAt(file, /format/);
  });

  test.each(["labels", "options", "training"])("%s missing, no JSON, or of another kind", (name) => {
    refusedAt(
      withHeader(({ __metadata__ }) => delete __metadata__[name]),
      new RegExp(name),
    );
    for (const value of ["", "{", "null", "3", '"text"', name === "labels" ? "{}" : "[]"])
      refusedAt(
        withHeader(({ __metadata__ }) => {
          __metadata__[name] = value;
        }),
        new RegExp(name),
      );
  });

  test("labels that are not names, or not as many as B has rows, or none, or twice the same", () => {
    refusedAt(
      withMetadata("labels", () => [1, 2, 3]),
      /labels/,
    );
    refusedAt(
      withMetadata("labels", (labels: string[]) => [...labels, "more"]),
      /output/,
    );
    refusedAt(
      withMetadata("labels", (labels: string[]) => labels.slice(1)),
      /output/,
    );
    refusedAt(
      withMetadata("labels", (labels: string[]) => [labels[0], labels[0], labels[1]]),
      /twice|repeat|same/,
    );
  });

  test("a model without any label, which could answer nothing", () => {
    const file = withHeader((header) => {
      const { data_offsets } = header["output"] as Tensor;
      header["spare"] = header["output"];
      header["output"] = { dtype: "F32", shape: [0, 8], data_offsets: [data_offsets[0], data_offsets[0]] };
      header.__metadata__["labels"] = "[]";
    });
    refusedAt(file, /label/);
  });

  test.each(["embeddings", "output", "feature_keys", "feature_weights"])("no tensor %s, or of another type", (name) => {
    const renamed = withHeader((header) => {
      header[`${name}2`] = header[name];
      delete header[name];
    });
    refusedAt(renamed, new RegExp(`no tensor "${name}"`));
    const retyped = withHeader((header) => {
      (header[name] as Tensor).dtype = "I32";
    });
    refusedAt(retyped, new RegExp(`tensor "${name}" is I32`));
  });

  test.each(["embeddings", "output", "feature_keys", "feature_weights"])("%s of another shape", (name) => {
    const size = (header: Header) => (header[name] as Tensor).shape.reduce((a, b) => a * b);
    for (const shape of [(n: number) => [n, 1], (n: number) => [1, n], (n: number) => [1, 1, n], (n: number) => [n]]) {
      const file = withHeader((header) => {
        const tensor = header[name] as Tensor;
        const next = shape(size(header));
        tensor.shape = JSON.stringify(next) === JSON.stringify(tensor.shape) ? [next[0], 1] : next;
      });
      refusedAt(file);
    }
  });

  test.each([
    [{ tokenizer: "bert" }, /tokenizer/],
    [{ tokenizer: undefined }, /tokenizer/],
    [{ lowercase: "yes" }, /lowercase/],
    [{ wordNgrams: 0 }, /wordNgrams/],
    [{ wordNgrams: 1e9 }, /wordNgrams/],
    [{ wordNgrams: 1.5 }, /wordNgrams/],
    [{ wordNgrams: "2" }, /wordNgrams/],
    [{ charNgrams: 3 }, /charNgrams/],
    [{ charNgrams: [5, 3] }, /charNgrams/],
    [{ charNgrams: [0, 3] }, /charNgrams/],
    [{ charNgrams: [3, 1e9] }, /charNgrams/],
    [{ charNgrams: [3, null] }, /charNgrams/],
    [{ weighting: "bm25" }, /weighting/],
    [{ weighting: undefined }, /weighting/],
    [{ norm: "max" }, /norm/],
    [{ charScale: 0 }, /charScale/],
    [{ charScale: -1 }, /charScale/],
    [{ charScale: 1e300 }, /charScale/],
    [{ charScale: "1" }, /charScale/],
  ])("the option %j", (options, reason) => {
    const message = thrown(() => TextClassifier.fromBytes(withOptions(options)));
    expect(message).toMatchObject({ code: "model", message: expect.stringMatching(reason) });
    expect((message as Error).message).toMatch(/^byte 8: /);
  });
});
