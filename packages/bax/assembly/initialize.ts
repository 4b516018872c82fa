// Random initial embeddings from a counter, so that a number depends on the seed, the row and the column only, not on who computes it.

import { finalizeFour } from "./hash";

/** Hashes of four counters, 32 bits each (the finaliser of MurmurHash3 after a golden-ratio step): good enough for initial weights. */
function scramble(counters: v128): v128 {
  return finalizeFour(i32x4.mul(counters, i32x4.splat(0x9e3779b1)));
}

/**
 * rows × width floats uniform in [−range, range): columns begin … begin + width of a matrix of `dimension` columns. `width` is a multiple
 * of 4.
 */
export function initialize(at: usize, rows: u32, width: u32, begin: u32, dimension: u32, seed: u32, range: f32): void {
  // 24 random bits times range / 2^23 give [0, 2 range).
  const unit = f32x4.splat(range * 1.1920928955078125e-7);
  const shift = f32x4.splat(range);
  for (let row: u32 = 0; row < rows; row++) {
    const first = i32x4.add(i32x4.splat(seed + row * dimension + begin), i32x4(0, 1, 2, 3));
    for (let column: u32 = 0; column < width; column += 4, at += 16) {
      const bits = i32x4.shr_u(scramble(i32x4.add(first, i32x4.splat(column))), 8);
      v128.store(at, f32x4.sub(f32x4.mul(f32x4.convert_i32x4_s(bits), unit), shift));
    }
  }
}
