// Asks a server in a process of its own: `node offered.mjs JSON`, where JSON has `url`, `path`, `bodyFile`, `connections`, `seconds` (of each
// stretch), `over` and `patience`. It asks alone, then with so many connections that each wait for their answer, then more and more,
// which shows what the server can hold; then it offers `over` times that rate, whether answers come or not, and asks alone again. Prints JSON.
import { readFileSync } from "node:fs";
import { numbersOf } from "../sets.mjs";
import { Connection, pause, requestBytes } from "./connection.mjs";

const { url, path, bodyFile, connections, seconds, over, patience } = JSON.parse(process.argv[2]);
const request = requestBytes(path, readFileSync(bodyFile));
const QUIET_REQUESTS = 60;
/** So many answers in a row that are as quick as before mean that the server is itself again. */
const NORMAL_IN_A_ROW = 3;
/** Connections that may be open at once; an arrival that finds all of them taken is counted. */
const MOST_CONNECTIONS = 8000;
const WARM_MILLISECONDS = 3000;
/** How it is found what the server can hold: so many milliseconds at twice the rate, again as long as it answers so much more. */
const STEP_MILLISECONDS = 4000;
const MOST_STEPS = 4;
const MORE = 1.1;
/** How often it is tried to offer as much as is wanted, and of that how much is enough. */
const MOST_ATTEMPTS = 3;
const ENOUGH = 0.8;

function share(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? null;
}

function summary(values) {
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    p50: share(sorted, 0.5),
    p95: share(sorted, 0.95),
    p99: share(sorted, 0.99),
    most: sorted.at(-1) ?? null,
  };
}

/** Milliseconds of an answer, asked on a connection on which nothing else is. */
async function timed(connection) {
  const began = performance.now();
  const { status } = await connection.ask(request);
  return { milliseconds: performance.now() - began, status };
}

async function askAlone(count) {
  const connection = await Connection.open(url);
  const found = [];
  for (let i = 0; i < count; i++) found.push((await timed(connection)).milliseconds);
  connection.close();
  // The first ones find a server that has not warmed up.
  return summary(found.slice(count >> 2));
}

async function askWaiting(milliseconds) {
  const until = performance.now() + milliseconds;
  const found = [];
  let refused = 0;
  const client = async () => {
    const connection = await Connection.open(url);
    while (performance.now() < until) {
      const { milliseconds: took, status } = await timed(connection);
      if (status === 200) found.push(took);
      else refused++;
    }
    connection.close();
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: connections }, client));
  const elapsed = (performance.now() - began) / 1000;
  return { ...summary(found), refused, rate: found.length / elapsed };
}

/** Offers requests at a rate, each on a connection that is free, or on a new one. Latency counts from when a request was due. */
class Offering {
  free = [];
  open = 0;
  underWay = 0;
  offered = 0;
  noConnection = 0;
  lost = 0;
  withoutRetryAfter = 0;
  statuses = {};
  retryAfter = {};
  /** When they were due, and how long they took, of those that were answered with 200; and of those that were shed. */
  accepted = [];
  shed = [];

  async one(due) {
    this.offered++;
    let connection;
    do connection = this.free.pop();
    while (connection && !connection.isOpen);
    if (!connection) {
      if (this.open >= MOST_CONNECTIONS) return void this.noConnection++;
      connection = new Connection(url);
      this.open++;
      void connection.closed.then(() => this.open--);
    }
    this.underWay++;
    try {
      const { status, head, isLast } = await connection.ask(request);
      const took = performance.now() - due;
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      if (status === 200) this.accepted.push([due, took]);
      else this.shed.push(took);
      if (status === 503) this.noteRetry(head);
      if (isLast) connection.close();
      else this.free.push(connection);
    } catch {
      this.lost++;
      connection.close();
    }
    this.underWay--;
  }

  noteRetry(head) {
    const after = /\r\nretry-after: *(\d+)/.exec(head)?.[1];
    if (after === undefined) this.withoutRetryAfter++;
    else this.retryAfter[after] = (this.retryAfter[after] ?? 0) + 1;
  }

