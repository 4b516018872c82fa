// What the held-out part teaches about probabilities: how the scores are to be corrected, and from where on a label is answered.
import { AnswerSample, type Calibration, type Decision, type Wanted } from "../calibration/index.ts";
import type { Evaluation } from "../evaluation/index.ts";
import { areLabelsApart, CalibrationSample, calibrationStride } from "../model/index.ts";
import { answerPart, evaluatePart, goldOf, type StoredModel } from "./heldOut.ts";
import type { TrainingOptions } from "./options.ts";
import type { Part } from "./part.ts";

/** What was found on the held-out part after an epoch. */
export interface Measured {
  /** Mean loss of the epoch, in nats. */
  loss: number;
  /** Of the probabilities as they are told: calibrated. */
  evaluation: Evaluation;
  calibration: Calibration | undefined;
  decision: Decision | undefined;
}

type Wishes = Pick<TrainingOptions, "targetPrecision" | "targetRecall" | "targetShare">;

/** Measures the parameters on a part, after their probabilities were corrected by it. */
export function measurePart(
  model: StoredModel & { labels: readonly string[] },
  part: Part,
  wishes: Wishes,
  loss: number,
): Measured {
  const calibration = calibrationOf(model, part);
  const calibrated = { ...model, calibration };
  const wanted = wantedBy(wishes);
  return {
    loss,
    evaluation: evaluatePart(calibrated, part),
    calibration,
    decision: wanted && decisionOf(calibrated, part, wanted),
  };
}

/** What the options want of the answers; nothing by default. */
export function wantedBy({ targetPrecision, targetRecall, targetShare }: Wishes): Wanted | undefined {
  if (targetPrecision > 0) return { precision: targetPrecision };
  if (targetRecall > 0) return { recall: targetRecall };
  return targetShare > 0 ? { share: targetShare } : undefined;
}

/** Undefined where there is too little to learn it from, and where fastText's own probabilities are promised. */
function calibrationOf(model: StoredModel, part: Part): Calibration | undefined {
  const { head, parameters } = model;
  if (head.arithmetic === "fasttext") return undefined;
  const sample = new CalibrationSample(head, parameters.labelCount, part.count);
  answerPart(
    model,
    part,
    1,
    () => {},
    (forward, lane, { labels, targets, weight }) =>
      sample.add(forward, lane, { labels: Array.from(labels), shares: Array.from(targets), weight }),
  );
  return sample.fit();
}

/** Thresholds for what is wanted, from the calibrated answers to a part. */
function decisionOf(model: StoredModel, part: Part, wanted: Wanted): Decision {
  const { labelCount } = model.parameters;
  const isApart = areLabelsApart(model.head);
  const answers = new AnswerSample(labelCount, isApart);
  const stride = isApart ? calibrationStride(part.count, labelCount) : 1;
  answerPart(model, part, answers.answersEach, (example, best, probabilities, record) => {
    if (example % stride === 0) answers.add(best, probabilities, goldOf(record), record.weight);
  });
  return answers.choose(wanted);
}
