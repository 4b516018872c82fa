import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../math/random.ts";
import { Heap } from "./index.ts";

// Kernels on compressed rows, and those that find the centroids, against plain loops in float64.

const CENTROIDS = 256;

function uniform(random: Random, count: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => (random.uniform() * 2 - 1) * scale);
}

function bytes(random: Random, count: number, below = 256): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.below(below));
}

/** Σ weights · row(id), where `row` gives a row's columns. */
function weightedSum(
  ids: Uint32Array,
  weights: Float32Array,
  width: number,
  row: (id: number) => ArrayLike<number>,
): Float64Array {
  const sum = new Float64Array(width);
  for (const [i, id] of ids.entries()) {
    const values = row(id);
    for (let column = 0; column < width; column++) sum[column] += weights[i] * (values[column] ?? 0);
  }
  return sum;
}

function expectNear(got: Float32Array, want: Float64Array, terms: number): void {
  const bound = 1e-6 * Math.max(1, terms);
  for (const [column, value] of want.entries()) {
    expect(Math.abs(got[column] - value), `column ${column}`).toBeLessThan(bound);
  }
}

/** Puts bytes one address behind a multiple of 4: rows of codes lie anywhere in a file. */
function unaligned(heap: Heap, values: Uint8Array): number {
  const at = heap.allocate(values.length + 1) + 1;
  heap.u8.set(values, at);
  return at;
}

/** The value of a half float by its definition. */
function halfValue(bits: number): number {
  const [sign, exponent, mantissa] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

const bag = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  rows: fc.integer({ min: 1, max: 40 }),
  count: fc.integer({ min: 0, max: 30 }),
});

test("gatherProduct agrees with its definition to 1e-6 a term for any dimension, group and bag, with lengths and without", () => {
  const shape = fc.record({
    bag,
    dimension: fc.integer({ min: 1, max: 40 }),
    group: fc.integer({ min: 1, max: 20 }),
    withNorms: fc.boolean(),
  });
  const check = ({
    bag: { seed, rows, count },
    dimension,
    group,
    withNorms,
  }: typeof shape extends fc.Arbitrary<infer T> ? T : never) => {
    const random = new Random(seed);
    const heap = new Heap(false);
    const subDimension = Math.min(group, dimension);
    const codeCount = Math.ceil(dimension / subDimension);
    const codes = bytes(random, rows * codeCount);
    const centroids = uniform(random, CENTROIDS * dimension);
    const normCodes = bytes(random, rows);
    const norms = uniform(random, CENTROIDS);
    const ids = Uint32Array.from({ length: count }, () => random.below(rows));
    const weights = uniform(random, count);
    const width = Math.ceil(dimension / 4) * 4;
    const hidden = heap.allocateCopy(new Float32Array(width + 4).fill(7));
    heap.kernels.gatherProduct(
      heap.allocateCopy(ids),
      heap.allocateCopy(weights),
      count,
      unaligned(heap, codes),
      codeCount,
      dimension,
      subDimension,
      heap.allocateCopy(centroids),
      withNorms ? unaligned(heap, normCodes) : 0,
      withNorms ? heap.allocateCopy(norms) : 0,
      hidden,
    );
    const want = weightedSum(ids, weights, width, (id) =>
      Array.from({ length: dimension }, (_, column) => {
        const m = Math.floor(column / subDimension);
        const own = Math.min(subDimension, dimension - m * subDimension);
        const at = m * subDimension * CENTROIDS + codes[id * codeCount + m] * own + (column - m * subDimension);
        return centroids[at] * (withNorms ? norms[normCodes[id]] : 1);
      }),
    );
    expectNear(heap.f32At(hidden, width), want, count);
    // Nothing is written behind the row, and padding is zero.
    expect(Array.from(heap.f32At(hidden + width * 4, 4))).toEqual([7, 7, 7, 7]);
    for (const value of heap.f32At(hidden, width).subarray(dimension)) expect(value).toBe(0);
  };
  fc.assert(fc.property(shape, check), { numRuns: 150 });
});

