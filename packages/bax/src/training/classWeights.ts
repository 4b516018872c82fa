import { BaxError } from "../errors.ts";
import type { Corpus } from "./corpus.ts";
import type { TrainingOptions } from "./options.ts";

/** Address of what the examples of each label count, (labels) f32; 0 where all count 1. Throws a BaxError ("usage") for a label that no example has. */
export function placeLabelWeights(corpus: Corpus, classWeights: TrainingOptions["classWeights"]): number {
  if (classWeights === "none") return 0;
  const { names } = corpus.labels;
  if (classWeights === "balanced") {
    const sums = corpus.labelWeights();
    const mean = sums.reduce((total, sum) => total + sum, 0) / sums.length;
    return corpus.heap.allocateCopy(Float32Array.from(sums, (sum) => (sum > 0 ? mean / sum : 0)));
  }
  const unknown = Object.keys(classWeights).find((label) => corpus.labels.indexOf(label) < 0);
  if (unknown !== undefined) {
    throw new BaxError(
      "usage",
      `--class-weights: no example has the label "${unknown}"`,
      `The labels are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}.`,
    );
  }
  return corpus.heap.allocateCopy(Float32Array.from(names, (name) => classWeights[name] ?? 1));
}
