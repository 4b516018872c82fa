// What the commands here ask of the library: training with fastText's own meaning of its flags, and quantising.
import { BaxError, type CompressionChoices, type LineBlock, TextClassifier, type TrainingHooks } from "bax";
import { loadVectors } from "bax/node";

/** What `supervised` asks of training. */
export interface FastTextTraining extends TrainingHooks {
  readonly loss: "hs" | "ns" | "softmax" | "ova";
  readonly dim: number;
  readonly lr: number;
  readonly epochs: number;
  readonly neg: number;
  readonly wordNgrams: number;
  readonly charNgrams: readonly [number, number];
  readonly buckets?: number;
  readonly minCount: number;
  readonly minCountLabel: number;
  readonly seed: number;
  readonly threads: number;
  /** Path of a .vec file. */
  readonly pretrained?: string;
}

/** How a model is made smaller. */
export interface Quantization {
  readonly dsub: number;
  readonly qnorm: boolean;
  readonly qout: boolean;
  /** Rows to keep; 0 for all. */
  readonly cutoff: number;
  /** Training again after pruning. */
  readonly retrain?: {
    readonly examples: AsyncIterable<LineBlock>;
    readonly epochs: number;
    readonly lr: number;
    readonly threads: number;
  };
}

/** Makes a model smaller, as `quantize` does. */
export async function quantize(model: TextClassifier, options: Quantization): Promise<TextClassifier> {
  const { cutoff, retrain } = options;
  const choices = { ...choicesOf(options), rows: "product" } as const;
  if (!retrain) return model.compress({ ...choices, features: cutoff });
  const { examples, ...training } = retrain;
  const pruned = model.compress({ rows: "f32", output: "f32", features: cutoff });
  return (await pruned.retrain(examples, training)).compress(choices);
}

/** Quantises a model so that its .ftz has at most `bytes`, with as many rows as fit; null where none do. */
export function quantizeToSize(
  model: TextClassifier,
  bytes: number,
  options: Omit<Quantization, "cutoff" | "retrain">,
): TextClassifier | null {
  const choices = choicesOf(options);
  if (model.toFastText("bin").byteLength <= bytes) return model.compress({ ...choices, rows: "product" });
  try {
    return model.compress({ ...choices, size: bytes });
  } catch (error) {
    if (error instanceof BaxError && error.code === "usage") return null;
    throw error;
  }
}

function choicesOf({ dsub, qnorm, qout }: Omit<Quantization, "cutoff" | "retrain">): CompressionChoices {
  return { file: "fasttext", output: qout ? "product" : "f32", subDimension: dsub, norms: qnorm };
}

/** What the library calls its options, and what fastText does. */
const FLAGS: readonly (readonly [string, string])[] = [
  ["--dim", "-dim"],
  ["--lr", "-lr"],
  ["--epochs", "-epoch"],
  ["--neg", "-neg"],
  ["--word-ngrams", "-wordNgrams"],
  ["--char-ngrams", "-minn and -maxn"],
  ["--buckets", "-bucket"],
  ["--min-count-label", "-minCountLabel"],
  ["--min-count", "-minCount"],
  ["--seed", "-seed"],
  ["--threads", "-thread"],
  ["--loss", "-loss"],
];

/** A refusal of the library in the words of this command line. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof BaxError)) return error;
  const say = (text: string) => FLAGS.reduce((said, [ours, theirs]) => said.replaceAll(ours, theirs), text);
  return new BaxError(error.code, say(error.message), say(error.advice), { cause: error });
}

/** Learns with fastText's features and the meaning it gives its flags. */
export async function trainClassifier(
  examples: AsyncIterable<LineBlock>,
  { pretrained, ...options }: FastTextTraining,
): Promise<TextClassifier> {
  const vectors = pretrained === undefined ? undefined : await loadVectors(pretrained);
  try {
    return await TextClassifier.train(examples, {
      tokenizer: "fasttext",
      smoothing: 0,
      valid: 0,
      ...options,
      pretrained: vectors,
    });
  } catch (error) {
    throw inOurWords(error);
  }
}
