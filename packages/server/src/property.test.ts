import fc from "fast-check";
import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "./app.ts";
import { BatchingAnswerer } from "./service/index.ts";
import { DocumentChecker, type DocumentedOperation } from "./testing/documentChecker.ts";
import { LABELS, trainModel } from "./testing/models.ts";
import { answer } from "./testing/requests.ts";

const RUNS = 150;

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("my card", "thank you", "", "\ud800"),
);
const label = fc.constantFrom(...LABELS);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const optional = { requiredKeys: [] };

/** Bodies that the routes take, by the last part of their path. */
const VALID: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  predict: aboutTexts({
    k: fc.integer({ min: 1, max: 2 ** 31 }),
    threshold: fc.double({ min: 0, max: 2, noNaN: true }),
    labels: fc.array(label, { minLength: 1, maxLength: 4 }),
    abstain: fc.record({ probability: share, margin: share, unknown: share }, optional),
    raw: fc.boolean(),
  }),
  explain: aboutTexts({ label, against: fc.oneof(label, fc.constant("runner-up")), features: fc.boolean() }),
  score: aboutTexts({ labels: fc.array(label, { minLength: 1, maxLength: 4 }), raw: fc.boolean() }),
  infer: fc.array(text, { minLength: 1, maxLength: 5 }).chain((data) =>
    fc.record(
      {
        id: fc.string(),
        inputs: fc.constantFrom(
          [{ name: "text", datatype: "BYTES", shape: [data.length], data }],
          [{ name: "text", datatype: "BYTES", shape: [data.length, 1], data: data.map((one) => [one]) }],
        ),
        parameters: fc.record(
          { k: fc.integer({ min: 1, max: 9 }), threshold: share, binary_data_output: fc.boolean() },
          optional,
        ),
        outputs: fc.array(fc.record({ name: fc.constantFrom("label", "probability") }), { maxLength: 2 }),
      },
      { requiredKeys: ["inputs"] },
    ),
  ),
  reload: fc.constant({}),
};

function aboutTexts(choices: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  const one = fc.record({ text, ...choices }, { requiredKeys: ["text"] } as never);
  const many = fc.record({ texts: fc.array(text, { minLength: 1, maxLength: 6 }), ...choices }, {
    requiredKeys: ["texts"],
  } as never);
  return fc.oneof(one, many);
}

/** A valid body in which a field is another one's, or anything. */
function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(
    "text",
    "texts",
    "k",
    "labels",
    "inputs",
    "abstain",
    "parameters",
    "__proto__",
    "x",
    "",
  );
  return fc
    .tuple(valid, names, fc.oneof(fc.jsonValue(), fc.constantFrom(0, -1, 1e308, "", null, [[]], { a: {} })))
    .map(([body, name, value]) => JSON.parse(JSON.stringify({ ...(body as object), [name]: value })) as unknown);
}

/** What is sent, as bytes. */
function bodiesOf(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string | Uint8Array> {
  const json = (body: unknown): string => JSON.stringify(body);
  return fc.oneof(
    mutated(valid).map(json),
    fc.jsonValue({ maxDepth: 6 }).map(json),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 60 }),
    // Cut off, or with something behind it.
    fc.tuple(valid.map(json), fc.nat(40)).map(([body, at]) => body.slice(0, at)),
    fc.tuple(valid.map(json), fc.string()).map(([body, more]) => `${body}${more}`),
  );
}

const oddHeaders = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "application/x-ndjson",
      "text/plain",
      "application/octet-stream",
      "",
      "a/b;c",
    ),
    accept: fc.constantFrom("*/*", "application/json", "text/html", "application/problem+json", ",;q=", "*"),
    "x-request-id": fc.constantFrom("a", "a b", "\u00ff", "0".repeat(500)),
    "x-deadline-ms": fc.constantFrom("1000", "0", "x", "-5", "9".repeat(30)),
    traceparent: fc.constantFrom("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00", "-", "ff"),
    "inference-header-content-length": fc.constantFrom("0", "2", "10", "100000", "-1", "x"),
    "content-encoding": fc.constantFrom("identity", "gzip", ""),
    "content-length": fc.constantFrom("0", "x", "-1", "99999999999"),
    origin: fc.constantFrom("null", "https://example.org"),
  },
  { requiredKeys: [] },
);

