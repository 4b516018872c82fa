// What the examples of each label count in the loss.
import { BaxError } from "../errors.ts";
import type { Corpus } from "./corpus.ts";
import type { TrainingOptions } from "./options.ts";

/**
 * (labels) w_c = √(N / (C n_c)), with n_c what the examples of label c weigh in sum, N all of them and C the labels that weigh anything.
 * Without the root all labels would weigh the same in sum, and the few texts of a rare one would be learned by heart
 * (docs/decisions/0009-class-weights.md). A label that weighs nothing, as one that a model brings along, has 1.
 */
export function balancedWeights(sums: Float64Array): Float32Array {
  let [all, labels] = [0, 0];
  for (const sum of sums) {
    all += sum;
    if (sum > 0) labels++;
  }
  return Float32Array.from(sums, (sum) => (sum > 0 ? Math.sqrt(all / (labels * sum)) : 1));
}

/**
 * Address of what the examples of each label count, (labels) f32; 0 where all count 1. Throws a BaxError ("usage") for a label that does
 * not exist.
 */
export function placeClassWeights(
  corpus: Pick<Corpus, "heap" | "labels" | "labelWeights">,
  classWeights: TrainingOptions["classWeights"],
): number {
  if (classWeights === "none") return 0;
  if (classWeights === "balanced") return corpus.heap.allocateCopy(balancedWeights(corpus.labelWeights()));
  const { names } = corpus.labels;
  const unknown = Object.keys(classWeights).find((label) => corpus.labels.indexOf(label) < 0);
  if (unknown !== undefined) {
    throw new BaxError(
      "usage",
      `--class-weights: no example has the label "${unknown}"`,
      `The labels are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}.`,
    );
  }
  const weightOf = (name: string) => (Object.hasOwn(classWeights, name) ? classWeights[name] : 1);
  return corpus.heap.allocateCopy(Float32Array.from(names, weightOf));
}
