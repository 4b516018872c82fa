import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { BaxError, type TuneDescription, type TuneMeasurement } from "bax";
import { fileError } from "../input/files.ts";

/** Raised when the same options no longer give the same trials. */
const VERSION = 1;

interface Header extends TuneDescription {
  readonly log: "bax tune";
  readonly version: number;
}

/**
 * The log of a search: a line of JSON that says what the search was for, then one for each measurement. What was under way when a run was
 * cut off may have left half a line at the end, which is forgotten; a damaged line elsewhere is refused.
 */
export class TuneLog {
  /** What is in it already. */
  readonly measurements: readonly TuneMeasurement[];
  readonly #path: string;
  readonly #header: Header | undefined;
  /** Length of what is whole. */
  readonly #whole: number;
  #file: number | undefined;

  private constructor(path: string, header: Header | undefined, measurements: TuneMeasurement[], whole: number) {
    this.#path = path;
    this.#header = header;
    this.measurements = measurements;
    this.#whole = whole;
  }

  /** Reads a log, or prepares a new one. Throws BaxError "file", and "data" (with the line) for what is none. */
  static read(path: string): TuneLog {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(path, error);
      const folder = dirname(path);
      if (!existsSync(folder)) {
        throw new BaxError(
          "file",
          `--log: ${path}: the folder ${folder} does not exist`,
          "Make it with mkdir, or write elsewhere.",
        );
      }
      return new TuneLog(path, undefined, [], 0);
    }
    const whole = bytes.lastIndexOf(10) + 1;
    const lines = bytes.toString("utf8", 0, whole).split("\n").slice(0, -1);
    // Half a line is forgotten only in what is a log otherwise.
    if (lines.length === 0 && bytes.length > 0) parseHeader(path, bytes.toString("utf8"));
    const header = lines.length === 0 ? undefined : parseHeader(path, lines[0]);
    const measurements = lines.slice(1).map((line, i) => parseMeasurement(path, i + 2, line));
    return new TuneLog(path, header, measurements, whole);
  }

  /** Begins to write, once it is known what is searched. Throws BaxError "usage", naming what differs, for the log of another search. */
  begin(description: TuneDescription): void {
    const header: Header = { log: "bax tune", version: VERSION, ...description };
    if (this.#header) {
      const differs = firstDifference(this.#header, header);
      if (differs !== null) {
        throw new BaxError(
          "usage",
          `--log: ${this.#path} is of another search: ${differs}`,
          "Name another file, or give the data and flags of that search.",
        );
      }
    }
    try {
      this.#file = openSync(this.#path, this.#header ? "r+" : "w");
      ftruncateSync(this.#file, this.#whole);
    } catch (error) {
      throw fileError(this.#path, error);
    }
    if (!this.#header) this.#write(header, 0);
    else this.#at = this.#whole;
  }

  /** Adds a measurement: it is on the disk's way when this returns. */
  add(measurement: TuneMeasurement): void {
    this.#write(measurement, this.#at);
  }

  /** Ends writing. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #at = 0;

  #write(value: unknown, at: number): void {
    if (this.#file === undefined) throw new Error("the log has not begun");
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
    } catch (error) {
      throw fileError(this.#path, error);
    }
    this.#at = at + bytes.length;
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function parseHeader(path: string, line: string): Header {
  const value = parse(line);
  // Half of the first line is all that a run left which was cut off at its start.
  const isBegin = `{"log":"bax tune",`.startsWith(line.slice(0, 18)) && line.length > 0;
  if (value["log"] === "bax tune" || isBegin) {
    if (value["version"] === VERSION || value["log"] === undefined) return value as unknown as Header;
    throw new BaxError(
      "usage",
      `--log: ${path} is of version ${String(value["version"])}, but this bax writes ${VERSION}`,
      "Name another file.",
    );
  }
  throw new BaxError(
    "usage",
    `--log: ${path}:1: this is no log of bax tune`,
    "Name a log, or a file that is not there yet.",
  );
}

function parseMeasurement(path: string, number: number, line: string): TuneMeasurement {
  const value = parse(line);
  const { trial, rung, point, outcome, score, parts, seconds } = value;
  const isFigure = (one: unknown) => typeof one === "number" && Number.isFinite(one);
  const isWhole =
    Number.isInteger(trial) &&
    Number.isInteger(rung) &&
    typeof point === "object" &&
    point !== null &&
    (outcome === "measured" || outcome === "failed") &&
    (score === null || isFigure(score)) &&
    Array.isArray(parts) &&
    parts.every(isFigure) &&
    isFigure(seconds);
  if (isWhole) return value as unknown as TuneMeasurement;
  throw new BaxError(
    "data",
    `${path}:${number}: this is no measurement of bax tune: the log is damaged`,
    "Delete the line and all after it to search on from there, or name another file.",
  );
}

/** The first thing in which two headers differ, in words, or null. */
function firstDifference(old: Header, now: Header): string | null {
  for (const key of ["fingerprint", "examples", "labels", "metric", "bytes", "microseconds"] as const) {
    if (old[key] !== now[key]) {
      const name = { fingerprint: "the data", bytes: "--size", microseconds: "--latency", metric: "--metric" }[
        key as string
      ];
      return `${name ?? key} was ${String(old[key] ?? "not given")}, is ${String(now[key] ?? "not given")}`;
    }
  }
  for (const group of ["options", "space"] as const) {
    const [was, is] = [old[group] as Record<string, unknown>, now[group] as Record<string, unknown>];
    for (const key of new Set([...Object.keys(was ?? {}), ...Object.keys(is)])) {
      if (isDeepStrictEqual(was?.[key], JSON.parse(JSON.stringify(is[key] ?? null)) ?? undefined)) continue;
      const shown = (value: unknown) => (value === undefined ? "not given" : JSON.stringify(value));
      const what = group === "options" ? `option ${key}` : `what ${key} may become`;
      return `${what} was ${shown(was?.[key])}, is ${shown(is[key])}`;
    }
  }
  return null;
}
