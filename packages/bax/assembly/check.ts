/** Index of the first of `count` f32 that is NaN or infinite, or `count`. */
export function firstNonFinite(at: usize, count: u32): u32 {
  let i: u32 = 0;
  const zero = f32x4.splat(0);
  // x · 0 is 0 for finite x and NaN otherwise.
  for (; i + 16 <= count; i += 16, at += 64) {
    let bad = f32x4.mul(v128.load(at), zero);
    bad = f32x4.add(bad, f32x4.mul(v128.load(at, 16), zero));
    bad = f32x4.add(bad, f32x4.mul(v128.load(at, 32), zero));
    bad = f32x4.add(bad, f32x4.mul(v128.load(at, 48), zero));
    if (v128.any_true(f32x4.ne(bad, zero))) break;
  }
  for (; i < count; i++, at += 4) {
    const x = load<f32>(at);
    if (x * 0 != 0) return i;
  }
  return count;
}
