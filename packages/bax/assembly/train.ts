// Stochastic descent on the two gradients of docs/maths.md, a mini-batch of up to 16 examples at a time.
//
//   eq. (1)  ∂L/∂B = (∂L/∂s) hᵀ        eq. (2)  ∂L/∂A = Bᵀ (∂L/∂s) xᵀ
//
// Each thread owns some columns of A and B. Only the scores cross: every thread writes the partial scores of its slices, waits at a
// barrier, sums all slices in their fixed order and takes the gradient by the scores itself. There is one barrier a batch: partial scores
// are written in turn to two buffers, and nobody can be two batches ahead.
//
// The output layer is dense (trainOutput.ts: softmax and one-vs-all score every label) or sparse (trainEntries.ts: hierarchical softmax
// and negative sampling score a few rows of B for each example).
//
// With AdaGrad (Duchi, Hazan, Singer 2011) each row p of A has one accumulator, g_p += (x_p ‖∂L/∂s‖)², and each row c of B one,
// g_c += (∂L/∂s_c)²; a step is rate / √g. The norm is taken where all threads see the same numbers (∂L/∂s), so accumulators need no
// exchange. Each thread keeps its own copy of them, for the same reason.
//
// An example of weight w is one that is there w times: its gradient counts w times, and so does its square in the accumulators. What
// reaches these is √w ∂L/∂s; its products with √w h and √w dh are then w ∂L/∂B and w ∂L/∂A.

import {
  CONTEXT_ADAGRAD,
  CONTEXT_BARRIER,
  CONTEXT_BATCH,
  CONTEXT_CHARACTER_SCALE,
  CONTEXT_DECAY,
  CONTEXT_FEATURE_WEIGHTS,
  CONTEXT_LABEL_WEIGHTS,
  CONTEXT_LABELS,
  CONTEXT_LOSS,
  CONTEXT_LOSS_KIND,
  CONTEXT_MOST_ENTRIES,
  CONTEXT_NORM,
  CONTEXT_ORDER,
  CONTEXT_PARTIALS,
  CONTEXT_RATE_SLOPE,
  CONTEXT_RATE_START,
  CONTEXT_SLICES,
  CONTEXT_STOP,
  CONTEXT_TERM_FREQUENCIES,
  CONTEXT_THREAD_STATES,
  CONTEXT_THREADS,
  CONTEXT_WEIGHT,
  CONTEXT_WEIGHTED,
  CONTEXT_WORD_SCALE,
  EXAMPLE_IDS,
  EXAMPLE_SIZE,
  EXAMPLE_WORD_COUNT,
  LANES,
  LOSS_ONE_VS_ALL,
  LOSS_SOFTMAX,
  NORMS_ROOTS,
  NORMS_WEIGHTS,
  THREAD_BYTES,
  THREAD_EMBEDDINGS,
  THREAD_GRADIENT_ROWS,
  THREAD_HIDDEN_ROWS,
  THREAD_LOGITS,
  THREAD_NORMS,
  THREAD_PATIENCE,
  THREAD_ROW_SQUARES,
  THREAD_WEIGHTS,
  THREAD_WIDTH,
} from "../src/kernels/layout";
import { weigh } from "./bag";
import { arrive, waitFor } from "./barrier";
import { weightOfExample } from "./example";
import { sumRows, touchRows } from "./gather";
import { chooseMoved } from "./movedLabels";
import { scatter } from "./scatter";
import { sumSlices } from "./scores";
import { useWords } from "./touch";
import { entryGradient, entryScores, makeEntries, updateEntries } from "./trainEntries";
import { LEAST_SQUARE, oneVsAllGradient, outputScores, softmaxGradient } from "./trainOutput";
import { hiddenGradient, updateOutput } from "./trainOutputMove";

const LANE_BYTES: u32 = LANES << 2;

/**
 * Trains on examples order[from … to), in batches; `from` and `to` count within the whole run, so that the rate is
 * rateStart + rateSlope · position. Every thread calls it with the same arguments but `thread`. Returns 0, or 1 if it was stopped.
 * Thread 0 adds the loss of each example, taken before its step, to the context's loss (f64).
 */
