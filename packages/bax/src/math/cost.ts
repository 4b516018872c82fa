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
  /** w, 0 or more; 1 unless given. One of weight 2 is one that is there twice. */
  readonly weight?: number;
}

/** Both gradients of the cost, in the shapes of the parameters. */
export interface Gradient {
  readonly dEmbeddings: Float64Array; // (features, dimension)
  readonly dOutput: Float64Array; // (labels, dimension)
}

/**
 * The cost over a full pass: L = (1/N) Σ_n L_n, in nats an example; where examples have weights, L = Σ_n w_n L_n / Σ_n w_n.
 *
 * Throws BaxError "data" for no examples or none that weighs anything, a weight that is negative or infinite, a target that cannot be scaled to 1, or an id or a length that does not fit the model;
 * BaxError "model" where the parameters have other lengths than their counts say. Source: Cooley 2018, the cost.
 */
export function cost(bag: LinearBag, examples: Iterable<NumericExample>): number {
  let sum = 0;
  let all = 0;
  let count = 0;
  checkBag(bag);
  for (const example of examples) {
    const target = checkExample(bag, example, count);
    const { features, weight = 1 } = example;
    sum += weight * crossEntropy(logits(bag, hidden(bag, features)), target);
    all += weight;
    count++;
  }
  checkCount(count, all);
  return sum / all;
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
  let all = 0;
  let count = 0;
  for (const example of examples) {
    const y = checkExample(bag, example, count);
    const { features, weight = 1 } = example;
    const h = hidden(bag, features);
    const dS = dLogits(softmax(logits(bag, h)), y).map((d) => weight * d);
    addOutputGradient(dOutput, dS, h);
    addEmbeddingsGradient(dEmbeddings, dHidden(bag, dS), features);
    all += weight;
    count++;
  }
  checkCount(count, all);
  for (let i = 0; i < dEmbeddings.length; i++) dEmbeddings[i] /= all;
  for (let i = 0; i < dOutput.length; i++) dOutput[i] /= all;
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
function checkExample(bag: LinearBag, { features, target, weight = 1 }: NumericExample, index: number): Float64Array {
  const where = `example ${index}`;
  if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
    throw new BaxError("data", `${where}: the weight is ${weight}`, "Give a number of 0 or more.");
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

function checkCount(count: number, all: number): void {
  if (count === 0) {
    throw new BaxError("data", "the cost of no examples is not defined", "Give at least one example.");
  }
  if (all === 0)
    throw new BaxError("data", "the cost of examples that all weigh 0 is not defined", "Give one a weight above 0.");
}
