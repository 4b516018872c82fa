// The output layer for up to 16 examples at once: one example a lane, so that a lane's sums never depend on its neighbours.
//
// A sum over the hidden dimension is made of slices: within a slice in order of the columns, then the slices in order. Threads own whole
// slices, so the order, and with it every bit, is the same for any number of threads, for one example and for sixteen.

import { LANES } from "../src/kernels/layout";
import { expNegative, logistic, logPositive } from "./elementary";

const LANE_BYTES: u32 = LANES << 2;

/** Transposes rows (LANES × width) into columns (width × LANES). `width` is a multiple of 4. */
export function toColumns(rows: usize, width: u32, columns: usize): void {
  const rowBytes = width << 2;
  for (let lane: u32 = 0; lane < <u32>LANES; lane += 4) {
    const from = rows + lane * rowBytes;
    for (let column: u32 = 0; column < width; column += 4) {
      const at = from + (column << 2);
      transpose4(at, rowBytes, columns + column * LANE_BYTES + (lane << 2), LANE_BYTES);
    }
  }
}

// A 4 × 4 block of f32 from rows `fromStride` bytes apart to rows `toStride` bytes apart.
function transpose4(from: usize, fromStride: u32, to: usize, toStride: u32): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStride);
  const c = v128.load(from + 2 * fromStride);
  const d = v128.load(from + 3 * fromStride);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStride, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStride, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
  v128.store(to + 3 * toStride, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}

/**
 * One slice of s = B h for 16 examples: scores (labels × LANES) = or += Σ over columns in [begin, end) of output (labels × width) times
 * hidden (width × LANES).
 */
export function sliceScores(
  hidden: usize,
  output: usize,
  labels: u32,
  width: u32,
  begin: u32,
  end: u32,
  scores: usize,
  add: u32,
): void {
  const rowBytes = width << 2;
  const first = hidden + begin * LANE_BYTES;
  const count = end - begin;
  let label: u32 = 0;
  // Two labels at once: 8 sums in registers for 4 loads of h and 2 of B.
  for (; !isDefined(COMPACT_KERNELS) && label + 2 <= labels; label += 2) {
    let h = first;
    let b = output + label * rowBytes + (begin << 2);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let t0 = s0;
    let t1 = s0;
    let t2 = s0;
    let t3 = s0;
    for (let i: u32 = 0; i < count; i++, h += LANE_BYTES, b += 4) {
      const h0 = v128.load(h);
      const h1 = v128.load(h, 16);
      const h2 = v128.load(h, 32);
      const h3 = v128.load(h, 48);
      const b0 = v128.load32_splat(b);
      const b1 = v128.load32_splat(b + rowBytes);
      s0 = f32x4.add(s0, f32x4.mul(b0, h0));
      s1 = f32x4.add(s1, f32x4.mul(b0, h1));
      s2 = f32x4.add(s2, f32x4.mul(b0, h2));
      s3 = f32x4.add(s3, f32x4.mul(b0, h3));
      t0 = f32x4.add(t0, f32x4.mul(b1, h0));
      t1 = f32x4.add(t1, f32x4.mul(b1, h1));
      t2 = f32x4.add(t2, f32x4.mul(b1, h2));
      t3 = f32x4.add(t3, f32x4.mul(b1, h3));
    }
    const out = scores + label * LANE_BYTES;
    put(out, s0, s1, s2, s3, add);
    put(out + LANE_BYTES, t0, t1, t2, t3, add);
  }
  for (; label < labels; label++) {
    let h = first;
    let b = output + label * rowBytes + (begin << 2);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let i: u32 = 0; i < count; i++, h += LANE_BYTES, b += 4) {
      const b0 = v128.load32_splat(b);
      s0 = f32x4.add(s0, f32x4.mul(b0, v128.load(h)));
      s1 = f32x4.add(s1, f32x4.mul(b0, v128.load(h, 16)));
      s2 = f32x4.add(s2, f32x4.mul(b0, v128.load(h, 32)));
      s3 = f32x4.add(s3, f32x4.mul(b0, v128.load(h, 48)));
    }
    put(scores + label * LANE_BYTES, s0, s1, s2, s3, add);
  }
}

