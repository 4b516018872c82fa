// Random initial embeddings from a counter, so that a number depends on the seed, the row and the column only, not on who computes it.

/** A 32-bit hash of a counter (the finaliser of MurmurHash3 with a golden-ratio step), good enough for initial weights. */
function scramble(counter: u32): u32 {
  counter *= 0x9e3779b1;
  counter = (counter ^ (counter >> 16)) * 0x85ebca6b;
  counter = (counter ^ (counter >> 13)) * 0xc2b2ae35;
  return counter ^ (counter >> 16);
}

/** rows × width floats uniform in [−range, range): columns begin … begin + width of a matrix of `dimension` columns. */
export function initialize(at: usize, rows: u32, width: u32, begin: u32, dimension: u32, seed: u32, range: f32): void {
  const unit = range * 1.1920928955078125e-7; // range / 2^23: 24 random bits give [0, 2)
  for (let row: u32 = 0; row < rows; row++) {
    const counter = seed + row * dimension + begin;
    for (let column: u32 = 0; column < width; column++, at += 4) {
      store<f32>(at, <f32>(scramble(counter + column) >> 8) * unit - range);
    }
  }
}
