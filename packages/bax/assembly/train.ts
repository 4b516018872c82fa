// Stochastic descent on the two gradients of docs/maths.md, a mini-batch of up to 16 examples at a time.
//
//   eq. (1)  ∂L/∂B = (ŷ − y) hᵀ        eq. (2)  ∂L/∂A = Bᵀ (ŷ − y) xᵀ
//
// Each thread owns some columns of A and B. Only the scores cross: every thread writes the partial scores of its slices, waits at a
// barrier, sums all slices in their fixed order and takes the softmax itself. There is one barrier a batch: partial scores are written in
// turn to two buffers, and nobody can be two batches ahead.
//
// With AdaGrad (Duchi, Hazan, Singer 2011) each row p of A has one accumulator, g_p += (x_p ‖ŷ − y‖)², and each row c of B one,
// g_c += (ŷ_c − y_c)²; a step is rate / √g. The norm is taken where all threads see the same numbers (ŷ − y), so accumulators need no
// exchange. Each thread keeps its own copy of them, for the same reason.

import {
  CONTEXT_ADAGRAD,
  CONTEXT_BARRIER,
  CONTEXT_BATCH,
  CONTEXT_CHARACTER_SCALE,
  CONTEXT_EXAMPLES,
  CONTEXT_FEATURE_WEIGHTS,
  CONTEXT_LABELS,
  CONTEXT_LOSS,
  CONTEXT_NORM,
  CONTEXT_ORDER,
  CONTEXT_PARTIALS,
  CONTEXT_RATE_SLOPE,
  CONTEXT_RATE_START,
  CONTEXT_SLICE_STARTS,
  CONTEXT_SLICES,
  CONTEXT_SMOOTHING,
  CONTEXT_STOP,
  CONTEXT_TARGET_LABELS,
  CONTEXT_TARGET_STARTS,
  CONTEXT_TARGET_WEIGHTS,
  CONTEXT_TERM_FREQUENCIES,
  CONTEXT_THREAD_STATES,
  CONTEXT_THREADS,
  CONTEXT_WORD_SCALE,
  EXAMPLE_BYTES,
  EXAMPLE_IDS,
  EXAMPLE_SIZE,
  EXAMPLE_WORD_COUNT,
  LANES,
  THREAD_BYTES,
  THREAD_EMBEDDINGS,
  THREAD_FIRST_SLICE,
  THREAD_GRADIENT_COLUMNS,
  THREAD_GRADIENT_ROWS,
  THREAD_HIDDEN_COLUMNS,
  THREAD_HIDDEN_ROWS,
  THREAD_LABEL_SQUARES,
  THREAD_LOGITS,
  THREAD_NORMS,
  THREAD_OUTPUT,
  THREAD_PATIENCE,
  THREAD_ROW_SQUARES,
  THREAD_SLICE_COUNT,
  THREAD_WEIGHTS,
  THREAD_WIDTH,
} from "../src/kernels/layout";
import { weigh } from "./bag";
import { barrier } from "./barrier";
import { gather, scatter } from "./rows";
import { sliceScores, softmax, sumSlices, toColumns, toRows } from "./scores";

const LANE_BYTES: u32 = LANES << 2;
/** Keeps the first steps finite where gradients are tiny; small beside the square of one usual gradient (about 1e-3). */
const LEAST_SQUARE: f32 = 1e-6;

/**
 * Trains on examples order[from … to), in batches; `from` and `to` count within the whole run, so that the rate is
 * rateStart + rateSlope · position. Every thread calls it with the same arguments but `thread`. Returns 0, or 1 if it was stopped.
 * Thread 0 adds the cross-entropy of each example, taken before its step, to the context's loss (f64).
 */