function put(out: usize, a: v128, b: v128, c: v128, d: v128, add: u32): void {
  if (add) {
    a = f32x4.add(v128.load(out), a);
    b = f32x4.add(v128.load(out, 16), b);
    c = f32x4.add(v128.load(out, 32), c);
    d = f32x4.add(v128.load(out, 48), d);
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

/**
 * The same for one example (hidden: width f32; scores: labels × 4 f32, lane 0): the same sums in the same order, hence the same bits.
 * Four labels at once, since a sum in order waits for its own last step.
 */
export function sliceScoresOne(
  hidden: usize,
  output: usize,
  labels: u32,
  width: u32,
  begin: u32,
  end: u32,
  scores: usize,
  add: u32,
): void {
  const rowBytes = width << 2;
  let label: u32 = 0;
  if (isDefined(COMPACT_KERNELS)) {
    for (; label < labels; label++) {
      const row = output + label * rowBytes;
      let sum: f32 = 0;
      for (let column = begin << 2; column < end << 2; column += 4)
        sum += load<f32>(row + column) * load<f32>(hidden + column);
      const out = scores + (label << 4);
      store<f32>(out, add ? load<f32>(out) + sum : sum);
    }
    return;
  }
  for (; label < labels; label += 4) {
    // Past the last label the row before is read again and its sum is not stored.
    const b0 = output + label * rowBytes;
    const b1 = label + 1 < labels ? b0 + rowBytes : b0;
    const b2 = label + 2 < labels ? b1 + rowBytes : b1;
    const b3 = label + 3 < labels ? b2 + rowBytes : b2;
    let s0: f32 = 0;
    let s1: f32 = 0;
    let s2: f32 = 0;
    let s3: f32 = 0;
    for (let column = begin << 2; column < end << 2; column += 4) {
      const h = load<f32>(hidden + column);
      s0 += load<f32>(b0 + column) * h;
      s1 += load<f32>(b1 + column) * h;
      s2 += load<f32>(b2 + column) * h;
      s3 += load<f32>(b3 + column) * h;
    }
    const out = scores + (label << 4);
    store<f32>(out, add ? load<f32>(out) + s0 : s0);
    if (label + 1 < labels) store<f32>(out, add ? load<f32>(out, 16) + s1 : s1, 16);
    if (label + 2 < labels) store<f32>(out, add ? load<f32>(out, 32) + s2 : s2, 32);
    if (label + 3 < labels) store<f32>(out, add ? load<f32>(out, 48) + s3 : s3, 48);
  }
}

/** Σ a_i b_i over `count` floats, a multiple of 4: four sums, one a place within the vector, then those. */
export function dot(a: usize, b: usize, count: u32): f32 {
  let sum = f32x4.mul(v128.load(a), v128.load(b));
  for (let i: u32 = 16; i < count << 2; i += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

/** scores (count of vectors of 4) = partials[0] + partials[1] + …, in that order; partials lie `stride` bytes apart. */
export function sumSlices(partials: usize, slices: u32, stride: u32, vectors: u32, scores: usize): void {
  for (let i: u32 = 0; i < vectors << 4; i += 16) {
    let sum = v128.load(partials + i);
    for (let slice: u32 = 1; slice < slices; slice++) sum = f32x4.add(sum, v128.load(partials + slice * stride + i));
    v128.store(scores + i, sum);
  }
}

/**
 * Softmax in place over labels, for each of `lanes` (a multiple of 4) columns of scores (labels × lanes). `logSums`, if not 0, receives
 * logsumexp of each lane (f64), for the cross-entropy.
 */
export function softmax(scores: usize, labels: u32, lanes: u32, logSums: usize): void {
  if (!isDefined(COMPACT_KERNELS) && lanes == <u32>LANES) {
    softmaxBatch(scores, labels, logSums);
    return;
  }
  const rowBytes = lanes << 2;
  const end = scores + labels * rowBytes;
  for (let lane: u32 = 0; lane < rowBytes; lane += 16) {
    let max = v128.load(scores + lane);
    for (let at = scores + rowBytes; at < end; at += rowBytes) max = f32x4.max(max, v128.load(at + lane));
    let sum = f32x4.splat(0);
    for (let at = scores; at < end; at += rowBytes) {
      const e = expNegative(f32x4.sub(v128.load(at + lane), max));
      v128.store(at + lane, e);
      sum = f32x4.add(sum, e);
    }
    for (let at = scores; at < end; at += rowBytes) v128.store(at + lane, f32x4.div(v128.load(at + lane), sum));
    if (logSums) storeLogs(logSums + (lane << 1), max, sum);
  }
}

// The same for all lanes at once: four exponentials are under way together, where one waits for each of its own steps.
function softmaxBatch(scores: usize, labels: u32, logSums: usize): void {
  const end = scores + labels * LANE_BYTES;
  let m0 = v128.load(scores);
  let m1 = v128.load(scores, 16);
  let m2 = v128.load(scores, 32);
  let m3 = v128.load(scores, 48);
  for (let at = scores + LANE_BYTES; at < end; at += LANE_BYTES) {
    m0 = f32x4.max(m0, v128.load(at));
    m1 = f32x4.max(m1, v128.load(at, 16));
    m2 = f32x4.max(m2, v128.load(at, 32));
    m3 = f32x4.max(m3, v128.load(at, 48));
  }
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at = scores; at < end; at += LANE_BYTES) {
    const e0 = expNegative(f32x4.sub(v128.load(at), m0));
    const e1 = expNegative(f32x4.sub(v128.load(at, 16), m1));
    const e2 = expNegative(f32x4.sub(v128.load(at, 32), m2));
    const e3 = expNegative(f32x4.sub(v128.load(at, 48), m3));
    v128.store(at, e0);
    v128.store(at, e1, 16);
    v128.store(at, e2, 32);
    v128.store(at, e3, 48);
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
    s2 = f32x4.add(s2, e2);
    s3 = f32x4.add(s3, e3);
  }
  for (let at = scores; at < end; at += LANE_BYTES) {
    v128.store(at, f32x4.div(v128.load(at), s0));
    v128.store(at, f32x4.div(v128.load(at, 16), s1), 16);
    v128.store(at, f32x4.div(v128.load(at, 32), s2), 32);
    v128.store(at, f32x4.div(v128.load(at, 48), s3), 48);
  }
  if (!logSums) return;
  storeLogs(logSums, m0, s0);
  storeLogs(logSums + 32, m1, s1);
  storeLogs(logSums + 64, m2, s2);
  storeLogs(logSums + 96, m3, s3);
}

// max + ln(sum) of four lanes.
function storeLogs(out: usize, max: v128, sum: v128): void {
  store<f64>(out, <f64>f32x4.extract_lane(max, 0) + logPositive(f32x4.extract_lane(sum, 0)));
  store<f64>(out, <f64>f32x4.extract_lane(max, 1) + logPositive(f32x4.extract_lane(sum, 1)), 8);
  store<f64>(out, <f64>f32x4.extract_lane(max, 2) + logPositive(f32x4.extract_lane(sum, 2)), 16);
  store<f64>(out, <f64>f32x4.extract_lane(max, 3) + logPositive(f32x4.extract_lane(sum, 3)), 24);
}

/** p = σ(s) in place, for `vectors` vectors of 4 scores. */
export function sigmoid(scores: usize, vectors: u32): void {
  for (const end = scores + (vectors << 4); scores < end; scores += 16) {
    const s = v128.load(scores);
    v128.store(scores, logistic(s, expNegative(f32x4.neg(f32x4.abs(s)))));
  }
}

/**
 * σ(s) in place as fastText looks it up, for `count` scores: 0 below −8, 1 above 8, otherwise the entry at the whole part of (s + 8) · 32
 * of `table` (513 f32).
 */
export function sigmoidTable(scores: usize, count: u32, table: usize): void {
  for (const end = scores + (count << 2); scores < end; scores += 4) {
    const s = load<f32>(scores);
    // A NaN, which no part of the table is for, ends in 0 too.
    if (!(s >= -8)) store<f32>(scores, 0);
    else if (s > 8) store<f32>(scores, 1);
    else store<f32>(scores, load<f32>(table + ((<u32>((s + 8) * 32)) << 2)));
  }
}

/**
 * The k greatest of each of `lanes` lanes of values (labels × LANES), as `topK` finds them: k indices and values a lane, index −1 and value 0
 * past the last.
 */
export function topLanes(values: usize, labels: u32, lanes: u32, k: u32, indices: usize, best: usize): void {
  for (let lane: u32 = 0; lane < lanes; lane++) {
    for (let i = topK(values + (lane << 2), labels, LANE_BYTES, k, indices, best); i < k; i++) {
      store<i32>(indices + (i << 2), -1);
      store<f32>(best + (i << 2), 0);
    }
    indices += k << 2;
    best += k << 2;
  }
}

/**
 * The k greatest of labels values lying `stride` bytes apart, best first, the lower index first among equals: indices (i32) and values
 * (f32). NaN is never chosen. Returns how many were found.
 */
export function topK(values: usize, labels: u32, stride: u32, k: u32, indices: usize, best: usize): u32 {
  let found: u32 = 0;
  for (let label: u32 = 0; label < labels; label++) {
    const value = load<f32>(values + label * stride);
    if (value != value) continue;
    if (found == k && !(value > load<f32>(best + ((k - 1) << 2)))) continue;
    let at = found < k ? found : k - 1;
    while (at > 0 && load<f32>(best + ((at - 1) << 2)) < value) {
      store<f32>(best + (at << 2), load<f32>(best + ((at - 1) << 2)));
      store<u32>(indices + (at << 2), load<u32>(indices + ((at - 1) << 2)));
      at--;
    }
    store<f32>(best + (at << 2), value);
    store<u32>(indices + (at << 2), label);
    if (found < k) found++;
  }
  return found;
}
