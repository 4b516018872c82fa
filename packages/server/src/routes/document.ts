import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import { VERSION } from "bax";
import { PROBLEM_TYPE } from "../http/index.ts";
import { problemDocument } from "../schemas/index.ts";
import type { Body, Operation } from "./operation.ts";

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** What refusals mean, by status. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request cannot be read.",
  401: "An API key is needed.",
  404: "There is no such model.",
  406: "The answer has no such form.",
  413: "The request is too large.",
  415: "The body has a form that is not understood.",
  422: "The request asks for something that cannot be.",
  429: "Too many requests at once; Retry-After tells when to come again.",
  500: "The server failed.",
  503: "The server has too much to do, stops, or had no answer in time; Retry-After tells when to come again.",
};

const TITLE = "bax: text classifiers behind HTTP";
const DESCRIPTION =
  "Every number is the one that the library answers, to the last bit. Every refusal is a problem document (RFC 9457). " +
  "X-Request-Id and traceparent are taken over from a request; X-Deadline-Ms says how long it may take.";

function contentOf(bodies: readonly Body[]): Record<string, { schema: z.ZodType }> {
  const content: Record<string, { schema: z.ZodType }> = {};
  for (const { type, schema } of bodies) content[type] = { schema: schema ?? z.string() };
  return content;
}

/** What bodies are, beyond their schemas. */
function told(bodies: readonly Body[]): string[] {
  return bodies.flatMap(({ type, description }) => (description ? [`${type}: ${description}`] : []));
}

function refusalsOf({ path, request, manner, answer, refusals = [] }: Operation, hasKeys: boolean): number[] {
  const found = new Set(refusals);
  if (path.includes("{name}")) found.add(404);
  if (request) for (const status of [400, 413, 415, 422]) found.add(status);
  if (answer.some(({ type }) => type === "application/json")) found.add(406);
  if (!manner?.open) for (const status of [429, 503]) found.add(status);
  if (!manner?.open && hasKeys) found.add(401);
  found.add(500);
  return [...found].sort((a, b) => a - b);
}

function configOf(operation: Operation, hasKeys: boolean): RouteConfig {
  const { method, path, id, tag, summary, request, answer, manner } = operation;
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
  const responses: RouteConfig["responses"] = {
    200: { description: [summary, ...told(answer)].join(" "), content: contentOf(answer) },
  };
  for (const status of refusalsOf(operation, hasKeys))
    responses[status] = { description: REFUSALS[status], content: { [PROBLEM_TYPE]: { schema: problemDocument } } };
  if (path === "/readyz" || path === "/v2/health/ready")
    responses[503] = { description: "Requests are not taken now.", content: contentOf(answer) };
  return {
    ...{ method, path, operationId: id, summary, tags: [tag], responses },
    ...(hasKeys && !manner?.open && { security: [{ bearer: [] }, { header: [] }] }),
    request: {
      ...(names.length > 0 && { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
      ...(request && {
        body: { content: contentOf(request), required: true, description: told(request).join(" ") },
      }),
    },
  };
}

/** The document of the routes, generated from the schemas that requests are checked by. `hasKeys`: whether the server asks for keys. */
export function documentOf(operations: readonly Operation[], hasKeys: boolean): OpenApiDocument {
  const collected = new OpenAPIHono();
  if (hasKeys) {
    collected.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
    collected.openAPIRegistry.registerComponent("securitySchemes", "header", {
      ...{ type: "apiKey", in: "header", name: "X-API-Key" },
    });
  }
  for (const operation of operations) collected.openAPIRegistry.registerPath(configOf(operation, hasKeys));
  return collected.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: TITLE, version: VERSION, description: DESCRIPTION, license: { name: "MIT" } },
    servers: [{ url: "/" }],
  });
}
