/** Commands that take flags. */
export type TrainingCommand = "supervised" | "quantize" | "skipgram" | "cbow";

export type LossName = "softmax" | "hs" | "ns" | "ova";

/** Everything that fastText's flags say; the names are those of the flags. */
export interface Flags {
  input: string;
  output: string;
  verbose: number;
  minCount: number;
  minCountLabel: number;
  wordNgrams: number;
  bucket: number;
  minn: number;
  maxn: number;
  t: number;
  label: string;
  lr: number;
  lrUpdateRate: number;
  dim: number;
  ws: number;
  epoch: number;
  neg: number;
  loss: LossName;
  thread: number;
  pretrainedVectors: string;
  saveOutput: boolean;
  vec: boolean;
  seed: number;
  autotuneValidation: string;
  autotuneMetric: string;
  autotunePredictions: number;
  autotuneDuration: number;
  autotuneModelSize: string;
  cutoff: number;
  retrain: boolean;
  qnorm: boolean;
  qout: boolean;
  dsub: number;
}

/** The headings of the help. */
export type Group = "mandatory" | "optional" | "dictionary" | "training" | "autotune" | "quantization" | "bax";

/** One row of the table of flags. */
export interface FlagRow {
  readonly flag: string;
  readonly key: keyof Flags;
  /** A `switch` takes no value. */
  readonly type: "text" | "integer" | "number" | "switch" | "loss";
  /** Smallest value that makes sense. */
  readonly min?: number;
  readonly group: Group;
  readonly meaning: string;
}

const row = (
  group: Group,
  flag: string,
  type: FlagRow["type"],
  meaning: string,
  more: { key?: keyof Flags; min?: number } = {},
): FlagRow => ({ flag, key: more.key ?? (flag.slice(1) as keyof Flags), type, group, meaning, ...more });

/** Every flag, in the order of the help. */
export const FLAGS: readonly FlagRow[] = [
  row("mandatory", "-input", "text", "file to learn from: a line a text, with its labels"),
  row("mandatory", "-output", "text", "where to write, without the ending"),
  row(
    "optional",
    "-verbose",
    "integer",
    "how much is said: 0 nothing, 1 the end, 2 progress, 3 each trial of autotune",
  ),
  row("dictionary", "-minCount", "integer", "fewest times a word must occur", { min: 0 }),
  row("dictionary", "-minCountLabel", "integer", "fewest times a label must occur", { min: 0 }),
  row("dictionary", "-wordNgrams", "integer", "longest run of words that is a feature", { min: 0 }),
  row("dictionary", "-bucket", "integer", "rows that all n-grams share", { min: 0 }),
  row("dictionary", "-minn", "integer", "shortest run of characters in a word that is a feature", { min: 0 }),
  row("dictionary", "-maxn", "integer", "longest such run; 0 for none", { min: 0 }),
  row("dictionary", "-t", "number", "rate of subsampling; for word vectors only"),
  row("dictionary", "-label", "text", "what a label starts with"),
  row("training", "-lr", "number", "learning rate at the start"),
  row("training", "-lrUpdateRate", "integer", "words between two changes of the rate; here it changes steadily"),
  row("training", "-dim", "integer", "size of the vectors", { min: 1 }),
  row("training", "-ws", "integer", "words on each side; for word vectors only"),
  row("training", "-epoch", "integer", "passes over the text", { min: 1 }),
  row("training", "-neg", "integer", "labels drawn to learn against, with the loss ns", { min: 1 }),
  row("training", "-loss", "loss", "what is minimised {ns, hs, softmax, one-vs-all}"),
  row("training", "-thread", "integer", "threads; the model is the same for any number", { min: 1 }),
  row("training", "-pretrainedVectors", "text", "word vectors (.vec) to start from"),
  row("training", "-saveOutput", "switch", "write the vectors of the labels too, as text"),
  row("training", "-seed", "integer", "start of all random numbers", { min: 0 }),
  row("autotune", "-autotune-validation", "text", "labelled text to measure on; turns the search on", {
    key: "autotuneValidation",
  }),
  row(
    "autotune",
    "-autotune-metric",
    "text",
    "what to maximise {f1, f1:label, precisionAtRecall:percent[:label], recallAtPrecision:percent[:label]}",
    { key: "autotuneMetric" },
  ),
  row("autotune", "-autotune-predictions", "integer", "answers a text that count", { key: "autotunePredictions" }),
  row("autotune", "-autotune-duration", "integer", "seconds to search", { key: "autotuneDuration", min: 0 }),
  row("autotune", "-autotune-modelsize", "text", "largest file, such as 2M; empty for any size", {
    key: "autotuneModelSize",
  }),
  row("quantization", "-cutoff", "integer", "words and n-grams to keep; 0 for all", { min: 0 }),
  row("quantization", "-retrain", "switch", "learn again after a cutoff"),
  row("quantization", "-qnorm", "switch", "quantise the lengths of the vectors apart"),
  row("quantization", "-qout", "switch", "quantise the vectors of the labels too"),
  row("quantization", "-dsub", "integer", "numbers that share one byte", { min: 1 }),
  row("bax", "-vec", "switch", "write the word vectors too, as text"),
];

