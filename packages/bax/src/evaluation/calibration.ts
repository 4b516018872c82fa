/** Bins of the calibration error, as in Guo et al. 2017. */
const BIN_COUNT = 15;

/** First answers, the least confident first: (examples) each. */
export interface Answers {
  readonly confidences: Float32Array;
  /** 1 for one that is right, 0 for one that is wrong. */
  readonly right: Uint8Array;
}

/** A bin of the calibration error: how sure the model was, and how often it was right. */
export interface CalibrationBin {
  /** Examples in it. */
  readonly count: number;
  /** Mean probability of the first answer. */
  readonly confidence: number;
  /** Share of right first answers. */
  readonly accuracy: number;
}

/**
 * How far stated probabilities are from the share that comes true, over bins of equal mass:
 *
 *     ECE = Σ_b (n_b / N) · |accuracy_b − confidence_b|
 *
 * where accuracy_b and confidence_b are means over the n_b examples of bin b. The examples are sorted by confidence and cut into 15
 * bins of equal size; equal confidences always share a bin, so the order of the examples never matters.
 * Sources: Naeini et al., AAAI 2015; bins of equal mass: Nixon et al., CVPR workshops 2019.
 */
export class CalibrationError {
  #count = 0;
  /** Bits of the confidence as a float32, which sort as the number does, times 2, plus 1 if right: one number to sort by. */
  #keys = new Float64Array(1024);

  /** `confidence`: 0 to 1, the probability of the first answer. */
  add(confidence: number, right: boolean): void {
    if (this.#count === this.#keys.length) {
      const larger = new Float64Array(this.#keys.length * 2);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    scratch.setFloat32(0, Math.max(0, confidence));
    this.#keys[this.#count++] = scratch.getUint32(0) * 2 + (right ? 1 : 0);
  }

  /** All answers that were added, the least confident first. */
  answers(): Answers {
    const keys = this.#keys.slice(0, this.#count).sort();
    const confidences = new Float32Array(keys.length);
    const right = new Uint8Array(keys.length);
    for (const [i, key] of keys.entries()) {
      right[i] = key % 2;
      scratch.setUint32(0, Math.floor(key / 2));
      confidences[i] = scratch.getFloat32(0);
    }
    return { confidences, right };
  }

  /** In [0, 1]; 0 without examples. */
  result(answers: Answers = this.answers()): number {
    let error = 0;
    for (const { right, confidence } of binSums(answers)) error += Math.abs(right - confidence);
    return answers.right.length === 0 ? 0 : error / answers.right.length;
  }

  /** What `result` sums over; bins that equal confidences left empty are not there. */
  bins(answers: Answers = this.answers()): CalibrationBin[] {
    return binSums(answers)
      .filter(({ count }) => count > 0)
      .map(({ count, confidence, right }) => ({ count, confidence: confidence / count, accuracy: right / count }));
  }
}

const scratch = new DataView(new ArrayBuffer(4));

/** Number of examples of each bin, and over these the sum of confidences and the number that are right. */
function binSums({ confidences, right }: Answers): { count: number; confidence: number; right: number }[] {
  const total = confidences.length;
  let start = 0;
  return Array.from({ length: BIN_COUNT }, (_, bin) => {
    let end = Math.max(start, Math.round(((bin + 1) * total) / BIN_COUNT));
    while (end > start && end < total && confidences[end] === confidences[end - 1]) end++;
    const sums = { count: end - start, confidence: 0, right: 0 };
    for (let i = start; i < end; i++) {
      sums.right += right[i];
      sums.confidence += confidences[i];
    }
    start = end;
    return sums;
  });
}
