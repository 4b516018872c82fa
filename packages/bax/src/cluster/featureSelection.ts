// The counts of all partitions together: which features there are, and how well each tells labels apart.
import { addTexts, occursIn, PRIOR_WEIGHT } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import type { PartFacts } from "./featureTally.ts";
import { NumberReader, packNumbers } from "./parcel.ts";
import type { ClusterPlan } from "./plan.ts";

/** Memory for the labels of features, as many features at a time as it holds. */
const TALLY_BYTES = 32 << 20;

/** Features that are kept, each as its hash; what `dictionary` counts of it; what its texts weigh; and how their labels diverge. */
export interface FeatureList {
  /** Distinct features that were counted, also those that are too rare. */
  readonly all: number;
  readonly keys: Uint32Array;
  readonly entries: Uint32Array;
  readonly documents: Float32Array;
  readonly divergences: Float32Array;
}

/** What all partitions know together. */
export interface Totals extends Omit<PartFacts, "part" | "unlabelled" | "fingerprint"> {
  /** Examples of each partition. */
  readonly partExamples: readonly number[];
  /** Of each partition, in their order. */
  readonly fingerprints: readonly string[];
}

/** Adds the facts of partitions up, in the order of their numbers. */
export function totalsOf(facts: readonly PartFacts[], { labels, partitions }: ClusterPlan): Totals {
  const sorted = [...facts].sort((a, b) => a.part - b.part);
  const sum = (numberOf: (part: PartFacts) => number): number => sorted.reduce((all, part) => all + numberOf(part), 0);
  const most = (numberOf: (part: PartFacts) => number): number => Math.max(0, ...sorted.map(numberOf));
  const partExamples = new Array<number>(partitions).fill(0);
  for (const { part, examples } of sorted) partExamples[part] = examples;
  return {
    examples: sum(({ examples }) => examples),
    weight: sum(({ weight }) => weight),
    labelCounts: labels.map((_, label) => sum(({ labelCounts }) => labelCounts[label])),
    labelWeights: labels.map((_, label) => sum(({ labelWeights }) => labelWeights[label])),
    isWeighted: sorted.some(({ isWeighted }) => isWeighted),
    largestBag: most(({ largestBag }) => largestBag),
    mostTargets: most(({ mostTargets }) => mostTargets),
    partExamples,
    fingerprints: sorted.map(({ fingerprint }) => fingerprint),
  };
}

/** Joins what partitions counted of a block of features, in the order of partitions, and leaves out what is too rare. */
export class FeatureSelection {
  private readonly heap = new Heap();
  private readonly plan: ClusterPlan;
  private readonly priors: number;

  constructor(plan: ClusterPlan, { labelWeights, weight }: Pick<Totals, "labelWeights" | "weight">) {
    this.plan = plan;
    const labelCount = plan.labels.length;
    this.priors = this.heap.allocateZeroed(labelCount * 8);
    const shares = this.heap.f64.subarray(this.priors >>> 3, (this.priors >>> 3) + labelCount);
    if (weight > 0) for (const [label, sum] of labelWeights.entries()) shares[label] = sum / weight;
  }

  /** The features of a block. `counted`: the parcels of all partitions. */
  join(counted: readonly Uint8Array[]): Uint8Array {
    const parcels = counted.map((bytes) => {
      const reader = new NumberReader(bytes);
      const [keys, entries, sizes, labels] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
      return { keys, entries, sizes, labels, weights: reader.f32() };
    });
    const indices = new Map<number, number>();
    const keys: number[] = [];
    const entries: number[] = [];
    for (const parcel of parcels) {
      for (const [i, key] of parcel.keys.entries()) {
        const index = indices.get(key);
        if (index === undefined) {
          indices.set(key, keys.length);
          keys.push(key);
          entries.push(parcel.entries[i]);
        } else {
          // The first that met a hash says which block of a text it is of, as on one machine.
          entries[index] = addTexts(entries[index], parcel.entries[i]);
        }
      }
    }
    const { minCount = 1, minCountChars = 2 } = this.plan.choices;
    const kept = Uint32Array.from(keys.keys()).filter((i) =>
      occursIn(entries[i], minCount, Math.max(minCount, minCountChars)),
    );
    const rows = new Int32Array(keys.length).fill(-1);
    for (const [row, index] of kept.entries()) rows[index] = row;
    const { documents, divergences } = this.diverge(parcels, (key) => rows[indices.get(key) as number], kept.length);
    return packFeatures({
      all: keys.length,
      keys: kept.map((index) => keys[index]),
      entries: kept.map((index) => entries[index]),
      documents,
      divergences,
    });
  }

  // (rows) what the texts with each feature weigh, and how far their labels are from the priors.
  private diverge(
    parcels: readonly { keys: Uint32Array; sizes: Uint32Array; labels: Uint32Array; weights: Float32Array }[],
    rowOf: (key: number) => number,
    rowCount: number,
  ): Pick<FeatureList, "documents" | "divergences"> {
    const { heap, priors } = this;
    const labelCount = this.plan.labels.length;
    const rowFloats = (labelCount + 3) & ~3;
    const step = Math.max(1, Math.min(rowCount, Math.floor(TALLY_BYTES / (4 * rowFloats))));
    const tally = heap.allocate(step * rowFloats * 4);
    const found = heap.allocate(rowCount * 8 + 8);
    for (let first = 0; first < rowCount; first += step) {
      const count = Math.min(step, rowCount - first);
      const cells = heap.f32At(tally, count * rowFloats).fill(0);
      for (const { keys, sizes, labels, weights } of parcels) {
        let at = 0;
        for (const [i, key] of keys.entries()) {
          const row = rowOf(key) - first;
          const end = at + sizes[i];
          if (row >= 0 && row < count) for (; at < end; at++) cells[row * rowFloats + labels[at]] += weights[at];
          at = end;
        }
      }
      const [documents, divergences] = [found + first * 4, found + (rowCount + first) * 4];
      heap.kernels.labelDivergences(tally, count, labelCount, priors, PRIOR_WEIGHT, documents, divergences);
    }
    const documents = heap.f32At(found, rowCount).slice();
    const divergences = heap.f32At(found + rowCount * 4, rowCount).slice();
    heap.release(found);
    heap.release(tally);
    return { documents, divergences };
  }
}

function packFeatures({ all, keys, entries, documents, divergences }: FeatureList): Uint8Array {
  return packNumbers([Uint32Array.of(all), keys, entries, documents, divergences]);
}

/** The features of all blocks, as one list. `joined`: what `FeatureSelection` gave, in the order of blocks. */
export function listFeatures(joined: readonly Uint8Array[]): FeatureList {
  const lists = joined.map((bytes) => {
    const reader = new NumberReader(bytes);
    const all = reader.u32()[0];
    return { all, keys: reader.u32(), entries: reader.u32(), documents: reader.f32(), divergences: reader.f32() };
  });
  const count = lists.reduce((sum, { keys }) => sum + keys.length, 0);
  const whole = { keys: new Uint32Array(count), entries: new Uint32Array(count) };
  const figures = { documents: new Float32Array(count), divergences: new Float32Array(count) };
  let at = 0;
  for (const { keys, entries, documents, divergences } of lists) {
    whole.keys.set(keys, at);
    whole.entries.set(entries, at);
    figures.documents.set(documents, at);
    figures.divergences.set(divergences, at);
    at += keys.length;
  }
  return { all: lists.reduce((sum, { all }) => sum + all, 0), ...whole, ...figures };
}
