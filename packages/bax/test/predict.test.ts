// `bax/predict` as it is published, held against the whole library.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, test, vi } from "vitest";
import { findChromium, launchChromium } from "../../report/test/chromium.ts";
import { TextClassifier, type TrainOptions } from "../src/index.ts";
import type * as Predict from "../src/predict.ts";
import { expectRefusal, samples } from "./samples.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const BUNDLE = fileURLToPath(new URL("../dist/predict.js", import.meta.url));
const published: typeof Predict = await import(BUNDLE);
const source: typeof Predict = await import("../src/predict.ts");

const examples = samples(240, 3).map(({ text, label }, i) => ({ text: `${text} word${i}`, label }));
const texts = [
  ...examples.slice(0, 12).map(({ text }) => text),
  "",
  "goal ".repeat(400),
  "Ünïcode ﬁne ½ straße ΣΊΣΥΦΟΣ İstanbul garlic",
  "모델 模型 โมเดล 👩‍👩‍👧 guitar 🇩🇪",
  "lone \ud800 surrogate goal",
];

const KINDS: Record<string, TrainOptions> = {
  softmax: {},
  "one-vs-all, words": { loss: "ova", charNgrams: [0, 0], wordNgrams: 3, weighting: "tfidf", norm: "l1" },
  "hierarchical softmax": { loss: "hs", dim: 12 },
  "negative sampling, no weights": { loss: "ns", weighting: "none", dim: 20, lowercase: false },
  "plain tokens": { tokenizer: "whitespace", charNgrams: [3, 3], dim: 64 },
};
const models = new Map<string, TextClassifier>();

beforeAll(async () => {
  for (const [name, options] of Object.entries(KINDS))
    models.set(name, await TextClassifier.train(examples, { epochs: 2, ...options }));
  const plain = models.get("softmax")!;
  for (const rows of ["f16", "int8", "product"] as const)
    models.set(`rows in ${rows}`, plain.compress({ rows, output: rows, features: 200 }));
  models.set("lengths together", plain.compress({ rows: "product", norms: false }));
  models.set("thresholds", await plain.calibrate(samples(120, 9), { wanted: { precision: 0.9 } }));
  models.set("Platt's lines", await models.get("one-vs-all, words")!.calibrate(samples(120, 9)));
});

describe.each([
  ["the bundle", published],
  ["its source", source],
])("%s", (_, { load }) => {
  test("answers with the bits of the whole library, whatever the model", () => {
    for (const [name, model] of models) {
      const predictor = load(model.toBytes());
      expect(predictor.labels).toEqual(model.labels);
      for (const options of [{}, { k: 2 }, { k: Number.POSITIVE_INFINITY, raw: true }, { k: 3, threshold: 0.3 }]) {
        const expected = texts.map((text) => model.predict(text, options));
        expect(predictor.predictAll(texts, options), name).toEqual(expected);
      }
    }
  });

  test("refuses options that are none", () => {
    const predictor = load(models.get("softmax")!.toBytes());
    for (const options of [{ k: 0 }, { k: 1.5 }, { threshold: -1 }, { threshold: Number.NaN }]) {
      expect(() => predictor.predict("goal", options)).toThrow(expect.objectContaining({ code: "usage" }));
    }
  });
});

test("the bundle has kernels of its own, far fewer than the library's", () => {
  const own = readFileSync(new URL("../src/edge/generated/kernels.wasm", import.meta.url));
  const all = readFileSync(new URL("../src/kernels/generated/kernels.wasm", import.meta.url));
  expect(own.length).toBeLessThan(all.length / 2);
});

test("what is no model, or is damaged or cut short, is refused with its byte", async () => {
  const refusal = (bytes: Uint8Array) => {
    try {
      published.load(bytes);
    } catch (error) {
      const { code, message, advice } = error as Predict.BaxError;
      return { code, message, advice };
    }
    return undefined;
  };
  const good = models.get("softmax")!.toBytes();
  const header = Number(new DataView(good.buffer).getBigUint64(0, true));
  const { embeddings } = JSON.parse(new TextDecoder().decode(good.subarray(8, 8 + header)));
  const wild = good.slice();
  new DataView(wild.buffer).setFloat32(8 + header + embeddings.data_offsets[0] + 8, Number.NaN, true);
  const refused: [bytes: Uint8Array, message: RegExp][] = [
    [new Uint8Array(0), /^byte 0: /],
    [new TextEncoder().encode("this is only some text, and no model"), /^byte 0: /],
    [good.subarray(0, good.length - 4), /^byte 8: tensor "\w+" is not/],
    [good.subarray(0, 100), /^byte 0: /],
    [wild, new RegExp(`^byte ${8 + header + embeddings.data_offsets[0] + 8}: a number that is NaN`)],
  ];
  for (const [bytes, message] of refused)
    expect(refusal(bytes)).toMatchObject({ code: "model", message: expect.stringMatching(message) });
  const fastText = await TextClassifier.train(examples, { tokenizer: "fasttext", epochs: 1 });
  expect(refusal(fastText.toBytes())?.message).toMatch(/fastText's features/);
  try {
    source.load(fastText.toBytes());
  } catch (error) {
    expectRefusal(error, "model", /fastText's features/);
  }
});

test("every bit flipped in the header is refused or leaves a model that answers", () => {
  const good = models.get("softmax")!.toBytes();
  const header = Number(new DataView(good.buffer).getBigUint64(0, true));
  for (let byte = 0; byte < 8 + header; byte += 37) {
    const bytes = good.slice();
    bytes[byte] ^= 1 << (byte % 8);
    try {
      const [answer] = published.load(bytes).predict("goal garlic");
      expect(answer === undefined || typeof answer.label === "string").toBe(true);
    } catch (error) {
      expect((error as Error).name, `byte ${byte}: ${(error as Error).stack}`).toBe("BaxError");
    }
  }
});

const chromium = findChromium();

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium(chromium!);
  });
  afterAll(async () => {
    await browser?.close();
  });

  it("gives the same bits in a page", async () => {
    const model = models.get("softmax")!;
    const { outputFiles } = await build({
      stdin: { contents: `export { load } from ${JSON.stringify(BUNDLE)};`, resolveDir: "." },
      bundle: true,
      minify: true,
      write: false,
      format: "iife",
      globalName: "bax",
      platform: "browser",
    });
    const page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0].text });
    const answers = await page.evaluate(
      ([base64, asked]) => {
        const { load } = (globalThis as unknown as { bax: typeof Predict }).bax;
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        return load(bytes).predictAll(asked, { k: 3 });
      },
      [Buffer.from(model.toBytes()).toString("base64"), texts] as const,
    );
    expect(answers).toEqual(model.predictAll(texts, { k: 3 }));
  });
});
