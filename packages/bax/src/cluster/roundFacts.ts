import { BaxError } from "../errors.ts";
import { divergedBeyond } from "../losses/index.ts";
import type { Learning } from "./clusterState.ts";

/** What a partition tells of a round. */
export interface RoundFacts {
  readonly part: number;
  /** Examples that were learned from. */
  readonly examples: number;
  /** Sum of their losses (nats), each taken before its step, and of their weights. */
  readonly loss: number;
  readonly weight: number;
}

/**
 * What all partitions tell of a round: examples and their mean loss (nats). Throws a BaxError ("data") where a partition was learned from
 * twice or not at all, and where the loss is far worse than knowing nothing.
 */
export function sumRound(
  { plan, options, totals }: Learning,
  facts: readonly RoundFacts[],
): { examples: number; loss: number } {
  const sorted = [...facts].sort((a, b) => a.part - b.part);
  const expected = Array.from(totals.partExamples.keys()).filter((part) => totals.partExamples[part] > 0);
  if (sorted.length !== expected.length || sorted.some(({ part }, i) => part !== expected[i]))
    throw new BaxError(
      "data",
      `a round was told of by partitions ${sorted.map(({ part }) => part).join(", ")}, expected ${expected.join(", ")}`,
      "Rows must not change while they are learned from: write them to files first, or persist them.",
    );
  let [examples, loss, weight] = [0, 0, 0];
  for (const one of sorted) {
    examples += one.examples;
    loss += one.loss;
    weight += one.weight;
  }
  const mean = weight > 0 ? loss / weight : 0;
  // The order of labels is that of all rows, which those that are learned from need not have.
  if (!(mean <= divergedBeyond(options.loss, plan.labelCounts, options.neg)))
    throw new BaxError(
      "data",
      `the loss of a round is ${mean}, far worse than guessing, at a rate of ${options.lr} and ${plan.partitions} partitions`,
      "Give a smaller lr, or fewer partitions.",
    );
  return { examples, loss: mean };
}
