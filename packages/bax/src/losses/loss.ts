import { addOutputGradient, dHidden, logits, type OutputLayer } from "../math/linearBag.ts";

/** What can be minimised: softmax, one-vs-all, hierarchical softmax, negative sampling. */
export const LOSSES = ["softmax", "ova", "hs", "ns"] as const;
export type LossName = (typeof LOSSES)[number];

/** How the scores of a model become probabilities. */
export interface Head {
  readonly loss: LossName;
  /** (labels): how often training saw each label, descending; it gives the tree of `hs`. Empty otherwise. */
  readonly labelCounts: readonly number[];
  /** exact: σ and softmax as they are. fasttext: with the table and the 1e-5 of its C++ (`fastTextArithmetic.ts`). */
  readonly arithmetic: "exact" | "fasttext";
}

/** One example's loss and its gradients. */
export interface LossGradient {
  /** In nats. */
  readonly loss: number;
  readonly dOutput: Float64Array; // (labels, dimension): ∂L/∂B
  readonly dHidden: Float64Array; // (dimension): ∂L/∂h
}

/**
 * A loss in float64, readable and slow: what the kernels are checked against. `hidden` h: (dimension). `target` y: (labels), the share of
 * each label, 0 or more, sum 1.
 */
export interface Loss {
  readonly name: LossName;
  /** L, ∂L/∂B and ∂L/∂h of one example. */
  gradient(layer: OutputLayer, hidden: ArrayLike<number>, target: ArrayLike<number>): LossGradient;
  /** (labels), each from 0 to 1. They sum to 1 for softmax and hierarchical softmax. */
  probabilities(layer: OutputLayer, hidden: ArrayLike<number>): Float64Array;
  /** (labels): their logarithms, finite where the scores are. */
  logProbabilities(layer: OutputLayer, hidden: ArrayLike<number>): Float64Array;
}

/** Both gradients by the chain rule, from ∂L/∂s (labels) of a loss that is a function of all scores s = B h. */
export function chain(
  layer: OutputLayer,
  hidden: ArrayLike<number>,
  loss: (scores: Float64Array) => { loss: number; dScores: Float64Array },
): LossGradient {
  const { loss: value, dScores } = loss(logits(layer, hidden));
  const dOutput = new Float64Array(layer.labelCount * layer.dimension); // (labels, dimension)
  addOutputGradient(dOutput, dScores, hidden);
  return { loss: value, dOutput, dHidden: dHidden(layer, dScores) };
}

/** A decision that the sparse losses take: row of B, the side it should fall on (1 or 0), and its share of the loss. */
export interface Entry {
  readonly row: number;
  readonly target: 0 | 1;
  readonly share: number;
}
