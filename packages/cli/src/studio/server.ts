// Serves the built page of the studio, and the file that it was started with, to browsers of this machine alone.
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { BaxError } from "bax";

const LOOPBACK = "127.0.0.1";
/** Names under which a browser of this machine reaches it; any other is another site's that points here. */
const OWN_NAMES = new Set([LOOPBACK, "localhost"]);

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".csv": "text/csv; charset=utf-8",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** Nothing but the page's own files; workers of training are made of its own code, and WebAssembly is compiled. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What is served. */
export interface StudioFiles {
  /** The folder of the built page. */
  readonly page: string;
  /** A file that the page opens at once. */
  readonly data: string | undefined;
  /** Whether the page may share memory with its workers, and so train on several threads. */
  readonly isIsolated: boolean;
}

/** A server that runs. */
export interface RunningStudio {
  readonly url: string;
  close(): Promise<void>;
}

/** Begins to serve; `port` 0 takes any. Throws a BaxError ("usage") for a port that is taken. */
export async function serveStudio({ page, data, isIsolated }: StudioFiles, port: number): Promise<RunningStudio> {
  const files = await listFiles(page);
  if (data !== undefined) files.set("/data", data);
  const server = createServer((request, response) => answer(request, response, files, isIsolated));
  await listen(server, port);
  const { port: taken } = server.address() as AddressInfo;
  const query = data === undefined ? "" : `?data=${encodeURIComponent(path.basename(data))}`;
  return {
    url: `http://${LOOPBACK}:${taken}/${query}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Paths of addresses and the files behind them: nothing else is ever opened. */
async function listFiles(page: string): Promise<Map<string, string>> {
  const entries = await readdir(page, { recursive: true, withFileTypes: true });
  const files = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    files.set(`/${path.relative(page, file).split(path.sep).join("/")}`, file);
  }
  const index = files.get("/index.html");
  if (index === undefined) throw new BaxError("file", `${page}: there is no page`, "Install the package again.");
  return files.set("/", index);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is taken" : `cannot be used: ${error.message}`;
      reject(new BaxError("usage", `--port: ${port} ${why}`, "Choose another one, or leave --port out."));
    });
    server.listen(port, LOOPBACK, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, string>,
  isIsolated: boolean,
): Promise<void> {
  const refuse = (status: number, text: string): void => {
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text);
  };
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!OWN_NAMES.has(host)) return refuse(403, "The studio answers to this machine alone.");
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "There is nothing to send here.");
  const file = files.get((request.url ?? "/").replace(/[?#].*$/, ""));
  if (file === undefined) return refuse(404, "There is no such page.");
  try {
    const { size } = await stat(file);
    response.writeHead(200, {
      "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream",
      "Content-Length": size,
      "Content-Security-Policy": POLICY,
      "Cross-Origin-Resource-Policy": "same-origin",
      ...(isIsolated && {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      }),
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      // A new version of bax may stand at the same address.
      "Cache-Control": "no-cache",
    });
  } catch {
    return refuse(404, "The file is no longer there.");
  }
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const stream = createReadStream(file);
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}