export function trainBatches(context: usize, thread: u32, from: u32, to: u32): u32 {
  const threads = load<u32>(context + CONTEXT_THREADS);
  const batch = load<u32>(context + CONTEXT_BATCH);
  const labels = load<u32>(context + CONTEXT_LABELS);
  const slices = load<u32>(context + CONTEXT_SLICES);
  const order = load<u32>(context + CONTEXT_ORDER);
  const partials = load<u32>(context + CONTEXT_PARTIALS);
  const state = load<u32>(context + CONTEXT_THREAD_STATES) + thread * THREAD_BYTES;
  const logits = load<u32>(state + THREAD_LOGITS);
  const sliceBytes = labels * LANE_BYTES;
  let parity: u32 = 0;
  for (let at = from; at < to; at += batch) {
    const count = min(batch, to - at);
    const examples = order + (at << 2);
    forward(
      context,
      state,
      examples,
      count,
      threads == 1 ? logits : partials + parity * slices * sliceBytes,
      threads == 1,
    );
    if (threads > 1) {
      if (barrier(load<u32>(context + CONTEXT_BARRIER), context + CONTEXT_STOP, threads, state + THREAD_PATIENCE))
        return 1;
      sumSlices(partials + parity * slices * sliceBytes, slices, sliceBytes, sliceBytes >> 4, logits);
      parity ^= 1;
    }
    const loss = scoreGradient(context, state, examples, count);
    if (thread == 0) store<f64>(context + CONTEXT_LOSS, load<f64>(context + CONTEXT_LOSS) + loss);
    const rate = load<f32>(context + CONTEXT_RATE_START) + load<f32>(context + CONTEXT_RATE_SLOPE) * <f32>at;
    hiddenGradient(state, labels);
    updateOutput(context, state, count, rate);
    updateEmbeddings(context, state, examples, count, rate);
  }
  // Nobody may start the next call while another still reads this one's last partial scores.
  if (threads > 1)
    return barrier(load<u32>(context + CONTEXT_BARRIER), context + CONTEXT_STOP, threads, state + THREAD_PATIENCE);
  return 0;
}

