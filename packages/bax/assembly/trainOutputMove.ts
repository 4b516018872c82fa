// What a training step does with the gradient of the scores: dH, and the move of the rows of B. Both take the labels that
// movedLabels.ts lists, in their order.

import {
  CONTEXT_ADAGRAD,
  LANES,
  THREAD_GRADIENT_ROWS,
  THREAD_HIDDEN_ROWS,
  THREAD_LABEL_SQUARES,
  THREAD_LOGITS,
  THREAD_MOVED_LABELS,
  THREAD_OUTPUT,
  THREAD_WIDTH,
} from "../src/kernels/layout";
import { LEAST_SQUARE } from "./trainOutput";

const LANE_BYTES: u32 = LANES << 2;

/** dH = Bᵀ ∂L/∂s over `count` moved labels, for this thread's columns: one row an example. */
export function hiddenGradient(state: usize, count: u32): void {
  const width = load<u32>(state + THREAD_WIDTH);
  const rowBytes = width << 2;
  const moved = load<u32>(state + THREAD_MOVED_LABELS);
  let output: usize = load<u32>(state + THREAD_OUTPUT);
  let rows: usize = load<u32>(state + THREAD_GRADIENT_ROWS);
  const gradient = load<u32>(state + THREAD_LOGITS);
  for (let left = width; left > 0; ) {
    // 16 columns are better cut into 8 and 8 than into 12 and 4.
    const columns: u32 =
      !isDefined(COMPACT_KERNELS) && left >= 12 && left != 16 ? 12 : !isDefined(COMPACT_KERNELS) && left >= 8 ? 8 : 4;
    for (let lane: u32 = 0; lane < <u32>LANES; lane += 4) {
      const d = gradient + (lane << 2);
      const out = rows + lane * rowBytes;
      if (!isDefined(COMPACT_KERNELS) && columns == 12) hidden12(moved, count, d, output, rowBytes, out);
      else if (!isDefined(COMPACT_KERNELS) && columns == 8) hidden8(moved, count, d, output, rowBytes, out);
      else hidden4(moved, count, d, output, rowBytes, out);
    }
    output += columns << 2;
    rows += columns << 2;
    left -= columns;
  }
}

// 12 columns of dH for four examples: lanes lie 4 bytes apart in `gradient`, rows of dH `rowBytes` apart.
function hidden12(moved: usize, count: u32, gradient: usize, output: usize, rowBytes: u32, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let c0 = a0;
  let c1 = a0;
  let c2 = a0;
  let c3 = a0;
  for (let at = moved; at < moved + (count << 2); at += 4) {
    const label = load<u32>(at);
    const row = output + label * rowBytes;
    const d = gradient + label * LANE_BYTES;
    const r0 = v128.load(row);
    const r1 = v128.load(row, 16);
    const r2 = v128.load(row, 32);
    const d0 = v128.load32_splat(d);
    a0 = f32x4.add(a0, f32x4.mul(r0, d0));
    b0 = f32x4.add(b0, f32x4.mul(r1, d0));
    c0 = f32x4.add(c0, f32x4.mul(r2, d0));
    const d1 = v128.load32_splat(d, 4);
    a1 = f32x4.add(a1, f32x4.mul(r0, d1));
    b1 = f32x4.add(b1, f32x4.mul(r1, d1));
    c1 = f32x4.add(c1, f32x4.mul(r2, d1));
    const d2 = v128.load32_splat(d, 8);
    a2 = f32x4.add(a2, f32x4.mul(r0, d2));
    b2 = f32x4.add(b2, f32x4.mul(r1, d2));
    c2 = f32x4.add(c2, f32x4.mul(r2, d2));
    const d3 = v128.load32_splat(d, 12);
    a3 = f32x4.add(a3, f32x4.mul(r0, d3));
    b3 = f32x4.add(b3, f32x4.mul(r1, d3));
    c3 = f32x4.add(c3, f32x4.mul(r2, d3));
  }
  v128.store(out, a0);
  v128.store(out, b0, 16);
  v128.store(out, c0, 32);
  out += rowBytes;
  v128.store(out, a1);
  v128.store(out, b1, 16);
  v128.store(out, c1, 32);
  out += rowBytes;
  v128.store(out, a2);
  v128.store(out, b2, 16);
  v128.store(out, c2, 32);
  out += rowBytes;
  v128.store(out, a3);
  v128.store(out, b3, 16);
  v128.store(out, c3, 32);
}

