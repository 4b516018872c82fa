// The short way for requests of the most usual kind: JSON about texts to label. It differs from the long one through Hono and the web's
// objects in what it costs, and in nothing else: both lead to the same handler.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Entrance } from "../app.ts";
import { type Arrival, JSON_TYPE, PlainHeaders, type Reply } from "../http/index.ts";
import { type IncomingBodies, LINGER_MS } from "./incomingBody.ts";

/** Paths in which nothing is to be decoded. */
const PATH = /^\/v1\/models\/([A-Za-z0-9][A-Za-z0-9._-]*)\/predict$/;
/** Hosts that are taken as they are; others have to be looked at, and may be refused. */
const HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;

/** A request as Node has it. */
class NodeArrival implements Arrival {
  readonly headers: PlainHeaders;
  private readonly incoming: IncomingMessage;
  private readonly outgoing: ServerResponse;
  private readonly model: string;
  private readonly bodies: IncomingBodies;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, model: string, bodies: IncomingBodies) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.model = model;
    this.bodies = bodies;
    this.headers = new PlainHeaders(incoming.headers);
  }

  get method(): string {
    return this.incoming.method as string;
  }

  get path(): string {
    return this.incoming.url as string;
  }

  parameter(name: string): string {
    return name === "name" ? this.model : "";
  }

  isGone(): boolean {
    return this.outgoing.destroyed;
  }

  bytes(limit: number): Promise<Uint8Array> {
    return this.bodies.read(this.incoming, limit);
  }

  /** Only lines are read as they come. */
  stream(): null {
    return null;
  }
}

/** Takes requests the short way, and leaves to others those that it is not for. */
export class DirectRequests {
  private readonly entrance: Entrance;
  private readonly bodies: IncomingBodies;

  constructor(entrance: Entrance, bodies: IncomingBodies) {
    this.entrance = entrance;
    this.bodies = bodies;
  }

  /** Answers a request, if it is one for the short way; undefined for any other. Resolves when the answer is on its way. */
  take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> | undefined {
    const model = modelOf(incoming);
    if (model === undefined) return undefined;
    const arrival = new NodeArrival(incoming, outgoing, model, this.bodies);
    return this.entrance(arrival).then((reply) => write(reply, incoming, outgoing));
  }
}

function modelOf({ method, url, headers }: IncomingMessage): string | undefined {
  // A body of known length: the listener has seen to it that it is not too long.
  if (method !== "POST" || headers["content-type"] !== JSON_TYPE || headers["content-length"] === undefined)
    return undefined;
  if (headers.host === undefined || !HOST.test(headers.host)) return undefined;
  return PATH.exec(url as string)?.[1];
}

function write({ status, headers, body }: Reply, incoming: IncomingMessage, outgoing: ServerResponse): void {
  try {
    outgoing.writeHead(status, headers);
    // What answers JSON is never a stream.
    outgoing.end(body as string);
  } catch (error) {
    outgoing.destroy(error as Error);
  }
  // What was refused before its body was there is not waited for.
  if (!incoming.complete) setTimeout(cutUnread, LINGER_MS, incoming).unref();
}

function cutUnread(incoming: IncomingMessage): void {
  if (!incoming.complete) incoming.socket.destroy();
}
