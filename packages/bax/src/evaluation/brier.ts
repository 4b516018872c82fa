/**
 * Running Brier score. With y_j = 1 for a label that the example has and 0 for another, and p_j its probability:
 *
 *     single-label data   mean over examples of Σ_j (p_j − y_j)²            0 to 2; G. W. Brier, Monthly Weather Review 78 (1950)
 *     multi-label data    mean over examples and labels of (p_j − y_j)²     0 to 1; the mean of the labels' two-class scores
 *
 * A label that the model lacks has p_j = 0, and is one of the labels where it occurs in the data.
 */
export class BrierScore {
  #sum = 0;
  #weight = 0;

  /** `all`: (labels) probabilities. `known`: the example's labels, each once; `missing`: how many more it has that the model lacks. */
  add(all: Float32Array, known: ReadonlySet<number>, missing: number, weight: number): void {
    let sum = missing;
    for (const p of all) sum += p * p;
    for (const label of known) sum += 1 - 2 * all[label];
    this.#sum += weight * sum;
    this.#weight += weight;
  }

  /** `labels`: those of the model and of the data together. Null before the first example. */
  result(isMultiLabel: boolean, labels: number): number | null {
    if (this.#weight === 0) return null;
    return this.#sum / this.#weight / (isMultiLabel ? labels : 1);
  }
}