// 8 columns of dH for four examples: lanes lie 4 bytes apart in `gradient`, rows of dH `rowBytes` apart.
function hidden8(moved: usize, count: u32, gradient: usize, output: usize, rowBytes: u32, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let at = moved; at < moved + (count << 2); at += 4) {
    const label = load<u32>(at);
    const row = output + label * rowBytes;
    const d = gradient + label * LANE_BYTES;
    const r0 = v128.load(row);
    const r1 = v128.load(row, 16);
    const d0 = v128.load32_splat(d);
    a0 = f32x4.add(a0, f32x4.mul(r0, d0));
    b0 = f32x4.add(b0, f32x4.mul(r1, d0));
    const d1 = v128.load32_splat(d, 4);
    a1 = f32x4.add(a1, f32x4.mul(r0, d1));
    b1 = f32x4.add(b1, f32x4.mul(r1, d1));
    const d2 = v128.load32_splat(d, 8);
    a2 = f32x4.add(a2, f32x4.mul(r0, d2));
    b2 = f32x4.add(b2, f32x4.mul(r1, d2));
    const d3 = v128.load32_splat(d, 12);
    a3 = f32x4.add(a3, f32x4.mul(r0, d3));
    b3 = f32x4.add(b3, f32x4.mul(r1, d3));
  }
  v128.store(out, a0);
  v128.store(out, b0, 16);
  out += rowBytes;
  v128.store(out, a1);
  v128.store(out, b1, 16);
  out += rowBytes;
  v128.store(out, a2);
  v128.store(out, b2, 16);
  out += rowBytes;
  v128.store(out, a3);
  v128.store(out, b3, 16);
}

// 4 columns of dH for four examples: lanes lie 4 bytes apart in `gradient`, rows of dH `rowBytes` apart.
function hidden4(moved: usize, count: u32, gradient: usize, output: usize, rowBytes: u32, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let at = moved; at < moved + (count << 2); at += 4) {
    const label = load<u32>(at);
    const row = output + label * rowBytes;
    const d = gradient + label * LANE_BYTES;
    const r0 = v128.load(row);
    const d0 = v128.load32_splat(d);
    a0 = f32x4.add(a0, f32x4.mul(r0, d0));
    const d1 = v128.load32_splat(d, 4);
    a1 = f32x4.add(a1, f32x4.mul(r0, d1));
    const d2 = v128.load32_splat(d, 8);
    a2 = f32x4.add(a2, f32x4.mul(r0, d2));
    const d3 = v128.load32_splat(d, 12);
    a3 = f32x4.add(a3, f32x4.mul(r0, d3));
  }
  v128.store(out, a0);
  out += rowBytes;
  v128.store(out, a1);
  out += rowBytes;
  v128.store(out, a2);
  out += rowBytes;
  v128.store(out, a3);
}

/** B_c −= step_c Σ_n (∂L/∂s)_nc h_n, eq. (1), for `moved` labels, two at a time, and this thread's columns; n < `count`. */
export function updateOutput(context: usize, state: usize, moved: u32, count: u32, rate: f32): void {
  const width = load<u32>(state + THREAD_WIDTH);
  const rowBytes = width << 2;
  const hidden = load<u32>(state + THREAD_HIDDEN_ROWS);
  const output = load<u32>(state + THREAD_OUTPUT);
  const gradient = load<u32>(state + THREAD_LOGITS);
  const squares = load<u32>(context + CONTEXT_ADAGRAD) ? load<u32>(state + THREAD_LABEL_SQUARES) : 0;
  const list = load<u32>(state + THREAD_MOVED_LABELS);
  for (let i: u32 = 0; i < moved; i += 2) {
    const label = load<u32>(list + (i << 2));
    // The last of an odd number is its own second, which is not stored.
    const second = i + 1 < moved ? load<u32>(list + (i << 2), 4) : label;
    const d = gradient + label * LANE_BYTES;
    const e = gradient + second * LANE_BYTES;
    const step = stepOf(squares, label, rate);
    const stepE = stepOf(squares, second, rate);
    let row = output + label * rowBytes;
    let rowE = output + second * rowBytes;
    let h: usize = hidden;
    for (let left = width; left > 0; ) {
      const columns: u32 =
        !isDefined(COMPACT_KERNELS) && left >= 16 ? 16 : !isDefined(COMPACT_KERNELS) && left >= 8 ? 8 : 4;
      if (!isDefined(COMPACT_KERNELS) && columns == 16) move16(d, e, count, h, rowBytes, step, stepE, row, rowE);
      else if (!isDefined(COMPACT_KERNELS) && columns == 8) move8(d, e, count, h, rowBytes, step, stepE, row, rowE);
      else move4(d, e, count, h, rowBytes, step, stepE, row, rowE);
      row += columns << 2;
      rowE += columns << 2;
      h += columns << 2;
      left -= columns;
    }
  }
}

