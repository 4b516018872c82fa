// What examples are to be learned as: changes to the labels, targets and weights of all of them.
import type { Heap } from "../kernels/index.ts";
import { bytesOf, readExample, replaceTargets } from "./exampleRecord.ts";
import type { ExampleStore } from "./exampleStore.ts";

/** What an example is to be learned as: its labels, the share of the target that each has (undefined: all the same), its weight. */
export interface Target {
  labels: readonly string[];
  shares?: readonly number[] | undefined;
  weight?: number;
}

/** Targets that sum to 1. */
export function toShares(targets: number[]): number[] {
  if (targets.length === 1) return [1];
  let sum = 0;
  for (const target of targets) sum += target;
  return targets.map((target) => target / sum);
}

/** Changes each example in its place; false leaves it out. */
function change(heap: Heap, store: ExampleStore, changeOne: (at: number) => boolean): void {
  store.rewrite((from, to) => {
    if (!changeOne(from)) return false;
    heap.u8.copyWithin(to, from, from + bytesOf(heap, from));
    return true;
  });
}

/**
 * Label i becomes map[i]; −1 drops it, and an example without a label is left out. `areShares`: what is left of an example's targets
 * sums to 1 again.
 */
export function relabel(heap: Heap, store: ExampleStore, map: Int32Array, areShares: boolean): void {
  change(heap, store, (at) => {
    const { labels, targets } = readExample(heap, at);
    const kept = Array.from(labels.keys()).filter((i) => map[labels[i]] >= 0);
    if (kept.length === 0 && labels.length > 0) return false;
    const rest = kept.map((i) => targets[i]);
    const isWhole = kept.length === labels.length || !areShares;
    const renamed = kept.map((i) => map[labels[i]]);
    replaceTargets(heap, at, renamed, isWhole ? rest : toShares(rest));
    return true;
  });
}

/** Lists the labels of every example in ascending order. */
export function sortTargets(heap: Heap, store: ExampleStore): void {
  if (store.counts.mostTargets < 2) return;
  change(heap, store, (at) => {
    const { labels, targets } = readExample(heap, at);
    const order = Array.from(labels.keys()).sort((a, b) => labels[a] - labels[b]);
    const [sorted, own] = [order.map((i) => labels[i]), order.map((i) => targets[i])];
    replaceTargets(heap, at, sorted, own);
    return true;
  });
}

/** How much the examples with each label weigh: Σ weight · target, (labels). */
export function labelWeights(heap: Heap, store: ExampleStore, labelCount: number): Float64Array {
  const sums = new Float64Array(labelCount);
  store.each((at) => {
    const { labels, targets, weight } = readExample(heap, at);
    for (const [i, label] of labels.entries()) sums[label] += weight * targets[i];
  });
  return sums;
}