export function trainBatches(context: usize, thread: u32, from: u32, to: u32): u32 {
  const threads = load<u32>(context + CONTEXT_THREADS);
  const batch = load<u32>(context + CONTEXT_BATCH);
  const labels = load<u32>(context + CONTEXT_LABELS);
  const slices = load<u32>(context + CONTEXT_SLICES);
  const order = load<u32>(context + CONTEXT_ORDER);
  const partials = load<u32>(context + CONTEXT_PARTIALS);
  const kind = load<u32>(context + CONTEXT_LOSS_KIND);
  const state = load<u32>(context + CONTEXT_THREAD_STATES) + thread * THREAD_BYTES;
  const logits = load<u32>(state + THREAD_LOGITS);
  const barrier = load<u32>(context + CONTEXT_BARRIER);
  const dense = kind == LOSS_SOFTMAX || kind == LOSS_ONE_VS_ALL;
  const sliceBytes = dense ? labels * LANE_BYTES : load<u32>(context + CONTEXT_MOST_ENTRIES) << 2;
  let parity: u32 = 0;
  for (let at = from; at < to; at += batch) {
    const count = min(batch, to - at);
    const examples = order + (at << 2);
    const scores = threads == 1 ? logits : partials + parity * slices * sliceBytes;
    // Vectors of scores of a slice.
    let vectors = sliceBytes >> 4;
    gatherBatch(context, state, examples, count, threads > 1 && at > from);
    if (dense) outputScores(context, state, scores, threads == 1);
    else {
      vectors = (makeEntries(context, state, examples, count, at) + 3) >> 2;
      entryScores(context, state, count, scores, sliceBytes, threads == 1);
    }
    if (threads > 1) {
      const target = arrive(barrier, threads);
      // Threads take turns at being the slower one. Whoever is early does something useful.
      if (!isDefined(COMPACT_KERNELS)) touchBatch(state, examples + (count << 2), min(batch, to - at - count));
      if (waitFor(barrier, target, context + CONTEXT_STOP, state + THREAD_PATIENCE)) return 1;
      sumSlices(scores, slices, sliceBytes, vectors, logits);
      parity ^= 1;
    }
    const rate = load<f32>(context + CONTEXT_RATE_START) + load<f32>(context + CONTEXT_RATE_SLOPE) * <f32>at;
    let loss: f64;
    let moved: u32 = 0;
    if (dense) {
      loss =
        kind == LOSS_SOFTMAX
          ? softmaxGradient(context, state, examples, count)
          : oneVsAllGradient(context, state, examples, count);
      moved = chooseMoved(context, state, at);
      hiddenGradient(state, moved);
    } else loss = entryGradient(context, state, count);
    if (load<u32>(context + CONTEXT_WEIGHTED)) {
      scaleLanes(state, load<u32>(state + THREAD_HIDDEN_ROWS));
      scaleLanes(state, load<u32>(state + THREAD_GRADIENT_ROWS));
    }
    if (dense) updateOutput(context, state, moved, count, rate);
    else updateEntries(context, state, count, rate);
    if (thread == 0) addLoss(context, state, count, loss);
    updateEmbeddings(context, state, examples, count, rate);
  }
  // Nobody may start the next call while another still reads this one's last partial scores.
  if (threads == 1) return 0;
  return waitFor(barrier, arrive(barrier, threads), context + CONTEXT_STOP, state + THREAD_PATIENCE);
}

