import { BaxError, OPTIONS, type OptionRow, type TrainingChoices } from "bax";
import { type Command, Option } from "commander";
import { FORMATS } from "../input/sources.ts";

/** Flags that every command has. */
export interface MannerFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

export function addMannerFlags(command: Command, jsonMeaning: string): Command {
  return command
    .option("--json", jsonMeaning)
    .option("-q, --quiet", "say nothing but results and errors")
    .option("--debug", "add the stack trace to an error");
}

/** Flags of every command that reads data; `withLabel`: labelled data. */
export function addDataFlags(command: Command, withLabel: boolean): Command {
  joinReport(command);
  command
    .option("--format <name>", `read as ${FORMATS.join(", ")}, whatever the file's ending`)
    .option("--text <column>", "column of the text in a table (default: text, or a guess)");
  if (withLabel) {
    command
      .option("--label <column>", "column of the label in a table (default: label, or a guess)")
      .option("--label-separator <text>", "what parts several labels in one cell; a JSON array needs none")
      .option("--weight <column>", "column of a table that says how much a row counts");
  }
  return command
    .option("--table <name>", "table of a database file, where it has several")
    .option("--database <file>", "DuckDB or SQLite file that a query given as data reads")
    .option(
      "--on-error <what>",
      "rows that cannot be used: stop, skip, or report FILE, a list in .jsonl (default: stop)",
    );
}

/**
 * `--on-error report FILE` has two words behind the flag. To commander a flag takes one, or all that follow, data too: so the two are made
 * one before it looks.
 */
function joinReport(command: Command): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args: string[]) => {
    const joined: string[] = [];
    for (let n = 0; n < args.length; n++) {
      const isSplit = args[n] === "--on-error" && args[n + 1] === "report";
      const isAssigned = args[n] === "--on-error=report";
      if (!isSplit && !isAssigned) {
        joined.push(args[n]);
        continue;
      }
      if (isSplit) n++;
      const file = n + 1 < args.length && !/^-./.test(args[n + 1]) ? args[++n] : "";
      joined.push("--on-error", `report:${file}`);
    }
    return parse(joined);
  };
}

/** Flags of `addDataFlags`, and where their values are. */
const DATA_FLAGS = {
  "--format": "format",
  "--text": "text",
  "--label": "label",
  "--label-separator": "labelSeparator",
  "--weight": "weight",
  "--table": "table",
  "--database": "database",
} as const;

/** The arguments that say how data are read, as they were given. */
export function dataArguments(flags: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(DATA_FLAGS).flatMap(([flag, key]) => {
    const value = flags[key];
    return typeof value === "string" ? [flag, value] : [];
  });
}

/** A flag for each row of the library's options table. */
export function addTrainingFlags(command: Command): Command {
  for (const row of OPTIONS) {
    if (row.type === "boolean") {
      command.addOption(new Option(row.flag, describeOption(row)));
      command.addOption(new Option(row.flag.replace(/^--/, "--no-"), "the opposite"));
    } else {
      command.addOption(new Option(`${row.flag} <${placeholder(row)}>`, describeOption(row)));
    }
  }
  return command;
}

function placeholder(row: OptionRow): string {
  if (row.key === "valid") return "number|file";
  if (row.type === "choice") return "name";
  if (row.type === "bytes") return "size";
  if (row.type === "weights") return "name|file";
  return row.type === "range" ? "min-max" : "number";
}

function describeOption(row: OptionRow): string {
  const bounds = row.choices
    ? row.choices.join(", ")
    : row.type === "bytes"
      ? `at least ${(row.min ?? 0) / 1e6}MB`
      : row.min !== undefined && row.max !== undefined && row.type !== "range"
        ? `${row.min} to ${grouped(row.max)}`
        : "";
  const facts = [bounds, `default: ${row.type === "bytes" ? "no limit" : row.default}`]
    .filter((fact) => fact !== "")
    .join("; ");
  return `${row.meaning.replace(/\.$/, "")} (${facts})`;
}

