// The update of rows of A: a block of columns of the gradient stays in registers over all features of a text.

/** embeddings[ids[i]] −= steps[i] · gradient (width), for i < count. `width` is a multiple of 4. */
export function scatter(ids: usize, steps: usize, count: u32, embeddings: usize, width: u32, gradient: usize): void {
  const rowBytes = width << 2;
  let column: u32 = 0;
  for (; !isDefined(COMPACT_KERNELS) && column + 32 <= width; column += 32) {
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
  for (; !isDefined(COMPACT_KERNELS) && column + 16 <= width; column += 16) {
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
  for (; !isDefined(COMPACT_KERNELS) && column + 12 <= width; column += 12) {
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
