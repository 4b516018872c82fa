import { BaxError } from "bax";
import type { Limits } from "../limits.ts";
import { Problem, tryAgain } from "../problem.ts";
import type { Lifecycle, Models, RequestReport, Telemetry } from "../service/index.ts";
import { type Answer, PROBLEM_TYPE } from "./answer.ts";
import type { Arrival } from "./arrival.ts";
import type { Cors } from "./cors.ts";
import { Exchange } from "./exchange.ts";
import type { Keys } from "./keys.ts";

/** Answers a request, or throws a Problem. */
export type Handler = (exchange: Exchange) => Answer | Promise<Answer>;

/** An answer with all of its headers, in lower case. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Answer["body"];
}

/** Takes a request and answers it, whatever happens. */
export type Entrance = (arrival: Arrival) => Promise<Reply>;

/** What belongs to a route besides its handler. */
export interface RouteManner {
  /** Whether it needs no key, and is answered while the server stops. */
  open?: boolean | undefined;
  /** Whether clients of the Open Inference Protocol are to find the error where they look for it. */
  inference?: boolean | undefined;
}

/** What all routes share. */
export interface GateOptions {
  models: Models;
  lifecycle: Lifecycle;
  limits: Limits;
  cors: Cors;
  keys: Keys | undefined;
  telemetry: readonly Telemetry[];
  logTexts: boolean;
  /** Headers for every answer, in lower case. */
  headers: Readonly<Record<string, string>> | undefined;
}

/**
 * What every request passes, on the way in and out: keys, the count of requests under way, refusals as problem documents, headers, and
 * whoever measures. One function instead of a row of middlewares, since a short text is answered in less time than those would take.
 */
export class Gate {
  private readonly options: GateOptions;
  private readonly perKey = new Map<number, number>();

  constructor(options: GateOptions) {
    this.options = options;
  }

  /** The way to a handler. `route`: the pattern of its path. */
  handle(route: string, handler: Handler, manner: RouteManner = {}): Entrance {
    const { telemetry, keys, lifecycle } = this.options;
    return async (arrival) => {
      const exchange = new Exchange(arrival, route, this.options);
      const began = telemetry.length > 0 ? performance.now() : 0;
      for (const one of telemetry) if (one.began) quietly(() => one.began?.());
      let hasEntered = false;
      let key = -1;
      let answer: Answer;
      let failure: Failure = { problem: undefined, error: undefined };
      try {
        if (keys && !manner.open) key = this.enterKey(await keys.check(exchange.headers));
        if (!manner.open) lifecycle.enter();
        hasEntered = !manner.open;
        const found = handler(exchange);
        answer = found instanceof Promise ? await found : found;
      } catch (error) {
        const refused = failureOf(error);
        failure = refused;
        answer = refusal(refused.problem, exchange.requestId, manner);
      }
      const end = (broken?: unknown): void => {
        if (hasEntered) lifecycle.leave();
        if (key >= 0) this.leaveKey(key);
        exchange.version?.release();
        if (telemetry.length > 0)
          this.report(
            exchange,
            arrival.method,
            answer.status,
            began,
            broken === undefined ? failure : failureOf(broken),
          );
      };
      if (answer.body instanceof ReadableStream) answer.body = whenEnded(answer.body, end);
      else end();
      return this.respond(exchange, answer);
    };
  }

  private respond({ requestId, traceparent, headers: asked }: Exchange, answer: Answer): Reply {
    const { body } = answer;
    // No page, frame or script has any business with an answer, and nobody is to keep one. Written out, since that is the fastest.
    const headers: Record<string, string> = {
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
    };
    if (body !== null) headers["content-type"] = answer.type;
    // Servers that have to find it out by themselves take a longer way.
    if (typeof body === "string") headers["content-length"] = String(byteLength(body));
    if (traceparent !== undefined) headers["traceparent"] = traceparent;
    if (this.options.headers) Object.assign(headers, this.options.headers);
    const cors = this.options.cors.headersFor(asked);
    if (cors) Object.assign(headers, cors);
    if (answer.headers) Object.assign(headers, answer.headers);
    return { status: answer.status, headers, body };
  }

  private enterKey(key: number): number {
    const most = this.options.limits.requestsPerKey;
    if (most === Number.POSITIVE_INFINITY) return -1;
    const count = this.perKey.get(key) ?? 0;
    if (count >= most) throw tryAgain("too-many-requests", `A key may have ${most} requests under way at once.`);
    this.perKey.set(key, count + 1);
    return key;
  }

  private leaveKey(key: number): void {
    this.perKey.set(key, (this.perKey.get(key) ?? 1) - 1);
  }

  private report(exchange: Exchange, method: string, status: number, began: number, failure: Failure): void {
    const { requestId, traceparent, route, texts, asked, version: held } = exchange;
    const seconds = (performance.now() - began) / 1000;
    const version = held?.version;
    const report: RequestReport = {
      requestId,
      traceparent,
      method,
      route,
      status,
      seconds,
      texts,
      model: held?.name,
      version: typeof version === "string" ? version : undefined,
      problem: failure.problem?.kind,
      error: failure.error,
      asked: this.options.logTexts ? asked : undefined,
    };
    for (const one of this.options.telemetry) quietly(() => one.ended?.(report));
  }
}

interface Failure {
  problem: Problem | undefined;
  /** What went wrong inside. */
  error: unknown;
}

function failureOf(error: unknown): Failure & { problem: Problem } {
  if (error instanceof Problem) return { problem: error, error: error.cause };
  // The library refuses what a request asks of the model: a label that it does not have.
  if (error instanceof BaxError && error.code === "usage")
    return { problem: new Problem("invalid", `${error.message}.`), error: undefined };
  if (error instanceof BaxError && (error.code === "aborted" || error.code === "limit"))
    return { problem: tryAgain("unavailable", "The model cannot answer now; come again."), error };
  return { problem: new Problem("internal", "The server failed; its log has the request's id."), error };
}

/** A refusal as an answer. */
function refusal(problem: Problem, requestId: string, { inference = false }: RouteManner): Answer {
  const document = problem.document(requestId);
  const details = problem.errors?.map(({ pointer, detail }) => ` ${pointer}: ${detail}.`) ?? [];
  const body = inference ? { ...document, error: `${problem.message}${details.join("")}` } : document;
  return { status: problem.status, type: PROBLEM_TYPE, body: JSON.stringify(body), headers: problem.headers };
}

/** The same stream, which tells when it ended, broke or was given up, once. */
function whenEnded(stream: ReadableStream<Uint8Array>, ended: (broken?: unknown) => void): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let isOpen = true;
  const end = (broken?: unknown): void => {
    if (isOpen) ended(broken);
    isOpen = false;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const part = await reader.read();
          if (!part.done) return controller.enqueue(part.value);
          controller.close();
          end();
        } catch (error) {
          controller.error(error);
          end(error);
        }
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Bytes of a text in UTF-8; a lone surrogate is three, as those of U+FFFD. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A pair is four bytes.
    if (unit < 0x800) bytes += 1;
    else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** Whoever measures must not break what is measured. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Lost, as is said where it is asked for.
  }
}
