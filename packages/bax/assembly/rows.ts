// The two operations that touch the rows of A: h = A x, and its update. Both keep a block of columns in registers over all features of a
// text, 48 or 32 columns at a time, then 16, 12 and 4; each column's sum runs over the features in order, whatever the block.

/** hidden (width) = Σ weights[i] · embeddings[ids[i]] over i < count, in that order. `width` is a multiple of 4. */
export function gather(ids: usize, weights: usize, count: u32, embeddings: usize, width: u32, hidden: usize): void {
  const rowBytes = width << 2;
  if (width > 32) touch(ids, count, embeddings, rowBytes, hidden);
  let column: u32 = 0;
  for (; column + 48 <= width; column += 48) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    let j = a;
    let k = a;
    let l = a;
    let m = a;
    for (let i: u32 = 0; i < count; i++) {
      const w = v128.load32_splat(weights + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
      e = f32x4.add(e, f32x4.mul(w, v128.load(row, 64)));
      f = f32x4.add(f, f32x4.mul(w, v128.load(row, 80)));
      g = f32x4.add(g, f32x4.mul(w, v128.load(row, 96)));
      h = f32x4.add(h, f32x4.mul(w, v128.load(row, 112)));
      j = f32x4.add(j, f32x4.mul(w, v128.load(row, 128)));
      k = f32x4.add(k, f32x4.mul(w, v128.load(row, 144)));
      l = f32x4.add(l, f32x4.mul(w, v128.load(row, 160)));
      m = f32x4.add(m, f32x4.mul(w, v128.load(row, 176)));
    }
    const out = hidden + (column << 2);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    v128.store(out, e, 64);
    v128.store(out, f, 80);
    v128.store(out, g, 96);
    v128.store(out, h, 112);
    v128.store(out, j, 128);
    v128.store(out, k, 144);
    v128.store(out, l, 160);
    v128.store(out, m, 176);
  }
  for (; column + 32 <= width; column += 32) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    for (let i: u32 = 0; i < count; i++) {
      const w = v128.load32_splat(weights + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
      e = f32x4.add(e, f32x4.mul(w, v128.load(row, 64)));
      f = f32x4.add(f, f32x4.mul(w, v128.load(row, 80)));
      g = f32x4.add(g, f32x4.mul(w, v128.load(row, 96)));
      h = f32x4.add(h, f32x4.mul(w, v128.load(row, 112)));
    }
    const out = hidden + (column << 2);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    v128.store(out, e, 64);
    v128.store(out, f, 80);
    v128.store(out, g, 96);
    v128.store(out, h, 112);
  }
  for (; column + 16 <= width; column += 16) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i: u32 = 0; i < count; i++) {
      const w = v128.load32_splat(weights + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
    }
    const out = hidden + (column << 2);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; column + 12 <= width; column += 12) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    for (let i: u32 = 0; i < count; i++) {
      const w = v128.load32_splat(weights + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
    }
    const out = hidden + (column << 2);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
  }
  for (; column + 4 <= width; column += 4) {
    let a = f32x4.splat(0);
    for (let i: u32 = 0; i < count; i++) {
      const w = v128.load32_splat(weights + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    }
    const out = hidden + (column << 2);
    v128.store(out, a);
  }
}

// Reads a word of every cache line of every row: nothing waits for these loads, so many are under way at once.
function touch(ids: usize, count: u32, embeddings: usize, rowBytes: u32, out: usize): void {
  let all: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes;
    for (let at: u32 = 0; at < rowBytes; at += 64) all ^= load<u32>(row + at);
  }
  store<u32>(out, all);
}

/** embeddings[ids[i]] −= steps[i] · gradient (width), for i < count. `width` is a multiple of 4. */
export function scatter(ids: usize, steps: usize, count: u32, embeddings: usize, width: u32, gradient: usize): void {
  const rowBytes = width << 2;
  let column: u32 = 0;
  for (; column + 32 <= width; column += 32) {
    const from = gradient + (column << 2);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const e = v128.load(from, 64);
    const f = v128.load(from, 80);
    const g = v128.load(from, 96);
    const h = v128.load(from, 112);
    for (let i: u32 = 0; i < count; i++) {
      const s = v128.load32_splat(steps + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      v128.store(row, f32x4.sub(v128.load(row), f32x4.mul(s, a)));
      v128.store(row, f32x4.sub(v128.load(row, 16), f32x4.mul(s, b)), 16);
      v128.store(row, f32x4.sub(v128.load(row, 32), f32x4.mul(s, c)), 32);
      v128.store(row, f32x4.sub(v128.load(row, 48), f32x4.mul(s, d)), 48);
      v128.store(row, f32x4.sub(v128.load(row, 64), f32x4.mul(s, e)), 64);
      v128.store(row, f32x4.sub(v128.load(row, 80), f32x4.mul(s, f)), 80);
      v128.store(row, f32x4.sub(v128.load(row, 96), f32x4.mul(s, g)), 96);
      v128.store(row, f32x4.sub(v128.load(row, 112), f32x4.mul(s, h)), 112);
    }
  }
  for (; column + 16 <= width; column += 16) {
    const from = gradient + (column << 2);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    for (let i: u32 = 0; i < count; i++) {
      const s = v128.load32_splat(steps + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      v128.store(row, f32x4.sub(v128.load(row), f32x4.mul(s, a)));
      v128.store(row, f32x4.sub(v128.load(row, 16), f32x4.mul(s, b)), 16);
      v128.store(row, f32x4.sub(v128.load(row, 32), f32x4.mul(s, c)), 32);
      v128.store(row, f32x4.sub(v128.load(row, 48), f32x4.mul(s, d)), 48);
    }
  }
  for (; column + 12 <= width; column += 12) {
    const from = gradient + (column << 2);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    for (let i: u32 = 0; i < count; i++) {
      const s = v128.load32_splat(steps + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      v128.store(row, f32x4.sub(v128.load(row), f32x4.mul(s, a)));
      v128.store(row, f32x4.sub(v128.load(row, 16), f32x4.mul(s, b)), 16);
      v128.store(row, f32x4.sub(v128.load(row, 32), f32x4.mul(s, c)), 32);
    }
  }
  for (; column + 4 <= width; column += 4) {
    const from = gradient + (column << 2);
    const a = v128.load(from);
    for (let i: u32 = 0; i < count; i++) {
      const s = v128.load32_splat(steps + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      v128.store(row, f32x4.sub(v128.load(row), f32x4.mul(s, a)));
    }
  }
}
