// What this machine can do at most in WebAssembly: loops that only move bytes, or only multiply and add. roofline.mjs compiles it.

/** Reads `bytes` (a multiple of 128) from `at` on; returns something of them, so that no load can be left out. */
export function readStream(at: usize, bytes: u32): i32 {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let end = at + bytes; at < end; at += 128) {
    a = v128.or(a, v128.or(v128.load(at), v128.load(at, 64)));
    b = v128.or(b, v128.or(v128.load(at, 16), v128.load(at, 80)));
    c = v128.or(c, v128.or(v128.load(at, 32), v128.load(at, 96)));
    d = v128.or(d, v128.or(v128.load(at, 48), v128.load(at, 112)));
  }
  return i32x4.extract_lane(v128.or(v128.or(a, b), v128.or(c, d)), 0);
}

/** Copies `bytes` (a multiple of 64). */
export function copyStream(from: usize, to: usize, bytes: u32): void {
  for (let end = from + bytes; from < end; from += 64, to += 64) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
  }
}

/**
 * Brings the rows of `ids`, `rowBytes` each, to the processor: a word of each cache line and the last one, since whatever reads a word of a
 * line moves all of it. Nothing that reads whole rows can be faster.
 */
export function readRows(ids: usize, count: u32, table: usize, rowBytes: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = table + load<u32>(ids + (i << 2)) * rowBytes;
    for (let at: u32 = 0; at < rowBytes; at += 64) sum |= load<u32>(row + at);
    if (rowBytes & 63) sum |= load<u32>(row + rowBytes - 4);
  }
  return sum;
}

/** The same for rows that are changed. */
export function changeRows(ids: usize, count: u32, table: usize, rowBytes: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = table + load<u32>(ids + (i << 2)) * rowBytes;
    for (let at: u32 = 0; at < rowBytes; at += 64) store<u32>(row + at, load<u32>(row + at) ^ 1);
    if (rowBytes & 63) store<u32>(row + rowBytes - 4, load<u32>(row + rowBytes - 4) ^ 1);
  }
}

/** `times` · 12 products and sums of four numbers each, all in registers, none waiting for the one before. */
export function multiplyAdd(times: u32, factor: f32): f32 {
  const m = f32x4.splat(factor);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  let j = f32x4.splat(9);
  let k = f32x4.splat(10);
  let l = f32x4.splat(11);
  let n = f32x4.splat(12);
  for (let i: u32 = 0; i < times; i++) {
    a = f32x4.add(m, f32x4.mul(m, a));
    b = f32x4.add(m, f32x4.mul(m, b));
    c = f32x4.add(m, f32x4.mul(m, c));
    d = f32x4.add(m, f32x4.mul(m, d));
    e = f32x4.add(m, f32x4.mul(m, e));
    f = f32x4.add(m, f32x4.mul(m, f));
    g = f32x4.add(m, f32x4.mul(m, g));
    h = f32x4.add(m, f32x4.mul(m, h));
    j = f32x4.add(m, f32x4.mul(m, j));
    k = f32x4.add(m, f32x4.mul(m, k));
    l = f32x4.add(m, f32x4.mul(m, l));
    n = f32x4.add(m, f32x4.mul(m, n));
  }
  const sums = f32x4.add(
    f32x4.add(f32x4.add(a, b), f32x4.add(c, d)),
    f32x4.add(f32x4.add(f32x4.add(e, f), f32x4.add(g, h)), f32x4.add(f32x4.add(j, k), f32x4.add(l, n))),
  );
  return f32x4.extract_lane(sums, 0);
}
