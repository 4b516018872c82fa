/**
 * Learning on without forgetting (docs/decisions/0008-learning-on.md). A model that sees new examples alone forgets the old ones: every
 * step pulls all texts towards the new labels. So it rehearses: it keeps of each label the mean of h over its examples, and makes up
 * hidden vectors round that mean, scattered as those of the new examples are round theirs. Each is a row of A that nothing changes, and
 * an example with this row as its only feature.
 */

import { createWeighting, weigh } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { copyRows, type ModelParts } from "../model/index.ts";
import { readExample } from "./exampleRecord.ts";
import type { ExampleStore } from "./exampleStore.ts";

/** New examples whose scatter is looked at. */
const MOST_LOOKED_AT = 2000;
/** Vectors that are made up for each label: as many as new labels have examples, within these; and for all together. */
const FEWEST = 30;
const MOST = 100_000;

/** What is rehearsed. */
export interface Rehearsal {
  /** Rows of A, behind those of features: (rows, dimension). */
  values: Float32Array;
  /** (rows) the label of each. */
  labels: Uint32Array;
}

export const NOTHING_REHEARSED: Rehearsal = { values: new Float32Array(), labels: new Uint32Array() };

/** Examples of each of the labels from `known` on: of those that the model has not had; of all where it has had all. */
function usualCount(counts: Uint32Array, known: number): number {
  const seen = (counts.length > known ? counts.subarray(known) : counts).filter((count) => count > 0);
  return Math.round(seen.reduce((sum, count) => sum + count, 0) / Math.max(1, seen.length));
}

/**
 * Labels among the first `known`, those of a model that learns on, that would be forgotten: there is no new example of them or, where
 * labels are added, less than half as many as of one of these. `counts`: of the new examples, (labels).
 */
export function scarceLabels(counts: Uint32Array, known: number): number[] {
  const least = counts.length > known ? Math.max(1, usualCount(counts, known) / 2) : 1;
  return Array.from({ length: known }, (_, label) => label).filter((label) => counts[label] < least);
}

/**
 * Vectors to rehearse the labels of `model` with, while it learns from the examples of `store`, whose ids are rows of A already.
 * `newCounts`: how many of these each label has.
 */
export function rehearse(
  heap: Heap,
  store: ExampleStore,
  model: ModelParts,
  newCounts: Uint32Array,
  seed: number,
): Rehearsal {
  const { labelMeans, parameters } = model;
  const { dimension, labelCount } = parameters;
  if (!labelMeans) return NOTHING_REHEARSED;
  const scatter = scatterOf(heap, store, model);
  const perLabel = usualCount(newCounts, labelCount);
  const random = new Random(seed);
  const means = model.heap.f32At(labelMeans.at, labelCount * dimension);
  const counts = model.heap.f32At(labelMeans.counts, labelCount);
  const most = Math.min(Math.max(FEWEST, perLabel), Math.ceil(MOST / labelCount));
  const labels = Array.from(counts).flatMap((count, label) =>
    new Array<number>(Math.max(0, Math.min(most, Math.round(count)) - newCounts[label])).fill(label),
  );
  const values = new Float32Array(labels.length * dimension);
  for (const [row, label] of labels.entries()) {
    const drawn = scatter.length > 0 ? scatter[random.below(scatter.length)] : undefined;
    for (let column = 0; column < dimension; column++)
      values[row * dimension + column] = means[label * dimension + column] + (drawn?.[column] ?? 0);
  }
  return { values, labels: Uint32Array.from(labels) };
}

/** How far h of each new example is from the mean of its label, as the model sees them. */
function scatterOf(heap: Heap, store: ExampleStore, model: ModelParts): Float32Array[] {
  const { dimension, featureCount } = model.parameters;
  const weighting = createWeighting(model.heap, model.options, model.featureWeights);
  const found: { label: number; hidden: Float32Array }[] = [];
  const room = model.heap.allocate(store.counts.largestBag * 9);
  const row = new Float32Array(dimension);
  store.each((at) => {
    if (found.length === MOST_LOOKED_AT) return;
    const { ids, counts, count, wordCount, labels } = readExample(heap, at);
    // The features that the model knows, in its own memory.
    const kept: number[] = [];
    const keptCounts: number[] = [];
    let words = 0;
    for (let i = 0; i < count; i++) {
      const id = heap.u32[(ids >>> 2) + i];
      if (id >= featureCount) continue;
      kept.push(id);
      keptCounts.push(heap.u8[counts + i]);
      if (i < wordCount) words++;
    }
    const countsAt = room + store.counts.largestBag * 8;
    model.heap.u32At(room, kept.length).set(kept);
    model.heap.u8At(countsAt, kept.length).set(keptCounts);
    const weightsAt = room + store.counts.largestBag * 4;
    weigh(model.heap, weighting, room, countsAt, words, kept.length, weightsAt);
    const hidden = new Float32Array(dimension);
    for (const [i, id] of kept.entries()) {
      const weight = model.heap.f32[(weightsAt >>> 2) + i];
      copyRows(model.heap, model.parameters, "embeddings", id, 1, row);
      for (let column = 0; column < dimension; column++) hidden[column] += weight * row[column];
    }
    found.push({ label: labels[0], hidden });
  });
  model.heap.release(room);
  return deviations(found, dimension);
}

// Of labels with two examples or more: one alone is its own mean.
function deviations(found: readonly { label: number; hidden: Float32Array }[], dimension: number): Float32Array[] {
  const byLabel = new Map<number, Float32Array[]>();
  for (const { label, hidden } of found) {
    const members = byLabel.get(label);
    if (members) members.push(hidden);
    else byLabel.set(label, [hidden]);
  }
  const all: Float32Array[] = [];
  for (const members of byLabel.values()) {
    if (members.length < 2) continue;
    const mean = new Float64Array(dimension);
    for (const hidden of members) for (let i = 0; i < dimension; i++) mean[i] += hidden[i] / members.length;
    for (const hidden of members) all.push(hidden.map((value, i) => value - mean[i]));
  }
  return all;
}