// h = A x for each example of the batch: this thread's columns, one row an example.
function gatherBatch(context: usize, state: usize, examples: usize, count: u32, areTouched: bool): void {
  const width = load<u32>(state + THREAD_WIDTH);
  const rows = load<u32>(state + THREAD_HIDDEN_ROWS);
  const embeddings = load<u32>(state + THREAD_EMBEDDINGS);
  let weights = load<u32>(state + THREAD_WEIGHTS);
  if (!areTouched) touchRecords(examples, count);
  for (let lane: u32 = 0; lane < count; lane++) {
    const example = load<u32>(examples + (lane << 2));
    const ids = example + EXAMPLE_IDS;
    const size = load<u32>(example + EXAMPLE_SIZE);
    weigh(
      ids,
      ids + (size << 2),
      load<u32>(example + EXAMPLE_WORD_COUNT),
      size,
      load<u32>(context + CONTEXT_FEATURE_WEIGHTS),
      load<u32>(context + CONTEXT_TERM_FREQUENCIES),
      load<u32>(context + CONTEXT_NORM),
      load<f32>(context + CONTEXT_WORD_SCALE),
      load<f32>(context + CONTEXT_CHARACTER_SCALE),
      weights,
    );
    sumRows(ids, weights, size, embeddings, width, rows + lane * (width << 2), areTouched);
    weights += size << 2;
  }
  // Lanes past a short last batch: zeros, which have no gradient.
  memory.fill(rows + count * (width << 2), 0, (LANES - count) * (width << 2));
  const norms = load<u32>(state + THREAD_NORMS);
  const labelWeights = load<u32>(context + CONTEXT_LABEL_WEIGHTS);
  for (let lane: u32 = 0; lane < <u32>LANES; lane++) {
    const weight: f32 = lane < count ? weightOfExample(load<u32>(examples + (lane << 2)), labelWeights) : 1;
    store<f32>(norms + NORMS_WEIGHTS + (lane << 2), weight);
    store<f32>(norms + NORMS_ROOTS + (lane << 2), sqrt(weight));
  }
}

// Reads what `gatherBatch` will need of the memory: the examples, and this thread's columns of their rows.
function touchBatch(state: usize, examples: usize, count: u32): void {
  touchRecords(examples, count);
  const embeddings = load<u32>(state + THREAD_EMBEDDINGS);
  const rowBytes = load<u32>(state + THREAD_WIDTH) << 2;
  for (let lane: u32 = 0; lane < count; lane++) {
    const example = load<u32>(examples + (lane << 2));
    touchRows(example + EXAMPLE_IDS, load<u32>(example + EXAMPLE_SIZE), embeddings, rowBytes);
  }
}

// Examples lie anywhere in memory: reads a word of each of their first lines.
function touchRecords(examples: usize, count: u32): void {
  let touched: u32 = 0;
  for (let line: u32 = 0; line < 512; line += 64) {
    for (let lane: u32 = 0; lane < count; lane++) touched ^= load<u32>(load<u32>(examples + (lane << 2)) + line);
  }
  useWords(touched);
}

function addLoss(context: usize, state: usize, count: u32, loss: f64): void {
  store<f64>(context + CONTEXT_LOSS, load<f64>(context + CONTEXT_LOSS) + loss);
  const weights = load<u32>(state + THREAD_NORMS) + NORMS_WEIGHTS;
  let sum = load<f64>(context + CONTEXT_WEIGHT);
  for (let lane: u32 = 0; lane < count; lane++) sum += <f64>load<f32>(weights + (lane << 2));
  store<f64>(context + CONTEXT_WEIGHT, sum);
}

// Each lane's row of this thread's columns by the root of its weight.
function scaleLanes(state: usize, rows: usize): void {
  const rowBytes = load<u32>(state + THREAD_WIDTH) << 2;
  const roots = load<u32>(state + THREAD_NORMS) + NORMS_ROOTS;
  for (let lane: u32 = 0; lane < <u32>LANES; lane++)
    scaleRow(rows + lane * rowBytes, load<f32>(roots + (lane << 2)), rowBytes);
}

