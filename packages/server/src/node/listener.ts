// The socket: who may connect, how long a request may take to arrive, and how all of it ends.
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { BaxError } from "bax";
import type { DirectRequests } from "./directRequests.ts";
import { LINGER_MS } from "./incomingBody.ts";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What listens. */
export interface ListenerOptions {
  readonly fetch: (request: Request, environment: object) => Response | Promise<Response>;
  /** Answers what it can without `fetch`. */
  readonly direct?: DirectRequests | undefined;
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** With it HTTPS is spoken. */
  readonly certificate: Certificate | undefined;
  /** Connections that may be open at once. */
  readonly connections: number;
  /** Milliseconds in which the headers of a request have to be there. */
  readonly headersWithin: number;
  /** Bytes that a body may have. */
  readonly bodyBytes: number;
}

/** A body has its own clock. */
const MANNERS: ServerOptions = {
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 << 10,
};
/** A connection on which nothing is said for so long in the middle of a request. */
const SILENCE_MS = 120_000;
const MOST_HEADERS = 200;

/** Listens to HTTP or HTTPS and hands requests to an app. */
export class Listener {
  private readonly server: Server;
  private readonly options: ListenerOptions;
  private isStopping = false;
  /** By `performance.now()`: when a connection was opened last. */
  private opened = Number.NEGATIVE_INFINITY;

  constructor(options: ListenerOptions) {
    this.options = options;
    const answer = getRequestListener(options.fetch as Parameters<typeof getRequestListener>[0]);
    const isTooLong = ({ headers }: IncomingMessage): boolean => Number(headers["content-length"]) > options.bodyBytes;
    const take = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      // The last request of the connection: its answer says so.
      if (this.isStopping) outgoing.shouldKeepAlive = false;
      if (isTooLong(incoming)) endUnread(incoming, outgoing);
      else if (options.direct?.take(incoming, outgoing)) return;
      void answer(incoming, outgoing);
    };
    const manners = { ...MANNERS, headersTimeout: options.headersWithin };
    this.server = options.certificate
      ? createSecureServer({ ...manners, ...options.certificate, minVersion: "TLSv1.2" }, take)
      : createServer(manners, take);
    this.server.maxHeadersCount = MOST_HEADERS;
    this.server.maxConnections = options.connections;
    this.server.setTimeout(SILENCE_MS);
    this.server.on("clientError", refuse);
    this.server.on("connection", () => {
      this.opened = performance.now();
    });
    // Whoever asks before sending a body that is too large is refused before.
    this.server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      if (!isTooLong(incoming)) outgoing.writeContinue();
      take(incoming, outgoing);
    });
  }

  /** Begins to listen. Throws a BaxError ("usage") for an address that cannot be had. */
  async listen(): Promise<string> {
    const { host, port, certificate } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "is taken" : `cannot be used: ${error.message}`;
        reject(new BaxError("usage", `${host}:${port} ${why}`, "Choose another port or host.", { cause: error }));
      });
      this.server.listen(port, host, resolve);
    });
    const { address, port: taken, family } = this.server.address() as AddressInfo;
    return `${certificate ? "https" : "http"}://${family === "IPv6" ? `[${address}]` : address}:${taken}`;
  }

  /** Milliseconds since a connection was opened. */
  get quiet(): number {
    return performance.now() - this.opened;
  }

  /** Takes no new connections, and no second request on those that are open. */
  stop(): void {
    this.isStopping = true;
    // Node's own `close` of a server of HTTP would cut connections on which a request may be on its way. Other runtimes have that one alone.
    if ("_emitCloseIfDrained" in this.server) NetServer.prototype.close.call(this.server);
    else this.server.close();
  }

  /** How many connections are open. */
  connections(): Promise<number> {
    return new Promise((resolve) => {
      this.server.getConnections((error, count) => resolve(error ? 0 : count));
    });
  }

  /** Closes connections: those on which nothing is under way, or all. */
  cut(isAll: boolean): void {
    if (isAll) this.server.closeAllConnections();
    else this.server.closeIdleConnections();
  }
}

/** A body that was refused is not waited for: it may be endless. What is a stream of lines was read when its answer is out. */
function endUnread(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.shouldKeepAlive = false;
  outgoing.once("finish", () => {
    if (incoming.complete) return;
    // Whoever still sends would not see the answer if the connection broke at once.
    setTimeout(() => incoming.socket.destroy(), LINGER_MS).unref();
  });
}

/** What cannot be read as HTTP is refused as everything else is, and the connection ends. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, title] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? [431, "Request Header Fields Too Large"]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? [408, "Request Timeout"]
        : [400, "Bad Request"];
  const body = JSON.stringify({ type: "about:blank", title, status });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}
