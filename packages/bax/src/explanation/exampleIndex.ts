import type { LabelledText } from "../data/index.ts";
import type { Classifier } from "../model/index.ts";

/** An example that is near a text where the model looks at both. */
export interface NearExample extends LabelledText {
  /** Number of the example among those that were given, from 0. */
  example: number;
  /** Cosine of the angle between the hidden vectors of the two, −1 to 1. */
  similarity: number;
}

/** Examples, and where each lies in the hidden space of a model: h = A x, brought to length 1. */
export class ExampleIndex {
  private readonly classifier: Classifier;
  private readonly dimension: number;
  private readonly examples: LabelledText[] = [];
  /** (examples, dimension), room for more behind. */
  private vectors: Float32Array;

  constructor(classifier: Classifier) {
    this.classifier = classifier;
    this.dimension = classifier.parts.parameters.dimension;
    this.vectors = new Float32Array(1024 * this.dimension);
  }

  /** How many examples there are. */
  get size(): number {
    return this.examples.length;
  }

  add(example: LabelledText): void {
    const { dimension, examples } = this;
    const at = examples.length * dimension;
    if (at + dimension > this.vectors.length) {
      const larger = new Float32Array(this.vectors.length * 2);
      larger.set(this.vectors);
      this.vectors = larger;
    }
    this.place(example.text, this.vectors, at);
    examples.push(example);
  }

  /** The `count` nearest examples, nearest first; of equally near ones the earlier. An example without a known feature is near to nothing. */
  nearest(text: string, count: number): NearExample[] {
    const { dimension, examples, vectors } = this;
    if (count < 1) return [];
    const wanted = new Float32Array(dimension);
    this.place(text, wanted, 0);
    // The best so far, best first: few are wanted of many, so that sorting all would take longer than comparing them.
    const best: { example: number; similarity: number }[] = [];
    for (let example = 0, at = 0; example < examples.length; example++, at += dimension) {
      let similarity = 0;
      for (let i = 0; i < dimension; i++) similarity += wanted[i] * vectors[at + i];
      if (best.length === count && similarity <= best[count - 1].similarity) continue;
      let place = best.length;
      while (place > 0 && best[place - 1].similarity < similarity) place--;
      best.splice(place, 0, { example, similarity });
      if (best.length > count) best.pop();
    }
    return best.map(({ example, similarity }) => ({
      ...examples[example],
      example,
      similarity: Math.max(-1, Math.min(1, similarity)),
    }));
  }

  private place(text: string, out: Float32Array, at: number): void {
    const { classifier, dimension } = this;
    const { at: source, length } = classifier.place(text);
    classifier.forward.gatherHidden(classifier.bagOf(source, length), 0);
    classifier.forward.hiddenOf(0, out, at);
    const vector = out.subarray(at, at + dimension);
    let square = 0;
    for (const value of vector) square += value * value;
    if (square > 0) {
      const norm = Math.sqrt(square);
      for (let i = 0; i < dimension; i++) vector[i] /= norm;
    }
  }
}
