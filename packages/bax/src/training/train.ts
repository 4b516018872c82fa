import { BaxError } from "../errors.ts";
import type { Evaluation } from "../evaluation/index.ts";
import type { WeightingOptions } from "../features/index.ts";
import { joinGroups, type LabelMeans, type ModelParts } from "../model/index.ts";
import { type Checkpointing, Checkpoints } from "./checkpoint.ts";
import { fit, type Recovery } from "./fit.ts";
import { bestEpoch, stoppingEpoch, watchedValue } from "./heldOut.ts";
import { type Measured, measurePart, wantedBy } from "./heldOutCalibration.ts";
import { meansOfLabels } from "./labelMeans.ts";
import { Narration } from "./narration.ts";
import { checkOptions } from "./optionChecks.ts";
import type { TrainingChoices, TrainingOptions } from "./options.ts";
import { HeldOutAnswers, type OutOfFold } from "./outOfFold.ts";
import { type Prepared, prepare, type TrainingInputs } from "./preparation.ts";
import type { LearningCurve, Trained, TrainingHooks, TrainingPlatform } from "./report.ts";
import { HELD_OUT, LEARNED, union } from "./split.ts";

/** What the first fit of a run leaves for the others. */
interface Validated {
  /** Of the final model. */
  epochs: number;
  valid: Measured | null;
  /** The speed of the first fit where its parameters are those of the final model already: it learned from everything, to the end. */
  speedOfFinal: number | undefined;
  curve: LearningCurve;
  /** Where it was asked for; not in a checkpoint. */
  heldOut: OutOfFold | undefined;
}

const NOT_VALIDATED = { valid: null, speedOfFinal: undefined, curve: [], heldOut: undefined };

/**
 * Learns a classifier: reads and hashes the examples once, holds a part out to measure, then learns from everything; or measures on what
 * was given for it, and learns from the rest.
 */
export async function train(
  inputs: TrainingInputs,
  given: TrainingChoices,
  hooks: TrainingHooks,
  platform: TrainingPlatform,
): Promise<Trained> {
  const choices = checkOptions({ ...given });
  const narration = new Narration(hooks);
  const prepared = await prepare(inputs, choices, narration, platform);
  const { options, engine, parts, readSeconds } = prepared;
  let validated: Validated = { ...NOT_VALIDATED, epochs: options.epochs };
  let examplesPerSecond = 0;
  let labelMeans: LabelMeans | undefined;
  try {
    // What was given to measure on teaches nothing.
    const learned = inputs.validation ? parts[LEARNED] : union(parts);
    const recovery = await recoveryOf(prepared, hooks.checkpoint, narration);
    if (recovery?.resumed?.name === FINAL) validated = recovery.earlier as Validated;
    else if (parts.length === 1 && wantedBy(options))
      throw new BaxError(
        "usage",
        "a wish for precision, recall or a share of the answers needs held-out text",
        "Leave --valid 0 out, or give more examples.",
      );
    else if (parts.length > 1) validated = await validate(prepared, choices, inputs, narration, recovery, hooks);
    const { epochs, speedOfFinal } = validated;
    if (speedOfFinal !== undefined) examplesPerSecond = speedOfFinal;
    else if (!narration.interrupted) {
      if (recovery) recovery.earlier = { ...validated, heldOut: undefined };
      const fitted = await fit(prepared, { name: FINAL, phase: "train", part: learned, epochs }, narration, recovery);
      examplesPerSecond = fitted.examplesPerSecond;
    }
    if (prepared.head.loss !== "hs" && !prepared.features.fastText)
      labelMeans = meansOfLabels(prepared, learned, inputs.init);
    // The figure is that of a model that learned to the end.
    if (narration.interrupted) {
      narration.note("stopped early: the model knows what it had learned by then");
    }
  } finally {
    engine.close();
    prepared.corpus.release();
  }
  const { seconds: total, notes, interrupted } = narration;
  return {
    parts: { ...partsOf(prepared, labelMeans), ...correctionOf(validated.valid, inputs.init) },
    report: {
      ...prepared.facts,
      features: prepared.features.count,
      // A limit that was not met changed nothing.
      options: { ...options, memory: prepared.corpus.inFile ? options.memory : 0 },
      choices: prepared.choices,
      given: prepared.given,
      valid: narration.interrupted ? null : (validated.valid?.evaluation ?? null),
      curve: validated.curve,
      heldOut: validated.heldOut,
      seconds: { read: readSeconds, train: total - readSeconds, total },
      examplesPerSecond,
      fingerprint: prepared.corpus.fingerprint,
      interrupted,
      notes,
    },
  };
}

