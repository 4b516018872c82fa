import { nearest } from "@bax/tables";
import { type Abstention, BaxError, type PoolOptions, type PredictOptions, type TextClassifier } from "bax";
import type { Command } from "commander";
import { parseCount, parseShare } from "./flags.ts";

/** Less text than this is sooner answered than workers are started. */
const START_BYTES = 4 << 20;

/** Flags that say how a text is answered. */
export interface AnswerFlags {
  readonly k: string;
  readonly threshold?: string;
  readonly labels?: string;
  readonly abstain?: string;
  readonly raw?: boolean;
  readonly log?: boolean;
  readonly threads?: string;
}

/** Adds them. `k`: what -k means. */
export function addAnswerFlags(command: Command, k: string): Command {
  return command
    .option("-k <number>", k, "1")
    .option("--threshold <share>", "leave out answers less likely than this (default: the model's thresholds, or 0)")
    .option("--labels <names>", "answer only these, joined by commas or as a JSON array: as if there were no others")
    .option(
      "--abstain <rules>",
      "no answer below a probability as 0.6, or by rules: probability=0.6,margin=0.2,unknown=0.9",
    )
    .option("--raw", "scores as they are: no calibration, and not the model's thresholds")
    .option("--log", "natural logarithms of the probabilities")
    .option(
      "--threads <number>",
      "workers that answer, on one copy of the model (default: as many as cores, up to 8, once there is much text)",
    );
}

/** How many workers, and from when on. Throws BaxError "usage". */
export function poolOptions({ threads }: Pick<AnswerFlags, "threads">): PoolOptions {
  if (threads === undefined) return { startAfter: START_BYTES };
  return { threads: parseCount("--threads", threads, 1), startAfter: 0 };
}

const RULES = ["probability", "margin", "unknown"] as const;

/** What the flags say, before a model is there. Throws BaxError "usage". */
export function predictOptions(flags: AnswerFlags): PredictOptions & { k: number } {
  return {
    k: flags.k === "all" ? Number.POSITIVE_INFINITY : parseK(flags.k),
    ...(flags.threshold !== undefined && { threshold: parseShare("--threshold", flags.threshold) }),
    ...(flags.labels !== undefined && { labels: parseLabels(flags.labels) }),
    ...(flags.abstain !== undefined && { abstain: parseAbstention(flags.abstain) }),
    ...(flags.raw && { raw: true }),
    ...(flags.log && { log: true }),
  };
}

/** The same for a model: at most as many answers as it has labels, and labels that it has. */
export function checkedOptions(
  model: TextClassifier,
  options: PredictOptions & { k: number },
): PredictOptions & { k: number } {
  for (const label of options.labels ?? []) checkLabel("--labels", model, label);
  return { ...options, k: Math.min(options.k, options.labels?.length ?? model.labels.length) };
}

/** Refuses a label that the model lacks; names its nearest neighbour. */
export function checkLabel(flag: string, model: TextClassifier, label: string): string {
  if (model.labels.includes(label)) return label;
  const near = nearest(label, model.labels);
  const some = model.labels.slice(0, 10).map((name) => `"${name}"`);
  const known = model.labels.length > 10 ? `${some.join(", ")} and ${model.labels.length - 10} more` : some.join(", ");
  const advice = near === null ? "" : `Did you mean "${near}"? `;
  throw new BaxError("usage", `${flag}: the model has no label "${label}"`, `${advice}Its labels are ${known}.`);
}

function parseK(value: string): number {
  try {
    return parseCount("-k", value, 1);
  } catch {
    throw new BaxError(
      "usage",
      `-k: got "${value}", expected a whole number of 1 or more, or all`,
      "Try -k 1, or -k all.",
    );
  }
}

/** Names joined by commas; where a name has a comma itself, a JSON array. */
function parseLabels(value: string): string[] {
  if (value.trimStart().startsWith("[")) {
    try {
      const names: unknown = JSON.parse(value);
      if (Array.isArray(names) && names.every((name) => typeof name === "string")) return [...new Set(names)];
    } catch {
      // Told below, as any list that is none.
    }
    throw new BaxError("usage", `--labels: ${value} is not a JSON array of names`, `Try --labels '["a", "b"]'.`);
  }
  const names = value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new BaxError("usage", "--labels: names no label", "Try --labels one,other.");
  return [...new Set(names)];
}

function parseAbstention(value: string): Abstention {
  const abstention: Abstention = {};
  for (const rule of value.split(",")) {
    const [name, share, ...more] = rule.split("=");
    if (share === undefined) {
      abstention.probability = parseShare("--abstain", rule.trim());
      continue;
    }
    const known = RULES.find((one) => one === name.trim());
    if (known === undefined || more.length > 0) {
      const near = nearest(name.trim(), RULES);
      throw new BaxError(
        "usage",
        `--abstain: there is no rule "${rule.trim()}"`,
        `${near === null ? "" : `Did you mean ${near}? `}The rules are ${RULES.join(", ")}: --abstain probability=0.6,unknown=0.9.`,
      );
    }
    abstention[known] = parseShare(`--abstain ${known}`, share.trim());
  }
  return abstention;
}
