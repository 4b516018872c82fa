// The weighted bag x of a text: what goes into h = A x.

/**
 * The weights of a bag: weights[i] = tf(counts[i]) · featureWeights[ids[i]]; then each of two blocks, the first `wordCount` features and
 * the rest, is divided by its norm, and the two are joined in the ratio of their scales to a vector of norm 1 (a block without weight
 * leaves the other alone). `counts` are u8; tf is a look-up in `termFrequencies` (256 f32), or
 * the count itself where that is 0, and then `featureWeights` is 0 too. `featureWeights` 0 means 1 for all. `norm`:
 * 1 for the sum, 2 for the Euclidean length. `weights` (f32) may not overlap the rest.
 */
export function weigh(
  ids: usize,
  counts: usize,
  wordCount: u32,
  count: u32,
  featureWeights: usize,
  termFrequencies: usize,
  norm: u32,
  wordScale: f32,
  characterScale: f32,
  weights: usize,
): void {
  const words = blockNorm(ids, counts, 0, wordCount, featureWeights, termFrequencies, norm, weights);
  const characters = blockNorm(ids, counts, wordCount, count, featureWeights, termFrequencies, norm, weights);
  const w: f32 = words > 0 ? wordScale : 0;
  const c: f32 = characters > 0 ? characterScale : 0;
  const joint = norm == 2 ? sqrt(w * w + c * c) : w + c;
  if (words > 0) scaleBlock(weights, 0, wordCount, w / (joint * words));
  if (characters > 0) scaleBlock(weights, wordCount, count, c / (joint * characters));
}

// Writes the unscaled weights of features [from, to) and returns their norm: four sums at once, then the rest, in that order.
function blockNorm(
  ids: usize,
  counts: usize,
  from: u32,
  to: u32,
  featureWeights: usize,
  termFrequencies: usize,
  norm: u32,
  weights: usize,
): f32 {
  if (featureWeights) {
    for (let i = from; i < to; i++) {
      const worth = load<f32>(termFrequencies + ((<u32>load<u8>(counts + i)) << 2));
      store<f32>(weights + (i << 2), worth * load<f32>(featureWeights + (load<u32>(ids + (i << 2)) << 2)));
    }
  } else if (termFrequencies) {
    for (let i = from; i < to; i++) {
      store<f32>(weights + (i << 2), load<f32>(termFrequencies + ((<u32>load<u8>(counts + i)) << 2)));
    }
  } else {
    // Counts as they are, four bytes at a time.
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(counts + i)));
      v128.store(weights + (i << 2), f32x4.convert_i32x4_u(four));
    }
    for (; i < to; i++) store<f32>(weights + (i << 2), <f32>load<u8>(counts + i));
  }
  let sums = f32x4.splat(0);
  let i = from;
  if (norm == 2) {
    for (; i + 4 <= to; i += 4) {
      const w = v128.load(weights + (i << 2));
      sums = f32x4.add(sums, f32x4.mul(w, w));
    }
  } else for (; i + 4 <= to; i += 4) sums = f32x4.add(sums, v128.load(weights + (i << 2)));
  let total =
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  for (; i < to; i++) {
    const w = load<f32>(weights + (i << 2));
    total += norm == 2 ? w * w : w;
  }
  return norm == 2 ? sqrt(total) : total;
}

function scaleBlock(weights: usize, from: u32, to: u32, factor: f32): void {
  const factors = f32x4.splat(factor);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = weights + (i << 2);
    v128.store(at, f32x4.mul(v128.load(at), factors));
  }
  for (; i < to; i++) store<f32>(weights + (i << 2), load<f32>(weights + (i << 2)) * factor);
}
