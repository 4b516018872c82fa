// The weighted bag x of a text: what goes into h = A x.

/**
 * The weights of a bag: weights[i] = tf(counts[i]) · featureWeights[ids[i]]; then each of two blocks, the first `wordCount` features and
 * the rest, is divided by its norm, and the two are joined in the ratio of their scales to a vector of norm 1 (a block without weight
 * leaves the other alone). `counts` are u8; tf is a look-up in `termFrequencies` (256 f32). `featureWeights` 0 means 1 for all. `norm`:
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
  } else {
    for (let i = from; i < to; i++) {
      store<f32>(weights + (i << 2), load<f32>(termFrequencies + ((<u32>load<u8>(counts + i)) << 2)));
    }
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

/** hidden (width) = Σ weights[i] · embeddings[ids[i]] over i < count, in that order. `width` is a multiple of 4. */
export function gather(ids: usize, weights: usize, count: u32, embeddings: usize, width: u32, hidden: usize): void {
  // Blocks of 32 columns stay in registers over all features; the tail goes by 4.
  const rowBytes = width << 2;
  let column: u32 = 0;
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
  for (; column < width; column += 4) {
    let a = f32x4.splat(0);
    for (let i: u32 = 0; i < count; i++) {
      const w = v128.load32_splat(weights + (i << 2));
      const row = embeddings + load<u32>(ids + (i << 2)) * rowBytes + (column << 2);
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
    }
    v128.store(hidden + (column << 2), a);
  }
}