describe.each(["direct", "batching"])("every route, %s", (how) => {
  let app: Hono;
  let checker: DocumentChecker;
  let operations: DocumentedOperation[];
  let names: Record<string, string>;

  beforeAll(async () => {
    const model = await trainModel();
    const answerer = how === "batching" ? new BatchingAnswerer(model) : undefined;
    app = createApp({
      models: { bank: { classifier: model, answerer } },
      limits: { bodyBytes: 5000, lineBytes: 2000 },
      reload: async (name) => ({ name, version: "1", changed: false }),
    });
    checker = new DocumentChecker(await answer(app.request("/openapi.json")));
    operations = checker.operations();
    names = { name: "bank", version: (await answer<{ version: string }>(app.request("/v1/models/bank"))).version };
  });

  const pathOf = ({ path }: DocumentedOperation, parts: Record<string, string>): string =>
    path.replaceAll(/\{(\w+)\}/g, (_, part) => encodeURIComponent(parts[part] ?? ""));
  const last = ({ path }: DocumentedOperation): string => path.slice(path.lastIndexOf("/") + 1);

  it("gives 200 in the form that the document says to every request that is right", async () => {
    expect(operations.length).toBeGreaterThan(15);
    for (const operation of operations) {
      const isPost = operation.method === "post";
      await fc.assert(
        fc.asyncProperty(isPost ? VALID[last(operation)] : fc.constant(undefined), async (body) => {
          const response = await app.request(pathOf(operation, names), {
            method: operation.method.toUpperCase(),
            ...(isPost && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
          });
          expect(response.status, `${operation.path} ${JSON.stringify(body)}`).toBe(200);
          await checker.check(operation, response);
        }),
        { numRuns: isPost ? RUNS : 3 },
      );
    }
  }, 120_000);

  it("gives lines that the document knows to lines of any kind", async () => {
    const operation = operations.find((one) => last(one) === "predict") as DocumentedOperation;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            VALID.predict.map((one) => JSON.stringify(one)),
            fc.string(),
          ),
          { maxLength: 8 },
        ),
        async (lines) => {
          const body = lines.join("\n");
          const count = body === "" ? 0 : body.split("\n").length - (body.endsWith("\n") ? 1 : 0);
          const response = await app.request(pathOf(operation, names), {
            method: "POST",
            headers: { "content-type": "application/x-ndjson" },
            body,
          });
          expect((await response.clone().text()).split("\n")).toHaveLength(count + 1);
          await checker.check(operation, response);
        },
      ),
      { numRuns: RUNS },
    );
  }, 60_000);

  it("never fails, whatever is sent to it, and refuses in the form that the document says", async () => {
    for (const operation of operations) {
      const isPost = operation.method === "post";
      const body = isPost ? bodiesOf(VALID[last(operation)]) : fc.constant(undefined);
      const parts = fc.record({
        name: fc.oneof(
          { weight: 4, arbitrary: fc.constant("bank") },
          fc.string({ minLength: 1, unit: "binary" }).filter(isWellFormed),
        ),
        version: fc.oneof(fc.constant(names.version), fc.string({ minLength: 1 })),
      });
      await fc.assert(
        fc.asyncProperty(body, oddHeaders, fc.boolean(), parts, async (sent, odd, isOdd, named) => {
          const path = pathOf(operation, named);
          // Such parts are no parts: the path is another one.
          fc.pre(!/\/(\.|%2e){1,2}(\/|$)/i.test(path));
          const headers = isOdd ? odd : { "content-type": "application/json" };
          const response = await app.request(path, {
            method: operation.method.toUpperCase(),
            headers: headers as Record<string, string>,
            ...(isPost && { body: sent as string }),
          });
          expect(response.status, `${path} ${String(sent)}`).toBeLessThan(500);
          await checker.check(operation, response);
        }),
        { numRuns: isPost ? RUNS : 20 },
      );
    }
  }, 120_000);
});

function isWellFormed(part: string): boolean {
  try {
    encodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
