// Clients that mean it ill. Each function tells how many it tried, how many ended as they should, and a note.
import { Connection, pause, requestBytes } from "./connection.mjs";
import { PREDICT } from "./processes.mjs";

const HEAD = `POST ${PREDICT} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n`;
const SLOW_HEADS = 400;
const SLOW_BODIES = 100;
/** Milliseconds until the headers, and until the body, of a request have to be there, by the server's defaults; and what may be added. */
const HEADS_WITHIN = 10_000;
const BODIES_WITHIN = 30_000;
const LENIENCE = 5000;
const CUT_BODIES = 1000;
const CUT_AT_ONCE = 100;
const GIGABYTE = 1e9;
/** Megabytes by which a body of a gigabyte may lift the server's memory. */
const MOST_GROWN = 128;
const IDLE_AT_ONCE = 250;
const UNREAD_CONNECTIONS = 50;
const UNREAD_REQUESTS = 2000;
const UNREAD_MILLISECONDS = 5000;

/** Resolves to what was heard until something was, or until the connection is closed, or the time is up. */
async function heardWithin(connection, milliseconds) {
  const answer = connection.next().then(
    ({ status }) => status,
    () => null,
  );
  return Promise.race([answer, pause(milliseconds).then(() => null)]);
}

/** Requests that come a byte a second, and never end. Those that are told of it and closed in time ended right. */
export async function slowClients(url) {
  const began = performance.now();
  const open = (start, drip) => ({ connection: new Connection(url), start, drip });
  const heads = Array.from({ length: SLOW_HEADS }, () => open("POST / HTTP/1.1\r\nHost: bench\r\nX-Slow: ", "a"));
  const bodies = Array.from({ length: SLOW_BODIES }, () => open(`${HEAD}Content-Length: 100000\r\n\r\n{"text":"`, "a"));
  const all = [...heads, ...bodies];
  await Promise.all(all.map(({ connection }) => connection.opened));
  for (const { connection, start } of all) connection.say(Buffer.from(start));
  const dripping = setInterval(() => {
    for (const { connection, drip } of all) if (connection.isOpen) connection.say(Buffer.from(drip));
  }, 1000);
  const outcome = async ({ connection }, within, expected) => {
    const status = await heardWithin(connection, within + LENIENCE);
    const closed = await Promise.race([connection.closed.then(() => true), pause(LENIENCE).then(() => false)]);
    return { status, closed, seconds: (performance.now() - began) / 1000, isRight: status === expected && closed };
  };
  const found = await Promise.all([
    ...heads.map((one) => outcome(one, HEADS_WITHIN, 408)),
    ...bodies.map((one) => outcome(one, BODIES_WITHIN, 400)),
  ]);
  clearInterval(dripping);
  for (const { connection } of all) connection.close();
  const told = (part, name) => {
    const statuses = [...new Set(part.map(({ status }) => status ?? "nothing"))].join(", ");
    const stillOpen = part.filter(({ closed }) => !closed).length;
    return `${part.length} slow ${name}: ${statuses} and closed within ${Math.max(...part.map(({ seconds }) => seconds)).toFixed(0)} s${stillOpen > 0 ? `, ${stillOpen} left open` : ""}`;
  };
  return {
    tried: all.length,
    right: found.filter(({ isRight }) => isRight).length,
    note: `${told(found.slice(0, SLOW_HEADS), "heads")}; ${told(found.slice(SLOW_HEADS), "bodies")}`,
  };
}

