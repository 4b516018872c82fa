// How the labels of the texts with a feature differ from the labels of all texts.

import {
  CONTEXT_EXAMPLES,
  CONTEXT_LABELS,
  CONTEXT_ORDER,
  CONTEXT_TARGET_LABELS,
  CONTEXT_TARGET_STARTS,
  CONTEXT_TARGET_WEIGHTS,
  EXAMPLE_BYTES,
  EXAMPLE_IDS,
  EXAMPLE_SIZE,
} from "../src/kernels/layout";
import { logPositive } from "./elementary";

/**
 * tally (rows × labels f32, zeroed; labels rounded up to a multiple of 4) += for each of the first `count` examples of the context's
 * order and each of its features with a row in [first, first + rows): the example's target.
 */
export function tallyLabels(context: usize, count: u32, first: u32, rows: u32, tally: usize): void {
  const bags = load<u32>(context + CONTEXT_EXAMPLES);
  const order = load<u32>(context + CONTEXT_ORDER);
  const starts = load<u32>(context + CONTEXT_TARGET_STARTS);
  const targetLabels = load<u32>(context + CONTEXT_TARGET_LABELS);
  const targetWeights = load<u32>(context + CONTEXT_TARGET_WEIGHTS);
  const rowBytes = ((load<u32>(context + CONTEXT_LABELS) + 3) & ~3) << 2;
  for (let n: u32 = 0; n < count; n++) {
    const example = load<u32>(order + (n << 2));
    const bag = bags + example * EXAMPLE_BYTES;
    const ids = load<u32>(bag + EXAMPLE_IDS);
    const end = ids + (load<u32>(bag + EXAMPLE_SIZE) << 2);
    const from = load<u32>(starts + (example << 2));
    const to = load<u32>(starts + (example << 2) + 4);
    for (let at = ids; at < end; at += 4) {
      const row = load<u32>(at) - first;
      if (row >= rows) continue;
      for (let i = from; i < to; i++) {
        const cell = tally + row * rowBytes + (load<u32>(targetLabels + (i << 2)) << 2);
        store<f32>(cell, load<f32>(cell) + load<f32>(targetWeights + (i << 2)));
      }
    }
  }
}

/**
 * For each of `rows` rows of a tally: documents (f32) = n, its sum, and divergences (f32) = Σ_c q_c ln(q_c / π_c), the Kullback-Leibler
 * divergence of q_c = (n_c + m π_c) / (n + m) from the priors π (f64, labels). Labels that do not occur share one term, since for them
 * q_c / π_c = m / (n + m).
 */
export function labelDivergences(
  tally: usize,
  rows: u32,
  labels: u32,
  priors: usize,
  m: f64,
  documents: usize,
  divergences: usize,
): void {
  const rowBytes = ((labels + 3) & ~3) << 2;
  for (let row: u32 = 0; row < rows; row++, tally += rowBytes) {
    let n: f64 = 0;
    for (let c: u32 = 0; c < labels; c++) n += <f64>load<f32>(tally + (c << 2));
    let divergence: f64 = 0;
    let rest: f64 = 1;
    if (n > 0) {
      for (let at: u32 = 0; at < rowBytes; at += 16) {
        if (!v128.any_true(v128.load(tally + at))) continue;
        for (let i = at; i < at + 16; i += 4) {
          const count = <f64>load<f32>(tally + i);
          if (!(count > 0)) continue;
          const prior = load<f64>(priors + (i << 1));
          const q = (count + m * prior) / (n + m);
          divergence += q * logPositive(q / prior);
          rest -= q;
        }
      }
      if (rest > 1e-12) divergence += rest * logPositive(m / (n + m));
    }
    store<f32>(documents + (row << 2), <f32>n);
    store<f32>(divergences + (row << 2), <f32>max<f64>(divergence, 0));
  }
}
