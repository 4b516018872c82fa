// The sparse output layer of a training step: each example touches a few rows of B, its entries, and no other.
//
//   L = − Σ_e share_e [t_e log σ(s_e) + (1 − t_e) log σ(−s_e)]      s_e = B_row(e) · h
//   ∂L/∂s_e = share_e (σ(s_e) − t_e) = g_e      ∂L/∂h = Σ_e g_e B_row(e)      ∂L/∂B_row = Σ_{e of row} g_e h
//
// Hierarchical softmax (Morin, Bengio 2005): the inner nodes on the path of each target, t = 1 where the path goes right.
// Negative sampling (Mikolov et al. 2013): the targets with t = 1, and labels drawn at random with t = 0.

import {
  CONTEXT_ADAGRAD,
  CONTEXT_LABELS,
  CONTEXT_LOSS_KIND,
  CONTEXT_NEGATIVE_BOUNDS,
  CONTEXT_NEGATIVE_SEED,
  CONTEXT_NEGATIVES,
  CONTEXT_PATH_STARTS,
  CONTEXT_PATHS,
  CONTEXT_SLICE_STARTS,
  CONTEXT_SMOOTHING,
  ENTRIES_FIRST,
  ENTRY_BYTES,
  ENTRY_ROW,
  ENTRY_SHARE,
  ENTRY_TARGET,
  ENTRY_WORTH,
  EXAMPLE_TARGETS,
  LANES,
  LOSS_HIERARCHICAL_SOFTMAX,
  NORMS_ROOTS,
  THREAD_ENTRIES,
  THREAD_FIRST_SLICE,
  THREAD_GRADIENT_ROWS,
  THREAD_HIDDEN_ROWS,
  THREAD_LABEL_SQUARES,
  THREAD_LOGITS,
  THREAD_NORMS,
  THREAD_OUTPUT,
  THREAD_SLICE_COUNT,
  THREAD_WIDTH,
} from "../src/kernels/layout";
import { expNegative, logistic, logPositive, mix } from "./elementary";
import { targetsOf } from "./example";
import { dot } from "./scores";
import { LEAST_SQUARE } from "./trainOutput";

/**
 * Lists the entries of a batch, lane by lane, whose first example is at `position` of the order; returns how many there are. It
 * depends on the context alone, so each thread makes the same list for itself.
 */
export function makeEntries(context: usize, state: usize, examples: usize, lanes: u32, position: u32): u32 {
  const entries = load<u32>(state + THREAD_ENTRIES);
  const first = entries + ENTRIES_FIRST;
  const roots = load<u32>(state + THREAD_NORMS) + NORMS_ROOTS;
  const hierarchical = load<u32>(context + CONTEXT_LOSS_KIND) == LOSS_HIERARCHICAL_SOFTMAX;
  const pathStarts = load<u32>(context + CONTEXT_PATH_STARTS);
  const paths = load<u32>(context + CONTEXT_PATHS);
  let write: usize = first;
  for (let lane: u32 = 0; lane < lanes; lane++) {
    store<u32>(entries + (lane << 2), <u32>((write - first) / ENTRY_BYTES));
    const example = load<u32>(examples + (lane << 2));
    const root = load<f32>(roots + (lane << 2));
    const count = load<u32>(example + EXAMPLE_TARGETS);
    const targets = targetsOf(example);
    for (let at = targets; at < targets + (count << 2); at += 4) {
      const label = load<u32>(at);
      const share = load<f32>(at + (count << 2));
      if (hierarchical) {
        const end = load<u32>(pathStarts + (label << 2) + 4);
        for (let step = load<u32>(pathStarts + (label << 2)); step < end; step++) {
          const node = load<u32>(paths + (step << 2));
          write = put(write, node >> 1, <f32>(node & 1), share, root);
        }
      } else write = put(write, label, 1, share, root);
    }
    if (!hierarchical) write = drawNegatives(context, targets, count, position + lane, root, write);
  }
  const total = <u32>((write - first) / ENTRY_BYTES);
  for (let lane = lanes; lane <= <u32>LANES; lane++) store<u32>(entries + (lane << 2), total);
  return total;
}

// `root`: of the example's weight.
function put(entry: usize, row: u32, target: f32, share: f32, root: f32): usize {
  store<u32>(entry + ENTRY_ROW, row);
  store<f32>(entry + ENTRY_TARGET, target);
  store<f32>(entry + ENTRY_SHARE, share * root);
  store<f32>(entry + ENTRY_WORTH, share * root * root);
  return entry + ENTRY_BYTES;
}