  async run(rate, milliseconds) {
    const next = numbersOf(11);
    const began = performance.now();
    let due = began;
    let latest = 0;
    while (due < began + milliseconds) {
      const time = performance.now();
      while (due <= time && due < began + milliseconds) {
        latest = Math.max(latest, time - due);
        void this.one(due);
        due += (-Math.log((next() + 1) / 2 ** 32) * 1000) / rate;
      }
      await pause(Math.max(0, Math.min(5, due - performance.now())));
    }
    return { began, ended: performance.now(), latest };
  }

  /** Waits for what is under way. */
  async end() {
    for (let waited = 0; this.underWay > 0 && waited < patience; waited += 20) await pause(20);
    for (const connection of this.free) connection.close();
  }
}

/** Asks one request after the other until some in a row are as quick as `normal`. Returns milliseconds until the first of these began. */
async function recovery(normal) {
  const began = performance.now();
  const connection = await Connection.open(url);
  const tried = [];
  let row = 0;
  let since = 0;
  while (performance.now() - began < patience && row < NORMAL_IN_A_ROW) {
    const at = performance.now() - began;
    const { milliseconds, status } = await timed(connection);
    tried.push({ at, milliseconds, status });
    const isNormal = status === 200 && milliseconds <= normal;
    if (isNormal && row === 0) since = at;
    row = isNormal ? row + 1 : 0;
  }
  connection.close();
  return { milliseconds: row < NORMAL_IN_A_ROW ? null : since, tried: tried.slice(0, 20), normal };
}

/** What it answers when it is offered more: batches are larger then, so that it may be more than with connections that wait. */
async function heldUnder(least) {
  let rate = least;
  for (let step = 0; step < MOST_STEPS; step++) {
    const trial = new Offering();
    const { began, ended } = await trial.run(over * rate, STEP_MILLISECONDS);
    const until = (at) => at.filter(([due, took]) => due + took >= began && due + took <= ended).length;
    const answered = (1000 * until(trial.accepted)) / (ended - began);
    await trial.end();
    if (answered <= MORE * rate) break;
    rate = answered;
  }
  return rate;
}

await askWaiting(WARM_MILLISECONDS);
const quiet = await askAlone(QUIET_REQUESTS);
const waiting = await askWaiting(1000 * Math.min(5, seconds));
const held = { waiting, rate: await heldUnder(waiting.rate) };
await pause(1000);
/** Offers, and looks how soon the server is itself again. */
async function overloaded(rate) {
  const offering = new Offering();
  const { began, ended, latest } = await offering.run(rate, 1000 * seconds);
  const recovered = await recovery(2 * quiet.p95);
  await offering.end();
  return { offering, began, ended, latest, recovered, answered: offering.accepted.length / seconds };
}

let { rate } = held;
let found;
for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
  found = await overloaded(over * rate);
  if (over * rate >= ENOUGH * over * found.answered) break;
  // It could hold more than it seemed: what was offered was no such load.
  rate = found.answered;
  await pause(1000);
}
const { offering, began, ended, latest, recovered, answered } = found;
const third = (n) => {
  const from = began + (n * (ended - began)) / 3;
  const until = from + (ended - began) / 3;
  return summary(offering.accepted.filter(([due]) => due >= from && due < until).map(([, took]) => took));
};
const { offered, noConnection, lost, withoutRetryAfter, statuses, retryAfter, underWay } = offering;
console.log(
  JSON.stringify({
    quiet,
    held: { ...held, rate },
    answered,
    wanted: over * rate,
    offered: { requests: offered, rate: (1000 * offered) / (ended - began), latest },
    statuses,
    retryAfter,
    withoutRetryAfter,
    noConnection,
    lost: lost + underWay,
    isEnough: over * rate >= ENOUGH * over * answered,
    accepted: { ...summary(offering.accepted.map(([, took]) => took)), thirds: [0, 1, 2].map(third) },
    shed: summary(offering.shed),
    recovered,
  }),
);
process.exit(0);