test("gatherBytes agrees with its definition to 1e-6 a term, for all bytes from −128 to 127", () => {
  fc.assert(
    fc.property(bag, fc.integer({ min: 1, max: 12 }), ({ seed, rows, count }, vectors) => {
      const random = new Random(seed);
      const heap = new Heap(false);
      const width = vectors * 4;
      const values = new Int8Array(bytes(random, rows * width).buffer);
      const scales = uniform(random, rows, 1 / 127);
      const ids = Uint32Array.from({ length: count }, () => random.below(rows));
      const weights = uniform(random, count);
      const hidden = heap.allocateCopy(new Float32Array(width).fill(7));
      const at = unaligned(heap, new Uint8Array(values.buffer));
      const [i, w, s] = [heap.allocateCopy(ids), heap.allocateCopy(weights), heap.allocateCopy(scales)];
      heap.kernels.gatherBytes(i, w, count, at, s, width, hidden);
      const want = weightedSum(ids, weights, width, (id) =>
        Array.from(values.subarray(id * width, (id + 1) * width), (value) => value * scales[id]),
      );
      expectNear(heap.f32At(hidden, width), want, count);
    }),
    { numRuns: 100 },
  );
});

test("gatherHalves widens all finite half floats exactly, subnormals and both zeros too", () => {
  const heap = new Heap(false);
  const finite = Uint32Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => ((bits >> 10) & 31) < 31);
  const rows = heap.allocate(finite.length * 2);
  new Uint16Array(heap.memory.buffer, rows, finite.length).set(finite);
  const [weight, hidden] = [heap.allocateCopy(Float32Array.of(1)), heap.allocate(16)];
  const id = heap.allocate(4);
  for (let row = 0; row < finite.length / 4; row++) {
    heap.u32[id >>> 2] = row;
    heap.kernels.gatherHalves(id, weight, 1, rows, 4, hidden);
    const got = heap.f32At(hidden, 4);
    for (let lane = 0; lane < 4; lane++) {
      const bits = finite[row * 4 + lane];
      // 0 + −0 is 0: a sum has no negative zero.
      if (got[lane] !== halfValue(bits)) expect(got[lane], `bits ${bits}`).toBe(halfValue(bits));
    }
  }
});

test("gatherHalves agrees with its definition to 1e-6 a term", () => {
  fc.assert(
    fc.property(bag, fc.integer({ min: 1, max: 12 }), ({ seed, rows, count }, vectors) => {
      const random = new Random(seed);
      const heap = new Heap(false);
      const width = vectors * 4;
      // Below 1 in magnitude, either sign.
      const values = Uint16Array.from({ length: rows * width }, () => random.below(0x3c00) | (random.below(2) << 15));
      const ids = Uint32Array.from({ length: count }, () => random.below(rows));
      const weights = uniform(random, count);
      const hidden = heap.allocateCopy(new Float32Array(width).fill(7));
      const [i, w] = [heap.allocateCopy(ids), heap.allocateCopy(weights)];
      heap.kernels.gatherHalves(i, w, count, heap.allocateCopy(new Uint8Array(values.buffer)), width, hidden);
      const want = weightedSum(ids, weights, width, (id) =>
        Array.from(values.subarray(id * width, (id + 1) * width), halfValue),
      );
      expectNear(heap.f32At(hidden, width), want, count);
    }),
    { numRuns: 100 },
  );
});

