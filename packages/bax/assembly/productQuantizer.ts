// The two steps of k-means (Lloyd 1982) over one group of columns, for the 256 centroids of a product quantiser.

/** Centroids of a group; assembly code looks at four at a time. */
const CENTROIDS: u32 = 256;

/**
 * codes[i · codeStride] (u8) = the centroid nearest to row i, i < count, the lowest of equals: the one with the greatest
 * x · c − ‖c‖² / 2. `rows`: address of the group's first column of the first row, `rowBytes` from one row to the next. `centroids`:
 * (width, 256) f32, one column after another; `halfSquares`: (256) f32, ‖c‖² / 2. Returns how many codes changed.
 */
export function nearestCentroids(
  rows: usize,
  rowBytes: u32,
  count: u32,
  width: u32,
  centroids: usize,
  halfSquares: usize,
  codes: usize,
  codeStride: u32,
): u32 {
  let changed: u32 = 0;
  for (let i: u32 = 0; i < count; i++, rows += rowBytes, codes += codeStride) {
    let best = f32x4.splat(-Infinity);
    let where = i32x4.splat(0);
    let index = i32x4(0, 1, 2, 3);
    for (let c: u32 = 0; c < CENTROIDS << 2; c += 16) {
      let score = f32x4.neg(v128.load(halfSquares + c));
      let column = centroids + c;
      for (let d: u32 = 0; d < width; d++, column += CENTROIDS << 2) {
        score = f32x4.add(score, f32x4.mul(v128.load32_splat(rows + (d << 2)), v128.load(column)));
      }
      const better = f32x4.gt(score, best);
      best = v128.bitselect(score, best, better);
      where = v128.bitselect(index, where, better);
      index = i32x4.add(index, i32x4.splat(4));
    }
    let code = <u32>i32x4.extract_lane(where, 0);
    let most = f32x4.extract_lane(best, 0);
    const b1 = f32x4.extract_lane(best, 1);
    const w1 = <u32>i32x4.extract_lane(where, 1);
    if (b1 > most || (b1 == most && w1 < code)) {
      most = b1;
      code = w1;
    }
    const b2 = f32x4.extract_lane(best, 2);
    const w2 = <u32>i32x4.extract_lane(where, 2);
    if (b2 > most || (b2 == most && w2 < code)) {
      most = b2;
      code = w2;
    }
    const b3 = f32x4.extract_lane(best, 3);
    const w3 = <u32>i32x4.extract_lane(where, 3);
    if (b3 > most || (b3 == most && w3 < code)) code = w3;
    if (<u32>load<u8>(codes) != code) {
      store<u8>(codes, <u8>code);
      changed++;
    }
  }
  return changed;
}

/**
 * Adds rows to the sums of their centroids: sums (256, width) f64 and counts (256) f64 begin as the caller left them; each row counts
 * `weights[i]` (f32).
 */
export function sumClusters(
  rows: usize,
  rowBytes: u32,
  count: u32,
  width: u32,
  codes: usize,
  codeStride: u32,
  weights: usize,
  sums: usize,
  counts: usize,
): void {
  for (let i: u32 = 0; i < count; i++, rows += rowBytes, codes += codeStride) {
    const code = <u32>load<u8>(codes);
    const weight = <f64>load<f32>(weights + (i << 2));
    store<f64>(counts + (code << 3), load<f64>(counts + (code << 3)) + weight);
    let sum = sums + ((code * width) << 3);
    for (let d: u32 = 0; d < width; d++, sum += 8) {
      store<f64>(sum, load<f64>(sum) + weight * <f64>load<f32>(rows + (d << 2)));
    }
  }
}
