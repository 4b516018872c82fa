/**
 * Every kind of failure that bax reports, with the exit meaning a caller can act on.
 * `usage`: the call or a flag is wrong. `data`: the text or table is. `model`: the model file is.
 * `file`: the file system refused. `aborted`: an AbortSignal or Ctrl-C stopped the work. `limit`: a bound of the platform.
 */
export type BaxErrorCode = "usage" | "data" | "model" | "file" | "aborted" | "limit";

/** A value as a program has it, for a message: text stands in quotes, so that "2" is not taken for 2. */
export function asWritten(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return Array.isArray(value) ? `[${value.map(asWritten)}]` : String(value);
}

/** The one class of error that bax throws: what is wrong and where in `message`, what to do about it in `advice`. */
export class BaxError extends Error {
  readonly code: BaxErrorCode;
  /** One sentence: what the reader can do now. */
  readonly advice: string;

  constructor(code: BaxErrorCode, message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BaxError";
    this.code = code;
    this.advice = advice;
  }
}
