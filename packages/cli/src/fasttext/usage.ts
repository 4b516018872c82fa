import { FLAGS, type FlagRow, type Flags, type Group, lossName } from "./arguments.ts";
import { general } from "./numbers.ts";

/** Every command and what it is for, in fastText's order. */
export const COMMANDS: Readonly<Record<string, string>> = {
  supervised: "learn to classify from labelled text",
  quantize: "make a model smaller",
  test: "measure a model: precision and recall",
  "test-label": "the same, and for each label",
  predict: "answer the likeliest labels of each line",
  "predict-prob": "the same, with probabilities",
  skipgram: "word vectors: not in bax, which trains classifiers only",
  cbow: "word vectors: not in bax, which trains classifiers only",
  "print-word-vectors": "print the vectors of words",
  "print-sentence-vectors": "print the vectors of lines",
  "print-ngrams": "print the n-grams of a word and their vectors",
  nn: "ask for the nearest words",
  analogies: "ask for what A - B + C is nearest to",
  dump: "print what is in a model: arguments, dictionary, input or output vectors",
};

/** The help of `bax fasttext`. */
export function commandsUsage(): string {
  const lines = Object.entries(COMMANDS).map(([name, meaning]) => `  ${name.padEnd(24)}${meaning}\n`);
  return `usage: bax fasttext <command> <args>

fastText's own command line. Its commands:

${lines.join("")}
bax fasttext <command> without more shows what a command takes. docs/fasttext.md tells what differs.
`;
}

const MODEL = ["<model>", "file of the model (.bin or .ftz)"] as const;
const DATA = ["<test-data>", "file of texts, a line each (- for standard input)"] as const;
const K = ["<k>", "(optional; 1 by default) how many labels, -1 for all"] as const;
const THRESHOLD = ["<th>", "(optional; 0.0 by default) least probability"] as const;
const NEIGHBOURS = ["<k>", "(optional; 10 by default) how many words"] as const;

/** What the commands take that have no flags, and the stream on which fastText says so. */
const POSITIONAL: Readonly<
  Record<string, { line: string; rows: readonly (readonly [string, string])[]; stream: "stdout" | "stderr" }>
> = {
  test: { line: "test <model> <test-data> [<k>] [<th>]", rows: [MODEL, DATA, K, THRESHOLD], stream: "stderr" },
  "test-label": {
    line: "test-label <model> <test-data> [<k>] [<th>]",
    rows: [MODEL, DATA, K, THRESHOLD],
    stream: "stderr",
  },
  predict: {
    line: "predict[-prob] <model> <test-data> [<k>] [<th>]",
    rows: [MODEL, DATA, K, THRESHOLD],
    stream: "stderr",
  },
  "print-word-vectors": { line: "print-word-vectors <model>", rows: [MODEL], stream: "stderr" },
  "print-sentence-vectors": { line: "print-sentence-vectors <model>", rows: [MODEL], stream: "stderr" },
  "print-ngrams": {
    line: "print-ngrams <model> <word>",
    rows: [MODEL, ["<word>", "the word"]],
    stream: "stderr",
  },
  nn: { line: "nn <model> <k>", rows: [MODEL, NEIGHBOURS], stream: "stdout" },
  analogies: { line: "analogies <model> <k>", rows: [MODEL, NEIGHBOURS], stream: "stdout" },
  dump: { line: "dump <model> <option>", rows: [MODEL, ["<option>", "args, dict, input or output"]], stream: "stdout" },
};

/** What a command takes that has no flags. */
export function positionalUsage(command: string): { text: string; stream: "stdout" | "stderr" } {
  const { line, rows, stream } = POSITIONAL[command === "predict-prob" ? "predict" : command];
  const body = rows.map(([name, meaning]) => `  ${name.padEnd(13)}${meaning}\n`).join("");
  return { text: `usage: bax fasttext ${line}\n\n${body}\n`, stream };
}

const HEADINGS: Readonly<Record<Group, string>> = {
  mandatory: "Needed:",
  optional: "May be left out:",
  dictionary: "Words and n-grams:",
  training: "Training:",
  autotune: "Search for good options (autotune):",
  quantization: "Quantisation:",
  bax: "Only in bax:",
};

/** All flags with their values: the defaults, or what was read before something was wrong. */
export function flagsUsage(flags: Flags): string {
  const width = { autotune: 32 } as Partial<Record<Group, number>>;
  return (Object.keys(HEADINGS) as Group[])
    .map((group) => {
      const rows = FLAGS.filter((row) => row.group === group);
      const lines = rows.map((row) => `  ${row.flag.padEnd(width[group] ?? 20)}${row.meaning}${current(row, flags)}\n`);
      return `\n${HEADINGS[group]}\n${lines.join("")}`;
    })
    .join("");
}

function current(row: FlagRow, flags: Flags): string {
  if (row.group === "mandatory") return "";
  const value = flags[row.key];
  if (row.type === "loss") return ` [${lossName(flags.loss)}]`;
  return ` [${row.type === "number" ? general(Number(value)) : String(value)}]`;
}