// A_p −= step_p x_np dH_n, eq. (2), for the rows of the features of each example in turn; with a decay λ, A_p first becomes
// (1 − λ rate x_np) A_p.
function updateEmbeddings(context: usize, state: usize, examples: usize, count: u32, rate: f32): void {
  const decay = rate * load<f32>(context + CONTEXT_DECAY);
  const width = load<u32>(state + THREAD_WIDTH);
  const rowBytes = width << 2;
  const embeddings = load<u32>(state + THREAD_EMBEDDINGS);
  const squares = load<u32>(context + CONTEXT_ADAGRAD) ? load<u32>(state + THREAD_ROW_SQUARES) : 0;
  const norms = load<u32>(state + THREAD_NORMS);
  // As `gatherBatch` left them: the weights of the batch's bags, one after another.
  let weights = load<u32>(state + THREAD_WEIGHTS);
  for (let lane: u32 = 0; lane < count; lane++) {
    const example = load<u32>(examples + (lane << 2));
    const size = load<u32>(example + EXAMPLE_SIZE);
    const ids = example + EXAMPLE_IDS;
    if (decay > 0) decayRows(ids, weights, size, embeddings, rowBytes, decay);
    // The weights have done their work: their places take the steps.
    if (squares) toAdaptiveSteps(ids, weights, size, squares, load<f32>(norms + (lane << 2)), rate);
    else toSteps(weights, size, rate);
    scatter(ids, weights, size, embeddings, width, load<u32>(state + THREAD_GRADIENT_ROWS) + lane * rowBytes);
    weights += size << 2;
  }
}

function decayRows(ids: usize, weights: usize, size: u32, embeddings: usize, rowBytes: u32, decay: f32): void {
  for (let i: u32 = 0; i < size << 2; i += 4)
    scaleRow(embeddings + load<u32>(ids + i) * rowBytes, 1 - decay * load<f32>(weights + i), rowBytes);
}

function toSteps(weights: usize, size: u32, rate: f32): void {
  const rates = f32x4.splat(rate);
  let i: u32 = 0;
  for (; i + 4 <= size; i += 4) {
    const at = weights + (i << 2);
    v128.store(at, f32x4.mul(rates, v128.load(at)));
  }
  for (; i < size; i++) store<f32>(weights + (i << 2), rate * load<f32>(weights + (i << 2)));
}

// AdaGrad: step = rate x_p / √g_p, once g_p has grown by (x_p ‖∂L/∂s‖)². Roots and quotients of four features are taken at once.
function toAdaptiveSteps(ids: usize, weights: usize, size: u32, squares: usize, norm: f32, rate: f32): void {
  const rates = f32x4.splat(rate);
  const least = f32x4.splat(LEAST_SQUARE);
  const end = weights + (size << 2);
  for (; !isDefined(COMPACT_KERNELS) && weights + 16 <= end; weights += 16, ids += 16) {
    // One after the other, as a row may be there twice.
    let sums = f32x4.splat(accumulate(ids, weights, squares, norm));
    sums = f32x4.replace_lane(sums, 1, accumulate(ids + 4, weights + 4, squares, norm));
    sums = f32x4.replace_lane(sums, 2, accumulate(ids + 8, weights + 8, squares, norm));
    sums = f32x4.replace_lane(sums, 3, accumulate(ids + 12, weights + 12, squares, norm));
    const steps = f32x4.mul(rates, v128.load(weights));
    v128.store(weights, f32x4.div(steps, f32x4.sqrt(f32x4.add(sums, least))));
  }
  for (; weights < end; weights += 4, ids += 4) {
    const sum = accumulate(ids, weights, squares, norm);
    store<f32>(weights, (rate * load<f32>(weights)) / sqrt(sum + LEAST_SQUARE));
  }
}

// Adds to the accumulator of a feature's row; returns the sum.
function accumulate(id: usize, weight: usize, squares: usize, norm: f32): f32 {
  const square = squares + (load<u32>(id) << 2);
  const sum = load<f32>(square) + load<f32>(weight) * load<f32>(weight) * norm;
  store<f32>(square, sum);
  return sum;
}

// row (bytes / 4 floats) *= factor.
function scaleRow(row: usize, factor: f32, bytes: u32): void {
  const f = f32x4.splat(factor);
  for (let i: u32 = 0; i < bytes; i += 16) v128.store(row + i, f32x4.mul(v128.load(row + i), f));
}
