// Which rows of B a step moves where labels are many.
//
// Of hundreds of labels nearly all have next to no gradient for any of a batch's examples, yet moving their rows is as much work as moving
// those that matter. So a row whose largest |∂L/∂s| in the batch, m, is below a bound τ moves only with probability m / τ, and then by
// τ / m times as much: the expected step is the same, and what chance adds to it is small beside what the choice of examples adds
// (docs/decisions/0013-small-gradients.md). Chance comes from the seed, the batch and the label, so it is the same everywhere.

import {
  CONTEXT_ADAGRAD,
  CONTEXT_LABELS,
  CONTEXT_NEGATIVE_SEED,
  LANES,
  THREAD_LABEL_SQUARES,
  THREAD_LOGITS,
  THREAD_MOVED_LABELS,
} from "../src/kernels/layout";
import { finalize as mix } from "./hash";

const LANE_BYTES: u32 = LANES << 2;
/** Fewer labels all move: there is little to save. */
const MANY_LABELS: u32 = 64;
/** τ. */
const SMALL: f32 = 0.01;

/**
 * Lists the labels whose rows move in a batch that begins at `position` of the window, and returns how many they are; scales their
 * gradients (labels × LANES) as above. With AdaGrad every label's accumulator grows, whether its row moves or not.
 */
export function chooseMoved(context: usize, state: usize, position: u32): u32 {
  const labels = load<u32>(context + CONTEXT_LABELS);
  const squares = load<u32>(context + CONTEXT_ADAGRAD) ? load<u32>(state + THREAD_LABEL_SQUARES) : 0;
  const seed = mix(load<u32>(context + CONTEXT_NEGATIVE_SEED) + position);
  const isMany = labels >= MANY_LABELS;
  const moved = load<u32>(state + THREAD_MOVED_LABELS);
  let gradient = load<u32>(state + THREAD_LOGITS);
  let at = moved;
  for (let label: u32 = 0; label < labels; label++, gradient += LANE_BYTES) {
    if (squares) addSquares(squares + (label << 2), gradient);
    if (isMany) {
      const sizes = largestOfFour(gradient);
      // 24 random bits: a number in [0, 1).
      const chance = <f32>(mix(seed ^ (label * 0x9e3779b1)) >> 8) * <f32>5.9604645e-8;
      // What is no number is neither, so that the row takes it over and training notices.
      if (i32x4.all_true(f32x4.le(sizes, f32x4.splat(chance * SMALL)))) continue;
      if (i32x4.all_true(f32x4.lt(sizes, f32x4.splat(SMALL)))) scale(gradient, SMALL / largestOf(sizes));
    }
    store<u32>(at, label);
    at += 4;
  }
  return <u32>(at - moved) >> 2;
}

// The largest sizes of each four lanes.
function largestOfFour(gradient: usize): v128 {
  const a = f32x4.max(f32x4.abs(v128.load(gradient)), f32x4.abs(v128.load(gradient, 16)));
  const b = f32x4.max(f32x4.abs(v128.load(gradient, 32)), f32x4.abs(v128.load(gradient, 48)));
  return f32x4.max(a, b);
}

function largestOf(four: v128): f32 {
  return max(
    max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
}

function scale(gradient: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (let at = gradient; at < gradient + LANE_BYTES; at += 16) v128.store(at, f32x4.mul(v128.load(at), factors));
}

function addSquares(square: usize, gradient: usize): void {
  let sum = f32x4.mul(v128.load(gradient), v128.load(gradient));
  sum = f32x4.add(sum, f32x4.mul(v128.load(gradient, 16), v128.load(gradient, 16)));
  sum = f32x4.add(sum, f32x4.mul(v128.load(gradient, 32), v128.load(gradient, 32)));
  sum = f32x4.add(sum, f32x4.mul(v128.load(gradient, 48), v128.load(gradient, 48)));
  const total =
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  store<f32>(square, load<f32>(square) + total);
}
