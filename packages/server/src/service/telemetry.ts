/** What is told of a request when it has ended; never a text, a key or a body. */
export interface RequestReport {
  requestId: string;
  /** The W3C header that the request came with, if it was a valid one. */
  traceparent: string | undefined;
  method: string;
  /** The pattern of the path ("/v1/models/{name}/predict"); "(none)" where nothing matched. */
  route: string;
  status: number;
  /** Seconds until the answer was ready; of a stream, until its end. */
  seconds: number;
  /** The name of the model that was asked, where there is one of that name. */
  model: string | undefined;
  /** Its version. */
  version: string | undefined;
  /** How many texts were asked about. */
  texts: number;
  /** The kind of problem that was answered, if any. */
  problem: string | undefined;
  /** What went wrong inside, with status 500 or where a stream broke: for the log only. */
  error: unknown;
  /** The texts, where `logTexts` asks for them. */
  asked: readonly string[] | undefined;
}

/** Hears of requests; measures and logs hang on it. What it throws is lost. */
export interface Telemetry {
  /** A request began. */
  began?(): void;
  /** A request ended. */
  ended?(report: RequestReport): void;
}
