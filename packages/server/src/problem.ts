import type { ProblemDetail, ProblemDocument } from "./schemas/index.ts";

/** A kind of refusal; the end of a problem document's `type`. */
export type ProblemKind =
  | "malformed"
  | "unauthorized"
  | "not-found"
  | "unknown-model"
  | "method"
  | "not-acceptable"
  | "too-large"
  | "media-type"
  | "invalid"
  | "too-many-requests"
  | "internal"
  | "overloaded"
  | "deadline"
  | "stopping"
  | "unavailable";

/** The status and the title of each. */
const KINDS: Readonly<Record<ProblemKind, readonly [status: number, title: string]>> = {
  malformed: [400, "The request cannot be read"],
  unauthorized: [401, "An API key is needed"],
  "not-found": [404, "There is nothing at this path"],
  "unknown-model": [404, "There is no such model"],
  method: [405, "The path has no such method"],
  "not-acceptable": [406, "The answer has no such form"],
  "too-large": [413, "The request is too large"],
  "media-type": [415, "The body has a form that is not understood"],
  invalid: [422, "The request asks for something that cannot be"],
  "too-many-requests": [429, "Too many requests at once"],
  internal: [500, "The server failed"],
  overloaded: [503, "The server has too much to do"],
  deadline: [503, "The answer was not ready in time"],
  stopping: [503, "The server is stopping"],
  unavailable: [503, "The model cannot answer now"],
};

/** A refusal on purpose: what the client is told, and nothing of the inside. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly ProblemDetail[] | undefined;
  /** Headers that the answer is to have besides those of all answers. */
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      errors?: readonly ProblemDetail[] | undefined;
      headers?: Readonly<Record<string, string>> | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "Problem";
    this.kind = kind;
    this.errors = more.errors;
    this.headers = more.headers;
  }

  /** The HTTP status. */
  get status(): number {
    return KINDS[this.kind][0];
  }

  /** The problem document. `requestId`: of the request that is refused. */
  document(requestId?: string): ProblemDocument {
    const [status, title] = KINDS[this.kind];
    return {
      type: `urn:bax:problem:${this.kind}`,
      title,
      status,
      detail: this.message,
      ...(requestId !== undefined && { instance: requestId }),
      ...(this.errors && { errors: [...this.errors] }),
    };
  }
}

/** A refusal for now. `seconds`: when to come again, from 1. */
export function tryAgain(kind: ProblemKind, detail: string, seconds = 1): Problem {
  return new Problem(kind, detail, { headers: { "retry-after": String(Math.max(1, Math.ceil(seconds))) } });
}
