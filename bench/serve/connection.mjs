// HTTP on a plain socket: what is sent when is ours to say, and an answer that did not come is told from one that was cut off.
import { connect } from "node:net";

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** The bytes of a request. `body`: a string or bytes, sent as JSON; undefined for GET. */
export function requestBytes(path, body, headers = {}) {
  const lines = [`${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1`, "Host: bench"];
  if (body !== undefined) lines.push("Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body ?? "")]);
}

/** The first answer in some bytes: its status, head (lower case), body, whether it is the last, and where it ends; null where it is not whole. */
function answerIn(bytes) {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return null;
  const head = bytes.toString("latin1", 0, end).toLowerCase();
  const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  const from = end + END_OF_HEAD.length;
  if (bytes.length < from + length) return null;
  return {
    status: Number(head.slice(9, 12)),
    head,
    body: bytes.subarray(from, from + length),
    isLast: /\r\nconnection: *close/.test(head),
    end: from + length,
  };
}

/** A connection that is kept. One request at a time. */
export class Connection {
  isOpen = true;
  /** Bytes that were sent. */
  sent = 0;
  heard = Buffer.alloc(0);
  waiting = null;

  constructor(url) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ port: Number(port), host: hostname, noDelay: true });
    this.socket.on("data", (part) => this.take(part));
    this.socket.on("error", () => {});
    /** Resolves when it is closed, by whomever. */
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => {
        this.isOpen = false;
        this.waiting?.reject(new Error("the connection ended before the answer was whole"));
        this.waiting = null;
        resolve();
      });
    });
    /** Resolves to whether it could be opened. */
    this.opened = new Promise((resolve) => {
      this.socket.once("connect", () => resolve(true));
      this.socket.once("close", () => resolve(false));
    });
    // A server that ends a connection wants no more requests on it.
    this.socket.on("end", () => {
      this.isOpen = false;
    });
  }

  /** An open connection. Throws where there is none to be had. */
  static async open(url) {
    const connection = new Connection(url);
    if (!(await connection.opened)) throw new Error(`${url}: no connection`);
    return connection;
  }

  /** Says something, whole requests or not. */
  say(bytes) {
    this.sent += bytes.length;
    return this.socket.write(bytes);
  }

  /** The next answer, whole. Rejects where the connection ends before. */
  next() {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error("the connection is closed"));
      this.waiting = { resolve, reject };
      this.take(Buffer.alloc(0));
    });
  }

  /** Sends a request; gives its answer. */
  ask(bytes) {
    const answer = this.next();
    this.say(bytes);
    return answer;
  }

  close() {
    this.socket.destroy();
  }

  take(part) {
    this.heard = this.heard.length === 0 ? part : Buffer.concat([this.heard, part]);
    if (!this.waiting) return;
    const answer = answerIn(this.heard);
    if (!answer) return;
    this.heard = this.heard.subarray(answer.end);
    if (answer.isLast) this.isOpen = false;
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve(answer);
  }
}

/** Asks once, on a connection of its own. */
export async function askOnce(url, path, body, headers) {
  const connection = await Connection.open(url);
  try {
    return await connection.ask(requestBytes(path, body, headers));
  } finally {
    connection.close();
  }
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
