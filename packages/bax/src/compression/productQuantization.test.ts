import { expect, test } from "vitest";
import { sha256 } from "../../test/samples.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { decodeRows } from "../model/index.ts";
import { type QuantizerOptions, quantizeRows } from "./productQuantization.ts";

const PLAIN: QuantizerOptions = { dimension: 12, subDimension: 4, norms: false, seed: 1 };

/** Rows whose columns are related, as those of a model are, and whose lengths differ by a factor of a hundred. */
function rowsOf(count: number, dimension: number, width = dimension, seed = 1): Float32Array {
  const random = new Random(seed);
  const values = new Float32Array(count * width);
  const mixing = Array.from({ length: dimension * 3 }, () => random.uniform() * 2 - 1);
  for (let row = 0; row < count; row++) {
    const [a, b, c] = [random.uniform() - 0.5, random.uniform() - 0.5, random.uniform() - 0.5];
    const length = 10 ** (random.uniform() * 2 - 1);
    for (let d = 0; d < dimension; d++) {
      const noise = 0.05 * (random.uniform() - 0.5);
      values[row * width + d] = length * (a * mixing[3 * d] + b * mixing[3 * d + 1] + c * mixing[3 * d + 2] + noise);
    }
  }
  return values;
}

/** Quantises a copy of rows and decodes them; `bytes`: codes, centroids and lengths. */
function quantized(values: Float32Array, width: number, options: QuantizerOptions) {
  const heap = new Heap(false);
  const count = values.length / width;
  const made = quantizeRows(heap, { at: heap.allocateCopy(values), count, width }, options);
  if (made.kind !== "product") throw new Error("product-quantised rows were asked for");
  const out = heap.allocate(values.length * 4);
  decodeRows(heap, made, width, 0, count, out);
  const { quantizer, codes, norms } = made;
  const bytes = Buffer.concat([
    heap.u8At(codes, count * quantizer.codeCount),
    heap.u8At(quantizer.centroids, 1024 * quantizer.dimension),
    ...(norms ? [heap.u8At(norms.codes, count), heap.u8At(norms.centroids, 1024)] : []),
  ]);
  return { decoded: heap.f32At(out, values.length).slice(), quantizer, norms, bytes };
}

/** Mean over rows of ‖decoded − row‖² / ‖row‖². */
function relativeError(decoded: Float32Array, values: Float32Array, width: number): number {
  let sum = 0;
  for (let row = 0; row < values.length; row += width) {
    let [error, square] = [0, 0];
    for (let i = row; i < row + width; i++) {
      error += (decoded[i] - values[i]) ** 2;
      square += values[i] ** 2;
    }
    sum += error / square;
  }
  return sum / (values.length / width);
}

test.each([1, 2, 5, 255, 256])("%i rows are kept exactly, however near they lie", (count) => {
  const values = rowsOf(count, 12);
  // Two that differ in the last bit only.
  if (count > 1)
    values.set(
      values.subarray(0, 12).map((value) => value * (1 + 2 ** -23)),
      12,
    );
  expect(quantized(values, 12, PLAIN).decoded).toEqual(values);
  expect(quantized(values, 12, { ...PLAIN, subDimension: 5 }).decoded).toEqual(values);
});

test("few rows with lengths apart are kept to 1e-6, rows of zeros among them exactly", () => {
  const values = rowsOf(200, 12);
  values.fill(0, 24, 48);
  const { decoded, norms } = quantized(values, 12, { ...PLAIN, norms: true });
  expect(norms).not.toBeNull();
  expect(decoded.subarray(24, 48)).toEqual(new Float32Array(24));
  expect(relativeError(decoded.subarray(48), values.subarray(48), 12)).toBeLessThan(1e-12);
});

test("300 rows of which 20 differ are kept to 1e-3 of each number: clusters that are split lie no further apart", () => {
  const few = rowsOf(20, 12);
  const values = Float32Array.from({ length: 300 * 12 }, (_, i) => few[(Math.floor(i / 12) % 20) * 12 + (i % 12)]);
  const { decoded } = quantized(values, 12, PLAIN);
  for (const [i, value] of values.entries()) {
    expect(Math.abs(decoded[i] - value)).toBeLessThanOrEqual(1e-3 * Math.abs(value) + 1e-7);
  }
});

