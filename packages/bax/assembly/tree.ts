// Answers of hierarchical softmax: a walk down the tree of labels, which scores only the inner nodes that it must.
//
// Nodes: the labels are 0 … labels − 1, the inner nodes labels … 2 labels − 2, the last of them the root. Inner node n is scored by row
// n − labels of B; the path goes right with probability σ(s) and left with 1 − σ(s) = σ(−s).

import {
  SLICE_BYTES,
  SLICE_COLUMNS,
  SLICE_HIDDEN,
  SLICE_HIDDEN_BYTES,
  SLICE_OUTPUT,
  SLICE_OUTPUT_BYTES,
  WALK_BYTES,
} from "../src/kernels/layout";
import { expNegative, logPositive } from "./elementary";
import { dot } from "./scores";

/** s = B_row · h of one lane: slice by slice, in their order. */
export function rowScore(table: usize, slices: u32, lane: u32, row: u32): f32 {
  let sum: f32 = 0;
  for (let slice: u32 = 0; slice < slices; slice++, table += SLICE_BYTES) {
    const hidden = load<u32>(table + SLICE_HIDDEN) + lane * load<u32>(table + SLICE_HIDDEN_BYTES);
    const output = load<u32>(table + SLICE_OUTPUT) + row * load<u32>(table + SLICE_OUTPUT_BYTES);
    const part = dot(output, hidden, load<u32>(table + SLICE_COLUMNS));
    sum = slice > 0 ? sum + part : part;
  }
  return sum;
}

// log σ(s), without rounding σ.
function logSigmoid(s: f32): f64 {
  const e = <f64>f32x4.extract_lane(expNegative(f32x4.splat(-abs(s))), 0);
  return -(<f64>max<f32>(-s, 0) + logPositive(1 + e));
}

// fastText's σ(s): every step of it in float32.
function fastTextSigmoid(s: f32): f32 {
  const e = f32x4.extract_lane(expNegative(f32x4.splat(-abs(s))), 0);
  const sum: f32 = 1 + (s < 0 ? 1 / e : e);
  return <f32>(1 / <f64>sum);
}

// The log-probability of a turn at a node with score s, added to that of the way there. With an offset as fastText has it: σ is rounded,
// 1 − σ is taken of the rounded one, and logarithms and sums are float32 again.
function turn(sum: f64, s: f32, right: bool, offset: f64): f64 {
  if (offset == 0) return sum + logSigmoid(right ? s : -s);
  const f = fastTextSigmoid(s);
  const p: f32 = right ? f : <f32>(1 - <f64>f);
  return <f64>(<f32>sum + <f32>logPositive(<f64>p + offset));
}

/**
 * Log-probability of a label: the sum over its path, from the root down. `path`: `length` u32, from the leaf up, each twice the row of B,
 * plus 1 where the path goes right. `offset`, 0 or more, is added to each probability on the way.
 */
export function pathLog(table: usize, slices: u32, lane: u32, path: usize, length: u32, offset: f64): f64 {
  let sum: f64 = 0;
  for (let i = length; i > 0; i--) {
    const step = load<u32>(path + ((i - 1) << 2));
    const s = rowScore(table, slices, lane, step >> 1);
    sum = turn(sum, s, (step & 1) == 1, offset);
  }
  return sum;
}

/**
 * The k labels with the greatest log-probability that is at least `least`, best first, the lower label first among equals: indices (u32)
 * and best (f64). `children`: two nodes for each inner node, left and right. `stack`: WALK_BYTES for each label and one more. Depth first; a branch is
 * left as soon as it cannot be among the best any more, since no step of a path raises its probability. Without an offset the likelier
 * branch comes first, which is soonest; with one the left, as in fastText. Returns how many were found.
 */
export function treeTopK(
  table: usize,
  slices: u32,
  lane: u32,
  children: usize,
  labels: u32,
  k: u32,
  least: f64,
  offset: f64,
  stack: usize,
  indices: usize,
  best: usize,
): u32 {
  let found: u32 = 0;
  let top = push(stack, 2 * labels - 2, 0);
  while (top > stack) {
    top -= WALK_BYTES;
    const node = load<u32>(top);
    const score = load<f64>(top + 8);
    if (!(score >= least)) continue;
    if (found == k && score < load<f64>(best + ((k - 1) << 3))) continue;
    if (node < labels) {
      found = insert(node, score, found, k, indices, best);
      continue;
    }
    const s = rowScore(table, slices, lane, node - labels);
    const pair = children + ((node - labels) << 3);
    const left = turn(score, s, false, offset);
    const right = turn(score, s, true, offset);
    if (offset > 0 || left >= right) {
      top = push(top, load<u32>(pair + 4), right);
      top = push(top, load<u32>(pair), left);
    } else {
      top = push(top, load<u32>(pair), left);
      top = push(top, load<u32>(pair + 4), right);
    }
  }
  return found;
}

function push(top: usize, node: u32, score: f64): usize {
  store<u32>(top, node);
  store<f64>(top + 8, score);
  return top + WALK_BYTES;
}

// Puts a label into the list of the best, in order; the last one falls out of a full list. Returns how many it holds.
function insert(label: u32, score: f64, found: u32, k: u32, indices: usize, best: usize): u32 {
  let at = found;
  while (at > 0) {
    const other = load<f64>(best + ((at - 1) << 3));
    if (other > score || (other == score && load<u32>(indices + ((at - 1) << 2)) < label)) break;
    at--;
  }
  if (at == k) return found;
  for (let i = min(found, k - 1); i > at; i--) {
    store<f64>(best + (i << 3), load<f64>(best + ((i - 1) << 3)));
    store<u32>(indices + (i << 2), load<u32>(indices + ((i - 1) << 2)));
  }
  store<f64>(best + (at << 3), score);
  store<u32>(indices + (at << 2), label);
  return min(found + 1, k);
}
