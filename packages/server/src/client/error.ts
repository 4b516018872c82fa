import type { ProblemDocument } from "../schemas/index.ts";

/** A refusal of the server, or an answer that is none. */
export class BaxServerError extends Error {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** What the server told; undefined where the answer was no problem document. */
  readonly problem: ProblemDocument | undefined;
  /** Seconds after which it is worth another try, where the server told. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    more: { status: number; problem?: ProblemDocument | undefined; retryAfter?: number | undefined; cause?: unknown },
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "BaxServerError";
    this.status = more.status;
    this.problem = more.problem;
    this.retryAfter = more.retryAfter;
  }
}

/** The error of an answer that is no success. */
export async function errorOf(response: Response): Promise<BaxServerError> {
  const problem = problemIn(await response.json().catch(() => undefined));
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new BaxServerError(
    problem ? `${problem.title}: ${problem.detail}` : `the server answered ${response.status}`,
    {
      status: response.status,
      problem,
      retryAfter: Number.isFinite(seconds) ? seconds : undefined,
    },
  );
}

/** The error of a line. */
export function errorOfLine(problem: ProblemDocument): BaxServerError {
  return new BaxServerError(`${problem.title}: ${problem.detail}`, { status: problem.status, problem });
}

function problemIn(value: unknown): ProblemDocument | undefined {
  const found = value as Partial<ProblemDocument> | null | undefined;
  return typeof found?.type === "string" && typeof found.detail === "string" ? (found as ProblemDocument) : undefined;
}
