import { type Calibration, type CalibrationBin, exp, log } from "bax";

/** Bins of the reliability diagram, as in the evaluation. */
const BINS = 15;

/** What a model would have said without its calibration, which can be taken back: (labels) to (labels). */
export function withoutCalibration(row: Float32Array, { temperature, platt }: Calibration): Float64Array {
  if (platt) {
    return Float64Array.from(row, (p, j) => {
      const score = ((log(p) - log(1 - p) - platt.offsets[j]) * temperature) / platt.slopes[j];
      return 1 / (1 + exp(-score));
    });
  }
  let most = 0;
  for (const p of row) if (p > most) most = p;
  // softmax(s / T) is raised to the power T and brought back to a sum of 1.
  const powers = Float64Array.from(row, (p) => exp(temperature * log(p / most)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** First answers in bins of equal size, the least confident first; equal confidences share a bin. */
export function reliabilityOf(answers: readonly { confidence: number; isRight: boolean }[]): {
  ece: number;
  reliability: CalibrationBin[];
} {
  const sorted = [...answers].sort((a, b) => a.confidence - b.confidence);
  const reliability: CalibrationBin[] = [];
  let begin = 0;
  let error = 0;
  for (let bin = 1; bin <= BINS; bin++) {
    let end = Math.max(begin, Math.round((bin * sorted.length) / BINS));
    while (end > begin && end < sorted.length && sorted[end].confidence === sorted[end - 1].confidence) end++;
    const count = end - begin;
    if (count === 0) continue;
    let [confidence, right] = [0, 0];
    for (const answer of sorted.slice(begin, end)) {
      confidence += answer.confidence;
      if (answer.isRight) right++;
    }
    error += Math.abs(right - confidence);
    reliability.push({ count, confidence: confidence / count, accuracy: right / count });
    begin = end;
  }
  return { ece: sorted.length === 0 ? 0 : error / sorted.length, reliability };
}
