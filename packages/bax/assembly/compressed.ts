// h = A x where the rows of A are kept in fewer bits: half floats, bytes with one scale a row, or product-quantised
// (Jégou, Douze, Schmid 2011). Each row is decoded as it is summed; nothing is kept.

/**
 * hidden (width) = Σ weights[i] · row(ids[i]) over product-quantised rows: `codeCount` bytes a row, byte m choosing one of the 256
 * centroids of columns m · subDimension …; the last sub-quantiser may be narrower. Where `normCodes` is not 0 a row is multiplied by
 * norms[normCodes[row]] (f32). `width` is `dimension` rounded up to a multiple of 4.
 */
export function gatherProduct(
  ids: usize,
  weights: usize,
  count: u32,
  codes: usize,
  codeCount: u32,
  dimension: u32,
  subDimension: u32,
  centroids: usize,
  normCodes: usize,
  norms: usize,
  hidden: usize,
): void {
  const width = (dimension + 3) & ~3;
  memory.fill(hidden, 0, width << 2);
  const blockBytes = subDimension << 10;
  // Pairs of two-column codes make whole vectors; what is left over goes column by column.
  const pairs = !isDefined(COMPACT_KERNELS) && subDimension == 2 ? dimension >> 2 : 0;
  const vectors = !isDefined(COMPACT_KERNELS) && (subDimension & 3) == 0 ? dimension / subDimension : 0;
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(ids + (i << 2));
    let w = load<f32>(weights + (i << 2));
    if (normCodes) w *= load<f32>(norms + ((<u32>load<u8>(normCodes + id)) << 2));
    const factors = f32x4.splat(w);
    const row = codes + id * codeCount;
    let block = centroids;
    let out = hidden;
    let m: u32 = 0;
    for (; !isDefined(COMPACT_KERNELS) && m < pairs << 1; m += 2, block += 4096, out += 16) {
      const low = v128.load64_zero(block + ((<u32>load<u8>(row + m)) << 3));
      const both = v128.load64_lane(block + 2048 + ((<u32>load<u8>(row + m + 1)) << 3), low, 1);
      v128.store(out, f32x4.add(v128.load(out), f32x4.mul(factors, both)));
    }
    for (; !isDefined(COMPACT_KERNELS) && m < vectors; m++, block += blockBytes) {
      const centroid = block + <u32>load<u8>(row + m) * (subDimension << 2);
      for (let column: u32 = 0; column < subDimension << 2; column += 16, out += 16) {
        v128.store(out, f32x4.add(v128.load(out), f32x4.mul(factors, v128.load(centroid + column))));
      }
    }
    for (; m < codeCount; m++, block += blockBytes) {
      const own = min(subDimension, dimension - m * subDimension);
      const centroid = block + <u32>load<u8>(row + m) * (own << 2);
      for (let column: u32 = 0; column < own; column++, out += 4) {
        store<f32>(out, load<f32>(out) + w * load<f32>(centroid + (column << 2)));
      }
    }
  }
}

/** hidden (width) = Σ weights[i] · scales[ids[i]] · rows[ids[i]] over rows of `width` signed bytes. `width` is a multiple of 4. */
export function gatherBytes(
  ids: usize,
  weights: usize,
  count: u32,
  rows: usize,
  scales: usize,
  width: u32,
  hidden: usize,
): void {
  memory.fill(hidden, 0, width << 2);
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(ids + (i << 2));
    const factors = f32x4.splat(load<f32>(weights + (i << 2)) * load<f32>(scales + (id << 2)));
    const row = rows + id * width;
    for (let column: u32 = 0; column < width; column += 4) {
      const four = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(row + column)));
      const out = hidden + (column << 2);
      v128.store(out, f32x4.add(v128.load(out), f32x4.mul(factors, f32x4.convert_i32x4_s(four))));
    }
  }
}

/** Four half floats (IEEE 754 binary16, no infinities or NaN) as floats: exact, subnormals too. */
function widen(halves: v128): v128 {
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  const rest = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  // The exponent's bias is 15 there and 127 here: a multiplication by 2^112 moves it, and makes subnormals normal.
  const value = f32x4.mul(rest, f32x4.splat(reinterpret<f32>(0x77800000)));
  return v128.or(value, sign);
}

/** hidden (width) = Σ weights[i] · rows[ids[i]] over rows of `width` half floats. `width` is a multiple of 4. */
export function gatherHalves(ids: usize, weights: usize, count: u32, rows: usize, width: u32, hidden: usize): void {
  memory.fill(hidden, 0, width << 2);
  for (let i: u32 = 0; i < count; i++) {
    const factors = v128.load32_splat(weights + (i << 2));
    const row = rows + load<u32>(ids + (i << 2)) * (width << 1);
    for (let column: u32 = 0; column < width; column += 4) {
      const four = widen(i32x4.extend_low_i16x8_u(v128.load64_zero(row + (column << 1))));
      const out = hidden + (column << 2);
      v128.store(out, f32x4.add(v128.load(out), f32x4.mul(factors, four)));
    }
  }
}
