import { FASTTEXT_OFFSET } from "../losses/index.ts";
import { log } from "../math/elementary.ts";

/** What fastText orders answers by: ln(p + 1e-5) in float32. */
export function fastTextScore(probability: number): number {
  return Math.fround(log(probability + FASTTEXT_OFFSET));
}

/** Whether scores, descending, can be put in one order only. */
export function areApart(descending: ArrayLike<number>): boolean {
  for (let i = 1; i < descending.length; i++) if (descending[i - 1] === descending[i]) return false;
  return true;
}

/**
 * The `k` best of all labels that reach `least`, in the order in which fastText answers them. `scores`: (labels). `order`: the labels as
 * fastText comes to them. Equal ones come as its heap leaves them: a
 * binary heap whose smallest is on top, where a new one is put at the end and moves up past those that are greater, and the top is taken
 * away by moving its smaller child up to the bottom and the last one up from there.
 */
export function fastTextTop(scores: Float64Array, order: Iterable<number>, k: number, least: number): number[] {
  const heap: number[] = [];
  for (const label of order) {
    if (scores[label] < least) continue;
    if (heap.length === k && scores[label] < scores[heap[0]]) continue;
    heap.push(label);
    moveUp(heap, scores, heap.length - 1, label);
    if (heap.length > k) {
      takeTop(heap, scores, heap.length);
      heap.pop();
    }
  }
  // Taking the smallest away again and again leaves the greatest at the front.
  for (let length = heap.length; length > 1; length--) takeTop(heap, scores, length);
  return heap;
}

function moveUp(heap: number[], scores: Float64Array, from: number, label: number): void {
  let hole = from;
  for (let parent = (hole - 1) >> 1; hole > 0 && scores[heap[parent]] > scores[label]; parent = (hole - 1) >> 1) {
    heap[hole] = heap[parent];
    hole = parent;
  }
  heap[hole] = label;
}

// Moves the top of the first `length` to their end.
function takeTop(heap: number[], scores: Float64Array, length: number): void {
  const last = heap[length - 1];
  heap[length - 1] = heap[0];
  const count = length - 1;
  let hole = 0;
  let child = 0;
  while (child < (count - 1) >> 1) {
    child = 2 * (child + 1);
    if (scores[heap[child]] > scores[heap[child - 1]]) child--;
    heap[hole] = heap[child];
    hole = child;
  }
  if (count % 2 === 0 && child === (count - 2) >> 1) {
    child = 2 * (child + 1);
    heap[hole] = heap[child - 1];
    hole = child - 1;
  }
  if (count > 0) moveUp(heap, scores, hole, last);
}
