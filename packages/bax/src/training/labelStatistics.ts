// How the labels of the examples with a feature differ from the labels of all.
import { logRatioWeights, PRIOR_WEIGHT } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import { readExample } from "./exampleRecord.ts";
import type { Part } from "./part.ts";

/** Memory for counting labels of features: rows that do not fit are counted in a further pass over the examples. */
const TALLY_BYTES = 32 << 20;

/** What of a corpus is counted. */
export interface Counted {
  featureCount: number;
  labelCount: number;
  /** Whether the targets of an example need not sum to 1. */
  areApart: boolean;
}

/** Feature weights that tell labels apart, from the labels of some examples alone: (featureCount). */
export function weightsOfFeatures(heap: Heap, counted: Counted, part: Part): Float32Array {
  const { featureCount, labelCount, areApart } = counted;
  const priors = heap.allocateZeroed(labelCount * 8);
  const total = countPriors(heap, counted, part, priors);
  const rowBytes = 4 * ((labelCount + 3) & ~3);
  const step = Math.max(1, Math.min(featureCount, Math.floor(TALLY_BYTES / rowBytes)));
  const tally = heap.allocate(step * rowBytes);
  const documents = heap.allocate(featureCount * 4);
  const divergences = heap.allocate(featureCount * 4);
  for (let first = 0; first < featureCount; first += step) {
    const rows = Math.min(step, featureCount - first);
    heap.u8At(tally, rows * rowBytes).fill(0);
    for (const window of part.windows()) {
      const order = heap.allocateCopy(window.load());
      heap.kernels.tallyLabels(order, window.count, labelCount, areApart ? 1 : 0, first, rows, tally);
      heap.release(order);
    }
    const [d, k] = [documents + first * 4, divergences + first * 4];
    heap.kernels.labelDivergences(tally, rows, labelCount, priors, PRIOR_WEIGHT, d, k);
  }
  const weights = logRatioWeights(heap.f32At(documents, featureCount), heap.f32At(divergences, featureCount), total);
  for (const at of [priors, tally, documents, divergences]) heap.release(at);
  return weights;
}

// Share of each label among the targets of a part, to (labels) f64 at `priors`; returns the weight of all examples.
function countPriors(heap: Heap, { labelCount }: Counted, part: Part, priors: number): number {
  const sums = new Float64Array(labelCount);
  let all = 0;
  for (const window of part.windows()) {
    for (const at of window.load()) {
      const { labels, targets, weight } = readExample(heap, at);
      let total = 0;
      for (const target of targets) total += target;
      // Shares need not sum to 1 exactly, and targets of one-vs-all not at all.
      for (const [i, label] of labels.entries()) sums[label] += weight * (targets[i] / total);
      all += weight;
    }
  }
  const shares = heap.f64.subarray(priors >>> 3, (priors >>> 3) + labelCount);
  // Where nothing weighs anything, nothing is counted that a prior could be of.
  for (let label = 0; label < labelCount; label++) shares[label] = all > 0 ? sums[label] / all : 0;
  return all;
}
