import type { Command } from "commander";

/** A command as the list of all of them shows it; its flags and what it does are loaded when it is asked for. */
export interface ListedCommand {
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly string[];
  /** fastText's own flags are none of commander's. */
  readonly plain?: boolean;
  /** Gives what adds the command itself to a program. */
  load(): Promise<(program: Command) => void>;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: "train",
    description: "learn from labelled text; prints what it learned and how good it is",
    arguments: ["<data...>"],
    load: async () => (await import("./train.ts")).addTrain,
  },
  {
    name: "test",
    description: "measure a model on labelled text, or compare two",
    arguments: ["<model>", "<data...>"],
    load: async () => (await import("./test.ts")).addTest,
  },
  {
    name: "predict",
    description: "label text, a line of output for each line or row of input",
    arguments: ["<model>", "[data...]"],
    load: async () => (await import("./predict.ts")).addPredict,
  },
  {
    name: "pipe",
    description: "rows of JSON, or of Arrow, in and out: for Spark, Ray, xargs and other programs",
    arguments: ["<model>"],
    load: async () => (await import("./pipe.ts")).addPipe,
  },
  {
    name: "explain",
    description: "why this label: the exact contribution of each span of a text",
    arguments: ["<model>", "[text...]"],
    load: async () => (await import("./explain.ts")).addExplain,
  },
  {
    name: "info",
    description: "what is in a model file",
    arguments: ["<model>", "[data...]"],
    load: async () => (await import("./info.ts")).addInfo,
  },
  {
    name: "tune",
    description: "search options that do better than the defaults, and train with them",
    arguments: ["<data...>"],
    load: async () => (await import("./tune.ts")).addTune,
  },
  {
    name: "audit",
    description: "find label errors, duplicates, leaks, conflicts and odd texts in data, and write a cleaned copy",
    arguments: ["<data...>"],
    load: async () => (await import("./audit.ts")).addAudit,
  },
  {
    name: "calibrate",
    description: "correct a model's probabilities by other labelled text, and choose from where on it answers",
    arguments: ["<model>", "<data...>"],
    load: async () => (await import("./calibrate.ts")).addCalibrate,
  },
  {
    name: "compress",
    description: "make a model smaller, and tell what that costs",
    arguments: ["<model>", "[data...]"],
    load: async () => (await import("./compress.ts")).addCompress,
  },
  {
    name: "convert",
    description: "write a model in another format",
    arguments: ["<model>"],
    load: async () => (await import("./convert.ts")).addConvert,
  },
  {
    name: "serve",
    description: "models behind HTTP: label, explain and score texts; reloads, metrics, a page of documentation",
    arguments: ["<model...>"],
    load: async () => (await import("./serve.ts")).addServe,
  },
  {
    name: "studio",
    description: "a page in your browser: train, see and understand a classifier",
    arguments: ["[data]"],
    load: async () => (await import("./studio.ts")).addStudio,
  },
  {
    name: "cluster",
    description: "the steps of training on a cluster, for bax_spark and other hosts: see docs/scale.md",
    arguments: [],
    plain: true,
    load: async () => (await import("./cluster.ts")).addCluster,
  },
  {
    name: "fasttext",
    description: "fastText's own command line, flag for flag: supervised, predict, test, quantize, …",
    arguments: ["[command...]"],
    plain: true,
    load: async () => (await import("./fasttext.ts")).addFastText,
  },
  {
    name: "completion",
    description: "print a script that completes commands and flags in your shell",
    arguments: ["<shell>"],
    plain: true,
    load: async () => (await import("./completion.ts")).addCompletion,
  },
];
