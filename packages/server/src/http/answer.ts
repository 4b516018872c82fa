/** The media type of most answers. */
export const JSON_TYPE = "application/json";
/** The media type of refusals. */
export const PROBLEM_TYPE = "application/problem+json";
/** The media type of lines of JSON. */
export const LINES_TYPE = "application/x-ndjson";

/** What is answered to a request, before it has the headers of all answers. */
export interface Answer {
  status: number;
  /** The media type of the body. */
  type: string;
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
  /** Headers besides those of all answers, in lower case. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** An answer of status 200 whose body is JSON already. */
export function jsonAnswer(body: string): Answer {
  return { status: 200, type: JSON_TYPE, body };
}
