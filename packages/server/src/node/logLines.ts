// What happens, as lines of JSON for whoever collects logs.
import type { RequestReport, Telemetry } from "../index.ts";

/** Of which requests lines are written: of all, of those that the server failed, or of none; what happens besides is always told. */
export type LoggedRequests = "all" | "failed" | "none";

/** Where lines go. */
export interface LogTarget {
  write(line: string): unknown;
}

/** Writes a line for each thing that happens. A target that is too slow loses lines rather than holding up answers. */
export class LogLines implements Telemetry {
  private readonly target: LogTarget & { readonly writableLength?: number };
  private readonly requests: LoggedRequests;

  constructor(target: LogTarget & { readonly writableLength?: number }, requests: LoggedRequests) {
    this.target = target;
    this.requests = requests;
  }

  /** Something that happened: a word or two, and what belongs to it. */
  event(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if ((this.target.writableLength ?? 0) > MOST_WAITING) return;
    this.target.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  }

  ended(report: RequestReport): void {
    if (this.requests === "none") return;
    const { error, status } = report;
    // Refusals for now are no failures: in an overload they would be most of the log. The metrics count them. Nor is what clients break.
    const isTheirs = status >= 400 && status < 500;
    const failed = status === 500 || (error !== undefined && !isTheirs);
    if (this.requests === "failed" && !failed) return;
    const { error: _, seconds, ...rest } = report;
    const level = failed ? "error" : status > 500 ? "warn" : "info";
    this.event(level, "request", {
      ...rest,
      seconds: Number(seconds.toFixed(6)),
      ...(error !== undefined && { error: errorText(error) }),
    });
  }
}

/** Bytes that may wait to be written. */
const MOST_WAITING = 8 << 20;

/** An error with all that led to it. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${errorText(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
