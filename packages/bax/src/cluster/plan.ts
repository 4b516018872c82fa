// What every partition must know before it counts.
import { BaxError } from "../errors.ts";
import { checkOptions, type TrainingChoices } from "../training/index.ts";

/** What all partitions learn by: as JSON it travels with every task. */
export interface ClusterPlan {
  /** The options that were chosen; what is left depends on the data, and is decided once features are counted. */
  readonly choices: TrainingChoices;
  /** The labels, in the order of the rows of B: the most frequent first, of equally frequent ones the first in the order of code units. */
  readonly labels: readonly string[];
  /** (labels) how many rows have each, those that are held out included: what the tree of the loss `hs` is made from. */
  readonly labelCounts: readonly number[];
  /** Parts of the data, each learned from by one task. */
  readonly partitions: number;
  /** How often parameters are averaged while every example is seen once. */
  readonly roundsPerEpoch: number;
  /** Share of the rows that are measured on and calibrated by, and not learned from. */
  readonly heldOut: number;
}

/** Rows that are held out at most: they come to one machine, and more would make no figure much surer. */
const MOST_HELD_OUT = 20_000;
/** Share that is held out unless `valid` says otherwise. */
const USUAL_HELD_OUT = 0.1;
/** Options of a run on one machine that have no meaning here, and why. */
const NOT_HERE: Partial<Record<keyof TrainingChoices, string>> = {
  freeze: "nothing is given that could stay as it is",
  memory: "examples stay with Spark",
  patience: "the number of epochs is fixed before the first",
  validMetric: "the number of epochs is fixed before the first",
};

/** How the data are to be learned from. */
export interface ClusterShape {
  readonly partitions: number;
  readonly roundsPerEpoch: number;
  /** All rows, those that will be held out included. */
  readonly rows: number;
}

/**
 * Decides what can be decided before the text is read. `labelCounts`: rows with each label, of all rows. Throws a BaxError: "usage" for an
 * option, "data" where there are not two labels.
 */
export function planCluster(
  given: TrainingChoices,
  labelCounts: Iterable<readonly [label: string, rows: number]>,
  { partitions, roundsPerEpoch, rows }: ClusterShape,
): ClusterPlan {
  const choices = checkOptions({ ...given });
  if (choices.tokenizer === "fasttext")
    throw new BaxError(
      "usage",
      "--tokenizer fasttext: fastText's features are not learned on a cluster",
      "Leave it out, or train on one machine.",
    );
  for (const [name, why] of Object.entries(NOT_HERE)) {
    if (choices[name as keyof TrainingChoices])
      throw new BaxError("usage", `${name}: not on a cluster: ${why}`, "Leave it out.");
  }
  const least = choices.minCountLabel ?? 1;
  const counted = Array.from(labelCounts);
  const kept = counted.filter(([, count]) => count >= least);
  if (kept.length < 2) {
    throw new BaxError(
      "data",
      `training data: ${kept.length} of ${counted.length} labels have ${least} rows or more`,
      "A classifier needs two labels or more; check the label column and min_count_label.",
    );
  }
  kept.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : a > b ? 1 : 0));
  const share = choices.valid ?? USUAL_HELD_OUT;
  return {
    choices,
    labels: kept.map(([label]) => label),
    labelCounts: kept.map(([, count]) => count),
    partitions,
    roundsPerEpoch,
    heldOut: Math.min(share, MOST_HELD_OUT / Math.max(1, rows)),
  };
}