function stepOf(squares: usize, label: u32, rate: f32): f32 {
  return squares ? rate / sqrt(load<f32>(squares + (label << 2)) + LEAST_SQUARE) : rate;
}

function subtract(at: usize, sum: v128, step: f32): void {
  v128.store(at, f32x4.sub(v128.load(at), f32x4.mul(f32x4.splat(step), sum)));
}

// 16 columns of two rows of B.
function move16(
  d: usize,
  e: usize,
  count: u32,
  hidden: usize,
  rowBytes: u32,
  step: f32,
  stepE: f32,
  row: usize,
  rowE: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  let t3 = s0;
  for (let lane: u32 = 0; lane < count << 2; lane += 4, hidden += rowBytes) {
    const a = v128.load32_splat(d + lane);
    const b = v128.load32_splat(e + lane);
    const h0 = v128.load(hidden);
    s0 = f32x4.add(s0, f32x4.mul(a, h0));
    t0 = f32x4.add(t0, f32x4.mul(b, h0));
    const h1 = v128.load(hidden, 16);
    s1 = f32x4.add(s1, f32x4.mul(a, h1));
    t1 = f32x4.add(t1, f32x4.mul(b, h1));
    const h2 = v128.load(hidden, 32);
    s2 = f32x4.add(s2, f32x4.mul(a, h2));
    t2 = f32x4.add(t2, f32x4.mul(b, h2));
    const h3 = v128.load(hidden, 48);
    s3 = f32x4.add(s3, f32x4.mul(a, h3));
    t3 = f32x4.add(t3, f32x4.mul(b, h3));
  }
  subtract(row, s0, step);
  subtract(row + 16, s1, step);
  subtract(row + 32, s2, step);
  subtract(row + 48, s3, step);
  if (e != d) subtract(rowE, t0, stepE);
  if (e != d) subtract(rowE + 16, t1, stepE);
  if (e != d) subtract(rowE + 32, t2, stepE);
  if (e != d) subtract(rowE + 48, t3, stepE);
}

// 8 columns of two rows of B.
function move8(
  d: usize,
  e: usize,
  count: u32,
  hidden: usize,
  rowBytes: u32,
  step: f32,
  stepE: f32,
  row: usize,
  rowE: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let t0 = s0;
  let t1 = s0;
  for (let lane: u32 = 0; lane < count << 2; lane += 4, hidden += rowBytes) {
    const a = v128.load32_splat(d + lane);
    const b = v128.load32_splat(e + lane);
    const h0 = v128.load(hidden);
    s0 = f32x4.add(s0, f32x4.mul(a, h0));
    t0 = f32x4.add(t0, f32x4.mul(b, h0));
    const h1 = v128.load(hidden, 16);
    s1 = f32x4.add(s1, f32x4.mul(a, h1));
    t1 = f32x4.add(t1, f32x4.mul(b, h1));
  }
  subtract(row, s0, step);
  subtract(row + 16, s1, step);
  if (e != d) subtract(rowE, t0, stepE);
  if (e != d) subtract(rowE + 16, t1, stepE);
}

// 4 columns of two rows of B.
function move4(
  d: usize,
  e: usize,
  count: u32,
  hidden: usize,
  rowBytes: u32,
  step: f32,
  stepE: f32,
  row: usize,
  rowE: usize,
): void {
  let s0 = f32x4.splat(0);
  let t0 = s0;
  for (let lane: u32 = 0; lane < count << 2; lane += 4, hidden += rowBytes) {
    const a = v128.load32_splat(d + lane);
    const b = v128.load32_splat(e + lane);
    const h0 = v128.load(hidden);
    s0 = f32x4.add(s0, f32x4.mul(a, h0));
    t0 = f32x4.add(t0, f32x4.mul(b, h0));
  }
  subtract(row, s0, step);
  if (e != d) subtract(rowE, t0, stepE);
}
