// The dense output layer of a training step: every label is scored, and every row of B is moved.
//
//   softmax       ∂L/∂s = ŷ − y            (docs/maths.md, down the chain)
//   one-vs-all    ∂L/∂s = σ(s) − y         (docs/maths.md, one-vs-all), with y_c = 1 for every label of the example, or its soft label

import {
  CONTEXT_LABELS,
  CONTEXT_SLICE_STARTS,
  CONTEXT_SMOOTHING,
  CONTEXT_WEIGHTED,
  EXAMPLE_TARGETS,
  LANES,
  NORMS_ROOTS,
  NORMS_SUMS,
  NORMS_WEIGHTS,
  THREAD_FIRST_SLICE,
  THREAD_HIDDEN_COLUMNS,
  THREAD_HIDDEN_ROWS,
  THREAD_LOGITS,
  THREAD_NORMS,
  THREAD_OUTPUT,
  THREAD_SLICE_COUNT,
  THREAD_WIDTH,
} from "../src/kernels/layout";
import { expNegative, logistic, logPositive } from "./elementary";
import { targetsOf } from "./example";
import { sliceScores, softmax, toColumns } from "./scores";

const LANE_BYTES: u32 = LANES << 2;
/** Keeps the first steps finite where gradients are tiny; small beside the square of one usual gradient (about 1e-3). */
export const LEAST_SQUARE: f32 = 1e-6;
/** Factors of at most 2 that are multiplied before a logarithm is taken: the product stays below 2^64. */
const FACTORS: u32 = 64;

/** This thread's slices of s = B h of the batch, to `scores` (slices × labels × LANES), or all summed in their order if it is alone. */
export function outputScores(context: usize, state: usize, scores: usize, alone: bool): void {
  const width = load<u32>(state + THREAD_WIDTH);
  const columns = load<u32>(state + THREAD_HIDDEN_COLUMNS);
  toColumns(load<u32>(state + THREAD_HIDDEN_ROWS), width, columns);
  const labels = load<u32>(context + CONTEXT_LABELS);
  const bounds = load<u32>(context + CONTEXT_SLICE_STARTS);
  const first = load<u32>(state + THREAD_FIRST_SLICE);
  const slices = load<u32>(state + THREAD_SLICE_COUNT);
  const base = load<u32>(bounds + (first << 2));
  for (let slice: u32 = 0; slice < slices; slice++) {
    const begin = load<u32>(bounds + ((first + slice) << 2)) - base;
    const end = load<u32>(bounds + ((first + slice + 1) << 2)) - base;
    const out = alone ? scores : scores + (first + slice) * labels * LANE_BYTES;
    sliceScores(columns, load<u32>(state + THREAD_OUTPUT), labels, width, begin, end, out, alone && slice > 0 ? 1 : 0);
  }
}

/**
 * Softmax: logits (labels × LANES) become ŷ − y; norms (LANES) receive ‖ŷ − y‖². Returns the summed cross-entropy,
 * w (logsumexp(s) − Σ y s). Where examples have weights w, both become those of √w (ŷ − y).
 * With smoothing ε the step is taken towards (1 − ε) y + ε / C (Szegedy et al. 2016, section 7); the loss returned is that of y itself.
 */
export function softmaxGradient(context: usize, state: usize, examples: usize, count: u32): f64 {
  const labels = load<u32>(context + CONTEXT_LABELS);
  const logits = load<u32>(state + THREAD_LOGITS);
  const norms = load<u32>(state + THREAD_NORMS);
  const weights = norms + NORMS_WEIGHTS;
  const logSums = norms + NORMS_SUMS;
  const smoothing = load<f32>(context + CONTEXT_SMOOTHING);
  let loss = lossOfTargets(logits, examples, count, weights);
  softmax(logits, labels, LANES, logSums);
  for (let lane: u32 = 0; lane < count; lane++) {
    loss += <f64>load<f32>(weights + (lane << 2)) * load<f64>(logSums + (lane << 3));
    const example = load<u32>(examples + (lane << 2));
    const bytes = load<u32>(example + EXAMPLE_TARGETS) << 2;
    const targets = targetsOf(example);
    for (let at = targets; at < targets + bytes; at += 4) {
      const cell = logits + load<u32>(at) * LANE_BYTES + (lane << 2);
      store<f32>(cell, load<f32>(cell) - (1 - smoothing) * load<f32>(at + bytes));
    }
  }
  if (smoothing > 0) {
    const share = f32x4.splat(smoothing / <f32>labels);
    for (let at: u32 = 0; at < labels * LANE_BYTES; at += 16)
      v128.store(logits + at, f32x4.sub(v128.load(logits + at), share));
  }
  finishGradient(context, logits, labels, count, norms);
  return loss;
}

