/** Index of the first of `count` f32 that is NaN or lies outside ±`limit`, or `count`. */
export function firstBeyond(at: usize, count: u32, limit: f32): u32 {
  let i: u32 = 0;
  const limits = f32x4.splat(limit);
  // max hands a NaN on, and a NaN is not ≤ anything.
  for (; i + 16 <= count; i += 16, at += 64) {
    let most = f32x4.abs(v128.load(at));
    most = f32x4.max(most, f32x4.abs(v128.load(at, 16)));
    most = f32x4.max(most, f32x4.abs(v128.load(at, 32)));
    most = f32x4.max(most, f32x4.abs(v128.load(at, 48)));
    if (!i32x4.all_true(f32x4.le(most, limits))) break;
  }
  for (; i < count; i++, at += 4) {
    if (!(abs(load<f32>(at)) <= limit)) return i;
  }
  return count;
}