/** What the held-out part taught about probabilities; a model that learned on without one keeps what it had, as far as it fits. */
function correctionOf(
  valid: Measured | null,
  before: ModelParts | undefined,
): Pick<ModelParts, "calibration" | "decision"> {
  if (valid) return { calibration: valid.calibration, decision: valid.decision };
  const { calibration } = before ?? {};
  return { calibration: calibration?.platt ? undefined : calibration, decision: undefined };
}

/** The fit whose parameters are the model's. */
const FINAL = "final";

async function recoveryOf(
  prepared: Prepared,
  checkpoint: Checkpointing | undefined,
  narration: Narration,
): Promise<Recovery | undefined> {
  if (!checkpoint) return undefined;
  const checkpoints = new Checkpoints(prepared, checkpoint);
  const resumed = await checkpoints.resume();
  if (resumed) {
    narration.resume(resumed.notes);
    const { epoch } = resumed.place;
    const message = `goes on from ${checkpoint.store.name}: ${resumed.name === FINAL ? "" : "validation, "}epoch ${epoch + 1}`;
    narration.tellRead(prepared.facts.examples, { fraction: 1, message });
  }
  return { checkpoints, resumed, earlier: resumed?.earlier };
}

/** Learns from one part and measures on the other after each epoch: how many epochs are best, and how good the model then is. */
async function validate(
  prepared: Prepared,
  choices: TrainingChoices,
  inputs: TrainingInputs,
  narration: Narration,
  recovery: Recovery | undefined,
  hooks: Pick<TrainingHooks, "keepHeldOut">,
): Promise<Validated> {
  const { options, parts, corpus } = prepared;
  const { epochs, validMetric: metric, patience } = options;
  const stored = { ...prepared, labels: corpus.labels.names, largestBag: corpus.largestBag };
  const most = hooks.keepHeldOut;
  const fits = !corpus.inFile && parts[HELD_OUT].count * corpus.labels.names.length <= Number(most);
  const keeps = typeof most === "number" ? fits : most;
  const kept = keeps ? new HeldOutAnswers(prepared, parts[HELD_OUT]) : undefined;
  const watched = (evaluation: Evaluation) => watchedValue(metric, evaluation);
  const measure = (loss: number, before: readonly Measured[]) => {
    // The epoch that is kept is the last, or better than all before it.
    const isCandidate = (raw: Evaluation) =>
      metric === "log-loss" ||
      before.length + 1 === epochs ||
      before.every(({ evaluation }) => watched(raw) > watched(evaluation));
    const found = measurePart(stored, parts[HELD_OUT], options, loss, isCandidate);
    kept?.take({ ...stored, calibration: found.calibration }, before.length + 1, watched(found.evaluation));
    return found;
  };
  const evaluations = (measured: readonly Measured[]) => measured.map(({ evaluation }) => evaluation);
  const isEnough = (measured: readonly Measured[]) =>
    patience > 0 && measured.length - bestEpoch(evaluations(measured), metric) >= patience;
  const plan = { name: "validation", phase: "validate", part: parts[LEARNED], epochs, measure, isEnough } as const;
  const { measured, examplesPerSecond } = await fit(prepared, plan, narration, recovery);
  if (narration.interrupted) return { ...NOT_VALIDATED, epochs };
  // A number of epochs that was asked for is kept; otherwise the held-out part may show that fewer are better.
  let best = choices.epochs === undefined ? stoppingEpoch(evaluations(measured), metric) : measured.length;
  if (patience > 0) best = bestEpoch(evaluations(measured), metric);
  if (best < measured.length)
    narration.note(`stopped after ${best} of ${measured.length} epochs: more made the held-out part worse`);
  const isFinal = inputs.validation !== undefined && best === measured.length;
  return {
    epochs: best,
    valid: measured[best - 1],
    speedOfFinal: isFinal ? examplesPerSecond : undefined,
    curve: measured.map(({ loss, evaluation, rawLogLoss }, epoch) => ({
      epoch: epoch + 1,
      loss,
      accuracy: evaluation.accuracy,
      logLoss: rawLogLoss,
    })),
    heldOut: kept?.of(best),
  };
}

function partsOf(
  { heap, corpus, reading, options, head, features, parameters }: Prepared,
  labelMeans: LabelMeans | undefined,
): Trained["parts"] {
  const { keys, featureWeights, fastText } = features;
  return {
    heap,
    options: { ...reading, ...weightingOf(options) },
    labels: corpus.labels.names,
    keys,
    featureWeights,
    // fastText sums in one go: a trained model answers as the one read from its file does.
    parameters: fastText ? joinGroups(heap, parameters) : { ...parameters, featureCount: features.count },
    head,
    fastText,
    labelMeans,
  };
}

function weightingOf({ weighting, norm, charScale }: TrainingOptions): WeightingOptions {
  return { weighting, norm, charScale };
}
