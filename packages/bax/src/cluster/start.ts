import { BaxError } from "../errors.ts";
import { inverseDocumentFrequency, logRatioWeights, occursIn, textCount } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { allocateParameters } from "../model/index.ts";
import { DEFAULT_BUCKETS, placeStart, resolveOptions, type TrainingOptions } from "../training/index.ts";
import { type Learning, stateChunks } from "./clusterState.ts";
import type { FeatureList, Totals } from "./featureSelection.ts";
import type { ClusterPlan } from "./plan.ts";

/** Beyond this rate of AdaGrad partitions grow apart in a round (docs/decisions/0016-cluster.md). */
const LARGEST_RATE = 0.23;

/** Decides the rest of the options and which features have a row of A, as training on one machine does, and lays the first state out. */
export function startCluster(
  plan: ClusterPlan,
  totals: Totals,
  features: FeatureList,
): { learning: Learning; chunks: Generator<Uint8Array> } {
  if (totals.examples === 0)
    throw new BaxError("data", "training data: no row has a text and a label", "Check the names of the columns.");
  const { entries } = features;
  const usual = resolveOptions(
    plan.choices,
    { examples: totals.examples, labels: plan.labels.length },
    {
      all: features.all,
      chosen: (words, characters) => entries.filter((entry) => occursIn(entry, words, characters)).length,
    },
  );
  const options = { ...usual, lr: rateOf(plan, usual) };
  const chosen = choose(features, options);
  if (chosen.length === 0)
    throw new BaxError(
      "data",
      `training data: no feature occurs in ${options.minCount} rows`,
      "Give a smaller min_count, or check the text column.",
    );
  const learning: Learning = { plan, options, totals, featureCount: chosen.length, round: 0 };
  const keys = chosen.map((index) => features.keys[index]);
  const weights = weightsOf(features, chosen, options, totals);
  const heap = new Heap();
  const parameters = allocateParameters(heap, chosen.length, plan.labels.length, options.dim, 1);
  placeStart(heap, parameters, { columns: options.dim }, new Random(options.seed));
  const [{ embeddings, output }] = parameters.groups;
  const squares = new Uint8Array(4 * Math.max(chosen.length, plan.labels.length));
  const bytesOf = (name: string): Iterable<Uint8Array> => {
    switch (name) {
      case "feature_keys":
        return [new Uint8Array(keys.buffer)];
      case "feature_weights":
        return [new Uint8Array(weights.buffer)];
      case "embeddings":
        return [heap.u8At(embeddings, chosen.length * options.dim * 4)];
      case "output":
        return [heap.u8At(output, plan.labels.length * options.dim * 4)];
      case "row_squares":
        return [squares.subarray(0, options.optimizer === "adagrad" ? 4 * chosen.length : 0)];
      default:
        return [squares.subarray(0, 4 * plan.labels.length)];
    }
  };
  return { learning, chunks: stateChunks(learning, bytesOf) };
}

/** The usual rate, but not one that only a single machine bears; one that was asked for stays. */
function rateOf({ choices, partitions }: ClusterPlan, { lr, optimizer }: TrainingOptions): number {
  const isFree = choices.lr === undefined && optimizer === "adagrad" && partitions > 1;
  return isFree ? Math.min(lr, LARGEST_RATE) : lr;
}

/** Indices of the features with a row, the most frequent first, of equally frequent ones that with the smaller hash. */
function choose({ keys, entries }: FeatureList, { minCount, minCountChars, buckets }: TrainingOptions): Uint32Array {
  const least = Math.max(minCount, minCountChars);
  const kept = Uint32Array.from(entries.keys()).filter((i) => occursIn(entries[i], minCount, least));
  kept.sort((a, b) => textCount(entries[b]) - textCount(entries[a]) || keys[a] - keys[b]);
  return kept.subarray(0, Math.min(kept.length, buckets ?? DEFAULT_BUCKETS));
}

function weightsOf(
  { entries, documents, divergences }: FeatureList,
  chosen: Uint32Array,
  { weighting }: TrainingOptions,
  { examples, weight }: Totals,
): Float32Array {
  if (weighting === "none") return new Float32Array(0);
  if (weighting === "tfidf")
    return Float32Array.from(chosen, (index) => inverseDocumentFrequency(textCount(entries[index]), examples));
  const of = (figures: Float32Array): Float32Array => Float32Array.from(chosen, (index) => figures[index]);
  return logRatioWeights(of(documents), of(divergences), weight);
}
