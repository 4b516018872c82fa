import type { LabelledText } from "../data/index.ts";
import { type ModelFile, writeModelFile } from "../formats/index.ts";
import { Heap } from "../kernels/index.ts";
import { Measurement } from "../measurement.ts";
import { Classifier, type LabelMeans, type ModelParts, sliceBounds, wholeGroup } from "../model/index.ts";
import { recalibrate } from "../recalibration.ts";
import { recordOf } from "../record.ts";
import { Fingerprint, readingOptions, type TrainingReport, wantedBy } from "../training/index.ts";
import type { ClusterState } from "./clusterState.ts";

/** Fewest held-out texts that probabilities are corrected by. */
const FEWEST_CALIBRATED = 30;

/** What there is to tell of a training on a cluster. `valid`: measured on the rows that were held out; null where there were none. */
export interface ClusterReport
  extends Pick<TrainingReport, "options" | "choices" | "given" | "valid" | "examples" | "fingerprint" | "features"> {
  readonly labels: number;
  readonly rounds: number;
  readonly calibration: ModelParts["calibration"] | null;
}

/** Makes a model of the last state: corrects its probabilities by the rows that were held out, and measures it on them. */
export function finishCluster(
  state: ClusterState,
  heldOut: readonly LabelledText[],
): { file: ModelFile; report: ClusterReport } {
  const { plan, options, totals, featureCount, round } = state.learning;
  const raw = partsOf(state);
  const known = heldOut.filter(({ labels }) => labels.some((label) => raw.labels.includes(label)));
  const isEnough = known.length >= FEWEST_CALIBRATED;
  const corrected = isEnough ? { ...raw, ...recalibrate(raw, known, wantedBy(options)) } : raw;
  const labelMeans = options.loss === "hs" ? undefined : meansOf(raw, known, totals.labelCounts);
  const parts = { ...corrected, labelMeans };
  const report = {
    options,
    choices: plan.choices,
    given: [`cluster of ${plan.partitions} partitions, averaged ${plan.roundsPerEpoch} times an epoch`],
    valid: known.length === 0 ? null : measured(parts, known),
    examples: totals.examples,
    fingerprint: fingerprintOf(raw.heap, totals.fingerprints),
    features: featureCount,
    labels: raw.labels.length,
    rounds: round,
    calibration: parts.calibration ?? null,
  };
  return { file: writeModelFile(parts, recordOf(report)), report };
}

function partsOf(state: ClusterState): ModelParts {
  const { plan, options, featureCount } = state.learning;
  const heap = new Heap();
  const labelCount = plan.labels.length;
  const { dim: dimension, weighting, norm, charScale, loss } = options;
  const place = (name: string, count: number): number => {
    const at = heap.allocate(count * 4);
    state.read(name, 0, heap.u32At(at, count));
    return at;
  };
  const keys = place("feature_keys", featureCount);
  const featureWeights = state.has("feature_weights") ? place("feature_weights", featureCount) : 0;
  const embeddings = place("embeddings", featureCount * dimension);
  const output = place("output", labelCount * dimension);
  const slices = sliceBounds(dimension);
  return {
    heap,
    options: { ...readingOptions(plan.choices), weighting, norm, charScale },
    labels: plan.labels,
    keys,
    featureWeights,
    parameters: {
      featureCount,
      labelCount,
      dimension,
      slices,
      groups: [wholeGroup(dimension, slices, embeddings, output)],
    },
    head: { loss, labelCounts: loss === "hs" ? plan.labelCounts : [], arithmetic: "exact" },
  };
}

function measured(parts: ModelParts, texts: readonly LabelledText[]): NonNullable<TrainingReport["valid"]> {
  const measurement = new Measurement(new Classifier(parts));
  for (const { text, labels } of texts) measurement.add({ text, labels });
  return measurement.result();
}

/** Of each label the mean of h, over the rows that were held out, and how many rows were learned from: what learning on rehearses. */
function meansOf(parts: ModelParts, texts: readonly LabelledText[], labelCounts: readonly number[]): LabelMeans {
  const { heap, parameters } = parts;
  const { dimension, labelCount } = parameters;
  const classifier = new Classifier(parts);
  const indices = new Map(parts.labels.map((label, index) => [label, index]));
  const sums = new Float64Array(labelCount * dimension);
  const counts = new Float64Array(labelCount);
  const hidden = new Float32Array(dimension);
  for (const { text, labels } of texts) {
    const { at, length } = classifier.place(text);
    classifier.forward.gatherHidden(classifier.bagOf(at, length), 0);
    classifier.forward.hiddenOf(0, hidden, 0);
    for (const name of labels) {
      const label = indices.get(name);
      if (label === undefined) continue;
      counts[label]++;
      for (let column = 0; column < dimension; column++) sums[label * dimension + column] += hidden[column];
    }
  }
  const means = Float32Array.from(sums, (sum, i) => sum / Math.max(1, counts[Math.floor(i / dimension)]));
  // A label of which no row was held out has no mean to rehearse.
  const learned = Float32Array.from(labelCounts, (count, label) => (counts[label] > 0 ? count : 0));
  return { at: heap.allocateCopy(means), counts: heap.allocateCopy(learned) };
}

function fingerprintOf(heap: Heap, parts: readonly string[]): string {
  const fingerprint = new Fingerprint(heap);
  for (const digits of parts) fingerprint.stirName(digits);
  return fingerprint.digits;
}
