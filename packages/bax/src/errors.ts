/**
 * Every kind of failure that bax reports, with the exit meaning a caller can act on.
 * `usage`: the call or a flag is wrong. `data`: the text or table is. `model`: the model file is.
 * `file`: the file system refused. `aborted`: an AbortSignal or Ctrl-C stopped the work. `limit`: a bound of the platform.
 */
export type BaxErrorCode = "usage" | "data" | "model" | "file" | "aborted" | "limit";

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
