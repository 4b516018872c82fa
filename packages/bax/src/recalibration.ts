import { AnswerSample, type Calibration, type Decision, type Wanted } from "./calibration/index.ts";
import type { LabelledText } from "./data/index.ts";
import { BaxError } from "./errors.ts";
import { areLabelsApart, CalibrationSample, Classifier, calibrationStride, type ModelParts } from "./model/index.ts";

/** Texts with labels that a model knows, which is what calibration can learn from. */
interface KnownText {
  text: string;
  labels: number[];
}

/**
 * How the scores of a model are to be corrected by labelled texts that it has not learned from, and from where on labels are answered for
 * what is wanted. Throws a BaxError ("data") where there are fewer than 30 texts with a label of the model.
 */
export function recalibrate(
  parts: ModelParts,
  texts: readonly LabelledText[],
  wanted: Wanted | undefined,
): { calibration: Calibration; decision: Decision | undefined } {
  const indices = new Map(parts.labels.map((label, index) => [label, index]));
  const known: KnownText[] = texts
    .map(({ text, labels }) => ({
      text,
      labels: labels.map((label) => indices.get(label) ?? -1).filter((j) => j >= 0),
    }))
    .filter(({ labels }) => labels.length > 0);
  const { head, parameters } = parts;
  const sample = new CalibrationSample(head, parameters.labelCount, known.length);
  eachBatch(new Classifier({ ...parts, calibration: undefined }), known, ({ forward }, lane, { labels }) =>
    sample.add(forward, lane, { labels }),
  );
  const calibration = sample.fit();
  if (!calibration)
    throw new BaxError(
      "data",
      `${known.length} of ${texts.length} texts have a label of the model, too few to calibrate by`,
      "Give at least 30 labelled texts that the model has not learned from.",
    );
  return { calibration, decision: wanted && decide({ ...parts, calibration }, known, wanted) };
}

function decide(parts: ModelParts, known: readonly KnownText[], wanted: Wanted): Decision {
  const { head, parameters } = parts;
  const isApart = areLabelsApart(head);
  const answers = new AnswerSample(parameters.labelCount, isApart);
  const stride = isApart ? calibrationStride(known.length, parameters.labelCount) : 1;
  const kept = known.filter((_, i) => i % stride === 0);
  const best = new Int32Array(answers.answersEach);
  const probabilities = new Float32Array(answers.answersEach);
  eachBatch(new Classifier(parts), kept, ({ forward }, lane, { labels }, isFirst) => {
    if (isFirst) forward.normalizeBatch();
    forward.top(answers.answersEach, lane, false, best, probabilities, 0);
    answers.add(best, probabilities, labels);
  });
  return answers.choose(wanted);
}

/** Tells each text while its scores are in a lane; `isFirst`: of its batch. */
function eachBatch(
  classifier: Classifier,
  texts: readonly KnownText[],
  each: (classifier: Classifier, lane: number, text: KnownText, isFirst: boolean) => void,
): void {
  let next = 0;
  const place = (range: { at: number; length: number }) => {
    if (next === texts.length) return false;
    Object.assign(range, classifier.place(texts[next++].text));
    return true;
  };
  classifier.predictMany(place, (first, lanes) => {
    for (let lane = 0; lane < lanes; lane++) each(classifier, lane, texts[first + lane], lane === 0);
  });
}