// Labels that are none of the `own` targets (ascending), each as likely as its stretch of the cumulative table is long. A number is drawn
// from what the targets leave of the table and moved past their stretches: exact, and no draw is thrown away.
function drawNegatives(context: usize, targets: usize, own: u32, position: u32, root: f32, entry: usize): usize {
  const bounds = load<u32>(context + CONTEXT_NEGATIVE_BOUNDS);
  const labels = load<u32>(context + CONTEXT_LABELS);
  const wanted = load<u32>(context + CONTEXT_NEGATIVES);
  const seed = mix(load<u32>(context + CONTEXT_NEGATIVE_SEED) + position);
  let rest = load<u32>(bounds + (labels << 2));
  for (let i: u32 = 0; i < own; i++) {
    const at = bounds + (load<u32>(targets + (i << 2)) << 2);
    rest -= load<u32>(at + 4) - load<u32>(at);
  }
  if (rest == 0) return entry;
  for (let draw: u32 = 0; draw < wanted; draw++) {
    let u = <u32>((<u64>mix(seed + draw) * <u64>rest) >> 32);
    for (let i: u32 = 0; i < own; i++) {
      const at = bounds + (load<u32>(targets + (i << 2)) << 2);
      if (u >= load<u32>(at)) u += load<u32>(at + 4) - load<u32>(at);
    }
    // The last label whose stretch begins at or before u.
    let low: u32 = 0;
    let high = labels;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (load<u32>(bounds + (middle << 2)) <= u) low = middle;
      else high = middle;
    }
    entry = put(entry, low, 0, 1, root);
  }
  return entry;
}

/** This thread's slices of each entry's score, to `scores` (slices of `sliceBytes`), or all summed in their order if it is alone. */
export function entryScores(
  context: usize,
  state: usize,
  count: u32,
  scores: usize,
  sliceBytes: u32,
  alone: bool,
): void {
  const entries = load<u32>(state + THREAD_ENTRIES);
  const output = load<u32>(state + THREAD_OUTPUT);
  const hidden = load<u32>(state + THREAD_HIDDEN_ROWS);
  const rowBytes = load<u32>(state + THREAD_WIDTH) << 2;
  const bounds = load<u32>(context + CONTEXT_SLICE_STARTS);
  const first = load<u32>(state + THREAD_FIRST_SLICE);
  const slices = load<u32>(state + THREAD_SLICE_COUNT);
  const base = load<u32>(bounds + (first << 2));
  for (let lane: u32 = 0; lane < count; lane++) {
    const h = hidden + lane * rowBytes;
    const end = load<u32>(entries + (lane << 2) + 4);
    for (let entry = load<u32>(entries + (lane << 2)); entry < end; entry++) {
      const row = output + load<u32>(entries + ENTRIES_FIRST + entry * ENTRY_BYTES + ENTRY_ROW) * rowBytes;
      let out: usize = scores + (entry << 2) + (alone ? 0 : first * sliceBytes);
      for (let slice: u32 = 0; slice < slices; slice++) {
        const begin = (load<u32>(bounds + ((first + slice) << 2)) - base) << 2;
        const columns = load<u32>(bounds + ((first + slice + 1) << 2)) - base - (begin >> 2);
        const part = dot(row + begin, h + begin, columns);
        store<f32>(out, alone && slice > 0 ? load<f32>(out) + part : part);
        if (!alone) out += sliceBytes;
      }
    }
  }
}

/**
 * Scores become g = share (σ(s) − t), by the root of the example's weight; norms (LANES) receive Σ g² of each lane; dH = Σ g B_row, one row an example. Returns the loss.
 * With smoothing ε the step is taken towards t + ε (1/2 − t); the loss returned is that of t itself.
 */
