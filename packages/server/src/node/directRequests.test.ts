import { createHash } from "node:crypto";
import type { TextClassifier } from "bax";
import fc from "fast-check";
import { afterEach, beforeAll, expect, it } from "vitest";
import { createEntrances, type Entrance } from "../app.ts";
import type { Arrival } from "../http/index.ts";
import { BatchingAnswerer, Lifecycle, type RequestReport } from "../service/index.ts";
import { trainModel } from "../testing/models.ts";
import { Raw } from "../testing/servers.ts";
import { DirectRequests } from "./directRequests.ts";
import { IncomingBodies } from "./incomingBody.ts";
import { Listener } from "./listener.ts";

const KEY = "0123456789abcdef-key";
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const PATH = "/v1/models/bank/predict";
const PLAIN = ["Host: x", "Content-Type: application/json", `X-API-Key: ${KEY}`];
const SOCKET = { host: "127.0.0.1", port: 0, certificate: undefined, connections: 100, headersWithin: 10_000 };
const LIMIT = 400;

let model: TextClassifier;
beforeAll(async () => {
  model = await trainModel();
});

const listeners: Listener[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) {
    listener.stop();
    listener.cut(true);
  }
});

async function listen(
  fetch: (request: Request, environment: object) => Response | Promise<Response>,
  direct?: DirectRequests,
) {
  const listener = new Listener({ ...SOCKET, fetch, direct, bodyBytes: LIMIT });
  listeners.push(listener);
  return listener.listen();
}

/** A server that takes the short way, or one that has none; what it reports, and how many requests went the short way. */
async function start(isDirect: boolean) {
  const reports: RequestReport[] = [];
  const lifecycle = new Lifecycle();
  const bodies = new IncomingBodies(10_000);
  const { app, predict } = createEntrances({
    models: { bank: { classifier: model, answerer: new BatchingAnswerer(model) } },
    lifecycle,
    keys: [KEY],
    digest: (text) => createHash("sha256").update(text).digest(),
    origins: ["https://example.org"],
    limits: { bodyBytes: LIMIT, texts: 3, characters: 60 },
    logTexts: true,
    telemetry: { ended: (report) => void reports.push(report) },
    readBody: (_, environment, limit) => bodies.read((environment as { incoming: never }).incoming, limit),
  });
  const seen = { direct: 0 };
  const counted: Entrance = (arrival) => {
    seen.direct++;
    return predict(arrival);
  };
  const fetch = (request: Request, environment: object): Response | Promise<Response> =>
    app.fetch(request, environment);
  const url = await listen(fetch, isDirect ? new DirectRequests(counted, bodies) : undefined);
  return { url, reports, lifecycle, seen };
}

type Server = Awaited<ReturnType<typeof start>>;

/** Requests one behind the other, as bytes. */
interface Script {
  readonly bytes: Buffer;
  /** Where the bytes are cut into packets, as shares. */
  readonly cuts: readonly number[];
}

