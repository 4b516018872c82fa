/**
 * The model f(BAx) in float64: hidden h = A x, logits s = B h, and the two gradients. One example at a time, as the paper has it.
 *
 * A is kept transposed, a row of D floats a feature, since an example touches a few features and each is then one contiguous read.
 */

/** x of one example: weights of the features that occur. An id may repeat; its weights then add up. */
export interface SparseFeatures {
  readonly ids: ArrayLike<number>; // (occurrences), each in [0, features)
  readonly weights: ArrayLike<number>; // (occurrences)
}

/** What is learned. Letters of the paper: A is `embeddings`ᵀ, B is `output`. */
export interface LinearBag {
  readonly featureCount: number; // P
  readonly dimension: number; // D
  readonly labelCount: number; // C
  readonly embeddings: ArrayLike<number>; // (features, dimension)
  readonly output: ArrayLike<number>; // (labels, dimension)
}

/** The second half of the model, from hidden to logits. */
export type OutputLayer = Pick<LinearBag, "dimension" | "labelCount" | "output">;

/** h = A x: the weighted sum of the rows of the features. Returns (dimension); zeros for an example without features. */
export function hidden(bag: LinearBag, features: SparseFeatures): Float64Array {
  const h = new Float64Array(bag.dimension); // (dimension)
  for (let n = 0; n < features.ids.length; n++) {
    const row = features.ids[n] * bag.dimension;
    for (let i = 0; i < bag.dimension; i++) h[i] += features.weights[n] * bag.embeddings[row + i];
  }
  return h;
}

/** s = B h: s_j = Σ_{i=1…D} B_ji h_i. Returns (labels). */
export function logits(bag: OutputLayer, h: ArrayLike<number>): Float64Array {
  const s = new Float64Array(bag.labelCount); // (labels)
  for (let j = 0; j < bag.labelCount; j++) {
    for (let i = 0; i < bag.dimension; i++) s[j] += bag.output[j * bag.dimension + i] * h[i];
  }
  return s;
}

/**
 * ∂L/∂B_j = (ŷ_j − y_j) hᵀ, added to `dOutput` (labels, dimension). Cooley 2018, eq. (1).
 *
 * `dS`: (labels), ∂L/∂s as `dLogits` gives it; `h`: (dimension).
 */
export function addOutputGradient(dOutput: Float64Array, dS: ArrayLike<number>, h: ArrayLike<number>): void {
  const dimension = h.length;
  for (let j = 0; j < dS.length; j++) {
    for (let i = 0; i < dimension; i++) dOutput[j * dimension + i] += dS[j] * h[i];
  }
}

/** ∂L/∂h = Bᵀ (ŷ − y): the sum in brackets of eq. (2), once for all features. Returns (dimension). */
export function dHidden(bag: OutputLayer, dS: ArrayLike<number>): Float64Array {
  const dH = new Float64Array(bag.dimension); // (dimension)
  for (let j = 0; j < bag.labelCount; j++) {
    for (let i = 0; i < bag.dimension; i++) dH[i] += bag.output[j * bag.dimension + i] * dS[j];
  }
  return dH;
}

/**
 * ∂L/∂A_i = Σ_j [(ŷ_j − y_j) B_ji] xᵀ, added to `dEmbeddings` (features, dimension). Cooley 2018, eq. (2).
 *
 * An outer product with x, so only the rows of the features that occur change, each by its own weight times `dH` (dimension).
 */
export function addEmbeddingsGradient(
  dEmbeddings: Float64Array,
  dH: ArrayLike<number>,
  features: SparseFeatures,
): void {
  const dimension = dH.length;
  for (let n = 0; n < features.ids.length; n++) {
    const row = features.ids[n] * dimension;
    for (let i = 0; i < dimension; i++) dEmbeddings[row + i] += features.weights[n] * dH[i];
  }
}
