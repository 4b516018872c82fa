import type { Examples, WordVectors } from "../data/index.ts";
import type { Evaluation } from "../evaluation/index.ts";
import type { WeightingOptions } from "../features/index.ts";
import { joinGroups } from "../model/index.ts";
import { fit } from "./fit.ts";
import { evaluatePart, stoppingEpoch } from "./heldOut.ts";
import { Narration } from "./narration.ts";
import { checkOptions, type TrainingChoices, type TrainingOptions } from "./options.ts";
import { type Prepared, prepare } from "./preparation.ts";
import type { Trained, TrainingHooks, TrainingPlatform } from "./report.ts";
import { HELD_OUT, LEARNED, union } from "./split.ts";

/**
 * Learns a classifier: reads and hashes the examples once, holds a part out to measure, then learns from everything. `pretrained`: vectors
 * that rows of words begin with; their words become part of the vocabulary.
 */
export async function train(
  examples: Examples,
  given: TrainingChoices,
  hooks: TrainingHooks,
  platform: TrainingPlatform,
  pretrained?: WordVectors | undefined,
): Promise<Trained> {
  const choices = checkOptions({ ...given });
  const narration = new Narration(hooks);
  const prepared = await prepare(examples, choices, narration, platform, pretrained);
  const { options, engine, parts, readSeconds } = prepared;
  let valid: Evaluation | null = null;
  let examplesPerSecond = 0;
  try {
    let epochs = options.epochs;
    if (parts.length > 1) {
      const measured = await validate(prepared, narration);
      if (!narration.interrupted) {
        // A number of epochs that was asked for is kept; otherwise the held-out part may show that fewer are better.
        epochs = choices.epochs === undefined ? stoppingEpoch(measured) : measured.length;
        if (epochs < measured.length)
          narration.note(`stopped after ${epochs} of ${measured.length} epochs: more made the held-out part worse`);
        valid = measured[epochs - 1];
      }
    }
    if (!narration.interrupted) {
      const fitted = await fit(prepared, { phase: "train", part: union(parts), epochs }, narration);
      examplesPerSecond = fitted.examplesPerSecond;
      // The figure is that of a model that learned to the end.
      if (narration.interrupted) valid = null;
    }
  } finally {
    engine.close();
    prepared.corpus.release();
  }
  const { seconds: total, notes, interrupted } = narration;
  return {
    parts: partsOf(prepared),
    report: {
      ...prepared.facts,
      features: prepared.features.count,
      // A limit that was not met changed nothing.
      options: { ...options, memory: prepared.corpus.inFile ? options.memory : 0 },
      valid,
      seconds: { read: readSeconds, train: total - readSeconds, total },
      examplesPerSecond,
      fingerprint: prepared.corpus.fingerprint,
      interrupted,
      notes,
    },
  };
}

/** Learns from one part and measures on the other after each epoch. */
async function validate(prepared: Prepared, narration: Narration): Promise<Evaluation[]> {
  const { options, parts, corpus } = prepared;
  const stored = { ...prepared, labels: corpus.labels.names, largestBag: corpus.largestBag };
  const measure = () => evaluatePart(stored, parts[HELD_OUT]);
  const plan = { phase: "validate", part: parts[LEARNED], epochs: options.epochs, measure } as const;
  return (await fit(prepared, plan, narration)).measured;
}

function partsOf({ heap, corpus, reading, options, head, features, parameters }: Prepared): Trained["parts"] {
  const { keys, featureWeights, fastText } = features;
  return {
    heap,
    options: { ...reading, ...weightingOf(options) },
    labels: corpus.labels.names,
    keys,
    featureWeights,
    // fastText sums in one go: a trained model answers as the one read from its file does.
    parameters: fastText ? joinGroups(heap, parameters) : parameters,
    head,
    fastText,
  };
}

function weightingOf({ weighting, norm, charScale }: TrainingOptions): WeightingOptions {
  return { weighting, norm, charScale };
}