/** What is heard until the connection ends, without what is another each time. */
async function hear(url: string, { bytes, cuts }: Script): Promise<string> {
  const raw = new Raw(url);
  raw.socket.setNoDelay(true);
  const places = [...new Set(cuts.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  for (const [i, from] of [0, ...places].entries()) {
    raw.say(bytes.subarray(from, places[i] ?? bytes.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return plain(await raw.ended);
}

function plain(heard: string): string {
  return heard.replaceAll(/Date: [^\r]+/g, "Date: D").replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, "ID");
}

/** What was reported since last time, in an order of its own, without what is another each time. */
async function reported({ reports, lifecycle }: Server): Promise<string[]> {
  await lifecycle.idle();
  return reports
    .splice(0)
    .map(({ requestId, seconds: _, error, ...rest }) =>
      plain(JSON.stringify({ ...rest, requestId, error: error instanceof Error ? error.message : error })),
    )
    .sort();
}

function request(line: string, headers: readonly string[], body: Buffer, framing = "length"): Buffer {
  const length = { length: body.length, short: body.length + 7, long: LIMIT + 1 }[framing];
  const said = length === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  const head = `${line}\r\n${[...headers, ...(framing === "none" ? [] : [said])].join("\r\n")}\r\n\r\n`;
  if (framing !== "chunked") return Buffer.concat([Buffer.from(head, "latin1"), body]);
  const chunk = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")];
  return Buffer.concat([Buffer.from(head, "latin1"), ...chunk, Buffer.from("0\r\n\r\n")]);
}

const LAST = request(
  `POST ${PATH} HTTP/1.1`,
  [...PLAIN, "Connection: close", "X-Request-Id: last"],
  Buffer.from('{"text":"thanks"}'),
);

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "my card", "\ud800", "x".repeat(61)),
);
const json = fc
  .oneof(
    fc.record({ text }),
    fc.record({ text, k: fc.constantFrom(1, 3, 0, "1"), labels: fc.constantFrom(["card"], ["none"], []) }),
    fc.record({ texts: fc.array(text, { maxLength: 4 }) }),
    fc.jsonValue({ maxDepth: 2 }),
  )
  .map((value) => Buffer.from(JSON.stringify(value)));
const body = fc.oneof(
  { weight: 4, arbitrary: json },
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(Buffer.alloc(0), Buffer.from('{"text":"a"'), Buffer.alloc(LIMIT + 1, " ")),
);
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constant(`POST ${PATH} HTTP/1.1`) },
  fc.constantFrom(
    ...["GET", "HEAD", "PUT", "OPTIONS"].map((method) => `${method} ${PATH} HTTP/1.1`),
    `POST ${PATH} HTTP/1.0`,
    `POST ${PATH}?k=2 HTTP/1.1`,
    `POST ${PATH}/ HTTP/1.1`,
    "POST /v1/models/b%61nk/predict HTTP/1.1",
    "POST /v1/models/nobody/predict HTTP/1.1",
    "POST /v1/models/../models/bank/predict HTTP/1.1",
    `POST http://x${PATH} HTTP/1.1`,
    "POST /v1/models/bank/score HTTP/1.1",
    "HEAD /healthz HTTP/1.1",
    "nonsense",
  ),
);
const host = fc.constantFrom(
  "Host: x",
  "Host: 127.0.0.1:8080",
  "Host: X:80",
  "Host: 1.2.3:65000",
  "Host: a b",
  "Host:",
  "X: none",
);
const type = fc.constantFrom(
  ...["application/json", "application/json; charset=utf-8", "text/plain", "application/x-ndjson"].map(
    (one) => `Content-Type: ${one}`,
  ),
);
const others = fc.subarray([
  "Accept: application/json",
  "Accept: text/html",
  "Connection: close",
  "Content-Encoding: gzip",
  "Expect: 100-continue",
  "Origin: https://example.org",
  "X-Api-Key: 0123456789abcdef-another",
  "X-Deadline-Ms: 5000",
  "X-Deadline-Ms: never",
  "X-Request-Id: mine",
  "X-Request-Id: not one",
  `Traceparent: ${TRACE}`,
]);
const headers = fc.oneof(
  { weight: 2, arbitrary: fc.constant(PLAIN) },
  others.map((some) => [...PLAIN, ...some.slice(0, 2)]),
  fc
    .tuple(host, type, others)
    .map(([first, second, some]) => [first, second, `X-API-Key: ${KEY}`, ...some.slice(0, 1)]),
);
const framing = fc.oneof({ weight: 6, arbitrary: fc.constant("length") }, fc.constantFrom("chunked", "short", "none"));
const script: fc.Arbitrary<Script> = fc
  .tuple(
    fc.array(fc.tuple(line, headers, body, framing), { minLength: 1, maxLength: 4 }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  )
  .map(([requests, cuts]) => ({
    bytes: Buffer.concat([...requests.map((parts) => request(...parts)), LAST]),
    cuts,
  }));

it("answers and reports, byte for byte, as the long way does, whatever is sent", async () => {
  const [direct, long] = [await start(true), await start(false)];
  await fc.assert(
    fc.asyncProperty(script, async (one) => {
      const [ours, theirs] = await Promise.all([hear(direct.url, one), hear(long.url, one)]);
      expect(ours).toBe(theirs);
      const reports = [await reported(direct), await reported(long)];
      // Where a request has the connection closed, a later packet comes too late or just in time.
      if (one.cuts.length === 0) expect(reports[0]).toEqual(reports[1]);
    }),
    { numRuns: 300 },
  );
  expect(direct.seen.direct).toBeGreaterThan(100);
  expect(long.seen.direct).toBe(0);
}, 120_000);

/** Waits until something is so; the test's own time is the bound. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const QUESTION = Buffer.from('{"text":"thanks"}');

it("waits for a body that comes in parts, and counts the request meanwhile", async () => {
  const { url, lifecycle, seen, reports } = await start(true);
  const raw = new Raw(url);
  const bytes = request(`POST ${PATH} HTTP/1.1`, [...PLAIN, "Expect: 100-continue", "Connection: close"], QUESTION);
  raw.say(bytes.subarray(0, bytes.length - QUESTION.length));
  await until(() => raw.heard !== "" && lifecycle.inFlight === 1);
  expect(raw.heard).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  for (const byte of QUESTION) {
    raw.say(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(await raw.ended).toContain(`"predictions":${JSON.stringify(model.predict("thanks"))}`);
  expect(seen.direct).toBe(1);
  expect(reports.map(({ status }) => status)).toEqual([200]);
});

it("ends a request whose client goes away before its body is there", async () => {
  const { url, lifecycle, reports } = await start(true);
  const raw = new Raw(url);
  raw.say(request(`POST ${PATH} HTTP/1.1`, PLAIN, QUESTION, "short"));
  await until(() => lifecycle.inFlight === 1);
  raw.socket.destroy();
  await until(() => reports.length === 1);
  expect(reports[0]).toMatchObject({ status: 400, problem: "malformed" });
  expect(lifecycle.inFlight).toBe(0);
});

it("goes on with a connection on which a request was refused before its body was there, but does not wait for ever", async () => {
  const { url, seen } = await start(true);
  const refused = request("POST /v1/models/nobody/predict HTTP/1.1", PLAIN, QUESTION);
  const head = refused.subarray(0, refused.length - QUESTION.length);
  const [patient, silent] = [new Raw(url), new Raw(url)];
  for (const raw of [patient, silent]) {
    raw.say(head);
    await until(() => raw.heard.includes("unknown-model"));
    expect(raw.heard).toContain("Connection: keep-alive");
  }
  patient.say(Buffer.concat([QUESTION, LAST]));
  expect(await patient.ended).toContain("x-request-id: last");
  expect(await silent.ended).not.toContain("x-request-id: last");
  expect(seen.direct).toBe(3);
});

/** A server of one entrance, which gets everything that it is asked by the short way. */
function startWith(entrance: Entrance): Promise<string> {
  const direct = new DirectRequests(entrance, new IncomingBodies(10_000));
  return listen(() => new Response(null, { status: 500 }), direct);
}

it("knows whether the client is still there", async () => {
  const arrivals: Arrival[] = [];
  const url = await startWith((arrival) => {
    arrivals.push(arrival);
    return new Promise(() => {});
  });
  const raw = new Raw(url);
  raw.say(LAST);
  await until(() => arrivals.length === 1);
  expect(arrivals[0]).toMatchObject({ method: "POST", path: PATH });
  expect(arrivals[0].parameter("name")).toBe("bank");
  expect(arrivals[0].isGone()).toBe(false);
  raw.socket.destroy();
  await until(() => arrivals[0].isGone());
});

it("ends the connection of an answer that cannot be written, and answers others", async () => {
  let value = "a\nb";
  const url = await startWith(async () => ({ status: 200, headers: { "x-value": value }, body: "{}" }));
  const broken = new Raw(url);
  broken.say(LAST);
  expect(await broken.ended).toBe("");
  value = "a";
  const whole = new Raw(url);
  whole.say(LAST);
  expect(await whole.ended).toContain("x-value: a");
});
