// A model that learns on: what it fixes.
import { BaxError } from "../errors.ts";
import type { ModelParts } from "../model/index.ts";
import type { TrainingChoices } from "./options.ts";

/** Options that a model has for good, and what the flag of each is. */
const FIXED = {
  tokenizer: "--tokenizer",
  lowercase: "--lowercase",
  wordNgrams: "--word-ngrams",
  charNgrams: "--char-ngrams",
  weighting: "--weighting",
  norm: "--norm",
  charScale: "--char-scale",
  dim: "--dim",
  loss: "--loss",
} as const;

/**
 * What is chosen where a model learns on: its own ways of reading and weighting text. Throws a BaxError ("usage") for another choice, and
 * for a model that cannot learn on.
 */
export function choicesOf(
  { options, parameters, head, fastText }: ModelParts,
  given: TrainingChoices,
): TrainingChoices {
  if (parameters.compressed || parameters.compressedOutput)
    throw new BaxError("usage", "--init: a compressed model cannot learn on", "Give the model that was compressed.");
  if (fastText)
    throw new BaxError(
      "usage",
      "--init: the model has fastText's features",
      "Give one with bax's own features; in a program, `retrain` lets it learn on with the words and labels that it has.",
    );
  if (head.loss === "hs")
    throw new BaxError(
      "usage",
      "--init: a model with the loss hs has a tree of its labels for good",
      "Train anew, or use another loss.",
    );
  if (given.optimizer === "sgd")
    throw new BaxError(
      "usage",
      "--init does not go with --optimizer sgd, whose steps are as large for what is settled as for what is new",
      "Use adagrad, whose steps each row has of its own.",
    );
  const { tokenizer, lowercase, wordNgrams, charNgrams, weighting, norm, charScale } = options;
  const own = {
    tokenizer,
    lowercase,
    wordNgrams,
    charNgrams,
    weighting,
    norm,
    charScale,
    dim: parameters.dimension,
    loss: head.loss,
  };
  for (const [key, flag] of Object.entries(FIXED)) {
    const [wanted, has] = [given[key as keyof typeof FIXED], own[key as keyof typeof FIXED]];
    if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(has)) continue;
    throw new BaxError(
      "usage",
      `${flag}: got ${String(wanted)}, but the model of --init has ${String(has)}`,
      `Leave ${flag} out.`,
    );
  }
  return { ...given, ...own };
}