/** fastText's defaults; those of word vectors hold for every command but `supervised`, as they do there. */
export function defaultFlags(command: TrainingCommand): Flags {
  const words = command !== "supervised";
  return {
    input: "",
    output: "",
    verbose: 2,
    minCount: words ? 5 : 1,
    minCountLabel: 0,
    wordNgrams: 1,
    bucket: 2_000_000,
    minn: words ? 3 : 0,
    maxn: words ? 6 : 0,
    t: 1e-4,
    label: "__label__",
    lr: words ? 0.05 : 0.1,
    lrUpdateRate: 100,
    dim: 100,
    ws: 5,
    epoch: 5,
    neg: 5,
    loss: words ? "ns" : "softmax",
    thread: 12,
    pretrainedVectors: "",
    saveOutput: false,
    vec: false,
    seed: 0,
    autotuneValidation: "",
    autotuneMetric: "f1",
    autotunePredictions: 1,
    autotuneDuration: 300,
    autotuneModelSize: "",
    cutoff: 0,
    retrain: false,
    qnorm: false,
    qout: false,
    dsub: 2,
  };
}

/** What came of reading a command's flags. */
export interface Parsed {
  readonly flags: Flags;
  /** Those that the user gave. */
  readonly given: ReadonlySet<keyof Flags>;
  /** What is wrong, to be said before the help; undefined where all is well. */
  readonly problem: string | undefined;
}

/** Reads the flags of a command, from left to right, up to the first that is wrong. */
export function parseFlags(command: TrainingCommand, args: readonly string[]): Parsed {
  const flags = defaultFlags(command);
  const given = new Set<keyof Flags>();
  const stop = (problem: string | undefined): Parsed => ({ flags, given, problem });
  for (let at = 0; at < args.length; at++) {
    const flag = args[at];
    if (!flag.startsWith("-")) return stop(`Provided argument without a dash: ${flag}`);
    if (flag === "-h") return stop("Usage:");
    const found = FLAGS.find((one) => one.flag === flag);
    if (!found) return stop(`Unknown argument: ${flag}`);
    given.add(found.key);
    if (found.type === "switch") {
      set(flags, found.key, true);
      continue;
    }
    if (++at >= args.length) return stop(`${flag} is missing an argument`);
    const value = parseValue(found, args[at]);
    if (value === undefined) return stop(describeWrong(found, args[at]));
    set(flags, found.key, value);
  }
  if (flags.input === "" || flags.output === "") return stop("Empty input or output path.");
  // Without n-grams there is nothing to put into buckets; a search may yet try some.
  if (flags.wordNgrams <= 1 && flags.maxn === 0 && flags.autotuneValidation === "") flags.bucket = 0;
  return stop(undefined);
}

function set(flags: Flags, key: keyof Flags, value: string | number | boolean): void {
  (flags as unknown as Record<string, string | number | boolean>)[key] = value;
}

function parseValue({ type, min = Number.NEGATIVE_INFINITY }: FlagRow, text: string): string | number | undefined {
  if (type === "text") return text;
  if (type === "loss") return parseLoss(text);
  const value = type === "integer" ? parseInteger(text) : parseNumber(text);
  return value === undefined || value < min ? undefined : value;
}

function parseLoss(text: string): LossName | undefined {
  if (text === "one-vs-all") return "ova";
  return (["hs", "ns", "softmax", "ova"] as const).find((name) => name === text);
}

/** A whole number; undefined for anything else, such as 1e3, which fastText would take for 1. */
export function parseInteger(text: string): number | undefined {
  if (!/^\s*[+-]?\d+(?:\.0*)?$/.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) < 2 ** 31 ? value : undefined;
}

/** A number; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function describeWrong({ flag, type, min }: FlagRow, text: string): string {
  if (type === "loss") return `Unknown loss: ${text}`;
  const bound = min === undefined ? "" : ` of ${min} or more`;
  return `${flag}: got "${text}", expected a ${type === "integer" ? "whole number" : "number"}${bound}`;
}

/** The name of a loss as fastText prints it. */
export function lossName(loss: LossName): string {
  return loss === "ova" ? "one-vs-all" : loss;
}
