/** Bins of the calibration error, as in Guo et al. 2017. */
const BIN_COUNT = 15;

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

  /** In [0, 1]; 0 without examples. */
  result(): number {
    const keys = this.#keys.slice(0, this.#count).sort();
    let error = 0;
    let start = 0;
    for (let bin = 1; bin <= BIN_COUNT; bin++) {
      let end = Math.max(start, Math.round((bin * keys.length) / BIN_COUNT));
      while (end > start && end < keys.length && sameConfidence(keys[end], keys[end - 1])) end++;
      let confidence = 0;
      let right = 0;
      for (let i = start; i < end; i++) {
        right += keys[i] % 2;
        scratch.setUint32(0, Math.floor(keys[i] / 2));
        confidence += scratch.getFloat32(0);
      }
      error += Math.abs(right - confidence);
      start = end;
    }
    return keys.length === 0 ? 0 : error / keys.length;
  }
}

const scratch = new DataView(new ArrayBuffer(4));

function sameConfidence(a: number, b: number): boolean {
  return Math.floor(a / 2) === Math.floor(b / 2);
}