test("nearestCentroids finds a centroid as near as any to 1e-5, tells how many codes changed, and leaves other bytes alone", () => {
  const shape = fc.record({ bag, width: fc.integer({ min: 1, max: 17 }), stride: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(shape, ({ bag: { seed, rows }, width, stride }) => {
      const random = new Random(seed);
      const heap = new Heap(false);
      const rowFloats = width + random.below(4);
      const values = uniform(random, rows * rowFloats);
      const centroids = uniform(random, CENTROIDS * width);
      const columns = new Float32Array(CENTROIDS * width);
      const halfSquares = new Float32Array(CENTROIDS);
      for (let c = 0; c < CENTROIDS; c++) {
        for (let d = 0; d < width; d++) {
          columns[d * CENTROIDS + c] = centroids[c * width + d];
          halfSquares[c] += centroids[c * width + d] ** 2 / 2;
        }
      }
      const before = bytes(random, rows * stride);
      const codes = unaligned(heap, before);
      const at = heap.allocateCopy(values);
      const [c, h] = [heap.allocateCopy(columns), heap.allocateCopy(halfSquares)];
      const changed = heap.kernels.nearestCentroids(at, rowFloats * 4, rows, width, c, h, codes, stride);
      const after = heap.u8At(codes, rows * stride);
      let differ = 0;
      for (let row = 0; row < rows; row++) {
        const distance = (centroid: number) => {
          let sum = 0;
          for (let d = 0; d < width; d++) sum += (values[row * rowFloats + d] - centroids[centroid * width + d]) ** 2;
          return sum;
        };
        const least = Math.min(...Array.from({ length: CENTROIDS }, (_, centroid) => distance(centroid)));
        expect(distance(after[row * stride]) - least).toBeLessThan(1e-5);
        if (after[row * stride] !== before[row * stride]) differ++;
      }
      expect(changed).toBe(differ);
      for (const [i, value] of before.entries()) if (i % stride !== 0) expect(after[i]).toBe(value);
      // A second time nothing is left to change.
      expect(heap.kernels.nearestCentroids(at, rowFloats * 4, rows, width, c, h, codes, stride)).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test.each([0, 1, 5, 6, 7, 200, 252])("nearestCentroids takes the lowest of equal centroids: %i", (first) => {
  const heap = new Heap(false);
  const columns = new Float32Array(CENTROIDS).fill(-1);
  for (const equal of [first, first + 1, first + 2, first + 3, 255]) columns[equal] = 1;
  const halfSquares = heap.allocateCopy(new Float32Array(CENTROIDS).fill(0.5));
  const [row, codes] = [heap.allocateCopy(Float32Array.of(1)), heap.allocateCopy(Uint8Array.of(99))];
  heap.kernels.nearestCentroids(row, 4, 1, 1, heap.allocateCopy(columns), halfSquares, codes, 1);
  expect(heap.u8[codes]).toBe(first);
});

test("sumClusters adds weighted rows to what the caller left, exactly in float64", () => {
  fc.assert(
    fc.property(bag, fc.integer({ min: 1, max: 9 }), ({ seed, rows }, width) => {
      const random = new Random(seed);
      const heap = new Heap(false);
      const values = uniform(random, rows * width);
      const codes = bytes(random, rows * 2, 5);
      const weights = uniform(random, rows);
      const [sums, counts] = [heap.allocateZeroed(CENTROIDS * width * 8), heap.allocateZeroed(CENTROIDS * 8)];
      const wantSums = new Float64Array(CENTROIDS * width).fill(0.25);
      const wantCounts = new Float64Array(CENTROIDS).fill(3);
      heap.f64.set(wantSums, sums >>> 3);
      heap.f64.set(wantCounts, counts >>> 3);
      const [v, c, w] = [heap.allocateCopy(values), heap.allocateCopy(codes), heap.allocateCopy(weights)];
      heap.kernels.sumClusters(v, width * 4, rows, width, c, 2, w, sums, counts);
      for (let row = 0; row < rows; row++) {
        const code = codes[row * 2];
        wantCounts[code] += weights[row];
        for (let d = 0; d < width; d++) wantSums[code * width + d] += weights[row] * values[row * width + d];
      }
      expect(heap.f64.slice(sums >>> 3, (sums >>> 3) + CENTROIDS * width)).toEqual(wantSums);
      expect(heap.f64.slice(counts >>> 3, (counts >>> 3) + CENTROIDS)).toEqual(wantCounts);
    }),
    { numRuns: 60 },
  );
});