/** Bodies that are cut in the middle. There is nobody to be told; what is right is that the server lives on. */
export async function cutBodies(url) {
  let right = 0;
  for (let from = 0; from < CUT_BODIES; from += CUT_AT_ONCE) {
    const cut = async (_, i) => {
      const connection = await Connection.open(url);
      const framing = i % 2 ? "Content-Length: 1000" : "Transfer-Encoding: chunked";
      connection.say(Buffer.from(`${HEAD}${framing}\r\n\r\n${i % 2 ? "" : "64\r\n"}{"text":"half of a te`));
      await pause(i % 7);
      // Half of them say goodbye, the others are gone at once.
      if (i % 4 < 2) connection.socket.resetAndDestroy();
      else connection.socket.end();
      await Promise.race([connection.closed, pause(LENIENCE)]);
      if (connection.socket.destroyed) right++;
      connection.close();
    };
    await Promise.all(Array.from({ length: CUT_AT_ONCE }, cut));
  }
  return { tried: CUT_BODIES, right, note: "half of them with a length, half in chunks" };
}

/** Says a gigabyte, whatever the server answers, until the connection is closed. Returns the status and how much was taken. */
async function sayGigabyte(url, start, part) {
  const connection = await Connection.open(url);
  let status = null;
  void connection
    .next()
    .then((answer) => (status = answer.status))
    .catch(() => {});
  let closed = false;
  void connection.closed.then(() => (closed = true));
  const began = performance.now();
  connection.say(Buffer.from(start));
  while (!closed && connection.sent < GIGABYTE && performance.now() - began < 20_000)
    if (!connection.say(part))
      await Promise.race([
        new Promise((resolve) => connection.socket.once("drain", resolve)),
        connection.closed,
        pause(1000),
      ]);
  // Closed without having been read: what was still under way.
  const taken = connection.sent - connection.socket.writableLength;
  connection.close();
  return { status, closed, taken };
}

/**
 * Bodies of a gigabyte, told of before or not. Refused with 413 while the server's memory stays small. Some of it is read and thrown away, so
 * that who sends hears why, and on loopback half a second may be enough for all of it. `resident`: the server's memory in MB.
 */
export async function hugeBodies(url, resident) {
  const text = Buffer.alloc(1 << 16, "a");
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), text, Buffer.from("\r\n")]);
  const seen = [];
  for (const [name, start, part] of [
    ["told", `${HEAD}Content-Length: ${GIGABYTE}\r\n\r\n{"text":"`, text],
    ["chunked", `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, chunk],
  ]) {
    const before = resident();
    let most = before;
    const looking = setInterval(() => (most = Math.max(most, resident())), 25);
    const { status, closed, taken } = await sayGigabyte(url, start, part);
    clearInterval(looking);
    const grown = most - before;
    const ended = closed ? "closed" : "not closed";
    seen.push({
      isRight: status === 413 && grown <= MOST_GROWN,
      note: `${name}: ${status}, ${ended} after ${(taken / 1e6).toFixed(0)} MB, memory up by ${grown.toFixed(0)} MB`,
    });
  }
  return {
    tried: seen.length,
    right: seen.filter(({ isRight }) => isRight).length,
    note: seen.map(({ note }) => note).join("; "),
  };
}

/** Requests one after the other on connections on which nobody reads the answers. Nothing is to end by it. */
export async function unreadAnswers(url) {
  const request = requestBytes(PREDICT, '{"text":"nobody reads what comes of this"}');
  const many = Buffer.concat(Array.from({ length: UNREAD_REQUESTS }, () => request));
  const all = await Promise.all(Array.from({ length: UNREAD_CONNECTIONS }, () => Connection.open(url)));
  for (const { socket } of all) socket.pause();
  for (const connection of all) connection.say(many);
  await pause(UNREAD_MILLISECONDS);
  const sent = all.reduce((sum, connection) => sum + connection.sent - connection.socket.writableLength, 0);
  const right = all.filter(({ socket }) => !socket.destroyed).length;
  for (const connection of all) connection.close();
  return {
    tried: UNREAD_CONNECTIONS,
    right,
    note: `${(sent / 1e6).toFixed(0)} of ${((many.length * UNREAD_CONNECTIONS) / 1e6).toFixed(0)} MB of requests taken`,
  };
}

/** What is no HTTP, no UTF-8, no JSON, or too much of it; each with the statuses that are right. */
function brokenOnes() {
  const body = (bytes, headers) => requestBytes(PREDICT, bytes, headers);
  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`x-flood-${i}`, "a"]));
  return [
    ["invalid UTF-8", body(Buffer.from([0x7b, 0x22, 0x74, 0xff, 0xfe, 0x22, 0x7d])), [400]],
    [
      "a lone half of a pair in UTF-8",
      body(Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])),
      [400],
    ],
    ["no JSON", body('{"text":'), [400]],
    ["open brackets", body("[".repeat(900_000)), [400]],
    ["deep JSON", body(`{"text":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), [400, 422]],
    ["deep objects", body(`${'{"text":'.repeat(100_000)}1${"}".repeat(100_000)}`), [400, 422]],
    ["many keys", body(`{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join(",")}}`), [422]],
    ["a prototype", body('{"text":"x","__proto__":{"k":9}}'), [422]],
    ["a large number", body('{"text":"x","k":1e999}'), [422]],
    ["a large header", body('{"text":"x"}', { "x-flood": "a".repeat(20_000) }), [431]],
    ["many headers", body('{"text":"x"}', many), [431]],
    ["an unknown version", Buffer.from("GET / HTTP/9.9\r\nHost: bench\r\n\r\n"), [400]],
    ["no HTTP", Buffer.from("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello\r\n\r\n"), [400]],
    ["two lengths", Buffer.from(`${HEAD}Content-Length: 3\r\nContent-Length: 5\r\n\r\n{}   `), [400]],
    [
      "a length and chunks",
      Buffer.from(`${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
      [400],
    ],
    ["a bad chunk", Buffer.from(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`), [400]],
    ["packed", body('{"text":"x"}', { "Content-Encoding": "gzip" }), [415]],
    [
      "a path out of the house",
      Buffer.from("GET /v1/models/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: bench\r\n\r\n"),
      [404],
    ],
  ];
}