// h = A x for each example of the batch, then this thread's slices of s = B h.
function forward(context: usize, state: usize, examples: usize, count: u32, scores: usize, alone: bool): void {
  const width = load<u32>(state + THREAD_WIDTH);
  const rows = load<u32>(state + THREAD_HIDDEN_ROWS);
  const columns = load<u32>(state + THREAD_HIDDEN_COLUMNS);
  const bags = load<u32>(context + CONTEXT_EXAMPLES);
  const embeddings = load<u32>(state + THREAD_EMBEDDINGS);
  let weights = load<u32>(state + THREAD_WEIGHTS);
  for (let lane: u32 = 0; lane < count; lane++) {
    const bag = bags + load<u32>(examples + (lane << 2)) * EXAMPLE_BYTES;
    const ids = load<u32>(bag + EXAMPLE_IDS);
    const size = load<u32>(bag + EXAMPLE_SIZE);
    weigh(
      ids,
      ids + (size << 2),
      load<u32>(bag + EXAMPLE_WORD_COUNT),
      size,
      load<u32>(context + CONTEXT_FEATURE_WEIGHTS),
      load<u32>(context + CONTEXT_TERM_FREQUENCIES),
      load<u32>(context + CONTEXT_NORM),
      load<f32>(context + CONTEXT_WORD_SCALE),
      load<f32>(context + CONTEXT_CHARACTER_SCALE),
      weights,
    );
    gather(ids, weights, size, embeddings, width, rows + lane * (width << 2));
    weights += size << 2;
  }
  // Lanes past a short last batch: zeros, which have no gradient.
  memory.fill(rows + count * (width << 2), 0, (LANES - count) * (width << 2));
  toColumns(rows, width, columns);
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

// logits (labels × LANES) become ŷ − y; norms (LANES) receive ‖ŷ − y‖². Returns the summed cross-entropy, logsumexp(s) − Σ y s.
// With smoothing ε the step is taken towards (1 − ε) y + ε / C (Szegedy et al. 2016, section 7); the loss returned is that of y itself.
function scoreGradient(context: usize, state: usize, examples: usize, count: u32): f64 {
  const labels = load<u32>(context + CONTEXT_LABELS);
  const logits = load<u32>(state + THREAD_LOGITS);
  const norms = load<u32>(state + THREAD_NORMS);
  const logSums = norms + LANE_BYTES;
  const starts = load<u32>(context + CONTEXT_TARGET_STARTS);
  const targetLabels = load<u32>(context + CONTEXT_TARGET_LABELS);
  const targetWeights = load<u32>(context + CONTEXT_TARGET_WEIGHTS);
  const smoothing = load<f32>(context + CONTEXT_SMOOTHING);
  let loss: f64 = 0;
  for (let lane: u32 = 0; lane < count; lane++) {
    const example = starts + (load<u32>(examples + (lane << 2)) << 2);
    for (let i = load<u32>(example); i < load<u32>(example + 4); i++) {
      const score = load<f32>(logits + load<u32>(targetLabels + (i << 2)) * LANE_BYTES + (lane << 2));
      loss -= <f64>load<f32>(targetWeights + (i << 2)) * <f64>score;
    }
  }
  softmax(logits, labels, LANES, logSums);
  for (let lane: u32 = 0; lane < count; lane++) {
    loss += load<f64>(logSums + (lane << 3));
    const example = starts + (load<u32>(examples + (lane << 2)) << 2);
    for (let i = load<u32>(example); i < load<u32>(example + 4); i++) {
      const at = logits + load<u32>(targetLabels + (i << 2)) * LANE_BYTES + (lane << 2);
      store<f32>(at, load<f32>(at) - (1 - smoothing) * load<f32>(targetWeights + (i << 2)));
    }
  }
  if (smoothing > 0) {
    const share = f32x4.splat(smoothing / <f32>labels);
    for (let at: u32 = 0; at < labels * LANE_BYTES; at += 16)
      v128.store(logits + at, f32x4.sub(v128.load(logits + at), share));
  }
  // Empty lanes of a short batch hold 1 / labels each: clear them.
  for (let lane = count; lane < <u32>LANES; lane++) {
    for (let label: u32 = 0; label < labels; label++) store<f32>(logits + label * LANE_BYTES + (lane << 2), 0);
  }
  for (let lane: u32 = 0; lane < LANE_BYTES; lane += 16) {
    let sum = f32x4.splat(0);
    for (let label: u32 = 0; label < labels; label++) {
      const d = v128.load(logits + label * LANE_BYTES + lane);
      sum = f32x4.add(sum, f32x4.mul(d, d));
    }
    v128.store(norms + lane, sum);
  }
  return loss;
}

// dH = Bᵀ (ŷ − y), for this thread's columns, then one row an example.
function hiddenGradient(state: usize, labels: u32): void {
  const width = load<u32>(state + THREAD_WIDTH);
  const output = load<u32>(state + THREAD_OUTPUT);
  const dLogits = load<u32>(state + THREAD_LOGITS);
  const columns = load<u32>(state + THREAD_GRADIENT_COLUMNS);
  const rowBytes = width << 2;
  for (let column: u32 = 0; column < width; column += 2) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let t0 = s0;
    let t1 = s0;
    let t2 = s0;
    let t3 = s0;
    let b = output + (column << 2);
    const end = dLogits + labels * LANE_BYTES;
    for (let d = dLogits; d < end; d += LANE_BYTES, b += rowBytes) {
      const b0 = v128.load32_splat(b);
      const b1 = v128.load32_splat(b, 4);
      const d0 = v128.load(d);
      const d1 = v128.load(d, 16);
      const d2 = v128.load(d, 32);
      const d3 = v128.load(d, 48);
      s0 = f32x4.add(s0, f32x4.mul(b0, d0));
      s1 = f32x4.add(s1, f32x4.mul(b0, d1));
      s2 = f32x4.add(s2, f32x4.mul(b0, d2));
      s3 = f32x4.add(s3, f32x4.mul(b0, d3));
      t0 = f32x4.add(t0, f32x4.mul(b1, d0));
      t1 = f32x4.add(t1, f32x4.mul(b1, d1));
      t2 = f32x4.add(t2, f32x4.mul(b1, d2));
      t3 = f32x4.add(t3, f32x4.mul(b1, d3));
    }
    const out = columns + column * LANE_BYTES;
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
    v128.store(out, t0, 64);
    v128.store(out, t1, 80);
    v128.store(out, t2, 96);
    v128.store(out, t3, 112);
  }
  toRows(columns, width, load<u32>(state + THREAD_GRADIENT_ROWS));
}

