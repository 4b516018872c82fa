// What training measured on the part that it held out, with the texts: what the report of `bax train` shows.
import {
  calibrationOf,
  HELD_OUT_REMARKS,
  heldOutAnswers,
  LabelNumbers,
  type Measured,
  MeasuredCollector,
  TextBudget,
} from "@bax/report";
import type { Example, TextClassifier } from "bax";

/** The part in words, as the report calls it. */
const NAME = "a part of the data that was held out";

/** Of a model that was just trained on `examples`. `labels`: the names that the numbers of labels stand for. */
export function measuredHeldOut(
  model: TextClassifier,
  examples: { at(number: number): Example },
): { measured: Measured | null; notMeasured: string | null; labels: readonly string[] } {
  const { report } = model;
  const numbers = new LabelNumbers(model.labels);
  if (!report?.valid || !report.heldOut) {
    const why = report?.interrupted
      ? "The training was stopped before it could be measured."
      : "Nothing was held out, so that nothing could be measured.";
    return { measured: null, notMeasured: why, labels: model.labels };
  }
  const collector = new MeasuredCollector(numbers, model.labels.length);
  const given = (number: number) => {
    const { text, weight = 1, ...rest } = examples.at(number);
    return { text, labels: namesOf(rest), weight };
  };
  for (const answered of heldOutAnswers(report.heldOut, given, model.labels)) collector.add(answered);
  const measured = collector.result(
    {
      name: NAME,
      evaluation: report.valid,
      calibration: calibrationOf(model),
      model,
      explained: HELD_OUT_REMARKS.explained,
      notes: model.calibration ? [HELD_OUT_REMARKS.calibrated] : [],
    },
    TextBudget.forMeasured(),
  );
  return { measured, notMeasured: null, labels: numbers.names };
}

/** Names of an example's labels. */
export function namesOf({ label, labels }: Pick<Example, "label" | "labels">): readonly string[] {
  if (label !== undefined) return [label];
  return Array.isArray(labels) ? labels : Object.keys(labels ?? {});
}
