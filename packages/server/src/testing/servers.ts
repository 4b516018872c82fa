import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TextClassifier } from "bax";
import { save } from "bax/node";
import { type RunningServer, type ServeOptions, serve } from "../node/index.ts";

/** A folder and servers for a test, all gone when it is disposed of. */
export class TestServers {
  readonly folder: string = mkdtempSync(join(tmpdir(), "bax-serve-"));
  /** Lines of the logs of all servers, read. */
  readonly log: Record<string, unknown>[] = [];
  private readonly running: RunningServer[] = [];

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Puts a model in a place, whole, as who deploys one does. */
  async put(model: TextClassifier, name: string): Promise<string> {
    const path = this.at(name);
    await save(model, `${path}.new`, "safetensors");
    renameSync(`${path}.new`, path);
    return path;
  }

  async serve(options: ServeOptions): Promise<RunningServer> {
    const log = { write: (line: string) => this.log.push(JSON.parse(line)) };
    const server = await serve({ port: 0, threads: 1, watch: 0, log, ...options });
    this.running.push(server);
    return server;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.running.map((server) => server.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What came of a request. */
export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks by Node's own client. Rejects where the connection breaks. */
export function ask(
  url: string,
  body: string | Buffer | undefined,
  options: { agent?: Agent; headers?: Record<string, string>; method?: string } = {},
): Promise<Outcome> {
  const { agent, headers = {}, method = body === undefined ? "GET" : "POST" } = options;
  return new Promise((resolve, reject) => {
    const type =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { method, agent, headers: { ...type, ...headers } }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(parts).toString("utf8"),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Connections that are kept, so many at the most. */
export function keepAlive(connections: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: connections });
}

/** A connection on which anything can be said, and what is heard until it ends. */
export class Raw {
  readonly socket: Socket;
  heard = "";
  readonly ended: Promise<string>;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.on("data", (part: Buffer) => {
      this.heard += part.toString("latin1");
    });
    this.ended = new Promise((resolve) => {
      this.socket.on("error", () => {});
      this.socket.on("close", () => resolve(this.heard));
    });
  }

  say(text: string | Buffer): void {
    this.socket.write(text);
  }
}
