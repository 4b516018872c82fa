// `COMPACT_KERNELS` is defined where modules for pages are built (scripts/build.mjs): fewer columns at a time, fewer bytes, the same bits.
//
// h = A x: the weighted sum of some rows of A. A block of columns stays in registers over all features of a text; each column's sum runs
// over the features in order, whatever the block.

import { useWords } from "./touch";

/** Bytes of rows that are asked for before they are summed: many, to wait for them at once; few enough to stay in the nearest cache. */
const CHUNK_BYTES: u32 = 1 << 14;
/** Bytes of a cache line. */
const LINE: u32 = 64;

/**
 * hidden (width) = Σ weights[i] · embeddings[ids[i]] over i < count, in that order. `width` is a multiple of 4.
 *
 * Most rows lie in no cache, so they are touched first.
 */
export function gather(ids: usize, weights: usize, count: u32, embeddings: usize, width: u32, hidden: usize): void {
  sumRows(ids, weights, count, embeddings, width, hidden, false);
}

/** `gather`; rows that `areTouched` were just now are not touched again. */
export function sumRows(
  ids: usize,
  weights: usize,
  count: u32,
  embeddings: usize,
  width: u32,
  hidden: usize,
  areTouched: bool,
): void {
  const rowBytes = width << 2;
  for (let at: u32 = 0; at < rowBytes; at += 16) v128.store(hidden + at, f32x4.splat(0));
  if (isDefined(COMPACT_KERNELS)) {
    gatherNarrow(ids, weights, 0, count, embeddings, rowBytes, hidden, width);
    return;
  }
  // A row is at least 16 bytes; of rows of more than 4 KB four are asked for at once.
  const chunk = max(CHUNK_BYTES / max(rowBytes, 16), 4);
  for (let from: u32 = 0; from < count; from += chunk) {
    const to = min(from + chunk, count);
    if (!areTouched) touchRows(ids + (from << 2), to - from, embeddings, rowBytes);
    gatherColumns(ids, weights, from, to, embeddings, rowBytes, hidden, width);
  }
}

/**
 * Reads a word of every line of some rows: of their first lines, then of their second ones, so that pages are looked up together. Up to three
 * rows at the end are left out.
 */
export function touchRows(ids: usize, count: u32, embeddings: usize, rowBytes: u32): void {
  const bytes = i32x4.splat(rowBytes);
  let touched: u32 = 0;
  for (let line: u32 = 0; line < rowBytes; line += LINE) {
    const first = i32x4.splat(<i32>(embeddings + line));
    for (let i: u32 = 0; i + 4 <= count; i += 4) {
      const rows = i32x4.add(first, i32x4.mul(bytes, v128.load(ids + (i << 2))));
      touched ^=
        load<u32>(i32x4.extract_lane(rows, 0)) ^
        load<u32>(i32x4.extract_lane(rows, 1)) ^
        load<u32>(i32x4.extract_lane(rows, 2)) ^
        load<u32>(i32x4.extract_lane(rows, 3));
    }
  }
  useWords(touched);
}

// All columns of rows from … to − 1.
function gatherColumns(
  ids: usize,
  weights: usize,
  from: u32,
  to: u32,
  first: usize,
  rowBytes: u32,
  out: usize,
  width: u32,
): void {
  while (width >= 48) {
    // 52 where that leaves fewer columns over.
    const taken: u32 = width >= 52 && width % 48 >= 4 ? 52 : 48;
    if (taken == 52) gather52(ids, weights, from, to, first, rowBytes, out);
    else gather48(ids, weights, from, to, first, rowBytes, out);
    width -= taken;
    first += taken << 2;
    out += taken << 2;
  }
  gatherNarrow(ids, weights, from, to, first, rowBytes, out, width);
}

/** row (width f32) *= factor, each product rounded once. */
export function multiply(row: usize, width: u32, factor: f64): void {
  if (factor == 1) return;
  for (const end = row + (width << 2); row < end; row += 4) store<f32>(row, <f32>(<f64>load<f32>(row) * factor));
}

// The last `width` < 48 columns.
function gatherNarrow(
  ids: usize,
  weights: usize,
  from: u32,
  to: u32,
  first: usize,
  rowBytes: u32,
  out: usize,
  width: u32,
): void {
  if (!isDefined(COMPACT_KERNELS)) {
    for (; width >= 32; width -= 32, first += 128, out += 128) gather32(ids, weights, from, to, first, rowBytes, out);
    for (; width >= 16; width -= 16, first += 64, out += 64) gather16(ids, weights, from, to, first, rowBytes, out);
  }
  if (isDefined(COMPACT_KERNELS)) {
    for (; width; width -= 4, first += 16, out += 16) gather4(ids, weights, from, to, first, rowBytes, out);
  } else if (width >= 12) gather12(ids, weights, from, to, first, rowBytes, out);
  else if (width >= 8) gather8(ids, weights, from, to, first, rowBytes, out);
  else if (width) gather4(ids, weights, from, to, first, rowBytes, out);
}

