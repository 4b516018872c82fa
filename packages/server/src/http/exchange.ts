import type { Limits } from "../limits.ts";
import { Problem } from "../problem.ts";
import type { Call, Models, ModelVersion } from "../service/index.ts";
import type { Arrival } from "./arrival.ts";
import { deadlineOf, type RequestHeaders, requestIdOf, traceparentOf } from "./requestHeaders.ts";

/** What requests share. */
export interface ExchangeOptions {
  limits: Limits;
  models: Models;
}

/** One request, as the routes see it, and what is known of it for the log. */
export class Exchange implements Call {
  readonly arrival: Arrival;
  readonly headers: RequestHeaders;
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly limits: Limits;
  /** The pattern of its path. */
  readonly route: string;
  private readonly models: Models;
  private until = Number.POSITIVE_INFINITY;
  /** The version that is asked, held until the end of the request. */
  version: ModelVersion | undefined;
  /** How many texts were asked about. */
  texts = 0;
  /** The texts of the request, for a log that asks for them. */
  asked: readonly string[] | undefined;

  constructor(arrival: Arrival, route: string, { limits, models }: ExchangeOptions) {
    this.arrival = arrival;
    this.headers = arrival.headers;
    this.route = route;
    this.limits = limits;
    this.models = models;
    this.requestId = requestIdOf(this.headers);
    this.traceparent = traceparentOf(this.headers);
  }

  /** By `performance.now()`: when it is to be answered. */
  get deadline(): number {
    return this.until;
  }

  /** Whether the client went away. */
  isGone(): boolean {
    return this.arrival.isGone();
  }

  /** A part of the path. */
  parameter(name: string): string {
    return this.arrival.parameter(name);
  }

  /** The version that the path names, held from now on. Throws a Problem ("unknown-model"). */
  model(): ModelVersion {
    const name = this.parameter("name");
    const version = this.models.get(name);
    if (!version) throw new Problem("unknown-model", "No model has this name; GET /v1/models lists them.");
    version.hold();
    this.version = version;
    return version;
  }

  /**
   * Counts texts that are asked about; the time until the deadline runs from now on. Throws a Problem: "too-large" for too many, or for one
   * that is too long; "malformed" for a deadline that is none.
   */
  take(
    texts: readonly string[],
    { most = this.limits.texts, characters = this.limits.characters }: { most?: number; characters?: number } = {},
  ): void {
    this.until = deadlineOf(this.headers, this.limits.deadline);
    this.texts += texts.length;
    this.asked = texts;
    if (texts.length > most) throw new Problem("too-large", `A request may have ${most} texts at most.`);
    for (const text of texts) this.checkLength(text, characters);
  }

  /** Throws a Problem ("too-large") for a text that is too long. */
  checkLength(text: string, characters: number = this.limits.characters): void {
    if (text.length > characters) throw new Problem("too-large", `A text may have ${characters} characters at most.`);
  }
}
