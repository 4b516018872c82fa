import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exp, log } from "../math/elementary.ts";
import { hidden as hiddenOf, logits as logitsOf } from "../math/linearBag.ts";
import { sigmoid } from "../math/logistic.ts";
import { Random } from "../math/random.ts";
import { softmax as softmaxOf } from "../math/softmax.ts";
import { Heap, LANES } from "./index.ts";

function uniform(random: Random, count: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => (random.uniform() * 2 - 1) * scale);
}

/** Largest difference, as a share of the largest magnitude (at least 1). */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  let scale = 1;
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return most / scale;
}

test("the module has no data, no globals, no imports but its memory, and no start function", () => {
  const text = readFileSync(new URL("./generated/kernels.wat", import.meta.url), "utf8");
  expect(text.match(/^ \(import .*/gm)).toEqual([' (import "env" "memory" (memory $0 1 65536 shared))']);
  expect(text.match(/^ \((data|global|start|table|elem)/gm)).toBeNull();
});

test.each([true, false])("the kernels run on shared memory: %s", (shared) => {
  const heap = new Heap(shared);
  const at = heap.allocateCopy(Float32Array.from([1, 2, Number.NaN, 4]));
  expect(heap.kernels.firstBeyond(at, 4, 1e12)).toBe(2);
  expect(heap.memory.buffer instanceof SharedArrayBuffer).toBe(shared);
});

test("gather agrees with h = A x to 1e-6 for widths 4 … 132, for repeated ids and for an empty bag", () => {
  const heap = new Heap();
  const random = new Random(1);
  for (const width of [4, 8, 12, 16, 28, 32, 36, 44, 64, 100, 132]) {
    for (const count of [0, 1, 2, 3, 5, 40, 127]) {
      const embeddings = uniform(random, 50 * width);
      const ids = Uint32Array.from({ length: count }, () => random.below(50));
      const weights = uniform(random, count);
      const out = heap.allocate(width * 4);
      const [e, i, w] = [heap.allocateCopy(embeddings), heap.allocateCopy(ids), heap.allocateCopy(weights)];
      heap.kernels.gather(i, w, count, e, width, out);
      const bag = { embeddings, output: new Float32Array(0), dimension: width, featureCount: 50, labelCount: 0 };
      expect(distance(heap.f32At(out, width), hiddenOf(bag, { ids, weights }))).toBeLessThan(1e-6);
      for (const at of [out, e, i, w]) heap.release(at);
    }
  }
});

test("scores for one example and for sixteen are the same bits, and agree with s = B h to 1e-6", () => {
  const heap = new Heap();
  const random = new Random(2);
  for (const [labels, width] of [
    [1, 4],
    [2, 12],
    [3, 32],
    [5, 100],
    [77, 64],
  ]) {
    const output = uniform(random, labels * width);
    const rows = uniform(random, LANES * width);
    const o = heap.allocateCopy(output);
    const r = heap.allocateCopy(rows);
    const columns = heap.allocate(LANES * width * 4);
    const many = heap.allocate(labels * LANES * 4);
    const one = heap.allocate(labels * 16);
    heap.kernels.toColumns(r, width, columns);
    const cut = 4 * Math.ceil(width / 8);
    heap.kernels.sliceScores(columns, o, labels, width, 0, cut, many, 0);
    heap.kernels.sliceScores(columns, o, labels, width, cut, width, many, 1);
    const bag = { embeddings: new Float32Array(0), output, dimension: width, featureCount: 0, labelCount: labels };
    for (let lane = 0; lane < LANES; lane++) {
      heap.kernels.sliceScoresOne(r + lane * width * 4, o, labels, width, 0, cut, one, 0);
      heap.kernels.sliceScoresOne(r + lane * width * 4, o, labels, width, cut, width, one, 1);
      const scores = Array.from({ length: labels }, (_, label) => heap.f32[many / 4 + label * LANES + lane]);
      expect(scores).toEqual(Array.from({ length: labels }, (_, label) => heap.f32[one / 4 + label * 4]));
      expect(distance(scores, logitsOf(bag, rows.subarray(lane * width, (lane + 1) * width)))).toBeLessThan(1e-6);
    }
  }
});

test("softmax agrees with the reference to 1e-6 and logsumexp to 1e-5, for logits up to ±1e4", () => {
  const heap = new Heap();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0.1, 1, 30, 1e4), fc.nat(), (labels, scale, seed) => {
      const random = new Random(seed);
      const logits = uniform(random, labels * LANES, scale);
      const at = heap.allocateCopy(logits);
      const sums = heap.allocate(LANES * 8);
      heap.kernels.softmax(at, labels, LANES, sums);
      for (let lane = 0; lane < LANES; lane++) {
        const own = Float64Array.from({ length: labels }, (_, label) => logits[label * LANES + lane]);
        const got = Array.from({ length: labels }, (_, label) => heap.f32[at / 4 + label * LANES + lane]);
        expect(distance(got, softmaxOf(own))).toBeLessThan(1e-6);
        const max = Math.max(...own);
        const expected = max + log(own.reduce((sum, s) => sum + exp(s - max), 0));
        expect(Math.abs(heap.f64[sums / 8 + lane] - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
      }
      heap.release(at);
      heap.release(sums);
    }),
    { numRuns: 200 },
  );
});

test("σ agrees with the reference to 2e-7 and stays within [0, 1], for scores up to ±1e4", () => {
  const heap = new Heap();
  const scores = uniform(new Random(5), 4000, 1).map((s, i) => s * 10 ** ((i % 6) - 1));
  const at = heap.allocateCopy(scores);
  heap.kernels.sigmoid(at, 1000);
  for (const [i, p] of heap.f32At(at, 4000).entries()) {
    expect(Math.abs(p - sigmoid(scores[i]))).toBeLessThan(2e-7);
    expect(p >= 0 && p <= 1).toBe(true);
  }
});

test("fastText's σ is the entry at the whole part of 32 (s + 8), 0 below −8 and 1 above 8, for NaN 0", () => {
  const heap = new Heap();
  const table = Float32Array.from({ length: 513 }, (_, i) => i);
  const scores = [-8.001, -8, -7.97, -7.9687, 0, 0.03124, 0.03125, 7.99, 8, 8.001, 1e9, -1e9, Number.NaN];
  const at = heap.allocateCopy(Float32Array.from(scores));
  heap.kernels.sigmoidTable(at, scores.length, heap.allocateCopy(table));
  expect(Array.from(heap.f32At(at, scores.length))).toEqual([0, 0, 0, 1, 256, 256, 257, 511, 512, 1, 1, 0, 0]);
});

test("topK gives the k greatest, best first, the lower index first among equals, never NaN", () => {
  const heap = new Heap();
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(Number.NaN)), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 10 }),
      (values, k) => {
        const at = heap.allocateCopy(Float32Array.from(values));
        const [indices, best] = [heap.allocate(40), heap.allocate(40)];
        const found = heap.kernels.topK(at, values.length, 4, k, indices, best);
        const expected = values
          .map((value, index) => ({ value, index }))
          .filter(({ value }) => !Number.isNaN(value))
          .sort((a, b) => b.value - a.value || a.index - b.index)
          .slice(0, k);
        expect(Array.from(heap.u32At(indices, found))).toEqual(expected.map(({ index }) => index));
        for (const block of [at, indices, best]) heap.release(block);
      },
    ),
  );
});