const TIMES = 20;

/** Requests that cannot be read, many times each. */
export async function brokenRequests(url) {
  const seen = [];
  let right = 0;
  const ones = brokenOnes();
  for (const [name, bytes, expected] of ones) {
    const statuses = new Set();
    for (let i = 0; i < TIMES; i++) {
      const connection = await Connection.open(url);
      connection.say(bytes);
      const status = await heardWithin(connection, LENIENCE);
      connection.close();
      if (expected.includes(status)) right++;
      statuses.add(status ?? "nothing");
    }
    if ([...statuses].some((status) => !expected.includes(status)))
      seen.push(`${name}: ${[...statuses].join(", ")} instead of ${expected.join(" or ")}`);
  }
  return { tried: TIMES * ones.length, right, note: seen.length > 0 ? seen.join("; ") : `${ones.length} kinds` };
}

/** Connections on which nothing is said. Those that are there and answer when they are asked at last ended right. */
export async function idleConnections(url, count, descriptors) {
  const all = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(IDLE_AT_ONCE, count - all.length) }, () => new Connection(url));
    await Promise.all(some.map(({ opened }) => opened));
    all.push(...some);
  }
  // The system opens connections sooner than a server takes them.
  for (let waited = 0; descriptors() < count && waited < LENIENCE; waited += 100) await pause(100);
  const held = descriptors();
  const alive = all.filter(({ isOpen }) => isOpen).length;
  // Some of them wake up.
  const request = requestBytes(PREDICT, '{"text":"awake"}');
  const woken = all.filter((_, i) => i % 100 === 0);
  const statuses = await Promise.all(
    woken.map((connection) =>
      connection.ask(request).then(
        ({ status }) => status,
        () => null,
      ),
    ),
  );
  const answered = statuses.filter((status) => status === 200).length;
  for (const connection of all) connection.close();
  await Promise.all(all.map(({ closed }) => closed));
  const right = alive - (woken.length - answered);
  return {
    tried: count,
    right,
    note: `${alive} open at once (${held} descriptors), ${answered} of ${woken.length} that wake are answered`,
  };
}
