import type {
  ExplainChoices,
  ExplainManyAnswer,
  ExplainOneAnswer,
  LineProblem,
  ModelDetails,
  ModelList,
  PredictChoices,
  PredictManyAnswer,
  PredictOneAnswer,
  ScoreChoices,
  ScoreManyAnswer,
  ScoreOneAnswer,
  TextPredictions,
} from "../schemas/index.ts";
import { BaxServerError, errorOf, errorOfLine } from "./error.ts";
import { groupsOf, linesOf } from "./lines.ts";

/** Where the server is, and how it is asked. */
export interface BaxClientOptions {
  /** "https://bax.example.org", with or without a path. */
  baseUrl: string;
  /** An API key of the server. */
  key?: string | undefined;
  /** Takes the place of the runtime's own. */
  fetch?: ((request: Request) => Response | Promise<Response>) | undefined;
  /** Headers for every request. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** About one request. */
export interface CallOptions {
  /** Gives the request up. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the server may take. */
  deadline?: number | undefined;
  /** What the request is to be called in logs. */
  requestId?: string | undefined;
}

/** How a stream is answered. */
export interface StreamOptions extends CallOptions {
  /** "throw" ends the stream at a text that is refused; "yield" gives its error in its place. "throw" unless given. */
  onError?: "throw" | "yield" | undefined;
}

/** Lines of a request: a stream is sent as many requests, so that it works where requests cannot be streams. */
const LINES_AT_ONCE = 1000;
/** Characters after which a request is sent. */
const CHARACTERS_AT_ONCE = 1 << 18;

/**
 * Asks a server of `@bax/server`. Every method throws a BaxServerError for a refusal, with the problem document that the server gave; what
 * `fetch` throws where there is no answer is the cause of one with status 0. An abort is thrown as `fetch` throws it.
 */
export class BaxClient {
  private readonly base: string;
  private readonly key: string | undefined;
  private readonly send: (request: Request) => Response | Promise<Response>;
  private readonly headers: Readonly<Record<string, string>>;

  constructor({ baseUrl, key, fetch = globalThis.fetch, headers = {} }: BaxClientOptions) {
    this.base = baseUrl.replace(/\/+$/, "");
    this.key = key;
    // Some runtimes want it called by itself.
    this.send = (request) => fetch(request);
    this.headers = headers;
  }

  /** Labels a text. */
  predict(
    model: string,
    text: string,
    choices: PredictChoices = {},
    call: CallOptions = {},
  ): Promise<PredictOneAnswer> {
    return this.post(model, "predict", { text, ...choices }, call);
  }

  /** Labels many texts, by one version of the model. */
  predictMany(
    model: string,
    texts: readonly string[],
    choices: PredictChoices = {},
    call: CallOptions = {},
  ): Promise<PredictManyAnswer> {
    return this.post(model, "predict", { texts, ...choices }, call);
  }

  /** Labels any number of texts, in their order; takes further texts only as answers are taken. */
  predictStream(
    model: string,
    texts: AsyncIterable<string> | Iterable<string>,
    choices: PredictChoices,
    call: StreamOptions & { onError: "yield" },
  ): AsyncGenerator<TextPredictions | BaxServerError, void, undefined>;
  predictStream(
    model: string,
    texts: AsyncIterable<string> | Iterable<string>,
    choices?: PredictChoices,
    call?: StreamOptions,
  ): AsyncGenerator<TextPredictions, void, undefined>;
  async *predictStream(
    model: string,
    texts: AsyncIterable<string> | Iterable<string>,
    choices: PredictChoices = {},
    { onError = "throw", ...call }: StreamOptions = {},
  ): AsyncGenerator<TextPredictions | BaxServerError, void, undefined> {
    const groups = groupsOf(texts, LINES_AT_ONCE, CHARACTERS_AT_ONCE, (text) => text.length);
    for await (const group of groups) {
      const body = group.map((text) => `${JSON.stringify({ text, ...choices })}\n`).join("");
      const response = await this.request(pathOf(model, "predict"), call, body, "application/x-ndjson");
      let answered = 0;
      for await (const line of linesOf(response.body ?? new Blob([]).stream())) {
        const answer = JSON.parse(line) as TextPredictions | LineProblem;
        answered++;
        if (!("error" in answer)) yield answer;
        else if (onError === "yield") yield errorOfLine(answer.error);
        else throw errorOfLine(answer.error);
      }
      if (answered !== group.length)
        throw new BaxServerError(`the stream broke off: ${answered} answers to ${group.length} texts`, {
          status: response.status,
        });
    }
  }

  /** Tells why a text has its label. */
  explain(
    model: string,
    text: string,
    choices: ExplainChoices = {},
    call: CallOptions = {},
  ): Promise<ExplainOneAnswer> {
    return this.post(model, "explain", { text, ...choices }, call);
  }

  /** Tells why texts have their labels. */
  explainMany(
    model: string,
    texts: readonly string[],
    choices: ExplainChoices = {},
    call: CallOptions = {},
  ): Promise<ExplainManyAnswer> {
    return this.post(model, "explain", { texts, ...choices }, call);
  }

  /** Scores the labels of a text. */
  score(model: string, text: string, choices: ScoreChoices = {}, call: CallOptions = {}): Promise<ScoreOneAnswer> {
    return this.post(model, "score", { text, ...choices }, call);
  }

  /** Scores the labels of texts. */
  scoreMany(
    model: string,
    texts: readonly string[],
    choices: ScoreChoices = {},
    call: CallOptions = {},
  ): Promise<ScoreManyAnswer> {
    return this.post(model, "score", { texts, ...choices }, call);
  }

  /** Lists the models. */
  async models(call: CallOptions = {}): Promise<ModelList["models"]> {
    const response = await this.request("/v1/models", call);
    return (await jsonOf<ModelList>(response)).models;
  }

  /** Describes a model. */
  async model(name: string, call: CallOptions = {}): Promise<ModelDetails> {
    return jsonOf(await this.request(pathOf(name), call));
  }

  private async post<T>(model: string, what: string, body: object, call: CallOptions): Promise<T> {
    return jsonOf(await this.request(pathOf(model, what), call, JSON.stringify(body)));
  }

  private async request(
    path: string,
    { signal, deadline, requestId }: CallOptions,
    body?: string,
    type = "application/json",
  ): Promise<Response> {
    const headers: Record<string, string> = { ...this.headers };
    if (body !== undefined) headers["content-type"] = type;
    if (this.key !== undefined) headers["authorization"] = `Bearer ${this.key}`;
    if (deadline !== undefined) headers["x-deadline-ms"] = String(Math.max(1, Math.round(deadline)));
    if (requestId !== undefined) headers["x-request-id"] = requestId;
    const request = new Request(`${this.base}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers,
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    let response: Response;
    try {
      response = await this.send(request);
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new BaxServerError(`${this.base}: no answer`, { status: 0, cause });
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}

function pathOf(model: string, what?: string): string {
  const path = `/v1/models/${encodeURIComponent(model)}`;
  return what === undefined ? path : `${path}/${what}`;
}

async function jsonOf<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new BaxServerError("the answer is not JSON", { status: response.status, cause });
  }
}
