import type { Examples } from "../data/index.ts";
import { BaxError } from "../errors.ts";
import { createWeighting } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { allocateParameters, FastTextBags, joinGroups, type ModelParts } from "../model/index.ts";
import { turn } from "../turn.ts";
import { placeClassWeights } from "./classWeights.ts";
import { Corpus } from "./corpus.ts";
import { resolveOptions } from "./defaults.ts";
import { Engine } from "./engine.ts";
import { checkFastTextChoices } from "./fastTextFeatures.ts";
import { readExamples } from "./intake.ts";
import { checkOptions } from "./optionChecks.ts";
import type { TrainingChoices } from "./options.ts";
import type { TrainingHooks, TrainingPlatform } from "./report.ts";
import { Run } from "./run.ts";
import { threadCount } from "./threadCount.ts";

/**
 * Lets a model learn on with the features and labels that it has; others are left out. The model stays as it is; another is returned. Only
 * for fastText's features and rows that are not compressed. Throws a BaxError: "usage" for other models, "data" where there is nothing to
 * learn from, "aborted" by `signal`.
 */
export async function retrain(
  parts: ModelParts,
  examples: Examples,
  given: TrainingChoices,
  { onProgress, signal, stopSignal }: TrainingHooks,
  platform: TrainingPlatform,
): Promise<ModelParts> {
  const { fastText, labels, parameters: old, head } = parts;
  if (!fastText || old.compressed) {
    throw new BaxError(
      "usage",
      fastText ? "a compressed model cannot learn on" : "only a model with fastText's features can learn on",
      "Learn first, and compress the result.",
    );
  }
  if (given.tokenizer !== undefined && given.tokenizer !== "fasttext") {
    throw new BaxError("usage", `--tokenizer ${given.tokenizer}: the model has fastText's features`, "Leave it out.");
  }
  const choices = checkOptions({ ...given, tokenizer: "fasttext", loss: head.loss });
  checkFastTextChoices(choices);
  const pause = async () => {
    await turn();
    if (signal?.aborted) throw new BaxError("aborted", "training was stopped", "Run it again to train.");
  };
  const heap = new Heap();
  // The model's own table of features reads the text; rows are their own keys.
  const vocabulary = fastText.vocabulary.copyTo(heap);
  const corpus = Corpus.ofRows(heap, new FastTextBags(heap, vocabulary), labels, head.loss !== "ova");
  await readExamples(examples, corpus, pause);
  corpus.close();
  if (corpus.labelledCount === 0) {
    throw new BaxError(
      "data",
      "training data: no example has a label of the model",
      "Give the data it was trained on.",
    );
  }
  const facts = { examples: corpus.labelledCount, labels: labels.length };
  // With the optimizer given, the rate is AdaGrad's own: a model that has learned needs small steps.
  const learning = { optimizer: "adagrad", ...choices, dim: old.dimension } as const;
  const options = resolveOptions(learning, facts, { all: old.featureCount, chosen: () => old.featureCount });
  corpus.dictionary.assign((row) => row);
  if (head.loss === "ns") corpus.sortTargets();
  const labelWeights = placeClassWeights(corpus, options.classWeights);
  const [part] = corpus.settle();
  const weighting = createWeighting(heap, options, 0);
  const threads = threadCount(options, corpus, platform);
  const parameters = allocateParameters(heap, old.featureCount, labels.length, old.dimension, threads);
  // Rows of B stand for the nodes of the tree that the model was made with.
  const labelCounts = head.loss === "hs" ? head.labelCounts : undefined;
  const engine = await Engine.create(
    corpus,
    parameters,
    weighting,
    { ...options, labelCounts, labelWeights },
    platform.spawn,
  );
  try {
    engine.initialize(options.seed, {
      columns: fastText.arguments.dim,
      model: { heap: parts.heap, parameters: old, freeze: false, settled: false },
    });
    const run = new Run(engine, part, options, options.lr, "train");
    for (let epoch = 0; epoch < options.epochs && !stopSignal?.aborted; epoch++) {
      await run.epoch(epoch, options.epochs, async ({ progress }) => {
        onProgress?.(progress);
        await pause();
        return !stopSignal?.aborted;
      });
    }
  } finally {
    engine.close();
  }
  return { ...parts, heap, parameters: joinGroups(heap, parameters), fastText: { ...fastText, vocabulary } };
}
