import type { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { CENTROIDS, type CompressedRows, groupWidth, type ProductQuantizer } from "../model/index.ts";

/** Rows that centroids are learned from; with more, they are drawn at random. */
const MOST_SAMPLES = 32_768;
const MOST_ITERATIONS = 25;
/** k-means ends when fewer than one row in so many changes its centroid. */
const SETTLED = 1000;
/** How far apart the halves of a split cluster begin, relative to their coordinates. */
const SPLIT = 1e-4;

/** Dense rows in the heap: `count` rows of `width` floats at `at`. */
export interface DenseRows {
  at: number;
  count: number;
  width: number;
}

/** How rows are product-quantised. */
export interface QuantizerOptions {
  /** Columns that matter; the rest of a row is padding. */
  dimension: number;
  /** Columns of a group, each of which becomes one byte. */
  subDimension: number;
  /** Whether lengths are quantised apart from directions, for one more byte a row. */
  norms: boolean;
  seed: number;
}

/** The centroids of one group, as they are learned. */
class Codebook {
  readonly values: Float32Array;
  private readonly heap: Heap;
  private readonly width: number;
  private readonly columns: number;
  private readonly halfSquares: number;
  private readonly sums: number;
  private readonly counts: number;

  constructor(heap: Heap, width: number) {
    this.heap = heap;
    this.width = width;
    this.values = new Float32Array(CENTROIDS * width);
    this.columns = heap.allocate(CENTROIDS * width * 4);
    this.halfSquares = heap.allocate(CENTROIDS * 4);
    this.sums = heap.allocate(CENTROIDS * width * 8);
    this.counts = heap.allocate(CENTROIDS * 8);
  }

  /** Gives each row its nearest centroid; returns how many changed. */
  assign(rows: number, rowBytes: number, count: number, codes: number, codeStride: number): number {
    const { heap, width, values } = this;
    const columns = heap.f32At(this.columns, CENTROIDS * width);
    const halfSquares = heap.f32At(this.halfSquares, CENTROIDS);
    for (let c = 0; c < CENTROIDS; c++) {
      let square = 0;
      for (let d = 0; d < width; d++) {
        const value = values[c * width + d];
        columns[d * CENTROIDS + c] = value;
        square += value * value;
      }
      halfSquares[c] = square / 2;
    }
    return heap.kernels.nearestCentroids(
      rows,
      rowBytes,
      count,
      width,
      this.columns,
      this.halfSquares,
      codes,
      codeStride,
    );
  }

  /** Moves each centroid to the mean of its rows; one without a row takes half of the largest cluster. */
  move(rows: number, rowBytes: number, count: number, codes: number, weights: number): void {
    const { heap, width, values } = this;
    heap.u8At(this.sums, CENTROIDS * width * 8).fill(0);
    heap.u8At(this.counts, CENTROIDS * 8).fill(0);
    heap.kernels.sumClusters(rows, rowBytes, count, width, codes, 1, weights, this.sums, this.counts);
    const sums = heap.f64.subarray(this.sums >>> 3, (this.sums >>> 3) + CENTROIDS * width);
    const counts = heap.f64.slice(this.counts >>> 3, (this.counts >>> 3) + CENTROIDS);
    for (let c = 0; c < CENTROIDS; c++) {
      if (counts[c] > 0) for (let d = 0; d < width; d++) values[c * width + d] = sums[c * width + d] / counts[c];
    }
    for (let c = 0; c < CENTROIDS; c++) {
      if (counts[c] > 0) continue;
      let largest = 0;
      for (let other = 1; other < CENTROIDS; other++) if (counts[other] > counts[largest]) largest = other;
      for (let d = 0; d < width; d++) {
        const value = values[largest * width + d];
        values[c * width + d] = value * (1 + SPLIT);
        values[largest * width + d] = value * (1 - SPLIT);
      }
      counts[c] = counts[largest] /= 2;
    }
  }

  release(): void {
    for (const at of [this.columns, this.halfSquares, this.sums, this.counts]) this.heap.release(at);
  }
}

/** Learns the centroids of columns [first, first + width) from sampled rows, and gives every row its code. */
function learnGroup(
  heap: Heap,
  rows: DenseRows,
  first: number,
  width: number,
  samples: Uint32Array,
  random: Random,
  codes: number,
  codeStride: number,
  out: Float32Array,
): void {
  const rowBytes = rows.width * 4;
  const sampleBytes = width * 4;
  const sampled = heap.allocate(samples.length * sampleBytes);
  const sampleCodes = heap.allocateZeroed(samples.length);
  const weights = heap.allocateCopy(new Float32Array(samples.length).fill(1));
  const source = heap.f32At(rows.at, rows.count * rows.width);
  const copy = heap.f32At(sampled, samples.length * width);
  for (const [i, row] of samples.entries()) {
    const from = row * rows.width + first;
    copy.set(source.subarray(from, from + width), i * width);
  }
  const codebook = new Codebook(heap, width);
  // Begins at rows drawn at random; with fewer rows than centroids each row is a centroid, and nothing is lost.
  const start = Uint32Array.from(samples, (_, i) => i);
  random.shuffle(start);
  const points = heap.f32At(sampled, samples.length * width);
  for (let c = 0; c < Math.min(CENTROIDS, samples.length); c++) {
    codebook.values.set(points.subarray(start[c] * width, start[c] * width + width), c * width);
  }
  for (let iteration = 0; samples.length > CENTROIDS && iteration < MOST_ITERATIONS; iteration++) {
    const changed = codebook.assign(sampled, sampleBytes, samples.length, sampleCodes, 1);
    if (iteration > 0 && changed * SETTLED < samples.length) break;
    codebook.move(sampled, sampleBytes, samples.length, sampleCodes, weights);
  }
  if (rows.count <= CENTROIDS) {
    // Rows are told apart as they stand: nearly equal ones could share a centroid after rounding.
    const bytes = heap.u8;
    for (const [c, sample] of start.entries()) bytes[codes + samples[sample] * codeStride] = c;
  } else codebook.assign(rows.at + first * 4, rowBytes, rows.count, codes, codeStride);
  out.set(codebook.values);
  codebook.release();
  for (const at of [sampled, sampleCodes, weights]) heap.release(at);
}

function quantizer(
  heap: Heap,
  rows: DenseRows,
  dimension: number,
  subDimension: number,
  random: Random,
): {
  codes: number;
  quantizer: ProductQuantizer;
} {
  const codeCount = Math.ceil(dimension / subDimension);
  const made: ProductQuantizer = { dimension, subDimension, codeCount, centroids: 0 };
  const codes = heap.allocateZeroed(rows.count * codeCount);
  const centroids = new Float32Array(CENTROIDS * dimension);
  const samples = Uint32Array.from({ length: rows.count }, (_, row) => row);
  for (let group = 0; group < codeCount; group++) {
    random.shuffle(samples);
    const [first, width] = [group * subDimension, groupWidth(made, group)];
    const out = centroids.subarray(CENTROIDS * first, CENTROIDS * (first + width));
    learnGroup(heap, rows, first, width, samples.subarray(0, MOST_SAMPLES), random, codes + group, codeCount, out);
  }
  made.centroids = heap.allocateCopy(centroids);
  return { codes, quantizer: made };
}

/**
 * Product-quantises dense rows: each group of `subDimension` columns becomes a byte that chooses one of 256 centroids, found by k-means
 * on up to 32,768 rows. With `norms` rows are brought to length 1 first (in place!) and their lengths quantised likewise. Deterministic.
 */
export function quantizeRows(heap: Heap, rows: DenseRows, options: QuantizerOptions): CompressedRows {
  const random = new Random(options.seed);
  let norms: { codes: number; centroids: number } | null = null;
  if (options.norms) {
    const lengths = heap.allocate(rows.count * 4);
    const values = heap.f32At(rows.at, rows.count * rows.width);
    const own = heap.f32At(lengths, rows.count);
    for (let row = 0; row < rows.count; row++) {
      const vector = values.subarray(row * rows.width, (row + 1) * rows.width);
      let square = 0;
      for (const value of vector) square += value * value;
      own[row] = Math.sqrt(square);
      if (own[row] > 0) for (let d = 0; d < vector.length; d++) vector[d] /= own[row];
    }
    const made = quantizer(heap, { at: lengths, count: rows.count, width: 1 }, 1, 1, random);
    norms = { codes: made.codes, centroids: made.quantizer.centroids };
    heap.release(lengths);
  }
  return { kind: "product", ...quantizer(heap, rows, options.dimension, options.subDimension, random), norms };
}