// 52 columns of rows from … to − 1.
function gather52(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  let b = v128.load(out, 16);
  let c = v128.load(out, 32);
  let d = v128.load(out, 48);
  let e = v128.load(out, 64);
  let f = v128.load(out, 80);
  let g = v128.load(out, 96);
  let h = v128.load(out, 112);
  let n = v128.load(out, 128);
  let j = v128.load(out, 144);
  let k = v128.load(out, 160);
  let l = v128.load(out, 176);
  let m = v128.load(out, 192);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
    c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
    d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
    e = f32x4.add(e, f32x4.mul(w, v128.load(row, 64)));
    f = f32x4.add(f, f32x4.mul(w, v128.load(row, 80)));
    g = f32x4.add(g, f32x4.mul(w, v128.load(row, 96)));
    h = f32x4.add(h, f32x4.mul(w, v128.load(row, 112)));
    n = f32x4.add(n, f32x4.mul(w, v128.load(row, 128)));
    j = f32x4.add(j, f32x4.mul(w, v128.load(row, 144)));
    k = f32x4.add(k, f32x4.mul(w, v128.load(row, 160)));
    l = f32x4.add(l, f32x4.mul(w, v128.load(row, 176)));
    m = f32x4.add(m, f32x4.mul(w, v128.load(row, 192)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 64);
  v128.store(out, f, 80);
  v128.store(out, g, 96);
  v128.store(out, h, 112);
  v128.store(out, n, 128);
  v128.store(out, j, 144);
  v128.store(out, k, 160);
  v128.store(out, l, 176);
  v128.store(out, m, 192);
}

// 48 columns of rows from … to − 1.
function gather48(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  let b = v128.load(out, 16);
  let c = v128.load(out, 32);
  let d = v128.load(out, 48);
  let e = v128.load(out, 64);
  let f = v128.load(out, 80);
  let g = v128.load(out, 96);
  let h = v128.load(out, 112);
  let n = v128.load(out, 128);
  let j = v128.load(out, 144);
  let k = v128.load(out, 160);
  let l = v128.load(out, 176);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
    c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
    d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
    e = f32x4.add(e, f32x4.mul(w, v128.load(row, 64)));
    f = f32x4.add(f, f32x4.mul(w, v128.load(row, 80)));
    g = f32x4.add(g, f32x4.mul(w, v128.load(row, 96)));
    h = f32x4.add(h, f32x4.mul(w, v128.load(row, 112)));
    n = f32x4.add(n, f32x4.mul(w, v128.load(row, 128)));
    j = f32x4.add(j, f32x4.mul(w, v128.load(row, 144)));
    k = f32x4.add(k, f32x4.mul(w, v128.load(row, 160)));
    l = f32x4.add(l, f32x4.mul(w, v128.load(row, 176)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 64);
  v128.store(out, f, 80);
  v128.store(out, g, 96);
  v128.store(out, h, 112);
  v128.store(out, n, 128);
  v128.store(out, j, 144);
  v128.store(out, k, 160);
  v128.store(out, l, 176);
}

// 32 columns of rows from … to − 1.
function gather32(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  let b = v128.load(out, 16);
  let c = v128.load(out, 32);
  let d = v128.load(out, 48);
  let e = v128.load(out, 64);
  let f = v128.load(out, 80);
  let g = v128.load(out, 96);
  let h = v128.load(out, 112);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
    c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
    d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
    e = f32x4.add(e, f32x4.mul(w, v128.load(row, 64)));
    f = f32x4.add(f, f32x4.mul(w, v128.load(row, 80)));
    g = f32x4.add(g, f32x4.mul(w, v128.load(row, 96)));
    h = f32x4.add(h, f32x4.mul(w, v128.load(row, 112)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 64);
  v128.store(out, f, 80);
  v128.store(out, g, 96);
  v128.store(out, h, 112);
}

// 16 columns of rows from … to − 1.
function gather16(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  let b = v128.load(out, 16);
  let c = v128.load(out, 32);
  let d = v128.load(out, 48);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
    c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
    d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

// 12 columns of rows from … to − 1.
function gather12(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  let b = v128.load(out, 16);
  let c = v128.load(out, 32);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
    c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
}

// 8 columns of rows from … to − 1.
function gather8(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  let b = v128.load(out, 16);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
}

// 4 columns of rows from … to − 1.
function gather4(ids: usize, weights: usize, from: u32, to: u32, first: usize, rowBytes: u32, out: usize): void {
  let a = v128.load(out);
  for (let i = from; i < to; i++) {
    const w = v128.load32_splat(weights + (i << 2));
    const row = first + load<u32>(ids + (i << 2)) * rowBytes;
    a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
  }
  v128.store(out, a);
}
