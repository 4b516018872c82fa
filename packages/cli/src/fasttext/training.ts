import { open } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { BaxError, type LineBlock, type TextClassifier, type TrainingHooks } from "bax";
import { readLineBlocks } from "../input/lines.ts";
import { findSources } from "../input/sources.ts";
import type { Flags } from "./arguments.ts";
import { type FastTextTraining, trainClassifier } from "./library.ts";
import { canRead } from "./lines.ts";
import { TrainingReporter } from "./progress.ts";

/** Threads that are worth starting. */
export function usefulThreads(wanted: number): number {
  return Math.max(1, Math.min(wanted, availableParallelism()));
}

/** Refuses what cannot be learned from, before any time is spent. */
export async function checkTraining({ input, pretrainedVectors, dim, bucket, wordNgrams, maxn }: Flags): Promise<void> {
  if (input === "-") {
    throw new BaxError(
      "usage",
      "Cannot use stdin for training!",
      "Write the text to a file: it is read more than once.",
    );
  }
  if (!(await canRead(input))) {
    throw new BaxError("file", `${input} cannot be opened for training!`, "Check the path given to -input.");
  }
  if (bucket === 0 && (wordNgrams > 1 || maxn > 0)) {
    throw new BaxError("usage", "-bucket: got 0, but n-grams need rows", "Give -bucket 2000000, or leave n-grams out.");
  }
  if (pretrainedVectors !== "") await checkVectors(pretrainedVectors, dim);
}

async function checkVectors(path: string, dim: number): Promise<void> {
  if (!(await canRead(path))) {
    throw new BaxError("file", `${path} cannot be opened for loading!`, "Check the path given to -pretrainedVectors.");
  }
  const file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
  await file.close();
  const shape = /^\d+ (\d+)/.exec(buffer.toString("latin1", 0, bytesRead));
  if (shape === null || Number(shape[1]) === dim) return; // what else is wrong with it, its reader tells
  throw new BaxError(
    "usage",
    `Dimension of pretrained vectors (${shape[1]}) does not match dimension (${dim})!`,
    `Add -dim ${shape[1]}.`,
  );
}

/** Labelled lines of `-input`. */
export async function* labelledLines({ input, label }: Pick<Flags, "input" | "label">): AsyncGenerator<LineBlock> {
  for (const source of await findSources([input], { format: "txt" })) {
    for await (const block of readLineBlocks(source, () => {})) yield { ...block, labelPrefix: label };
  }
}

/** Learns with these flags, and says how it goes where `isReported`. */
export async function trainWithFlags(flags: Flags, hooks: TrainingHooks, isReported: boolean): Promise<TextClassifier> {
  const threads = usefulThreads(flags.thread);
  const reporter = new TrainingReporter({ verbose: isReported ? flags.verbose : 0, lr: flags.lr, threads });
  let tokensPerExample = 0;
  const onProgress: TrainingHooks["onProgress"] = (progress) => {
    hooks.onProgress?.(progress);
    const { phase, vocabulary, examples } = progress;
    if (vocabulary) {
      tokensPerExample = vocabulary.tokens / Math.max(1, examples);
      reporter.read(vocabulary);
    } else if (phase !== "read") reporter.training(progress, tokensPerExample);
  };
  const model = await trainClassifier(labelledLines(flags), {
    ...trainingOptions(flags),
    threads,
    ...hooks,
    onProgress,
  });
  reporter.done(model.report?.interrupted !== true);
  return model;
}

/** fastText's flags as the library's options. */
export function trainingOptions(flags: Flags): FastTextTraining {
  const shortest = Math.max(1, flags.minn);
  const hasSubwords = flags.maxn >= shortest;
  return {
    loss: flags.loss,
    dim: flags.dim,
    lr: flags.lr,
    epochs: flags.epoch,
    neg: flags.neg,
    wordNgrams: Math.max(1, flags.wordNgrams),
    charNgrams: hasSubwords ? [shortest, flags.maxn] : [0, 0],
    // Without n-grams there are no buckets, and the option has nothing to say.
    ...(flags.bucket > 0 && (flags.wordNgrams > 1 || hasSubwords) && { buckets: flags.bucket }),
    minCount: Math.max(1, flags.minCount),
    minCountLabel: Math.max(1, flags.minCountLabel),
    seed: flags.seed,
    threads: usefulThreads(flags.thread),
    ...(flags.pretrainedVectors !== "" && { pretrained: flags.pretrainedVectors }),
  };
}
