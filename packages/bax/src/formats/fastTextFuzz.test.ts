import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { goldenModel, goldenNames, goldenTexts } from "../../test/golden.ts";
import { BaxError } from "../errors.ts";
import { FastTextModel } from "../fastTextModel.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { TextClassifier } from "../textClassifier.ts";
import { readFastTextModel } from "./fastTextModel.ts";

/** Damaged files that are tried; the environment can ask for more. */
const FILES = Number(process.env["BAX_FUZZ_FILES"] ?? 20_000);
const SEED = Number(process.env["BAX_FUZZ_SEED"] ?? 1);
/** A file may make the reader take this many times its own length; blocks are rounded up, so the smallest get a little more. */
const MOST_MEMORY = 4;
const ROUNDING = 256;
const MOST_MS = 1000;

const seeds = goldenNames.filter((name) => !name.startsWith("many")).map((name) => goldenModel(name).bytes);
/** A real model, a hundred times as large: one file in a hundred comes of it. */
const large = Uint8Array.from(
  readFileSync(
    new URL(
      "../fastText/models/lid.176.ftz",
      pathToFileURL(createRequire(import.meta.url).resolve("fasttext.wasm.js")),
    ),
  ),
);
const texts = goldenTexts.filter((text) => text.length < 200);

/** Numbers that tend to break readers. */
const ODD = [0, 1, -1, 2, 127, 128, 255, 256, 65535, 65536, 0x7fffffff, -0x80000000, 0x2f4f16ba, 1e9];

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A damaged copy: bytes changed, integers replaced, pieces cut out, doubled or put in from another file. */
function damage(random: Random): Uint8Array {
  const source = random.below(100) === 0 ? large : seeds[random.below(seeds.length)];
  let file: Uint8Array = source.slice();
  // Most of the structure is near the start, and at the ends of the matrices.
  const place = () => (random.below(2) === 0 ? random.below(Math.min(file.length, 400)) : random.below(file.length));
  for (let times = 1 + random.below(3); times > 0 && file.length > 8; times--) {
    const at = place();
    const kind = random.below(8);
    if (kind === 0) file[at] = random.below(256);
    else if (kind === 1) file[at] ^= 1 << random.below(8);
    else if (kind <= 3 && at + 4 <= file.length) {
      new DataView(file.buffer).setInt32(at, ODD[random.below(ODD.length)], true);
    } else if (kind === 4) file = file.slice(0, at);
    else if (kind === 5) {
      const end = Math.min(file.length, at + 1 + random.below(64));
      file = joined(file.subarray(0, at), file.subarray(end));
    } else if (kind === 6) {
      const end = Math.min(file.length, at + 1 + random.below(64));
      file = joined(file.subarray(0, end), file.subarray(at));
    } else {
      const other = seeds[random.below(seeds.length)];
      file = joined(file.subarray(0, at), other.subarray(Math.min(at, other.length)));
    }
  }
  return file;
}

test(`${FILES.toLocaleString("en")} damaged files are refused with a byte offset, or give a model that works, in bounded time and memory`, () => {
  const random = new Random(SEED);
  let refused = 0;
  let slowest = 0;
  let largest = 0;
  for (let i = 0; i < FILES; i++) {
    const file = damage(random);
    const began = performance.now();
    try {
      const heap = new Heap(false);
      const at = heap.allocateCopy(file);
      try {
        readFastTextModel(heap, at, file.length);
      } finally {
        largest = Math.max(largest, (heap.handedOut - ROUNDING) / Math.max(1, file.length));
      }
      const model = FastTextModel.fromBytes(file);
      const text = texts[random.below(texts.length)];
      model.readLine(text, true);
      if (model.supervised) {
        for (const { label, probability } of model.predict(3, 0)) {
          expect(label).toBeLessThan(model.labelCount);
          expect(probability >= 0 && probability <= 1).toBe(true);
        }
        if (model.labelCount > 0) TextClassifier.fromBytes(file).predict("the right to life");
      }
      for (const value of model.wordVector("right")) expect(Number.isFinite(value)).toBe(true);
    } catch (error) {
      // Whatever is not a refusal is a fault: it shows itself, with the number of the file.
      if (!(error instanceof BaxError)) throw new Error(`file ${i}: ${error}`, { cause: error });
      expect(error.code).toBe("model");
      const offset = /^byte (\d+): \S/.exec(error.message);
      expect(offset, `file ${i}: ${error.message}`).not.toBeNull();
      expect(Number(offset![1]), error.message).toBeLessThanOrEqual(file.length);
      refused++;
    }
    slowest = Math.max(slowest, performance.now() - began);
  }
  if (process.env["BAX_FUZZ_FILES"]) {
    process.stderr.write(
      `${FILES} files, ${refused} refused, slowest ${slowest.toFixed(0)} ms, memory ${largest.toFixed(2)} × the file\n`,
    );
  }
  expect(refused).toBeGreaterThan(FILES / 4);
  expect(refused).toBeLessThan(FILES);
  expect(largest).toBeLessThan(MOST_MEMORY);
  expect(slowest).toBeLessThan(MOST_MS);
}, 3_600_000);