/** A whole number with commas; `toLocaleString` would load the language data at every start of the command. */
function grouped(number: number): string {
  return String(number).replaceAll(/(?<=^\d+)(?=(\d{3})+$)/g, ",");
}

/** What the user chose among the training options; what is not a value of its kind is left for the library to refuse. */
export function trainingChoices(values: Readonly<Record<string, unknown>>): TrainingChoices {
  const choices: Record<string, unknown> = {};
  for (const row of OPTIONS) {
    const value = values[attributeName(row.flag)];
    if (value !== undefined) choices[row.key] = parseValue(row, value);
  }
  return choices as TrainingChoices;
}

function attributeName(flag: string): string {
  return new Option(flag).attributeName();
}

function parseValue(row: OptionRow, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (row.type === "integer" || row.type === "number") {
    return value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
  }
  if (row.type === "bytes") return parseByteSize(row.flag, value, [`${row.flag} 500MB`, `${row.flag} 2GB`]);
  if (row.type !== "range") return value;
  if (value === "none") return [0, 0];
  const ends = /^(\d+)(?:\s*[-–:,]\s*(\d+))?$/.exec(value.trim());
  return ends ? [Number(ends[1]), Number(ends[2] ?? ends[1])] : value;
}

/** The flags that give these options, in the order of the options table: what `trainingChoices` reads back. */
export function flagsOf(choices: TrainingChoices): string[] {
  return OPTIONS.flatMap(({ key, flag, type }) => {
    const value = choices[key];
    if (value === undefined) return [];
    if (type === "weights" && typeof value === "object") return [flag, JSON.stringify(value)];
    if (type === "boolean") return [value ? flag : flag.replace(/^--/, "--no-")];
    if (!Array.isArray(value)) return [flag, String(value)];
    const [shortest, longest] = value;
    return [flag, longest === 0 ? "none" : `${shortest}-${longest}`];
  });
}

/** A whole number from a flag. Throws BaxError "usage". */
export function parseCount(flag: string, value: string, least: number): number {
  const number = Number(value);
  if (value.trim() !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new BaxError(
    "usage",
    `${flag}: got "${value}", expected a whole number of ${least} or more`,
    `Try ${flag} ${least}.`,
  );
}

/** A time from a flag, in microseconds: 50, 50us, 0.2ms. Throws BaxError "usage". */
export function parseMicroseconds(flag: string, value: string): number {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*(us|µs|μs|ms|s)?\s*$/i.exec(value);
  const unit = parts?.[2]?.toLowerCase();
  const time = parts ? Number(parts[1]) * (unit === "ms" ? 1e3 : unit === "s" ? 1e6 : 1) : 0;
  if (time > 0) return time;
  throw new BaxError(
    "usage",
    `${flag}: got "${value}", expected a time above 0, in microseconds or with a unit`,
    `Try ${flag} 20us, or ${flag} 0.1ms.`,
  );
}

/** A number of seconds above 0 from a flag. Throws BaxError "usage". */
export function parseSeconds(flag: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && number > 0 && Number.isFinite(number)) return number;
  throw new BaxError("usage", `${flag}: got "${value}", expected a number of seconds above 0`, `Try ${flag} 60.`);
}

/** A share from a flag, 0 to 1. Throws BaxError "usage". */
export function parseShare(flag: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && 0 <= number && number <= 1) return number;
  throw new BaxError("usage", `${flag}: got "${value}", expected a number from 0 to 1`, `Try ${flag} 0.5.`);
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/** A number of bytes from a flag: 2000000, 2MB, 500k, 1.5 MiB. Throws BaxError "usage". */
export function parseByteSize(
  flag: string,
  value: string,
  examples: readonly string[] = [`${flag} 2MB`, `${flag} 500k`],
): number {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*(k|m|g|ki|mi|gi)?b?\s*$/i.exec(value);
  const bytes = parts ? Math.floor(Number(parts[1]) * SIZE_UNITS[(parts[2] ?? "").toLowerCase()]) : 0;
  if (bytes >= 1) return bytes;
  throw new BaxError("usage", `${flag}: got "${value}", expected a number of bytes`, `Try ${examples.join(", or ")}.`);
}