test("the dictionary's index is the order of first occurrence, whatever collides", () => {
  const heap = new Heap();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }), (small) => {
      // Keys that share their low bits meet in one run of slots.
      const hashes = Uint32Array.from(new Set(small.map((n) => n * 256)));
      const at = heap.allocateCopy(hashes);
      const table = heap.allocateZeroed(256 * 8);
      const [keys, documents, ids] = [heap.allocate(512), heap.allocate(512), heap.allocate(512)];
      const size = heap.kernels.addAll(at, hashes.length, table, 255, keys, documents, 0, ids, 0);
      expect(size).toBe(hashes.length);
      expect(Array.from(heap.u32At(ids, size))).toEqual(Array.from(hashes, (_, i) => i));
      expect(heap.kernels.addAll(at, hashes.length, table, 255, keys, documents, size, ids, 0)).toBe(size);
      expect(Array.from(heap.u32At(documents, size))).toEqual(Array.from(hashes, () => 2));
      for (const block of [at, table, keys, documents, ids]) heap.release(block);
    }),
  );
});

test("distinct folds repeats in order of first occurrence, whatever an earlier call left in its table", () => {
  const heap = new Heap();
  const table = heap.allocateZeroed(16 + 256 * 16);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (small) => {
      const values = small.map((n) => n * 64);
      const at = heap.allocateCopy(Uint32Array.from(values));
      const [counts, places] = [heap.allocate(400), heap.allocate(400)];
      const found = heap.kernels.distinct(at, values.length, counts, table, 255, places);
      const expected = [...new Set(values)];
      expect(Array.from(heap.u32At(at, found))).toEqual(expected);
      expect(Array.from(heap.u8At(counts, found))).toEqual(expected.map((v) => values.filter((w) => w === v).length));
      expect(Array.from(heap.u32At(places, values.length))).toEqual(values.map((v) => expected.indexOf(v)));
      for (const block of [at, counts, places]) heap.release(block);
    }),
  );
});

test("distinct begins anew where the number of its call comes round to 0", () => {
  const heap = new Heap();
  const table = heap.allocateZeroed(16 + 256 * 16);
  heap.u32[(table >>> 2) + 1] = 256;
  const [at, counts] = [heap.allocate(64), heap.allocate(64)];
  const fold = (values: readonly number[]) => {
    heap.u32At(at, values.length).set(values);
    return heap.kernels.distinct(at, values.length, counts, table, 255, 0);
  };
  expect(fold([5, 6, 5])).toBe(2);
  heap.u32[table >>> 2] = 0xffffffff;
  expect(fold([5, 6, 7])).toBe(3);
  expect(fold([5, 5])).toBe(1);
  // Also in slots that this call does not use: 200 was seen by call 1, and is new to the call 1 that comes again.
  heap.u32[table >>> 2] = 0;
  expect(fold([200])).toBe(1);
  heap.u32[table >>> 2] = 0xffffffff;
  heap.u32[at >>> 2] = 5;
  heap.kernels.distinct(at, 1, counts, table, 15, 0);
  heap.u32[table >>> 2] = 0;
  expect(fold([200, 200])).toBe(1);
  expect(heap.u8[counts]).toBe(2);
});

test("the heap hands out blocks that never overlap, and takes them back", () => {
  const heap = new Heap(false);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5000 })), { maxLength: 80 }), (steps) => {
      const live: { at: number; bytes: number }[] = [];
      for (const [take, bytes] of steps) {
        if (take || live.length === 0) {
          const at = heap.allocate(bytes);
          for (const other of live) expect(at >= other.at + other.bytes || other.at >= at + bytes).toBe(true);
          live.push({ at, bytes });
        } else heap.release(live.splice(bytes % live.length, 1)[0].at);
      }
      for (const { at } of live) heap.release(at);
    }),
  );
  expect(heap.allocate(64)).toBe(64);
});
