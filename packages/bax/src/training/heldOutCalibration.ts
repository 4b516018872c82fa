// What the held-out part teaches about probabilities: how the scores are to be corrected, and from where on a label is answered.
import { AnswerSample, type Calibration, type Decision, type Wanted } from "../calibration/index.ts";
import type { Evaluation } from "../evaluation/index.ts";
import { areLabelsApart, CalibrationSample, calibrationStride } from "../model/index.ts";
import { answerPart, evaluatePart, goldOf, type Scored, type StoredModel } from "./heldOut.ts";
import type { TrainingOptions } from "./options.ts";
import type { Part } from "./part.ts";

/** What was found on the held-out part after an epoch. */
export interface Measured {
  /** Mean loss of the epoch, in nats. */
  loss: number;
  /** Of the probabilities as they are told: calibrated, where the epoch may be kept. */
  evaluation: Evaluation;
  /** Log loss before any correction, nats: what epochs can be compared by, since only some are corrected. */
  rawLogLoss: number | null;
  calibration: Calibration | undefined;
  decision: Decision | undefined;
}

type Wishes = Pick<TrainingOptions, "targetPrecision" | "targetRecall" | "targetShare">;

/**
 * Measures the parameters on a part, after their probabilities were corrected by it. With softmax the part is answered once: a temperature
 * changes no answer, and log loss and calibration error are those of the examples that the temperature is fitted on, all or enough of them.
 * `isCandidate`: whether the epoch, as its uncalibrated answers are, may be the one that is kept; otherwise that is all.
 */
export function measurePart(
  model: StoredModel & { labels: readonly string[] },
  part: Part,
  wishes: Wishes,
  loss: number,
  isCandidate: (raw: Evaluation) => boolean,
): Measured {
  const { head, parameters } = model;
  const sample = new CalibrationSample(head, parameters.labelCount, part.count);
  // fastText's own probabilities are promised where its arithmetic is imitated.
  const isCorrected = head.arithmetic === "exact";
  const scored: Scored = (forward, lane, { labels, targets, weight }) =>
    sample.add(forward, lane, { labels: Array.from(labels), shares: Array.from(targets), weight });
  const raw = evaluatePart(model, part, undefined, isCorrected ? scored : undefined);
  const rawLogLoss = raw.logLoss;
  if (!isCandidate(raw)) return { loss, evaluation: raw, rawLogLoss, calibration: undefined, decision: undefined };
  const calibration = isCorrected ? sample.fit() : undefined;
  const calibrated = { ...model, calibration };
  const wanted = wantedBy(wishes);
  const decision = wanted && decisionOf(calibrated, part, wanted);
  if (!calibration) return { loss, evaluation: raw, rawLogLoss, calibration, decision };
  const evaluation =
    head.loss === "softmax" ? { ...raw, ...sample.figuresAt(calibration.temperature) } : evaluatePart(calibrated, part);
  return { loss, evaluation, rawLogLoss, calibration, decision };
}

/** What the options want of the answers; nothing by default. */
export function wantedBy({ targetPrecision, targetRecall, targetShare }: Wishes): Wanted | undefined {
  if (targetPrecision > 0) return { precision: targetPrecision };
  if (targetRecall > 0) return { recall: targetRecall };
  return targetShare > 0 ? { share: targetShare } : undefined;
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
