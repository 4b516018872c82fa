// Where the examples of each label lie in the hidden space: what a model keeps of them, to learn on without forgetting.
import { weigh } from "../features/index.ts";
import type { LabelMeans, ModelParts } from "../model/index.ts";
import { readExample } from "./exampleRecord.ts";
import type { Part } from "./part.ts";
import type { Prepared } from "./preparation.ts";

/** More examples of a label do not move its mean. */
const ENOUGH = 1000;

/** Means of h over the examples of each label, and how many examples it has, those of a model that learned on included. */
export function meansOfLabels(prepared: Prepared, part: Part, before: ModelParts | undefined): LabelMeans {
  const { heap, corpus, parameters, weighting } = prepared;
  const { labelCount, dimension, groups } = parameters;
  const sums = new Float64Array(labelCount * dimension);
  const totals = new Float64Array(labelCount);
  const seen = new Uint32Array(labelCount);
  const weights = heap.allocate(corpus.largestBag * 4);
  const hidden = heap.allocate(dimension * 4);
  for (const window of part.windows()) {
    for (const at of window.load()) {
      const { ids, counts, count, wordCount, labels, targets, weight } = readExample(heap, at);
      if (labels.every((label) => seen[label] >= ENOUGH)) continue;
      weigh(heap, weighting, ids, counts, wordCount, count, weights);
      for (const { embeddings, width, begin } of groups)
        heap.kernels.gather(ids, weights, count, embeddings, width, hidden + begin * 4);
      const h = heap.f32At(hidden, dimension);
      for (const [i, label] of labels.entries()) {
        const share = weight * targets[i];
        seen[label]++;
        totals[label] += share;
        for (let column = 0; column < dimension; column++) sums[label * dimension + column] += share * h[column];
      }
    }
  }
  heap.release(hidden);
  heap.release(weights);
  const means = Float32Array.from(sums, (sum, i) => {
    const total = totals[Math.floor(i / dimension)];
    return total > 0 ? sum / total : 0;
  });
  // A label whose examples all weigh nothing has no mean to rehearse.
  const counts = Float32Array.from(corpus.labelCounts(), (count, label) => (totals[label] > 0 ? count : 0));
  if (before?.labelMeans) {
    const old = before.heap.f32At(before.labelMeans.counts, before.labels.length);
    for (const [label, count] of old.entries()) counts[label] += count;
  }
  return { at: heap.allocateCopy(means), counts: heap.allocateCopy(counts) };
}