export function entryGradient(context: usize, state: usize, count: u32): f64 {
  const smoothing = load<f32>(context + CONTEXT_SMOOTHING);
  const entries = load<u32>(state + THREAD_ENTRIES);
  const scores = load<u32>(state + THREAD_LOGITS);
  const output = load<u32>(state + THREAD_OUTPUT);
  const rowBytes = load<u32>(state + THREAD_WIDTH) << 2;
  const total = load<u32>(entries + (LANES << 2));
  let loss: f64 = 0;
  for (let entry: u32 = 0; entry < total; entry += 4) {
    const s = v128.load(scores + (entry << 2));
    // −log σ(±s) = max(∓s, 0) + log(1 + e^{−|s|}), from s itself: a p that was rounded to 0 or 1 has no logarithm.
    const e = expNegative(f32x4.neg(f32x4.abs(s)));
    const at = entries + ENTRIES_FIRST + entry * ENTRY_BYTES;
    loss += surprise(f32x4.extract_lane(s, 0), f32x4.extract_lane(e, 0), at);
    if (entry + 1 < total) loss += surprise(f32x4.extract_lane(s, 1), f32x4.extract_lane(e, 1), at + ENTRY_BYTES);
    if (entry + 2 < total) loss += surprise(f32x4.extract_lane(s, 2), f32x4.extract_lane(e, 2), at + 2 * ENTRY_BYTES);
    if (entry + 3 < total) loss += surprise(f32x4.extract_lane(s, 3), f32x4.extract_lane(e, 3), at + 3 * ENTRY_BYTES);
    v128.store(scores + (entry << 2), logistic(s, e));
  }
  for (let lane: u32 = 0; lane < count; lane++) {
    const dHidden = load<u32>(state + THREAD_GRADIENT_ROWS) + lane * rowBytes;
    memory.fill(dHidden, 0, rowBytes);
    let norm: f32 = 0;
    const end = load<u32>(entries + (lane << 2) + 4);
    for (let entry = load<u32>(entries + (lane << 2)); entry < end; entry++) {
      const at = entries + ENTRIES_FIRST + entry * ENTRY_BYTES;
      const score = scores + (entry << 2);
      const target = load<f32>(at + ENTRY_TARGET);
      const g = load<f32>(at + ENTRY_SHARE) * (load<f32>(score) - (target + smoothing * (0.5 - target)));
      store<f32>(score, g);
      norm += g * g;
      addScaled(dHidden, g, output + load<u32>(at + ENTRY_ROW) * rowBytes, rowBytes);
    }
    store<f32>(load<u32>(state + THREAD_NORMS) + (lane << 2), norm);
  }
  return loss;
}

// What one entry adds to the loss; e = e^{−|s|}.
function surprise(s: f32, e: f32, entry: usize): f64 {
  const wrong = load<f32>(entry + ENTRY_TARGET) == 1 ? -s : s;
  return <f64>load<f32>(entry + ENTRY_WORTH) * (<f64>max<f32>(wrong, 0) + logPositive(1 + <f64>e));
}

/** B_row −= step g h of each entry in turn, for this thread's columns. All g of a batch are of the parameters before it. */
export function updateEntries(context: usize, state: usize, count: u32, rate: f32): void {
  const adagrad = load<u32>(context + CONTEXT_ADAGRAD);
  const entries = load<u32>(state + THREAD_ENTRIES);
  const gradients = load<u32>(state + THREAD_LOGITS);
  const output = load<u32>(state + THREAD_OUTPUT);
  const squares = load<u32>(state + THREAD_LABEL_SQUARES);
  const rowBytes = load<u32>(state + THREAD_WIDTH) << 2;
  for (let lane: u32 = 0; lane < count; lane++) {
    const hidden = load<u32>(state + THREAD_HIDDEN_ROWS) + lane * rowBytes;
    const end = load<u32>(entries + (lane << 2) + 4);
    for (let entry = load<u32>(entries + (lane << 2)); entry < end; entry++) {
      const row = load<u32>(entries + ENTRIES_FIRST + entry * ENTRY_BYTES + ENTRY_ROW);
      const g = load<f32>(gradients + (entry << 2));
      let step = rate;
      if (adagrad) {
        const square = load<f32>(squares + (row << 2)) + g * g;
        store<f32>(squares + (row << 2), square);
        step = rate / sqrt(square + LEAST_SQUARE);
      }
      addScaled(output + row * rowBytes, -(step * g), hidden, rowBytes);
    }
  }
}

// to (bytes / 4 floats) += factor · from.
function addScaled(to: usize, factor: f32, from: usize, bytes: u32): void {
  const f = f32x4.splat(factor);
  for (let i: u32 = 0; i < bytes; i += 16)
    v128.store(to + i, f32x4.add(v128.load(to + i), f32x4.mul(f, v128.load(from + i))));
}
