import { beforeAll, describe, expect, test, vi } from "vitest";
import { expectRefusal, samples, thrown } from "../../test/samples.ts";
import { BaxError } from "../errors.ts";
import { Random } from "../math/random.ts";
import { TextClassifier } from "../textClassifier.ts";

// Several models are trained here, perhaps on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

// Files of compressed models, and of models with fastText's features, that are damaged or that somebody has tampered with.

type Header = { __metadata__: Record<string, string> } & Record<string, { shape: number[]; data_offsets: number[] }>;

const files: Record<string, Uint8Array> = {};
beforeAll(async () => {
  const data = samples(120, 1);
  const hashed = await TextClassifier.train(data, { valid: 0, epochs: 2, dim: 8, charNgrams: [2, 3] });
  const fastText = await TextClassifier.train(data, {
    tokenizer: "fasttext",
    valid: 0,
    epochs: 2,
    dim: 6,
    loss: "hs",
    wordNgrams: 2,
    charNgrams: [2, 3],
    buckets: 2000,
  });
  files["hashed features, quantised"] = hashed.compress({ subDimension: 3, output: "int8" }).toBytes();
  files["hashed features as bytes"] = hashed.compress({ rows: "int8", output: "f16", features: 300 }).toBytes();
  files["fastText's features"] = fastText.toBytes();
  files["fastText's features, quantised and pruned"] = fastText
    .compress({ subDimension: 4, output: "product", features: 300 })
    .toBytes();
});

function dataStart(file: Uint8Array): number {
  return 8 + new DataView(file.buffer).getUint32(0, true);
}

/** The file with a changed header; its data stay where they are behind it. */
function withHeader(file: Uint8Array, change: (header: Header) => void): Uint8Array {
  const start = dataStart(file);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Header;
  change(header);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil((8 + json.length) / 64) * 64;
  const changed = new Uint8Array(length + file.length - start).fill(32);
  new DataView(changed.buffer).setBigUint64(0, BigInt(length - 8), true);
  changed.set(json, 8);
  changed.set(file.subarray(start), length);
  return changed;
}

/** The file with changed values in an entry of the metadata. */
function withMetadata(file: Uint8Array, name: string, change: (value: Record<string, unknown>) => void): Uint8Array {
  return withHeader(file, ({ __metadata__ }) => {
    const value = JSON.parse(__metadata__[name]) as Record<string, unknown>;
    change(value);
    __metadata__[name] = JSON.stringify(value);
  });
}

/** Does all that can be done with a model. A refusal of fastText's files may name what they have no place for. */
function use(model: TextClassifier): void {
  for (const { probability } of model.predict("goal garlic unseen", { k: 3 })) {
    expect(probability >= 0 && probability <= 1).toBe(true);
  }
  model.compress({ subDimension: 2, features: 50 }).predict("goal");
  model.toBytes();
  try {
    for (const kind of ["bin", "ftz"] as const) for (const chunk of model.toFastText(kind).chunks()) chunk.at(0);
    for (const word of model.toFastTextModel().entries().slice(0, 3)) model.toFastTextModel().wordVector(word.word);
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
  }
}

function tryFile(file: Uint8Array, what: string): "refused" | "works" {
  try {
    use(TextClassifier.fromBytes(file));
    return "works";
  } catch (error) {
    if (!(error instanceof BaxError)) throw new Error(`${what}: ${error}`, { cause: error });
    expect(error.code, what).toBe("model");
    expect(error.message).toMatch(/^byte \d+: \S/);
    return "refused";
  }
}

const NAMES = [
  "hashed features, quantised",
  "hashed features as bytes",
  "fastText's features",
  "fastText's features, quantised and pruned",
];

