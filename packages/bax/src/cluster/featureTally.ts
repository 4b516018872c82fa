import { Dictionary, FeatureExtractor, Labels } from "../features/index.ts";
import { Heap, SourceRoom } from "../kernels/index.ts";
import { Fingerprint, readingOptions } from "../training/index.ts";
import { LabelCounts } from "./labelCounts.ts";
import { type Parcel, packFacts, packNumbers } from "./parcel.ts";
import type { ClusterPlan } from "./plan.ts";

/** Ranges that the hashes of features are parted into, by their highest bits. */
const BLOCK_BITS = 10;
/** Bytes of counts that are kept before they are handed over. */
const MOST_BYTES = 512 << 20;

/** What a partition knows of its examples besides their features. */
export interface PartFacts {
  readonly part: number;
  /** Rows with a label that is known. */
  readonly examples: number;
  /** Rows without one. */
  readonly unlabelled: number;
  /** (labels) examples with each, and what they weigh. */
  readonly labelCounts: readonly number[];
  readonly labelWeights: readonly number[];
  /** What all examples weigh. */
  readonly weight: number;
  readonly isWeighted: boolean;
  /** Distinct features of the largest example, and the most labels of one. */
  readonly largestBag: number;
  readonly mostTargets: number;
  /** Of all texts, labels and weights in their order. */
  readonly fingerprint: string;
}

/** Counts in how many texts of a partition each feature occurs, and how their labels are spread: the first pass over the data. */
export class FeatureTally {
  private readonly heap = new Heap();
  private readonly extractor: FeatureExtractor;
  private readonly labels: Labels;
  private readonly fingerprint: Fingerprint;
  private readonly facts: { -readonly [K in keyof PartFacts]: PartFacts[K] };
  private readonly labelCounts: Float64Array;
  private readonly labelWeights: Float64Array;
  private dictionary: Dictionary;
  private counts = new LabelCounts();
  private readonly source: SourceRoom;
  private ids = 0;

  constructor({ choices, labels }: ClusterPlan, part: number) {
    this.extractor = new FeatureExtractor(this.heap, readingOptions(choices));
    this.dictionary = new Dictionary(this.heap);
    this.labels = new Labels(labels);
    this.source = new SourceRoom(this.heap);
    this.fingerprint = new Fingerprint(this.heap);
    this.labelCounts = new Float64Array(labels.length);
    this.labelWeights = new Float64Array(labels.length);
    const none = { examples: 0, unlabelled: 0, weight: 0, largestBag: 0, mostTargets: 0, isWeighted: false };
    this.facts = { part, ...none, labelCounts: [], labelWeights: [], fingerprint: "" };
  }

  /** Counts a text, as UTF-8. Returns what is ready to be handed over. */
  *add(text: Uint8Array, names: readonly string[], weight: number): Generator<Parcel> {
    const { heap, extractor, facts } = this;
    const labels = knownLabels(this.labels, names);
    if (labels.length === 0) {
      facts.unlabelled++;
      return;
    }
    const at = this.source.place(text);
    this.fingerprint.stir(at, text.length);
    this.fingerprint.stirNumber(weight);
    for (const label of labels) {
      this.fingerprint.stirNumber(label);
      this.labelCounts[label]++;
      this.labelWeights[label] += weight / labels.length;
    }
    facts.examples++;
    facts.weight += weight;
    facts.isWeighted ||= weight !== 1;
    facts.mostTargets = Math.max(facts.mostTargets, labels.length);
    const count = extractor.extract(at, text.length);
    facts.largestBag = Math.max(facts.largestBag, count);
    this.ids = heap.scratch(this.ids, count * 4);
    this.dictionary.add(extractor.hashes, extractor.wordCount, count, this.ids);
    const ids = heap.u32At(this.ids, count);
    for (const label of labels) for (const id of ids) this.counts.add(id, label, weight / labels.length);
    if (this.dictionary.bytes + this.counts.bytes > MOST_BYTES) yield* this.flush();
  }

  /** What is left, and the facts. */
  *finish(): Generator<Parcel> {
    yield* this.flush();
    const { facts, labelCounts, labelWeights, fingerprint } = this;
    yield packFacts({
      ...facts,
      labelCounts: Array.from(labelCounts),
      labelWeights: Array.from(labelWeights),
      fingerprint: fingerprint.digits,
    });
  }

  // Hands all counts over, by the ranges of the features' hashes, and begins new ones.
  private *flush(): Generator<Parcel> {
    const { keys, documents } = this.dictionary.save();
    const { starts, labels, weights } = this.counts.grouped(keys.length);
    const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
    for (let from = 0; from < order.length; ) {
      const block = blockOf(keys[order[from]]);
      let to = from;
      while (to < order.length && blockOf(keys[order[to]]) === block) to++;
      const members = order.subarray(from, to);
      const sizes = Uint32Array.from(members, (index) => starts[index + 1] - starts[index]);
      const pairs = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0));
      const shares = new Float32Array(pairs.length);
      let at = 0;
      for (const [i, index] of members.entries()) {
        pairs.set(labels.subarray(starts[index], starts[index + 1]), at);
        shares.set(weights.subarray(starts[index], starts[index + 1]), at);
        at += sizes[i];
      }
      const own = members.map((index) => keys[index]);
      const seen = members.map((index) => documents[index]);
      yield { block, bytes: packNumbers([own, seen, sizes, pairs, shares]) };
      from = to;
    }
    this.dictionary.release();
    this.dictionary = new Dictionary(this.heap);
    this.counts = new LabelCounts();
  }
}

function blockOf(key: number): number {
  return key >>> (32 - BLOCK_BITS);
}

/** Those of an example's labels that the model has, each once, in ascending order. */
export function knownLabels(labels: Labels, names: readonly string[]): number[] {
  const known = names.map((name) => labels.indexOf(name)).filter((label) => label >= 0);
  return known.length < 2 ? known : [...new Set(known)].sort((a, b) => a - b);
}
