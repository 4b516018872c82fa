import { asWritten, BaxError } from "../errors.ts";
import { OPTIONS, type OptionRow, type TrainingChoices } from "./options.ts";

function fail(row: OptionRow, got: unknown, expected: string, where = ""): never {
  throw new BaxError(
    "usage",
    `${row.flag}${where}: got ${asWritten(got)}, expected ${expected}`,
    `${row.flag} is: ${row.meaning}.`,
  );
}

/** Checks one value against its row; NaN and values of another type are refused. */
function check(row: OptionRow, value: unknown): void {
  const { min = 0, max = 0 } = row;
  if (row.type === "boolean" && typeof value !== "boolean") fail(row, value, "true or false");
  if (row.type === "choice" && !row.choices?.includes(value as string))
    fail(row, value, row.choices?.join(" or ") ?? "");
  if (row.type === "number" && !(typeof value === "number" && min <= value && value <= max)) {
    fail(row, value, `a number from ${min} to ${max}`);
  }
  if (row.type === "integer" && !(Number.isInteger(value) && min <= (value as number) && (value as number) <= max)) {
    fail(row, value, `a whole number from ${min} to ${max}`);
  }
  if (
    row.type === "bytes" &&
    value !== 0 &&
    !(Number.isInteger(value) && min <= (value as number) && (value as number) <= max)
  ) {
    fail(row, value, `a number of bytes from ${min / 1e6} MB to ${max / 1e6} MB`);
  }
  if (row.type === "weights" && !row.choices?.includes(value as string)) checkWeights(row, value);
  if (row.type === "range") {
    const [low, high] = Array.isArray(value) && value.length === 2 ? value : [Number.NaN, Number.NaN];
    const none = low === 0 && high === 0;
    if (!(Number.isInteger(low) && Number.isInteger(high) && (none || (1 <= low && low <= high && high <= max)))) {
      fail(row, value, `two whole numbers from 1 to ${max}, the smaller first, or two zeros for none`);
    }
  }
}

/** A weight for each label that is named. */
function checkWeights(row: OptionRow, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fail(row, value, `${row.choices?.join(" or ")}, or an object that gives labels their weights`);
  }
  for (const [label, weight] of Object.entries(value)) {
    if (typeof weight === "number" && weight >= 0 && weight <= 1e6) continue;
    fail(row, weight, "a number from 0 to a million", ` of "${label}"`);
  }
}

/**
 * Checks every option that is given against the table. Throws a BaxError ("usage") that names the flag, what it got and what it takes, or
 * the option that does not exist.
 */
export function checkOptions(choices: Readonly<Record<string, unknown>>): TrainingChoices {
  const known = new Set<string>(OPTIONS.map((row) => row.key));
  const unknown = Object.keys(choices).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new BaxError("usage", `there is no option "${unknown}"`, `The options are ${[...known].join(", ")}.`);
  }
  const checked: Record<string, unknown> = {};
  for (const row of OPTIONS) {
    const value = choices[row.key];
    if (value === undefined) continue;
    check(row, value);
    checked[row.key] = value;
  }
  const { smoothing = 0, loss = "softmax" } = checked as TrainingChoices;
  if (smoothing > 0 && loss !== "softmax") {
    throw new BaxError(
      "usage",
      `--label-smoothing: got ${smoothing} with --loss ${loss}, but only softmax has targets that can be smoothed`,
      "Leave --label-smoothing out, or use --loss softmax.",
    );
  }
  checkTargets(checked);
  return checked as TrainingChoices;
}

/** One wish for the answers is enough, and it needs text to see what comes of it. */
function checkTargets(choices: TrainingChoices): void {
  const flags: [flag: string, value: number | undefined][] = [
    ["--target-precision", choices.targetPrecision],
    ["--target-recall", choices.targetRecall],
    ["--target-share", choices.targetShare],
  ];
  const given = flags.filter(([, value]) => value !== undefined && value > 0).map(([flag]) => flag);
  if (given.length > 1)
    throw new BaxError("usage", `${given[0]} does not go with ${given[1]}`, "Leave one of the two out.");
}
