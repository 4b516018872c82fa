// How the labels of the texts with a feature differ from the labels of all texts.

import { EXAMPLE_IDS, EXAMPLE_SIZE, EXAMPLE_TARGETS, EXAMPLE_WEIGHT } from "../src/kernels/layout";
import { logPositive } from "./elementary";
import { targetsOf } from "./example";

/**
 * tally (rows × labels f32, zeroed; labels rounded up to a multiple of 4) += for each of `count` examples, whose addresses are at `order`,
 * and each of its features with a row in [first, first + rows): the example's target by its weight. `apart`: the targets of an example
 * need not sum to 1, and are made to.
 */
export function tallyLabels(
  order: usize,
  count: u32,
  labels: u32,
  apart: bool,
  first: u32,
  rows: u32,
  tally: usize,
): void {
  const rowBytes = ((labels + 3) & ~3) << 2;
  for (let n: u32 = 0; n < count; n++) {
    const example = load<u32>(order + (n << 2));
    const ids = example + EXAMPLE_IDS;
    const end = ids + (load<u32>(example + EXAMPLE_SIZE) << 2);
    const targetBytes = load<u32>(example + EXAMPLE_TARGETS) << 2;
    const targets = targetsOf(example);
    let scale = load<f32>(example + EXAMPLE_WEIGHT);
    if (apart) {
      let sum: f32 = 0;
      for (let at = targets; at < targets + targetBytes; at += 4) sum += load<f32>(at + targetBytes);
      scale = scale / sum;
    }
    for (let at = ids; at < end; at += 4) {
      const row = load<u32>(at) - first;
      if (row >= rows) continue;
      for (let target = targets; target < targets + targetBytes; target += 4) {
        const cell = tally + row * rowBytes + (load<u32>(target) << 2);
        store<f32>(cell, load<f32>(cell) + scale * load<f32>(target + targetBytes));
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
