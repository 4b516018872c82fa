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

/** Set in the number of a node that waits where the way to it turns right. */
const TURNS_RIGHT: u32 = 0x80000000;

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
  if (isDefined(COMPACT_KERNELS) || offset == 0) return sum + logSigmoid(right ? s : -s);
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
 * and best (f64). `children`: two nodes for each inner node, left and right. `stack`: WALK_BYTES for each label and one more. Depth first,
 * the likelier branch before the other; a branch is left as soon as it cannot be among the best any more, since no step of a path raises
 * its probability. Most are left by a bound that costs no logarithm. Returns how many were found, and in the highest bit whether the last
 * of them is as good as one that was left out.
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
  if (!(least <= 0)) return 0;
  let found: u32 = 0;
  let isTied: u32 = 0;
  let worst = least;
  let node: u32 = 2 * labels - 2;
  let score: f64 = 0;
  let top = stack;
  while (true) {
    if (node < labels) {
      if (found == k) {
        // It is as good as the last, or the last falls out, and may be as good as the one before it.
        isTied = score == worst || (k > 1 && load<f64>(best + ((k - 2) << 3)) == worst) ? 1 : 0;
      }
      found = insert(node, score, found, k, indices, best);
      if (found == k) worst = load<f64>(best + ((k - 1) << 3));
    } else {
      const s = rowScore(table, slices, lane, node - labels);
      const pair = children + ((node - labels) << 3);
      // Which turn comes first; the other waits, with what it takes to tell whether it is worth a look.
      const right = s > 0;
      top = push(top, load<u32>(pair + (right ? 0 : 4)) | (right ? 0 : TURNS_RIGHT), score, s);
      score = turn(score, s, right, offset);
      node = load<u32>(pair + (right ? 4 : 0));
      if (score >= worst) continue;
    }
    // Back to the last branch that waits and may still be among the best.
    do {
      if (top == stack) return found | (isTied << 31);
      top -= WALK_BYTES;
      const waiting = load<u32>(top);
      const right = (waiting & TURNS_RIGHT) != 0;
      const s = load<f32>(top, 4);
      node = waiting & ~TURNS_RIGHT;
      score = load<f64>(top, 8);
      // What is no number passes the bound and is left then.
      if (score + bound(right ? s : -s, offset) < worst) score = -Infinity;
      else score = turn(score, s, right, offset);
    } while (!(score >= worst));
  }
}

/**
 * `treeTopK` of each of `lanes` lanes: k indices (u32) and logarithms (f64) a lane, and in `found` (u32 a lane) what it returns.
 */
export function treeTopLanes(
  table: usize,
  slices: u32,
  lanes: u32,
  children: usize,
  labels: u32,
  k: u32,
  least: f64,
  offset: f64,
  stack: usize,
  indices: usize,
  best: usize,
  found: usize,
): void {
  for (let lane: u32 = 0; lane < lanes; lane++, indices += k << 2, best += k << 3) {
    const answer = treeTopK(table, slices, lane, children, labels, k, least, offset, stack, indices, best);
    store<u32>(found + (lane << 2), answer);
  }
}

// No less than what a turn with score s adds. ln σ(s) ≤ min(s, 0). fastText adds 1e-5 to σ and rounds to float32: next to nothing for s above
// −4; below that ln(x + 1e-5) ≤ max(ln x, ln 1e-5) + ln 2. The numbers leave room for rounding.
function bound(s: f32, offset: f64): f64 {
  if (isDefined(COMPACT_KERNELS) || offset == 0) return <f64>min<f32>(s, 0);
  return s > -4 ? <f64>min<f32>(s, 0) + 0.01 : <f64>max<f32>(s, -11.5) + 0.71;
}

function push(top: usize, node: u32, score: f64, s: f32): usize {
  store<u32>(top, node);
  store<f32>(top, s, 4);
  store<f64>(top, score, 8);
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