// B_c −= step_c Σ_n (ŷ_nc − y_nc) h_n, eq. (1), for this thread's columns.
function updateOutput(context: usize, state: usize, count: u32, rate: f32): void {
  const labels = load<u32>(context + CONTEXT_LABELS);
  const adagrad = load<u32>(context + CONTEXT_ADAGRAD);
  const width = load<u32>(state + THREAD_WIDTH);
  const rowBytes = width << 2;
  const hidden = load<u32>(state + THREAD_HIDDEN_ROWS);
  const dLogits = load<u32>(state + THREAD_LOGITS);
  const squares = load<u32>(state + THREAD_LABEL_SQUARES);
  for (let label: u32 = 0; label < labels; label++) {
    const d = dLogits + label * LANE_BYTES;
    let step = rate;
    if (adagrad) {
      let sum = f32x4.mul(v128.load(d), v128.load(d));
      sum = f32x4.add(sum, f32x4.mul(v128.load(d, 16), v128.load(d, 16)));
      sum = f32x4.add(sum, f32x4.mul(v128.load(d, 32), v128.load(d, 32)));
      sum = f32x4.add(sum, f32x4.mul(v128.load(d, 48), v128.load(d, 48)));
      const square =
        load<f32>(squares + (label << 2)) +
        (f32x4.extract_lane(sum, 0) +
          f32x4.extract_lane(sum, 1) +
          (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)));
      store<f32>(squares + (label << 2), square);
      step = rate / sqrt(square + LEAST_SQUARE);
    }
    const row = load<u32>(state + THREAD_OUTPUT) + label * rowBytes;
    let column: u32 = 0;
    for (; column + 16 <= width; column += 16) {
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let e = a;
      let h = hidden + (column << 2);
      for (let lane: u32 = 0; lane < count << 2; lane += 4, h += rowBytes) {
        const s = v128.load32_splat(d + lane);
        a = f32x4.add(a, f32x4.mul(s, v128.load(h)));
        b = f32x4.add(b, f32x4.mul(s, v128.load(h, 16)));
        c = f32x4.add(c, f32x4.mul(s, v128.load(h, 32)));
        e = f32x4.add(e, f32x4.mul(s, v128.load(h, 48)));
      }
      const at = row + (column << 2);
      const s = f32x4.splat(step);
      v128.store(at, f32x4.sub(v128.load(at), f32x4.mul(s, a)));
      v128.store(at, f32x4.sub(v128.load(at, 16), f32x4.mul(s, b)), 16);
      v128.store(at, f32x4.sub(v128.load(at, 32), f32x4.mul(s, c)), 32);
      v128.store(at, f32x4.sub(v128.load(at, 48), f32x4.mul(s, e)), 48);
    }
    for (; column < width; column += 4) {
      let a = f32x4.splat(0);
      let h = hidden + (column << 2);
      for (let lane: u32 = 0; lane < count << 2; lane += 4, h += rowBytes) {
        a = f32x4.add(a, f32x4.mul(v128.load32_splat(d + lane), v128.load(h)));
      }
      const at = row + (column << 2);
      v128.store(at, f32x4.sub(v128.load(at), f32x4.mul(f32x4.splat(step), a)));
    }
  }
}

// A_p −= step_p x_np dH_n, eq. (2), for the rows of the features of each example in turn.
function updateEmbeddings(context: usize, state: usize, examples: usize, count: u32, rate: f32): void {
  const adagrad = load<u32>(context + CONTEXT_ADAGRAD);
  const bags = load<u32>(context + CONTEXT_EXAMPLES);
  const width = load<u32>(state + THREAD_WIDTH);
  const rowBytes = width << 2;
  const embeddings = load<u32>(state + THREAD_EMBEDDINGS);
  const squares = load<u32>(state + THREAD_ROW_SQUARES);
  const norms = load<u32>(state + THREAD_NORMS);
  // As `forward` left them: the weights of the batch's bags, one after another.
  let weights = load<u32>(state + THREAD_WEIGHTS);
  for (let lane: u32 = 0; lane < count; lane++) {
    const bag = bags + load<u32>(examples + (lane << 2)) * EXAMPLE_BYTES;
    const size = load<u32>(bag + EXAMPLE_SIZE);
    const ids = load<u32>(bag + EXAMPLE_IDS);
    const gradient = load<u32>(state + THREAD_GRADIENT_ROWS) + lane * rowBytes;
    const norm = load<f32>(norms + (lane << 2));
    for (let at = weights; at < weights + (size << 2); at += 4) {
      const weight = load<f32>(at);
      let step = rate * weight;
      if (adagrad) {
        const square = squares + (load<u32>(ids + (at - weights)) << 2);
        const sum = load<f32>(square) + weight * weight * norm;
        store<f32>(square, sum);
        step = step / sqrt(sum + LEAST_SQUARE);
      }
      // The weight has done its work: its place takes the step.
      store<f32>(at, step);
    }
    scatter(ids, weights, size, embeddings, width, gradient);
    weights += size << 2;
  }
}
