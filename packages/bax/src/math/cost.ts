import { BaxError } from "../errors.ts";
import { crossEntropy, dLogits, normaliseTarget } from "./crossEntropy.ts";
import {
  addEmbeddingsGradient,
  addOutputGradient,
  dHidden,
  hidden,
  type LinearBag,
  logits,
  type SparseFeatures,
} from "./linearBag.ts";
import { softmax } from "./softmax.ts";

/** One example as numbers: x, and y by label. */
export interface NumericExample {
  readonly features: SparseFeatures;
  readonly target: ArrayLike<number>; // (labels), ≥ 0; scaled to sum 1 before use
}

/** Both gradients of the cost, in the shapes of the parameters. */
export interface Gradient {
  readonly dEmbeddings: Float64Array; // (features, dimension)
  readonly dOutput: Float64Array; // (labels, dimension)
}

/**
 * The cost over a full pass: L = (1/N) Σ_n L_n, in nats an example.
 *
 * Throws BaxError "data" for no examples, a target that cannot be scaled to 1, or an id or a length that does not fit the model;
 * BaxError "model" where the parameters have other lengths than their counts say. Source: Cooley 2018, the cost.
 */
export function cost(bag: LinearBag, examples: Iterable<NumericExample>): number {
  let sum = 0;
  let count = 0;
  checkBag(bag);
  for (const example of examples) {
    const target = checkExample(bag, example, count);
    sum += crossEntropy(logits(bag, hidden(bag, example.features)), target);
    count++;
  }
  checkCount(count);
  return sum / count;
}

/**
 * The gradient of `cost`: the means of eq. (1) and eq. (2) over a full pass. Dense; meant for learning, checks and small models.
 *
 * An example without features has logits 0 and adds nothing to either part. Throws as `cost` does.
 */
export function gradient(bag: LinearBag, examples: Iterable<NumericExample>): Gradient {
  checkBag(bag);
  const dEmbeddings = new Float64Array(bag.featureCount * bag.dimension); // (features, dimension)
  const dOutput = new Float64Array(bag.labelCount * bag.dimension); // (labels, dimension)
  let count = 0;
  for (const { features, target } of examples) {
    const y = checkExample(bag, { features, target }, count);
    const h = hidden(bag, features);
    const dS = dLogits(softmax(logits(bag, h)), y);
    addOutputGradient(dOutput, dS, h);
    addEmbeddingsGradient(dEmbeddings, dHidden(bag, dS), features);
    count++;
  }
  checkCount(count);
  for (let i = 0; i < dEmbeddings.length; i++) dEmbeddings[i] /= count;
  for (let i = 0; i < dOutput.length; i++) dOutput[i] /= count;
  return { dEmbeddings, dOutput };
}

function checkBag(bag: LinearBag): void {
  const { embeddings, output, featureCount, dimension, labelCount } = bag;
  if (embeddings.length !== featureCount * dimension || output.length !== labelCount * dimension) {
    throw new BaxError(
      "model",
      `embeddings and output have ${embeddings.length} and ${output.length} numbers, ` +
        `expected ${featureCount * dimension} and ${labelCount * dimension}`,
      "Give (features × dimension) and (labels × dimension) numbers.",
    );
  }
}

/** Refuses what does not fit; returns the target scaled to sum 1. */
function checkExample(bag: LinearBag, { features, target }: NumericExample, index: number): Float64Array {
  const where = `example ${index}`;
  if (target.length !== bag.labelCount) {
    throw new BaxError(
      "data",
      `${where}: the target has ${target.length} numbers, expected ${bag.labelCount}`,
      "Give one number a label.",
    );
  }
  if (features.ids.length !== features.weights.length) {
    throw new BaxError(
      "data",
      `${where}: ${features.ids.length} ids but ${features.weights.length} weights`,
      "Give one weight an id.",
    );
  }
  for (let n = 0; n < features.ids.length; n++) {
    const id = features.ids[n];
    if (!(Number.isInteger(id) && 0 <= id && id < bag.featureCount && Number.isFinite(features.weights[n]))) {
      throw new BaxError(
        "data",
        `${where}: feature ${id} with weight ${features.weights[n]}, expected an id below ${bag.featureCount} and a finite weight`,
        "Use ids from 0 to features − 1.",
      );
    }
  }
  return normaliseTarget(target, where);
}

function checkCount(count: number): void {
  if (count === 0) {
    throw new BaxError("data", "the cost of no examples is not defined", "Give at least one example.");
  }
}
