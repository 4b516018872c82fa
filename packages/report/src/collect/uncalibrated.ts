import { type Calibration, type CalibrationBin, CalibrationError, exp, log } from "bax";

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

/** The calibration error of first answers, and the bins that it is made of. */
export function reliabilityOf(answers: readonly { confidence: number; isRight: boolean }[]): {
  ece: number;
  reliability: CalibrationBin[];
} {
  const error = new CalibrationError();
  for (const { confidence, isRight } of answers) error.add(confidence, isRight);
  const sorted = error.answers();
  return { ece: error.result(sorted), reliability: error.bins(sorted) };
}