describe.each(NAMES)("a file of %s", (name) => {
  test("works as it is", () => {
    expect(tryFile(files[name], name)).toBe("works");
  });

  test("is refused where it ends early, or goes on", () => {
    const file = files[name];
    for (let i = 0; i < 50; i++) {
      expect(tryFile(file.slice(0, Math.floor((file.length * i) / 50)), `cut ${i}`)).toBe("refused");
    }
    expect(tryFile(Uint8Array.from([...file, 0]), "longer")).toBe("refused");
  });

  test("is refused or works with a byte of its header changed", () => {
    const file = files[name];
    const random = new Random(3);
    let refused = 0;
    for (let i = 0; i < 250; i++) {
      const changed = file.slice();
      const at = 8 + random.below(dataStart(file) - 8);
      // Digits become other digits, which are believed most easily.
      const isDigit = file[at] >= 48 && file[at] <= 57;
      changed[at] = isDigit && random.below(4) > 0 ? 48 + random.below(10) : random.below(256);
      if (tryFile(changed, `byte ${at}`) === "refused") refused++;
    }
    expect(refused).toBeGreaterThan(50);
  });

  test("is refused or works with bytes of its data changed", () => {
    const file = files[name];
    const random = new Random(4);
    for (let i = 0; i < 150; i++) {
      const changed = file.slice();
      const start = dataStart(file);
      for (let j = 0; j < 4; j++) changed[start + random.below(file.length - start)] = random.below(256);
      tryFile(changed, `data ${i}`);
    }
  });
});

test("numbers of fastText's part that cannot be are refused", () => {
  const whole = files["fastText's features"];
  const small = files["fastText's features, quantised and pruned"];
  for (const file of [whole, small]) {
    for (const dim of [0, -6, 4, 5, 7, 8, 9, 1000, 6.5, "6", null]) {
      // 5, 7 and 8 fit a padded matrix of floats.
      if (file === whole && [5, 7, 8].includes(Number(dim))) continue;
      const changed = withMetadata(file, "fasttext", (value) => Object.assign(value["arguments"] as object, { dim }));
      expectRefusal(
        thrown(() => TextClassifier.fromBytes(changed)),
        "model",
        /"dim" of "fasttext"/,
      );
    }
    for (const [key, value] of [
      ["wordCount", 0],
      ["wordCount", 1e9],
      ["wordCount", -1],
      ["tokenCount", -1],
      ["tokenCount", "many"],
      ["missing", "perhaps"],
      ["arguments", null],
    ]) {
      const changed = withMetadata(file, "fasttext", (metadata) => Object.assign(metadata, { [key as string]: value }));
      expect(tryFile(changed, `${key} ${value}`)).toBe("refused");
    }
    for (const bucket of [-1, 1.5, 2 ** 31, "2000"]) {
      const changed = withMetadata(file, "fasttext", (value) =>
        Object.assign(value["arguments"] as object, { bucket }),
      );
      expect(tryFile(changed, `bucket ${bucket}`)).toBe("refused");
    }
  }
});

test("a bucket of 0 or 1 is no division by zero, and no write outside a table", () => {
  for (const file of [files["fastText's features"], files["fastText's features, quantised and pruned"]]) {
    for (const bucket of [0, 1]) {
      tryFile(
        withMetadata(file, "fasttext", (value) => Object.assign(value["arguments"] as object, { bucket })),
        `bucket ${bucket}`,
      );
    }
  }
});

test("shapes of quantisers that the tensors do not have are refused", () => {
  for (const name of ["hashed features, quantised", "fastText's features, quantised and pruned"]) {
    for (const shape of [
      { dimension: 0, subDimension: 1 },
      { dimension: 100, subDimension: 3 },
      { dimension: 8, subDimension: 0 },
      { dimension: 8, subDimension: 9 },
      { dimension: 8, subDimension: 1 },
      { dimension: "8", subDimension: 3 },
      {},
      null,
    ]) {
      const changed = withMetadata(files[name], "quantizers", (value) => Object.assign(value, { embeddings: shape }));
      expect(tryFile(changed, `${name}: ${JSON.stringify(shape)}`)).toBe("refused");
    }
  }
});