/**
 * One-vs-all: logits (labels × LANES) become σ(s) − y; norms (LANES) receive ‖σ(s) − y‖². Returns the summed loss,
 * w Σ_j [log(1 + e^{s_j}) − y_j s_j], with log(1 + e^s) = max(s, 0) + log(1 + e^{−|s|}).
 */
export function oneVsAllGradient(context: usize, state: usize, examples: usize, count: u32): f64 {
  const labels = load<u32>(context + CONTEXT_LABELS);
  const logits = load<u32>(state + THREAD_LOGITS);
  const norms = load<u32>(state + THREAD_NORMS);
  const weights = norms + NORMS_WEIGHTS;
  let loss = lossOfTargets(logits, examples, count, weights);
  // Lanes past a short last batch have logits 0, hence a known loss: it is taken off again.
  loss -= <f64>(LANES - count) * <f64>labels * 0.6931471805599453;
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  for (let lane: u32 = 0; lane < LANE_BYTES; lane += 16) {
    for (let label: u32 = 0; label < labels; label += FACTORS) {
      const end = min(labels, label + FACTORS);
      let product = one;
      let sum = zero;
      for (let i = label; i < end; i++) {
        const at = logits + i * LANE_BYTES + lane;
        const s = v128.load(at);
        const e = expNegative(f32x4.neg(f32x4.abs(s)));
        v128.store(at, logistic(s, e));
        product = f32x4.mul(product, f32x4.add(one, e));
        sum = f32x4.add(sum, f32x4.max(s, zero));
      }
      loss += weightOf(weights, lane, 0) * logAndSum(f32x4.extract_lane(product, 0), f32x4.extract_lane(sum, 0));
      loss += weightOf(weights, lane, 1) * logAndSum(f32x4.extract_lane(product, 1), f32x4.extract_lane(sum, 1));
      loss += weightOf(weights, lane, 2) * logAndSum(f32x4.extract_lane(product, 2), f32x4.extract_lane(sum, 2));
      loss += weightOf(weights, lane, 3) * logAndSum(f32x4.extract_lane(product, 3), f32x4.extract_lane(sum, 3));
    }
  }
  for (let lane: u32 = 0; lane < count; lane++) {
    const example = load<u32>(examples + (lane << 2));
    const bytes = load<u32>(example + EXAMPLE_TARGETS) << 2;
    const targets = targetsOf(example);
    for (let at = targets; at < targets + bytes; at += 4) {
      const cell = logits + load<u32>(at) * LANE_BYTES + (lane << 2);
      store<f32>(cell, load<f32>(cell) - load<f32>(at + bytes));
    }
  }
  finishGradient(context, logits, labels, count, norms);
  return loss;
}

// − w Σ y s of each lane, summed.
function lossOfTargets(logits: usize, examples: usize, count: u32, weights: usize): f64 {
  let loss: f64 = 0;
  for (let lane: u32 = 0; lane < count; lane++) {
    const example = load<u32>(examples + (lane << 2));
    const weight = <f64>load<f32>(weights + (lane << 2));
    const bytes = load<u32>(example + EXAMPLE_TARGETS) << 2;
    const targets = targetsOf(example);
    for (let at = targets; at < targets + bytes; at += 4) {
      const score = load<f32>(logits + load<u32>(at) * LANE_BYTES + (lane << 2));
      loss -= weight * (<f64>load<f32>(at + bytes) * <f64>score);
    }
  }
  return loss;
}

// Of lane number `lane` / 4 + `k`.
function weightOf(weights: usize, lane: u32, k: u32): f64 {
  return <f64>load<f32>(weights + lane + (k << 2));
}

function logAndSum(product: f32, sum: f32): f64 {
  return logPositive(product) + <f64>sum;
}

// Clears the lanes past a short batch, which hold what scores of 0 give; multiplies the others by the roots of their weights; norms
// (LANES) = the squared length of each lane.
function finishGradient(context: usize, logits: usize, labels: u32, count: u32, norms: usize): void {
  for (let lane = count; lane < <u32>LANES; lane++) {
    for (let label: u32 = 0; label < labels; label++) store<f32>(logits + label * LANE_BYTES + (lane << 2), 0);
  }
  if (load<u32>(context + CONTEXT_WEIGHTED)) {
    for (let lane: u32 = 0; lane < LANE_BYTES; lane += 16) {
      const roots = v128.load(norms + NORMS_ROOTS + lane);
      for (let at = logits + lane; at < logits + labels * LANE_BYTES; at += LANE_BYTES)
        v128.store(at, f32x4.mul(v128.load(at), roots));
    }
  }
  for (let lane: u32 = 0; lane < LANE_BYTES; lane += 16) {
    let sum = f32x4.splat(0);
    for (let label: u32 = 0; label < labels; label++) {
      const d = v128.load(logits + label * LANE_BYTES + lane);
      sum = f32x4.add(sum, f32x4.mul(d, d));
    }
    v128.store(norms + lane, sum);
  }
}
