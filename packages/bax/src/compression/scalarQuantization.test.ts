import { expect, test } from "vitest";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { decodeRows } from "../model/index.ts";
import { byteRows, halveRows, toHalf } from "./scalarQuantization.ts";

/** All half floats from 0 to the largest, by their definition: index is bit pattern. */
const HALVES = Float64Array.from({ length: 0x7c00 }, (_, bits) => {
  const [exponent, mantissa] = [bits >> 10, bits & 1023];
  return exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
});

/** The nearest half float by search; of two that are equally near the one with the even pattern. */
function slowHalf(value: number): number {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  let [low, high] = [0, HALVES.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (HALVES[middle] <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - HALVES[low], HALVES[high] - size];
  if (below === above) return sign | (low % 2 === 0 ? low : high);
  return sign | (below < above ? low : high);
}

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/** The float32 that is `steps` patterns away. */
function next(value: number, steps: number): number {
  floats[0] = value;
  words[0] += steps;
  return floats[0];
}

function expectHalf(value: number): void {
  if (toHalf(value) !== slowHalf(value)) expect(toHalf(value), `of ${value}`).toBe(slowHalf(value));
}

test("toHalf keeps each of the 63,488 finite half floats", () => {
  for (const [bits, value] of HALVES.entries()) {
    if (toHalf(value) !== bits) expect(toHalf(value), `of ${value}`).toBe(bits);
    if (toHalf(-value) !== (bits | 0x8000)) expect(toHalf(-value), `of −${value}`).toBe(bits | 0x8000);
  }
});

test("toHalf rounds halfway to even, and the floats beside halfway to the nearer one", () => {
  for (let bits = 0; bits + 1 < HALVES.length; bits++) {
    const middle = (HALVES[bits] + HALVES[bits + 1]) / 2;
    for (const value of [middle, next(middle, 1), next(middle, -1)]) {
      expectHalf(value);
      expectHalf(-value);
    }
  }
  // By hand, so that the reference is checked too: subnormal ties, and 1 + 2^-11.
  expect([2 ** -25, 3 * 2 ** -25, 5 * 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11].map(toHalf)).toEqual([
    0, 2, 2, 0x3c00, 0x3c02,
  ]);
});

test("toHalf of 100,000 random floats of all magnitudes equals the slow reference", () => {
  const random = new Random(1);
  for (let i = 0; i < 100_000; i++) {
    floats[0] = (random.uniform() * 2 - 1) * 2 ** (random.below(60) - 40);
    if (Math.abs(floats[0]) <= 65504) expectHalf(floats[0]);
  }
});

test("toHalf makes ±65504 of everything beyond, infinity too, and zero of what is too small", () => {
  for (const value of [65504, 65519, 65520, 1e6, 3e38, Number.POSITIVE_INFINITY]) {
    expect(toHalf(value)).toBe(0x7bff);
    expect(toHalf(-value)).toBe(0xfbff);
  }
  for (const value of [0, 1e-45, 2 ** -26, 2 ** -25]) expect([toHalf(value), toHalf(-value)]).toEqual([0, 0x8000]);
});

/** Random rows in the heap, some of zeros, of magnitudes from 1e-6 to 1e4. */
function rowsOf(heap: Heap, count: number, width: number) {
  const random = new Random(3);
  const values = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const scale = row % 7 === 3 ? 0 : 10 ** (random.below(11) - 6);
    for (let i = row * width; i < (row + 1) * width; i++) values[i] = (random.uniform() * 2 - 1) * scale;
  }
  return { values, dense: { at: heap.allocateCopy(values), count, width } };
}

test("rows of half floats are within 2^-11 of each number, or 2^-25 of tiny ones", () => {
  const heap = new Heap(false);
  const { values, dense } = rowsOf(heap, 50, 12);
  const out = heap.allocate(50 * 12 * 4);
  decodeRows(heap, halveRows(heap, dense), 12, 0, 50, out);
  for (const [i, value] of heap.f32At(out, values.length).entries()) {
    expect(Math.abs(value - values[i])).toBeLessThanOrEqual(Math.max(Math.abs(values[i]) * 2 ** -11, 2 ** -25));
  }
});

test("rows of bytes are within 1/254 of the row's largest number, the largest itself is kept, and rows of zeros stay", () => {
  const heap = new Heap(false);
  const { values, dense } = rowsOf(heap, 50, 12);
  const out = heap.allocate(50 * 12 * 4);
  decodeRows(heap, byteRows(heap, dense), 12, 0, 50, out);
  const got = heap.f32At(out, values.length);
  for (let row = 0; row < 50; row++) {
    const [mine, theirs] = [got, values].map((all) => all.subarray(row * 12, (row + 1) * 12));
    const most = Math.max(...theirs.map(Math.abs));
    for (let i = 0; i < 12; i++) expect(Math.abs(mine[i] - theirs[i])).toBeLessThanOrEqual((most / 254) * (1 + 1e-5));
    const largest = theirs.findIndex((value) => Math.abs(value) === most);
    expect(Math.abs(mine[largest] - theirs[largest])).toBeLessThanOrEqual(most * 1e-6);
    if (most === 0) expect(mine.every((value) => value === 0)).toBe(true);
  }
});

test("rows of bytes keep signs even where numbers are so small that their scale is not exact", () => {
  const heap = new Heap(false);
  const least = 2 ** -149;
  const values = Float32Array.of(190 * least, -190 * least, 100 * least, 0);
  const out = heap.allocate(16);
  decodeRows(heap, byteRows(heap, { at: heap.allocateCopy(values), count: 1, width: 4 }), 4, 0, 1, out);
  const got = heap.f32At(out, 4);
  expect([got[0] >= 0, got[1] <= 0, got[2] >= 0, got[3]]).toEqual([true, true, true, 0]);
});
