import { z } from "@hono/zod-openapi";
import { exactly } from "./exactly.ts";

/** One thing that is wrong with a body. */
export interface ProblemDetail {
  /** A JSON pointer to it, as a fragment: "#/k". */
  pointer: string;
  detail: string;
}

/** Why a request was refused: a problem document of RFC 9457. */
export interface ProblemDocument {
  /** Which kind of problem: "urn:bax:problem:overloaded". */
  type: string;
  title: string;
  /** The status of the answer. */
  status: number;
  /** What is wrong with this request, and what to do. */
  detail: string;
  /** The id of the request, as in the header and the log. */
  instance?: string | undefined;
  errors?: ProblemDetail[] | undefined;
  /** The detail once more, where clients of the Open Inference Protocol look for it. */
  error?: string | undefined;
}

/** What stands in the place of the answer to a line that has none. */
export interface LineProblem {
  error: ProblemDocument;
}

const document = z
  .strictObject({
    type: z.string().openapi({ example: "urn:bax:problem:invalid" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional().openapi({ description: "The id of the request." }),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
    error: z.string().optional().openapi({ description: "The detail, for clients of the Open Inference Protocol." }),
  })
  .openapi("Problem");

export const problemDocument: z.ZodType<ProblemDocument> = exactly<ProblemDocument>()(document);
export const lineProblem: z.ZodType<LineProblem> = exactly<LineProblem>()(
  z.strictObject({ error: document }).openapi("LineProblem"),
);
