/**
 * How the C++ of fastText computes probabilities, for models that should answer as it does. σ comes from a table of 512 steps over
 * [−8, 8], and every logarithm is taken of its argument plus 1e-5, which shows in the probabilities: up to 1e-5 for softmax, one-vs-all and
 * negative sampling, and that at each step of a path for hierarchical softmax.
 */
import { sigmoid } from "../math/logistic.ts";

/** What is added to a probability before its logarithm is taken. */
export const FASTTEXT_OFFSET = 1e-5;

/** (513): σ(16 i / 512 − 8), as float32. */
export function fastTextSigmoidTable(): Float32Array {
  return Float32Array.from({ length: 513 }, (_, i) => sigmoid((i * 16) / 512 - 8));
}
