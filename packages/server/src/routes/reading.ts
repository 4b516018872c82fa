// What routes have in common: bodies to requests, answers to JSON.
import type { z } from "@hono/zod-openapi";
import {
  type Answer,
  type Exchange,
  JSON_TYPE,
  mediaTypeOf,
  parseJson,
  type RequestHeaders,
  readBytes,
  requireAccepted,
} from "../http/index.ts";
import { Problem } from "../problem.ts";
import type { ProblemDetail } from "../schemas/index.ts";
import type { ModelVersion } from "../service/index.ts";

/** More that is wrong than this is not told. */
const DETAILS = 20;

/** Reads a body that has to be JSON. Throws a Problem for any other. */
export function readJson(exchange: Exchange): Promise<unknown> {
  requireJson(exchange.headers);
  return readBytes(exchange).then(parseJson);
}

function requireJson(headers: RequestHeaders): void {
  requireAccepted(headers, JSON_TYPE);
  if (mediaTypeOf(headers) !== JSON_TYPE)
    throw new Problem("media-type", `Send ${JSON_TYPE}.`, { headers: { accept: JSON_TYPE } });
}

/** Takes what was read for a request. Throws a Problem ("invalid") that tells what is wrong with it. */
export function requestOf<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, DETAILS).map(
    ({ path, message }): ProblemDetail => ({
      pointer: `#${path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`,
      detail: message,
    }),
  );
  throw new Problem("invalid", "The body does not have the form that is asked for.", { errors });
}

/** An answer in JSON about texts. `fields`: JSON, braces and all, that follows which model answered. */
export function answerBy(model: ModelVersion, version: string, fields: string): Answer {
  const head = `{"model":${JSON.stringify(model.name)},"version":${JSON.stringify(version)}`;
  return { status: 200, type: JSON_TYPE, body: `${head},${fields.slice(1)}` };
}

/** Refuses to answer more labels than a request may have. */
export function checkAnswers({ limits }: Exchange, texts: number, labels: number): void {
  if (texts * labels > limits.answers)
    throw new Problem("too-large", `All texts of a request may have ${limits.answers} labels at most together.`);
}