test("rows of zeros alone stay zeros, with lengths apart and without, whether few or many", () => {
  for (const count of [3, 700]) {
    for (const norms of [false, true]) {
      const values = new Float32Array(count * 12);
      expect(quantized(values, 12, { ...PLAIN, norms }).decoded).toEqual(values);
    }
  }
});

test("no row at all gives no code", () => {
  const { decoded, bytes } = quantized(new Float32Array(0), 12, { ...PLAIN, norms: true });
  expect([decoded.length, bytes.length]).toEqual([0, 1024 * 12 + 1024]);
});

test("the error falls with every halving of the groups, from less than a half to less than a hundredth", () => {
  const values = rowsOf(3000, 24);
  const errors = [24, 12, 6, 3, 1].map((subDimension) => {
    const { decoded } = quantized(values, 24, { dimension: 24, subDimension, norms: true, seed: 1 });
    return relativeError(decoded, values, 24);
  });
  for (const [i, error] of errors.entries()) if (i > 0) expect(error).toBeLessThan(errors[i - 1]);
  expect(errors[0]).toBeLessThan(0.5);
  expect(errors[4]).toBeLessThan(0.01);
});

test("lengths apart make the relative error less where rows differ much in length", () => {
  const values = rowsOf(3000, 12);
  const [apart, together] = [true, false].map((norms) =>
    relativeError(quantized(values, 12, { ...PLAIN, norms }).decoded, values, 12),
  );
  expect(apart).toBeLessThan(together / 2);
});

test("learned centroids are better than rows drawn at random", () => {
  const values = rowsOf(4000, 4);
  const { decoded, quantizer } = quantized(values, 4, { ...PLAIN, dimension: 4 });
  expect(quantizer.codeCount).toBe(1);
  const squares = (of: (i: number) => number) => values.reduce((sum, value, i) => sum + (value - of(i)) ** 2, 0);
  // Every row takes the nearest of the first 256 rows.
  const drawn = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += 4) {
    let [least, best] = [Number.POSITIVE_INFINITY, 0];
    for (let other = 0; other < 256 * 4; other += 4) {
      let distance = 0;
      for (let d = 0; d < 4; d++) distance += (values[row + d] - values[other + d]) ** 2;
      if (distance < least) [least, best] = [distance, other];
    }
    drawn.set(values.subarray(best, best + 4), row);
  }
  expect(squares((i) => decoded[i])).toBeLessThan(0.7 * squares((i) => drawn[i]));
});

test("the last group has what columns are left, and padding stays zero", () => {
  const values = rowsOf(1000, 10, 12);
  const { decoded, quantizer } = quantized(values, 12, { ...PLAIN, dimension: 10 });
  expect(quantizer).toMatchObject({ dimension: 10, subDimension: 4, codeCount: 3 });
  for (let row = 0; row < 1000; row++)
    expect(Array.from(decoded.subarray(row * 12 + 10, row * 12 + 12))).toEqual([0, 0]);
  // Columns 8 and 9 make a group of their own: 256 pairs are near enough to a thousand.
  let [error, square] = [0, 0];
  for (let row = 0; row < 1000; row++) {
    for (const i of [row * 12 + 8, row * 12 + 9]) {
      error += (decoded[i] - values[i]) ** 2;
      square += values[i] ** 2;
    }
  }
  expect(error / square).toBeLessThan(0.01);
});

test("a group may be wider than the rows, or one column", () => {
  const values = rowsOf(300, 8);
  expect(quantized(values, 8, { dimension: 8, subDimension: 8, norms: false, seed: 1 }).quantizer.codeCount).toBe(1);
  expect(quantized(values, 8, { dimension: 8, subDimension: 1, norms: false, seed: 1 }).quantizer.codeCount).toBe(8);
});

test("the same seed gives the same bytes, another seed others", () => {
  const values = rowsOf(2000, 12);
  const hash = (seed: number) => sha256(quantized(values, 12, { ...PLAIN, norms: true, seed }).bytes);
  expect(hash(1)).toBe(hash(1));
  expect(hash(2)).not.toBe(hash(1));
});
